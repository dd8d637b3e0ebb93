/** Which trials a search makes: within its space, the same for a seed, and where the scores say. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import golden from '../../test/reference/search.json' with { type: 'json' }
import { Random } from '../core/index.ts'
import {
  asha,
  type Asha,
  choice,
  defineSearch,
  float,
  gridSearch,
  int,
  type JobResult,
  type ParametersOf,
  type Sampler,
  type Search,
  type SearchState,
  type Space,
  tpe,
  when,
} from './index.ts'
import { choiceDensity, type Density, numberDensity } from './parzen.ts'

const space = {
  rate: float(1e-4, 1e-1, { log: true }),
  shift: float(-2, 3),
  width: int(4, 64, { log: true }),
  layers: int(1, 3),
  optimizer: choice(['adam', 'sgd']),
  momentum: when('optimizer', ['sgd'], float(0, 0.99)),
}
type Parameters = ParametersOf<typeof space>

/** Runs a search to its end with a function for the trainings. */
function runSearch<S extends Space, E extends Asha | undefined>(
  search: Search<S, E>,
  score: (parameters: ParametersOf<S>, budget: number | undefined) => number,
): { readonly state: SearchState; readonly batches: readonly (readonly JobResult[])[] } {
  let state: SearchState = { runId: 'run', trials: [] }
  const batches: JobResult[][] = []
  for (;;) {
    const jobs = search.next(state)
    if (jobs.length === 0) return { state, batches }
    const results = jobs.map(({ trial, point, parameters, budget }) => {
      return { trial, point, score: score(parameters, budget) }
    })
    batches.push(results)
    state = search.record(state, results)
  }
}

function trialsOf(sampler: Sampler, seed: number, trials = 30): Parameters[] {
  const found: Parameters[] = []
  runSearch(defineSearch({ space, sampler, trials, seed }), (parameters) => {
    found.push(parameters)
    return Math.abs(Math.log10(parameters.rate) + 2.5) + parameters.shift ** 2
  })
  return found
}

describe.each([
  ['random', undefined],
  ['tpe', tpe({ startupTrials: 5 })],
] as const)('a search by %s', (_, sampler) => {
  const trialsFor = (seed: number): Parameters[] =>
    trialsOf(sampler ?? defineSearch({ space, trials: 1 }).options.sampler, seed)

  it('keeps to its space', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        for (const { rate, shift, width, layers, optimizer, momentum } of trialsFor(seed)) {
          expect(rate >= 1e-4 && rate <= 1e-1).toBe(true)
          expect(shift >= -2 && shift <= 3).toBe(true)
          expect(Number.isInteger(width) && width >= 4 && width <= 64).toBe(true)
          expect([1, 2, 3]).toContain(layers)
          expect(['adam', 'sgd']).toContain(optimizer)
          expect(momentum === undefined).toBe(optimizer === 'adam')
        }
      }),
      { numRuns: 20 },
    )
  })

  it('makes the same trials for the same seed, and others for another', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        expect(trialsFor(seed)).toEqual(trialsFor(seed))
        expect(trialsFor(seed)).not.toEqual(trialsFor(seed + 1))
      }),
      { numRuns: 10 },
    )
  })
})

describe('a random search', () => {
  it('draws evenly: on a log scale by ratio, whole numbers with their ends, choices alike', () => {
    const trials = trialsOf(defineSearch({ space, trials: 1 }).options.sampler, 3, 3000)
    const share = (holds: (parameters: Parameters) => boolean): number => trials.filter(holds).length / trials.length
    // The standard error of a share of 1/3 among 3000 is 0.009.
    expect(share(({ rate }) => rate < 1e-3)).toBeCloseTo(1 / 3, 1)
    expect(share(({ rate }) => rate >= 1e-2)).toBeCloseTo(1 / 3, 1)
    expect(share(({ shift }) => shift < 0)).toBeCloseTo(2 / 5, 1)
    for (const layers of [1, 2, 3]) expect(share((trial) => trial.layers === layers)).toBeCloseTo(1 / 3, 1)
    expect(share(({ width }) => width < 16)).toBeCloseTo(1 / 2, 1)
    expect(share(({ optimizer }) => optimizer === 'sgd')).toBeCloseTo(1 / 2, 1)
  })
})

