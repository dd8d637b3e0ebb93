/** The share of right predictions, over rows and over classes. */
import { checkRows } from './check-rows.ts'
import { marginsOf, tallyPairs } from './confusion-matrix.ts'
import { classesOf, type Label } from './labels.ts'
import { meanOfDefined, weightedMean } from './weighted-mean.ts'

/** Options of scores that take nothing but weights. */
export interface WeightOptions {
  /** How much each row counts, not negative. Default: 1 each. */
  readonly weights?: ArrayLike<number>
}

/**
 * The share of rows whose predicted label is the actual one, in 0..1.
 *
 * actual, predicted [n]. Equals sklearn.metrics.accuracy_score.
 *
 * @throws ShapeError when the lengths differ; MillraceError INVALID_DATA for no rows or labels of mixed types,
 * NON_FINITE for a NaN label
 */
export function accuracy<L extends Label>(
  actual: ArrayLike<L>,
  predicted: ArrayLike<L>,
  { weights }: WeightOptions = {},
): number {
  const n = checkRows('accuracy', { actual, predicted }, weights)
  classesOf('accuracy', { actual, predicted })
  return weightedMean(n, (row) => (actual[row] === predicted[row] ? 1 : 0), weights)
}

/**
 * The mean recall over the classes that have rows, in 0..1: a class counts the same whether it is rare or common.
 *
 * actual, predicted [n]. Equals sklearn.metrics.balanced_accuracy_score (not adjusted for chance).
 *
 * @throws as accuracy does
 */
export function balancedAccuracy<L extends Label>(
  actual: ArrayLike<L>,
  predicted: ArrayLike<L>,
  options: WeightOptions = {},
): number {
  const { counts } = tallyPairs('balancedAccuracy', actual, predicted, options)
  const support = marginsOf(counts).actual
  return meanOfDefined(counts.map((row, i) => row[i]! / support[i]!))
}
