/**
 * The tree-structured Parzen estimator (Bergstra et al., Algorithms for Hyper-Parameter Optimization, 2011), with
 * Optuna's defaults: parameter by parameter, a value is drawn that is likely among the good trials and unlikely among
 * the others.
 */
import { MillraceError, type Random } from '../core/index.ts'
import { choiceDensity, type Density, numberDensity } from './parzen.ts'
import { drawPoint, type Observation, type Sampler } from './sampler.ts'
import { type drawFrom, type Point, pointIn } from './space.ts'

export interface TpeOptions {
  /** Trials drawn at random before anything is learned from them. Default 10. */
  readonly startupTrials?: number
  /** Values drawn for a parameter, of which the best is taken. Default 24. */
  readonly candidates?: number
}

/** @throws MillraceError INVALID_ARGUMENT for options that are no whole numbers of at least 1 */
export function tpe({ startupTrials = 10, candidates = 24 }: TpeOptions = {}): Sampler {
  for (const [name, value] of Object.entries({ startupTrials, candidates })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new MillraceError('INVALID_ARGUMENT', `tpe: ${name} must be a whole number of at least 1, found ${value}.`)
    }
  }
  return {
    name: 'tpe',
    options: { startupTrials, candidates },
    learns: true,
    trialCount: () => undefined,
    sample: (request) => {
      const { space, random, history, underWay } = request
      if (history.length < startupTrials) return drawPoint(request)
      const { good, others } = split(history)
      // Counted among the others, those under way keep this one from looking where they do.
      const elsewhere = [...others, ...underWay]
      return pointIn(space, (name, domain) => {
        const valuesIn = (points: readonly Point[]): number[] =>
          points.filter((point) => Object.hasOwn(point, name)).map((point) => point[name]!)
        return likeliest(domain, valuesIn(good), valuesIn(elsewhere), { random: random.fork(name), candidates })
      })
    },
  }
}

/** The best tenth of the trials, at most 25, and the others; both in the order they were run. */
function split(history: readonly Observation[]): { good: readonly Point[]; others: readonly Point[] } {
  // Trained longer comes first: a trial that was stopped early was stopped because others were better.
  const ranked = history.toSorted((a, b) => b.budget - a.budget || compare(a.value, b.value))
  const best = new Set(ranked.slice(0, Math.min(25, Math.ceil(0.1 * history.length))))
  const pointsOf = (isGood: boolean): Point[] =>
    history.filter((trial) => best.has(trial) === isGood).map(({ point }) => point)
  return { good: pointsOf(true), others: pointsOf(false) }
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1
}

type PlainDomain = Parameters<typeof drawFrom>[0]

function likeliest(
  domain: PlainDomain,
  good: readonly number[],
  others: readonly number[],
  { random, candidates }: { readonly random: Random; readonly candidates: number },
): number {
  const [promising, usual] = [densityOf(domain, good), densityOf(domain, others)]
  const drawn = Array.from({ length: candidates }, () => promising.draw(random))
  const scores = drawn.map((x) => promising.logDensity(x) - usual.logDensity(x))
  return drawn[scores.indexOf(Math.max(...scores))]!
}

function densityOf(domain: PlainDomain, values: readonly number[]): Density {
  return domain.kind === 'choice' ? choiceDensity(values, domain.options.length) : numberDensity(domain, values)
}