describe('a grid search', () => {
  it('makes every combination once, the last parameter first, conditions respected', () => {
    const search = defineSearch({
      space: {
        optimizer: choice(['adam', 'sgd']),
        momentum: when('optimizer', ['sgd'], float(0, 0.8)),
        rate: float(0.001, 0.1, { log: true }),
        layers: int(1, 2),
      },
      sampler: gridSearch({ levels: 3 }),
    })
    const { state } = runSearch(search, () => 0)
    // adam: 3 rates × 2 depths; sgd: 3 momenta more.
    expect(state.trials).toHaveLength(6 + 18)
    const parameters = search.next({ runId: '', trials: [] }).map((job) => job.parameters)
    expect(parameters.slice(0, 3).map(({ rate, layers }) => [Number(rate.toPrecision(6)), layers])).toEqual([
      [0.001, 1],
      [0.001, 2],
      [0.01, 1],
    ])
    expect(parameters[6]).toMatchObject({ optimizer: 'sgd', momentum: 0 })
    expect(parameters.at(-1)).toMatchObject({ optimizer: 'sgd', momentum: 0.8, layers: 2 })
    expect(new Set(parameters.map((trial) => JSON.stringify(trial))).size).toBe(24)
  })

  it('makes fewer when asked to', () => {
    const search = defineSearch({ space, sampler: gridSearch(), trials: 5 })
    expect(runSearch(search, () => 0).state.trials).toHaveLength(5)
  })
})

describe('the densities of TPE', () => {
  const domains = {
    float: float(-2, 3),
    'float log': float(1e-4, 1e-1, { log: true }),
    int: int(1, 9),
    'int log': int(4, 64, { log: true }),
  }
  const densityOf = (name: string, values: readonly number[]): Density =>
    name === 'choice' ? choiceDensity(values, 3) : numberDensity(domains[name as keyof typeof domains], values)

  it.each(golden.densities)(
    "equal Optuna's: $space, $values.length values",
    ({ space: name, values, asked, log_density }) => {
      const density = densityOf(name, values)
      asked.forEach((value, i) => expect(density.logDensity(value)).toBeCloseTo(log_density[i]!, 9))
    },
  )

  it.each(['int', 'int log', 'choice'])('add up to 1 over all values: %s', (name) => {
    const all = name === 'choice' ? [0, 1, 2] : Array.from({ length: 64 }, (_, i) => i + 1)
    const { low, high } = { low: 0, high: 2, ...(name === 'choice' ? {} : domains[name as 'int' | 'int log']) }
    const density = densityOf(name, [low, high, high])
    const inside = all.filter((value) => value >= low && value <= high)
    expect(inside.reduce((sum, value) => sum + Math.exp(density.logDensity(value)), 0)).toBeCloseTo(1, 9)
  })

  it('are those that are drawn from', () => {
    const density = densityOf('int', [2, 2, 3, 8])
    const random = new Random(5)
    const draws = Array.from({ length: 20_000 }, () => density.draw(random))
    for (let value = 1; value <= 9; value++) {
      const share = draws.filter((draw) => draw === value).length / draws.length
      expect(share).toBeCloseTo(Math.exp(density.logDensity(value)), 1.7)
    }
  })
})

/** Branin's function, with three minima of 0.397887. */
function branin({ x, y }: { readonly x: number; readonly y: number }): number {
  const bowl = y - (5.1 / (4 * Math.PI ** 2)) * x ** 2 + (5 / Math.PI) * x - 6
  return bowl ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10
}

describe('TPE', () => {
  const seeds = Array.from({ length: 20 }, (_, seed) => seed)

  interface Options {
    readonly sampler?: Sampler
    readonly direction?: 'maximize'
    readonly batch?: number
    readonly trials?: number
  }

  /** The mean distance from Branin's minimum, 0.397887, over the seeds. */
  function regret(options: Options): number {
    const sign = options.direction === 'maximize' ? -1 : 1
    const found = seeds.map((seed) => {
      const search = defineSearch({ space: { x: float(-5, 10), y: float(0, 15) }, trials: 60, seed, ...options })
      return sign * search.best(runSearch(search, (parameters) => sign * branin(parameters)).state).score
    })
    return found.reduce((sum, value) => sum + value, 0) / found.length - 0.397887
  }

  it("comes closer to the minimum of Branin's function than random search", () => {
    const random = regret({})
    expect(random).toBeGreaterThan(0)
    expect(regret({ sampler: tpe() })).toBeLessThan(random / 2)
  })

  it('learns nearly as well from batches as from one trial after the other', () => {
    const oneByOne = regret({ sampler: tpe(), batch: 1, trials: 40 })
    expect(regret({ sampler: tpe(), batch: 4, trials: 40 })).toBeLessThan(1.2 * oneByOne)
  })

  it('counts the trials begun with one among those it looks away from', () => {
    const search = defineSearch({ space: { x: float(0, 1) }, sampler: tpe(), trials: 13, batch: 2 })
    const trials = Array.from({ length: 11 }, (_, number) => ({
      number,
      point: { x: number / 10 },
      scores: [Math.abs(number - 3)],
    }))
    const [first, second] = search.next({ runId: '', trials })
    const bad = { number: 11, point: first!.point, scores: [9] }
    expect(search.next({ runId: '', trials: [...trials, bad] }).map(({ point }) => point)).toEqual([second!.point])
  })

  it('maximises as it minimises', () => {
    expect(regret({ sampler: tpe(), direction: 'maximize' })).toBe(regret({ sampler: tpe() }))
  })

  it('leaves the choice that fails', () => {
    const search = defineSearch({
      space: { kind: choice(['works', 'fails']), x: float(0, 1) },
      sampler: tpe(),
      trials: 60,
    })
    const { state } = runSearch(search, ({ kind, x }) => (kind === 'fails' ? NaN : x))
    const later = state.trials.slice(20)
    expect(later.filter(({ point }) => point['kind'] === 1).length / later.length).toBeLessThan(0.25)
    expect(search.best(state).parameters.kind).toBe('works')
  })
})

