/** Scores of predicted numbers. */
import { type WeightOptions } from './accuracy.ts'
import { checkFinite, checkRows } from './check-rows.ts'
import { weightedMean } from './weighted-mean.ts'

/**
 * The mean squared error, in the square of the target's unit; 0 at best.
 *
 * actual, predicted [n] finite. Equals sklearn.metrics.mean_squared_error.
 *
 * @throws ShapeError when the lengths differ; MillraceError INVALID_DATA for no rows, NON_FINITE for NaN or infinity
 */
export function mse(actual: ArrayLike<number>, predicted: ArrayLike<number>, { weights }: WeightOptions = {}): number {
  const n = checkNumbers('mse', actual, predicted, weights)
  return weightedMean(n, (row) => (actual[row]! - predicted[row]!) ** 2, weights)
}

/**
 * The root of the mean squared error, in the target's unit; 0 at best.
 *
 * actual, predicted [n] finite. Equals sklearn.metrics.root_mean_squared_error.
 *
 * @throws as mse does
 */
export function rmse(actual: ArrayLike<number>, predicted: ArrayLike<number>, { weights }: WeightOptions = {}): number {
  const n = checkNumbers('rmse', actual, predicted, weights)
  return Math.sqrt(weightedMean(n, (row) => (actual[row]! - predicted[row]!) ** 2, weights))
}

/**
 * The mean absolute error, in the target's unit; 0 at best.
 *
 * actual, predicted [n] finite. Equals sklearn.metrics.mean_absolute_error.
 *
 * @throws as mse does
 */
export function mae(actual: ArrayLike<number>, predicted: ArrayLike<number>, { weights }: WeightOptions = {}): number {
  const n = checkNumbers('mae', actual, predicted, weights)
  return weightedMean(n, (row) => Math.abs(actual[row]! - predicted[row]!), weights)
}

/**
 * The coefficient of determination: 1 − squared error / squared deviation from the mean. 1 at best, 0 for always saying
 * the mean, below 0 for worse.
 *
 * actual, predicted [n] finite; n = 1 gives NaN. Where all actual values that count are the same it is 1 for a perfect
 * prediction and 0 for any other. Equals sklearn.metrics.r2_score, whose rounding can miss that the values are the
 * same.
 *
 * @throws as mse does
 */
export function r2(actual: ArrayLike<number>, predicted: ArrayLike<number>, { weights }: WeightOptions = {}): number {
  const n = checkNumbers('r2', actual, predicted, weights)
  if (n < 2) return Number.NaN
  const mean = weightedMean(n, (row) => actual[row]!, weights)
  const error = weightedMean(n, (row) => (actual[row]! - predicted[row]!) ** 2, weights)
  const deviation = weightedMean(n, (row) => (actual[row]! - mean) ** 2, weights)
  if (error === 0) return 1
  return deviation === 0 || isConstant(actual, weights) ? 0 : 1 - error / deviation
}

function checkNumbers(
  metric: string,
  actual: ArrayLike<number>,
  predicted: ArrayLike<number>,
  weights?: ArrayLike<number>,
): number {
  const n = checkRows(metric, { actual, predicted }, weights)
  checkFinite(metric, 'actual', actual)
  checkFinite(metric, 'predicted', predicted)
  return n
}

function isConstant(values: ArrayLike<number>, weights?: ArrayLike<number>): boolean {
  const counted = Array.from(values).filter((_, row) => weights?.[row] !== 0)
  return counted.every((value) => value === counted[0])
}
