/** A search in the tracking store: a run for the search, and one below it for each trial. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hasCode, MillraceError, observeTraining, type TrainingObserver } from '../core/index.ts'
import { type ActiveRun, type RunInfo, type TrackingClient, withRun } from '../tracking/index.ts'
import type { Asha } from './asha.ts'
import type { Budget, Job, JobResult, ScoredTrial, Search, SearchState } from './search.ts'
import type { ParametersOf, Space } from './space.ts'

const TRIAL_TAG = 'millrace.search.trial'
const CHECKPOINTS = 'checkpoints'

export interface StartSearchOptions {
  /** Name of the experiment, made when there is none. Default: "Default". */
  readonly experiment?: string
  /** Name of the run of the search. Default: 'search'. */
  readonly name?: string
}

/** What an objective knows of the trial it scores. */
export interface Trial<S extends Space, E extends Asha | undefined> {
  /** Which trial, from 0. */
  readonly number: number
  readonly parameters: ParametersOf<S>
  /** How far to train, counted from the beginning of the trial; undefined without early stopping. */
  readonly budget: Budget<E>
  /**
   * A folder for checkpoints. With early stopping it holds what the trial left there when it was trained less far, so
   * that `{ checkpoints, resume: true }` goes on from there.
   */
  readonly checkpoints: string
  readonly seed: number
  /** The run of the trial. Losses and scores by epoch of trainings inside are logged to it anyway. */
  readonly run: ActiveRun
  readonly signal: AbortSignal | undefined
}

/** Trains with the parameters of a trial and returns its score. */
export type Objective<S extends Space, E extends Asha | undefined> = (trial: Trial<S, E>) => Promise<number>

/** Makes the run of a search, RUNNING until `finishSearch`, and the state to begin with. */
export async function startSearch<S extends Space, E extends Asha | undefined>(
  client: TrackingClient,
  { options }: Search<S, E>,
  { experiment, name = 'search' }: StartSearchOptions = {},
): Promise<SearchState> {
  const runId = await withRun(client, { ...(experiment !== undefined && { experiment }), name }, async (run) => {
    const { space, sampler, earlyStopping, trials, direction, metric, batch, seed } = options
    await run.logParams({ sampler: sampler.name, trials, direction, metric, batch, seed, space })
    await run.logParams(sampler.options)
    if (earlyStopping !== undefined) await run.logParams({ ...earlyStopping })
    return run.runId
  })
  // Other processes go on with it.
  await client.updateRun(runId, { status: 'RUNNING' })
  return { runId, trials: [] }
}

/**
 * Runs one job: `objective` within the run of its trial. A trial whose training diverges (NON_FINITE), or whose score is
 * no finite number, has no score, and the search goes on; any other error is the caller's.
 */
export async function runTrial<S extends Space, E extends Asha | undefined>(
  client: TrackingClient,
  { options }: Search<S, E>,
  { state, job, signal }: { readonly state: SearchState; readonly job: Job<S, E>; readonly signal?: AbortSignal },
  objective: Objective<S, E>,
): Promise<JobResult> {
  const { trial: number, parameters, budget, seed, point } = job
  const folder = await mkdtemp(join(tmpdir(), 'millrace-trial-'))
  const checkpoints = join(folder, CHECKPOINTS)
  try {
    await mkdir(checkpoints)
    const earlier = await findTrialRun(client, state, number)
    const known = earlier === undefined ? newTrialRun(state, number) : { runId: earlier.runId }
    const score = await withRun(client, { ...known, ...(signal && { signal }), autolog: false }, async (run) => {
      await run.logParams(parametersToLog(parameters))
      if ((await client.listArtifacts(run.runId, CHECKPOINTS)).length > 0) {
        await client.downloadArtifacts(run.runId, CHECKPOINTS, folder)
      }
      const given = { number, parameters, budget, checkpoints, seed, run, signal }
      const found = await observeTraining(epochLogger(run), async () => await objective(given))
      // A training that was stopped has been scored before its end.
      signal?.throwIfAborted()
      requireScore(found, number)
      if (options.earlyStopping !== undefined) await run.logArtifacts(checkpoints, CHECKPOINTS)
      await run.logMetrics({ [options.metric]: found }, budget ?? 0)
      return found
    })
    return { trial: number, point, score }
  } catch (error) {
    if (!hasCode(error, 'NON_FINITE')) throw error
    return { trial: number, point, score: NaN }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * Logs the best trial to the run of the search, and returns it. Of the checkpoints of early stopping only those of the best
 * are kept, for no other trial goes on.
 *
 * @throws as `search.best`
 */
export async function finishSearch<S extends Space, E extends Asha | undefined>(
  client: TrackingClient,
  search: Search<S, E>,
  state: SearchState,
): Promise<ScoredTrial<S> & { readonly runId: string }> {
  return await withRun(client, { runId: state.runId }, async (run) => {
    const best = search.best(state)
    const { runId = '' } = (await findTrialRun(client, state, best.trial)) ?? {}
    const logged = Object.entries(parametersToLog(best.parameters)).map(([name, value]) => [`best_${name}`, value])
    await run.logParams({ ...Object.fromEntries(logged), best_trial: best.trial })
    await run.setTags({ 'millrace.search.best_run': runId })
    await run.logMetrics({ [`best_${search.options.metric}`]: best.score, trials: state.trials.length })
    if (search.options.earlyStopping !== undefined) await deleteCheckpoints(client, state, { except: best.trial })
    return { ...best, runId }
  })
}

async function deleteCheckpoints(
  client: TrackingClient,
  state: SearchState,
  { except }: { readonly except: number },
): Promise<void> {
  for (const { number } of state.trials) {
    const run = number === except ? undefined : await findTrialRun(client, state, number)
    if (run !== undefined) await client.openArtifacts(run.artifactUri).delete(CHECKPOINTS)
  }
}

function newTrialRun({ runId }: SearchState, number: number): Parameters<typeof withRun>[1] {
  return { parent: { runId }, name: `trial-${number}`, tags: { [TRIAL_TAG]: String(number) } }
}

/** The run that the trial had before: when it was trained less far, or by a flow that was interrupted. */
async function findTrialRun(
  client: TrackingClient,
  { runId }: SearchState,
  number: number,
): Promise<RunInfo | undefined> {
  const { info } = await client.getRun(runId)
  const filter = `tags."mlflow.parentRunId" = '${runId}' AND tags."${TRIAL_TAG}" = '${number}'`
  const { items } = await client.searchRuns({ experimentIds: [info.experimentId], filter, maxResults: 1 })
  return items[0]?.info
}

/** Only what the trial has: a parameter whose condition does not hold is left out. */
function parametersToLog(parameters: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined))
}

/** Logs what epochs came to, and nothing else: parameters of the training differ from rung to rung. */
function epochLogger(run: ActiveRun): TrainingObserver {
  return {
    datasetUsed() {},
    started: () => ({
      epochEnded: async (metrics, epoch) => await run.logMetrics(metrics, epoch),
      ended() {},
      weightsTrained() {},
      modelTrained() {},
    }),
  }
}

function requireScore(score: number, trial: number): void {
  if (Number.isFinite(score)) return
  throw new MillraceError('NON_FINITE', `The score of trial ${trial} is ${score}.`)
}