describe('ASHA', () => {
  it('has rungs from the least to at most the largest budget', () => {
    expect(asha({ minBudget: 1, maxBudget: 30 }).budgets).toEqual([1, 3, 9, 27])
    expect(asha({ minBudget: 2, maxBudget: 2, reductionFactor: 4 }).budgets).toEqual([2])
  })

  it.each(golden.halving)(
    'promotes as the algorithm of Li et al. does: $trials trials, $workers at once',
    ({ min_budget: minBudget, max_budget: maxBudget, factor: reductionFactor, workers, trials, batches }) => {
      const search = defineSearch({
        space: { x: float(0, 1) },
        earlyStopping: asha({ minBudget, maxBudget, reductionFactor }),
        batch: workers,
        trials,
      })
      let state: SearchState = { runId: '', trials: [] }
      for (const batch of batches) {
        const jobs = search.next(state)
        expect(jobs.map(({ trial, budget }) => ({ trial, budget }))).toEqual(
          batch.map(({ trial, budget }) => ({ trial, budget })),
        )
        state = search.record(
          state,
          jobs.map(({ trial, point }, i) => ({ trial, point, score: batch[i]!.loss })),
        )
      }
      expect(search.isDone(state)).toBe(true)
    },
  )

  it('never promotes a trial that failed, and takes the best of those that went furthest', () => {
    const search = defineSearch({
      space: { x: float(0, 1) },
      earlyStopping: asha({ minBudget: 1, maxBudget: 9 }),
      trials: 27,
    })
    const { state } = runSearch(search, ({ x }, budget) => (x < 0.5 ? NaN : x / budget!))
    for (const { point, scores } of state.trials) if (point['x']! < 0.5) expect(scores).toEqual([NaN])
    const best = search.best(state)
    expect(best.budget).toBe(9)
    expect(best.score).toBe(best.parameters.x / 9)
    const ranked = search.ranked(state)
    expect(ranked[0]).toEqual(best)
    expect(ranked).toHaveLength(state.trials.filter(({ point }) => point['x']! >= 0.5).length)
    for (const [i, { budget, score }] of ranked.slice(1).entries()) {
      const before = ranked[i]!
      expect(before.budget! > budget! || (before.budget === budget && before.score <= score)).toBe(true)
    }
  })
})

describe('a search cannot be', () => {
  const trials = 1
  it.each<[string, () => unknown, RegExp]>([
    ['without end', () => defineSearch({ space }), /by random goes on as long as it may: give a number of trials/],
    ['of nothing', () => defineSearch({ space: {}, trials }), /has no parameters/],
    [
      'half a trial',
      () => defineSearch({ space, trials: 0.5 }),
      /trials must be a whole number of at least 1, found 0.5/,
    ],
    ['bounds the wrong way round', () => float(2, 1), /float\(2, 1\): the bounds must be finite, the lower one first/],
    ['a logarithm of 0', () => float(0, 1, { log: true }), /the lower bound must be above 0/],
    ['half a layer', () => int(0.5, 2), /the bounds must be whole numbers/],
    ['a choice of nothing', () => choice([]), /at least one option/],
    ['budgets the wrong way round', () => asha({ minBudget: 3, maxBudget: 1 }), /found 3 and 1/],
    ['a factor of 1', () => asha({ minBudget: 1, maxBudget: 3, reductionFactor: 1 }), /at least 2, found 1/],
    ['no levels', () => gridSearch({ levels: 0 }), /levels must be a whole number of at least 1/],
    [
      'a condition on what comes later',
      () => defineSearch({ space: { b: when('a', [1], int(0, 1)), a: int(0, 1) }, trials }),
      /"b" depends on "a", which does not come before it/,
    ],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(message)
    expect(make).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }) as Error)
  })

  it('without a score in the end', () => {
    const search = defineSearch({ space, trials: 3 })
    const { state } = runSearch(search, () => NaN)
    expect(() => search.best(state)).toThrow(/None of the 3 trials has a score/)
  })
})
