/** Where the next trial looks: at random, or on a grid. */
import { MillraceError, type Random } from '../core/index.ts'
import { drawFrom, fromInterval, intervalOf, type Point, pointIn, type Space } from './space.ts'

/** What is known of an earlier trial. */
export interface Observation {
  readonly point: Point
  /** Lower is better; Infinity where there was no score. */
  readonly value: number
  /** How far it was trained, in the unit of early stopping; the same for all without. */
  readonly budget: number
}

export interface SampleRequest {
  readonly space: Space
  /** Which trial this is, from 0. */
  readonly trial: number
  /** Numbers of this trial's own. */
  readonly random: Random
  /** Trials that have ended, in their order. */
  readonly history: readonly Observation[]
  /** Places of trials that are begun together with this one, whose scores are not known yet. */
  readonly underWay: readonly Point[]
}

/** A rule that chooses where a trial looks. It keeps no state, so that a search can go on in another process. */
export interface Sampler {
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
  /** Whether it looks at earlier trials. */
  readonly learns: boolean
  /** How many trials there are; undefined for any number. */
  trialCount(space: Space): number | undefined
  sample(request: SampleRequest): Point
}

/** Each trial is drawn by itself, evenly on the scale of each parameter. */
export function randomSearch(): Sampler {
  return { name: 'random', options: {}, learns: false, trialCount: () => undefined, sample: drawPoint }
}

/** A place drawn evenly. */
export function drawPoint({ space, random }: Pick<SampleRequest, 'space' | 'random'>): Point {
  return pointIn(space, (name, domain) => drawFrom(domain, random.fork(name)))
}

/**
 * Every combination of values: all options of a choice, and `levels` (default 3) numbers of a range, its ends included
 * and spaced evenly on its scale. The last parameter changes first.
 *
 * @throws MillraceError INVALID_ARGUMENT for fewer than one level
 */
export function gridSearch({ levels = 3 }: { readonly levels?: number } = {}): Sampler {
  if (!Number.isInteger(levels) || levels < 1) {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `gridSearch: levels must be a whole number of at least 1, found ${levels}.`,
    )
  }
  return {
    name: 'grid',
    options: { levels },
    learns: false,
    trialCount: (space) => gridPoints(space, levels).length,
    sample: ({ space, trial }) => gridPoints(space, levels)[trial]!,
  }
}

function gridPoints(space: Space, levels: number): readonly Point[] {
  let points: Point[] = [{}]
  for (const name of Object.keys(space)) {
    points = points.flatMap((point) => {
      let values: readonly number[] = []
      // Asks for the parameters so far; the one that is new has no value in the point yet.
      pointIn(upTo(space, name), (asked, domain) => {
        if (asked !== name) return point[asked]!
        values = levelsOf(domain, levels)
        return values[0]!
      })
      return values.length === 0 ? [point] : values.map((value) => ({ ...point, [name]: value }))
    })
  }
  return points
}

function upTo(space: Space, name: string): Space {
  const entries = Object.entries(space)
  return Object.fromEntries(entries.slice(0, entries.findIndex(([key]) => key === name) + 1))
}

function levelsOf(domain: Parameters<typeof drawFrom>[0], levels: number): readonly number[] {
  if (domain.kind === 'choice') return domain.options.map((_, position) => position)
  if (levels === 1) {
    const { low, high } = intervalOf(domain)
    return [fromInterval(domain, (low + high) / 2)]
  }
  const { low, high } = intervalOf({ ...domain, kind: 'float' })
  const values = Array.from({ length: levels }, (_, i) => fromInterval(domain, low + (i / (levels - 1)) * (high - low)))
  return [...new Set(values)]
}
