/**
 * A search: which trials there are, and what has come of them. The state is plain data and every step a function of it,
 * so that a flow can keep it as an artifact, run trials side by side and go on where it was interrupted.
 */
import { MillraceError, Random } from '../core/index.ts'
import { type Asha, findPromotion, type RungResult } from './asha.ts'
import { type Observation, randomSearch, type Sampler } from './sampler.ts'
import { checkSpace, type ParametersOf, parametersAt, type Point, type Space } from './space.ts'

export interface SearchOptions<S extends Space, E extends Asha | undefined = undefined> {
  readonly space: S
  /** Default: randomSearch(). */
  readonly sampler?: Sampler
  /** How many trials there are. A grid has as many as it has places, unless this says fewer. */
  readonly trials?: number
  /** Default: 'minimize'. */
  readonly direction?: 'minimize' | 'maximize'
  /** The name under which scores are logged. Default: 'objective'. */
  readonly metric?: string
  /** Trains all trials a little and the best of them further. Default: each trial is trained once, as far as it goes. */
  readonly earlyStopping?: E
  /** Trials that are chosen at once. Default: 4 where scores of others count for the choice, else all. */
  readonly batch?: number
  /** Fixes which trials there are. Default 0. */
  readonly seed?: number
}

/** A trial as far as it has been trained. */
export interface TrialState {
  readonly number: number
  readonly point: Point
  /** A score for each rung it has been trained to, NaN where there was none. */
  readonly scores: readonly number[]
}

/** A search under way. */
export interface SearchState {
  /** The run that the runs of all trials belong to. */
  readonly runId: string
  readonly trials: readonly TrialState[]
}

/** A trial to be trained now, to a certain rung. */
export interface Job<S extends Space, E extends Asha | undefined = undefined> {
  /** Which trial, from 0. */
  readonly trial: number
  readonly parameters: ParametersOf<S>
  readonly point: Point
  /** How far it has to be trained, counted from its beginning; undefined without early stopping. */
  readonly budget: Budget<E>
  readonly rung: number
  /** The same for every rung of the trial, and in every run of the search. */
  readonly seed: number
}

export type Budget<E extends Asha | undefined> = E extends Asha ? number : undefined

/** What a job came to. */
export interface JobResult {
  readonly trial: number
  readonly point: Point
  /** NaN for a trial that failed, such as a training that diverged. */
  readonly score: number
}

export interface ScoredTrial<S extends Space> {
  readonly trial: number
  readonly parameters: ParametersOf<S>
  readonly score: number
  /** How far it was trained; undefined without early stopping. */
  readonly budget: number | undefined
}

export interface Search<S extends Space = Space, E extends Asha | undefined = Asha | undefined> {
  readonly options: Required<Omit<SearchOptions<S, E>, 'earlyStopping'>> & { readonly earlyStopping: E }
  /** What to train next, side by side; empty when the search is over. The same state gives the same jobs. */
  next(state: SearchState): readonly Job<S, E>[]
  /** The state after jobs have come to `results`. */
  record(state: SearchState, results: readonly JobResult[]): SearchState
  isDone(state: SearchState): boolean
  /** The trials that have a score, the best first: those trained furthest come before the others, whatever their scores. */
  ranked(state: SearchState): readonly ScoredTrial<S>[]
  /** The first of these. @throws MillraceError INVALID_STATE when no trial has a score */
  best(state: SearchState): ScoredTrial<S>
}

/**
 * Defines a search.
 *
 * @throws MillraceError INVALID_ARGUMENT for a space, a number of trials or a batch that makes no sense
 */
export function defineSearch<S extends Space, E extends Asha | undefined = undefined>(
  given: SearchOptions<S, E>,
): Search<S, E> {
  const options = withDefaults(given)
  const search = new DefinedSearch(options)
  return {
    options,
    next: (state) => search.next(state),
    record: (state, results) => search.record(state, results),
    isDone: (state) => search.next(state).length === 0,
    ranked: (state) => search.ranked(state),
    best: (state) => search.best(state),
  }
}

function withDefaults<S extends Space, E extends Asha | undefined>(
  given: SearchOptions<S, E>,
): Search<S, E>['options'] {
  const { space, sampler = randomSearch(), direction = 'minimize', metric = 'objective', seed = 0 } = given
  checkSpace(space)
  const places = sampler.trialCount(space)
  const trials = given.trials ?? places
  if (trials === undefined) wrong(`A search by ${sampler.name} goes on as long as it may: give a number of trials.`)
  requireCount('trials', trials)
  const needsScores = sampler.learns || given.earlyStopping !== undefined
  const batch = given.batch ?? (needsScores ? 4 : trials)
  requireCount('batch', batch)
  return {
    space,
    sampler,
    direction,
    metric,
    seed,
    batch,
    trials: Math.min(trials, places ?? trials),
    // Absent and undefined are the same here, which the type of an optional property does not say.
    earlyStopping: given.earlyStopping as E,
  }
}

