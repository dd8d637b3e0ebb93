/** Calibration: whether of the rows given 70 % about 70 % turn out so. */
import { MillraceError } from '../core/index.ts'
import { checkCount, checkRows } from './check-rows.ts'
import { type Label, markPositive } from './labels.ts'
import { checkProbabilities, checkUnitInterval, type Probabilities } from './probabilities.ts'
import { quantileOfSorted } from './quantile.ts'

export interface BinOptions {
  /** How many bins, at least 1. */
  readonly bins?: number
  /** 'uniform' bins are equally wide, 'quantile' bins hold about equally many rows. Default: 'uniform'. */
  readonly strategy?: 'uniform' | 'quantile'
}

export interface CalibrationOptions<L extends Label = Label> extends BinOptions {
  /** The label whose probability is given; all others are negative. */
  readonly positive: NoInfer<L>
}

/** One bin of rows with similar probabilities; a perfectly calibrated model has `predicted` equal to `observed`. */
export interface CalibrationBin {
  /** The mean probability the model gave. */
  readonly predicted: number
  /** The share of rows for which it came true. */
  readonly observed: number
  readonly count: number
}

/**
 * What was observed against what was predicted, one entry a bin that has rows, by rising probability.
 *
 * actual [n], probabilities [n] of `positive`, in 0..1; `bins` defaults to 5. A value on an edge belongs to the bin
 * below. Equals sklearn.calibration.calibration_curve.
 *
 * @throws ShapeError when the lengths differ; MillraceError INVALID_DATA for no rows or a value outside 0..1,
 * INVALID_ARGUMENT when `positive` is none of two labels or more, NON_FINITE for NaN
 */
export function calibrationCurve<L extends Label>(
  actual: ArrayLike<L>,
  probabilities: ArrayLike<number>,
  { positive, bins = 5, strategy = 'uniform' }: CalibrationOptions<L>,
): readonly CalibrationBin[] {
  checkRows('calibrationCurve', { actual, probabilities })
  checkUnitInterval('calibrationCurve', 'probabilities', probabilities)
  checkCount('calibrationCurve', 'bins', bins)
  return fillBins(Float64Array.from(probabilities), markPositive('calibrationCurve', actual, positive), bins, strategy)
}

/**
 * How often the most likely class was the right one, against the confidence in it, one entry a bin that has rows.
 *
 * actual [n], probabilities [n, c]; `bins` defaults to 15, as in Guo et al. (2017). Of equally likely classes the first
 * counts. A value on an edge belongs to the bin below.
 *
 * @throws as logLoss does
 */
export function confidenceCurve<L extends Label>(
  actual: ArrayLike<L>,
  probabilities: Probabilities<L>,
  { bins = 15, strategy = 'uniform' }: BinOptions = {},
): readonly CalibrationBin[] {
  const checked = checkProbabilities('confidenceCurve', actual, probabilities)
  checkCount('confidenceCurve', 'bins', bins)
  const confidence = new Float64Array(checked.n)
  const isRight = new Uint8Array(checked.n)
  for (let row = 0; row < checked.n; row++) {
    const start = row * checked.classCount
    let best = 0
    for (let j = 1; j < checked.classCount; j++)
      if (checked.values[start + j]! > checked.values[start + best]!) best = j
    confidence[row] = checked.values[start + best]!
    isRight[row] = best === checked.actual[row] ? 1 : 0
  }
  return fillBins(confidence, isRight, bins, strategy)
}

/**
 * The mean distance between predicted and observed over the bins, weighted by their rows, in 0..1; 0 is perfect.
 *
 * Of a confidenceCurve this is the expected calibration error of Guo et al., "On Calibration of Modern Neural Networks"
 * (2017), equation 5; of a calibrationCurve its form for one class.
 *
 * @throws MillraceError INVALID_DATA when there are no bins
 */
export function expectedCalibrationError(curve: readonly CalibrationBin[]): number {
  const total = curve.reduce((sum, { count }) => sum + count, 0)
  if (total === 0) {
    throw new MillraceError('INVALID_DATA', 'expectedCalibrationError: the curve has no rows. Pass at least one bin.')
  }
  return curve.reduce((sum, bin) => sum + bin.count * Math.abs(bin.observed - bin.predicted), 0) / total
}

function fillBins(
  values: Float64Array,
  outcomes: Uint8Array,
  bins: number,
  strategy: 'uniform' | 'quantile',
): readonly CalibrationBin[] {
  const edges = innerEdges(values, bins, strategy)
  const [sums, hits, counts] = [new Float64Array(bins), new Float64Array(bins), new Float64Array(bins)]
  for (let row = 0; row < values.length; row++) {
    const bin = lowerBound(edges, values[row]!)
    sums[bin]! += values[row]!
    hits[bin]! += outcomes[row]!
    counts[bin]! += 1
  }
  return Array.from(counts, (count, bin) => ({
    predicted: sums[bin]! / count,
    observed: hits[bin]! / count,
    count,
  })).filter(({ count }) => count > 0)
}

function innerEdges(values: Float64Array, bins: number, strategy: 'uniform' | 'quantile'): Float64Array {
  // i * (1 / bins) and the detour over percent are numpy's roundings: an edge one bit off moves values that lie on it.
  const fractions = Float64Array.from({ length: bins - 1 }, (_, i) => (i + 1) * (1 / bins))
  if (strategy === 'uniform') return fractions
  const sorted = values.toSorted()
  return fractions.map((fraction) => quantileOfSorted(sorted, (fraction * 100) / 100))
}

/** The first position whose edge is not below `value`, by bisection. */
function lowerBound(edges: Float64Array, value: number): number {
  let [low, high] = [0, edges.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (edges[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}
