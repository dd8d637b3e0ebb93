/** How sure a score is: percentile bootstrap intervals, of one model and of the difference between two. */
import { MillraceError, Random, ShapeError } from '../core/index.ts'
import { checkCount } from './check-rows.ts'
import { type Label } from './labels.ts'
import { quantileOfSorted } from './quantile.ts'

export interface BootstrapOptions<Row> {
  /** The same seed gives the same interval, bit for bit, on every system. */
  readonly seed: number
  /** How often the rows are drawn anew. Default: 1000. */
  readonly resamples?: number
  /** The share of resamples inside the interval, above 0 and below 1. Default: 0.95. */
  readonly level?: number
  /** Draw within groups of rows, so that every resample has as many of each; such as by label, for rocAuc. */
  readonly strata?: (row: Row) => Label
}

/** `estimate` is the statistic of the rows as they are; `level` of the resamples lie between `low` and `high`. */
export interface ConfidenceInterval {
  readonly estimate: number
  readonly low: number
  readonly high: number
  readonly level: number
  readonly resamples: number
}

/**
 * An interval for `statistic` by drawing rows with replacement and taking percentiles (Efron 1979). It answers how far
 * the score would move with other rows of the same kind, not with other training.
 *
 * rows [n]; `statistic` gets n rows each time and must give a finite number.
 *
 * @throws MillraceError INVALID_DATA for no rows or when `statistic` fails on a resample, NON_FINITE when it gives NaN
 * or infinity, INVALID_ARGUMENT for bad options
 */
export function bootstrapConfidenceInterval<Row>(
  statistic: (rows: readonly Row[]) => number,
  rows: readonly Row[],
  options: BootstrapOptions<Row>,
): ConfidenceInterval {
  return resampleRows('bootstrapConfidenceInterval', rows, options, (chosen) => statistic(chosen.map((i) => rows[i]!)))
}

/**
 * An interval for `statistic(candidate) − statistic(baseline)`, where both hold the same rows in the same order, as two
 * models saw them. Each resample draws the same rows for both, so what makes a row hard for either cancels out: it is
 * narrower than two intervals side by side. `low` above 0 says that the candidate's statistic is the higher one.
 *
 * candidate, baseline [n]; `strata` is asked about the candidate's rows.
 *
 * @throws ShapeError when the lengths differ, and as bootstrapConfidenceInterval does
 */
export function bootstrapDifference<Row>(
  statistic: (rows: readonly Row[]) => number,
  candidate: readonly Row[],
  baseline: readonly Row[],
  options: BootstrapOptions<Row>,
): ConfidenceInterval {
  if (candidate.length !== baseline.length) {
    throw new ShapeError(
      '',
      `bootstrapDifference: candidate has ${candidate.length} rows and baseline has ${baseline.length}. ` +
        'Pass the same rows in the same order, as each model saw them.',
    )
  }
  return resampleRows(
    'bootstrapDifference',
    candidate,
    options,
    (chosen) => statistic(chosen.map((i) => candidate[i]!)) - statistic(chosen.map((i) => baseline[i]!)),
  )
}

function resampleRows<Row>(
  name: string,
  rows: readonly Row[],
  { seed, resamples = 1000, level = 0.95, strata }: BootstrapOptions<Row>,
  evaluate: (chosen: readonly number[]) => number,
): ConfidenceInterval {
  checkOptions(name, rows.length, resamples, level)
  const groups = groupRows(rows, strata)
  const random = new Random(seed).fork('bootstrap')
  const estimate = checkStatistic(name, 'the rows as they are', () => evaluate(rows.map((_, i) => i)))
  const draws = new Float64Array(resamples)
  for (let i = 0; i < resamples; i++) {
    const chosen = groups.flatMap((group) => group.map(() => group[random.integer(group.length)]!))
    draws[i] = checkStatistic(name, `resample ${i}`, () => evaluate(chosen))
  }
  draws.sort()
  const tail = (1 - level) / 2
  return { estimate, low: quantileOfSorted(draws, tail), high: quantileOfSorted(draws, 1 - tail), level, resamples }
}

function groupRows<Row>(rows: readonly Row[], strata: ((row: Row) => Label) | undefined): readonly number[][] {
  const all = rows.map((_, i) => i)
  return strata === undefined ? [all] : [...Map.groupBy(all, (i) => strata(rows[i]!)).values()]
}

function checkOptions(name: string, n: number, resamples: number, level: number): void {
  if (n === 0) throw new MillraceError('INVALID_DATA', `${name}: there are no rows. Pass at least one.`)
  checkCount(name, 'resamples', resamples)
  if (level > 0 && level < 1) return
  throw new MillraceError('INVALID_ARGUMENT', `${name}: level is ${level}, expected a share such as 0.95.`)
}

function checkStatistic(name: string, sample: string, evaluate: () => number): number {
  const advice = 'If a class was missing from the drawn rows, pass strata to draw within classes.'
  let value: number
  try {
    value = evaluate()
  } catch (cause) {
    if (!(cause instanceof MillraceError)) throw cause
    throw new MillraceError(cause.code, `${name}: the statistic failed on ${sample}. ${cause.message} ${advice}`, {
      cause,
    })
  }
  if (Number.isFinite(value)) return value
  throw new MillraceError(
    'NON_FINITE',
    `${name}: the statistic gave ${value} on ${sample}, expected a finite number. ${advice}`,
  )
}