class DefinedSearch<S extends Space, E extends Asha | undefined> {
  readonly #options: Search<S, E>['options']

  constructor(options: Search<S, E>['options']) {
    this.#options = options
  }

  next({ trials }: SearchState): readonly Job<S, E>[] {
    const jobs: Job<S, E>[] = []
    while (jobs.length < this.#options.batch) {
      const job = this.#promote(trials, jobs) ?? this.#begin(trials, jobs)
      if (job === undefined) break
      jobs.push(job)
    }
    return jobs
  }

  record(state: SearchState, results: readonly JobResult[]): SearchState {
    const trials = [...state.trials]
    for (const { trial: number, point, score } of results) {
      trials[number] = { number, point, scores: [...(trials[number]?.scores ?? []), score] }
    }
    return { ...state, trials }
  }

  ranked({ trials }: SearchState): readonly ScoredTrial<S>[] {
    const { space, earlyStopping, direction } = this.#options
    return trials
      .map((trial) => ({ number: trial.number, ...this.#observe(trial) }))
      .filter(({ value }) => value < Infinity)
      .toSorted((a, b) => b.budget - a.budget || a.value - b.value)
      .map(({ number, point, value, budget }) => ({
        trial: number,
        parameters: parametersAt(space, point),
        score: direction === 'minimize' ? value : -value,
        budget: earlyStopping && budget,
      }))
  }

  best(state: SearchState): ScoredTrial<S> {
    const [best] = this.ranked(state)
    if (best !== undefined) return best
    throw new MillraceError(
      'INVALID_STATE',
      `None of the ${state.trials.length} trials has a score. Look at their runs for the reason, and search in another space.`,
    )
  }

  #promote(trials: readonly TrialState[], jobs: readonly Job<S, E>[]): Job<S, E> | undefined {
    const { earlyStopping } = this.#options
    if (earlyStopping === undefined) return undefined
    const underWay = new Set(jobs.map(({ trial }) => trial))
    const rungs = earlyStopping.budgets.map((_, rung): RungResult[] =>
      trials
        .filter(({ scores }) => scores.length > rung)
        .map(({ number, scores }) => ({
          trial: number,
          value: this.#valueOf(scores[rung]!),
          isPromoted: scores.length > rung + 1 || underWay.has(number),
        })),
    )
    const next = findPromotion(rungs, earlyStopping)
    return next && this.#job(next.trial, trials[next.trial]!.point, next.rung)
  }

  #begin(trials: readonly TrialState[], jobs: readonly Job<S, E>[]): Job<S, E> | undefined {
    const { space, sampler, trials: limit } = this.#options
    const underWay = jobs.filter(({ rung }) => rung === 0).map(({ point }) => point)
    const trial = trials.length + underWay.length
    if (trial >= limit) return undefined
    const history = trials.map((earlier) => this.#observe(earlier))
    return this.#job(trial, sampler.sample({ space, trial, random: this.#random(trial), history, underWay }), 0)
  }

  #job(trial: number, point: Point, rung: number): Job<S, E> {
    const { space, earlyStopping } = this.#options
    return {
      trial,
      point,
      rung,
      parameters: parametersAt(space, point),
      // A number just where there is early stopping.
      budget: earlyStopping?.budgets[rung] as Budget<E>,
      seed: this.#random(trial)
        .fork('seed')
        .integer(2 ** 31),
    }
  }

  #observe({ point, scores }: TrialState): Observation {
    const { earlyStopping } = this.#options
    return { point, value: this.#valueOf(scores.at(-1)!), budget: earlyStopping?.budgets[scores.length - 1] ?? 0 }
  }

  #valueOf(score: number): number {
    if (!Number.isFinite(score)) return Infinity
    return this.#options.direction === 'minimize' ? score : -score
  }

  #random(trial: number): Random {
    return new Random(this.#options.seed).fork('trial', trial)
  }
}

function requireCount(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) wrong(`${name} must be a whole number of at least 1, found ${value}.`)
}

function wrong(message: string): never {
  throw new MillraceError('INVALID_ARGUMENT', message)
}
