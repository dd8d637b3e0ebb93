/** Proper scores of probabilities: how far they are from what happened. Lower is better. */
import { type WeightOptions } from './accuracy.ts'
import { type Label } from './labels.ts'
import { type CheckedProbabilities, checkProbabilities, findUnevenRow, type Probabilities } from './probabilities.ts'
import { weightedMean } from './weighted-mean.ts'

export interface BrierScoreOptions extends WeightOptions {
  /** Halve the score, so that it lies in 0..1 and not 0..2. Default: for two classes only, as is customary. */
  readonly scaleByHalf?: boolean
}

/**
 * The mean negative logarithm of the probability given to the actual class (cross-entropy), in nats, 0 at best.
 *
 * actual [n], probabilities [n, c]. Probabilities are clipped to [eps, 1 − eps] first, where eps is 2^-23 for a
 * Float32Array and 2^-52 otherwise, so that a certain wrong answer costs 15.9 or 36.0 and not infinity. Rows that do
 * not sum to 1 are taken as they are, with a process warning. Equals sklearn.metrics.log_loss; of float32 input it is
 * computed in double precision, where scikit-learn stays in single.
 *
 * @throws ShapeError when the sizes differ; MillraceError INVALID_DATA for no rows, an unknown label or a value outside
 * 0..1, INVALID_ARGUMENT for fewer than two classes, NON_FINITE for NaN
 */
export function logLoss<L extends Label>(
  actual: ArrayLike<L>,
  probabilities: Probabilities<L>,
  { weights }: WeightOptions = {},
): number {
  const checked = checkProbabilities('logLoss', actual, probabilities, weights)
  warnOfUnevenRows('logLoss', checked)
  const epsilon = epsilonOf(checked.values)
  const lossAt = (row: number): number => {
    const probability = checked.values[row * checked.classCount + checked.actual[row]!]!
    return -Math.log(Math.min(Math.max(probability, epsilon), 1 - epsilon))
  }
  return weightedMean(checked.n, lossAt, weights)
}

/**
 * The mean squared distance between the probabilities and what happened (1 for the actual class, 0 for the others).
 *
 * actual [n], probabilities [n, c] → 0 at best; 1 at worst for two classes, 2 for more (see `scaleByHalf`). Rows that
 * do not sum to 1 are taken as they are, with a process warning. Equals sklearn.metrics.brier_score_loss.
 *
 * @throws as logLoss does
 */
export function brierScore<L extends Label>(
  actual: ArrayLike<L>,
  probabilities: Probabilities<L>,
  { weights, scaleByHalf = probabilities.classes.length === 2 }: BrierScoreOptions = {},
): number {
  const checked = checkProbabilities('brierScore', actual, probabilities, weights)
  warnOfUnevenRows('brierScore', checked)
  const distanceAt = (row: number): number => {
    let sum = 0
    for (let j = 0; j < checked.classCount; j++) {
      sum += (checked.values[row * checked.classCount + j]! - (checked.actual[row] === j ? 1 : 0)) ** 2
    }
    return sum
  }
  return weightedMean(checked.n, distanceAt, weights) * (scaleByHalf ? 0.5 : 1)
}

function epsilonOf(values: ArrayLike<number>): number {
  return values instanceof Float32Array ? 2 ** -23 : 2 ** -52
}

function warnOfUnevenRows(metric: string, checked: CheckedProbabilities): void {
  const uneven = findUnevenRow(checked, Math.sqrt(epsilonOf(checked.values)))
  if (uneven === undefined) return
  process.emitWarning(
    `${metric}: the probabilities of row ${uneven.row} sum to ${uneven.sum}, expected 1. They are taken as they are.`,
    'MillraceWarning',
  )
}
