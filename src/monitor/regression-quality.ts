/** How well numbers were predicted, against always saying the mean or the median. */
import { mae, r2, rmse } from '../metrics/index.ts'
import { type Check, checkEqual, checkGreater, checkLess, toleranceOf } from './check.ts'
import { countInBins, equalEdges } from './statistics/binning.ts'
import { mean, quantile } from './statistics/moments.ts'

export interface RegressionScores {
  readonly mae: number
  readonly rmse: number
  /** Mean absolute percentage error, in percent of the target. */
  readonly mape: number
  readonly r2: number
}

export interface RegressionQuality extends RegressionScores {
  readonly task: 'regression'
  readonly rowCount: number
  /** Rows left out because target or prediction is missing. */
  readonly unlabelled: number
  /** Prediction less target, on average: above 0 where predictions are too high. */
  readonly meanError: number
  /** Of the sample. */
  readonly errorStd: number
  readonly maxError: number
  /** Errors in 20 bins. */
  readonly errors: { readonly edges: readonly number[]; readonly counts: readonly number[] }
  /** Of the constant that suits each score best: the median for MAE, the mean for RMSE and R², the weighted median for MAPE. */
  readonly dummy: RegressionScores
}

/** target, prediction [n] finite, n ≥ 1. */
export function regressionQuality(
  target: Float64Array,
  prediction: Float64Array,
  unlabelled: number,
): RegressionQuality {
  const errors = prediction.map((value, row) => value - target[row]!).sort()
  const meanError = mean(errors)
  return {
    task: 'regression',
    rowCount: target.length,
    unlabelled,
    ...scores(target, prediction),
    meanError,
    errorStd: Math.sqrt(
      errors.reduce((sum, error) => sum + (error - meanError) ** 2, 0) / Math.max(1, errors.length - 1),
    ),
    maxError: Math.max(Math.abs(errors[0]!), Math.abs(errors.at(-1) ?? 0)),
    errors: errorBins(errors),
    dummy: dummyScores(target),
  }
}

/** Better than the dummy; with a reference, within ±20 % of its scores. */
export function checkRegression(quality: RegressionQuality, reference?: RegressionQuality): Check[] {
  return MEASURES.map(({ key, label, better }) => {
    const found = { label, value: quality[key] }
    if (reference !== undefined) return checkEqual(found, reference[key], toleranceOf(reference[key], 0.2))
    return better === 'higher' ? checkGreater(found, quality.dummy[key]) : checkLess(found, quality.dummy[key])
  })
}

const MEASURES = [
  { key: 'mape', label: 'Mean Absolute Percentage Error', better: 'lower' },
  { key: 'rmse', label: 'RMSE', better: 'lower' },
  { key: 'mae', label: 'Mean Absolute Error', better: 'lower' },
  { key: 'r2', label: 'R2 Score', better: 'higher' },
] as const satisfies readonly { key: keyof RegressionScores; label: string; better: 'higher' | 'lower' }[]

function scores(target: Float64Array, prediction: Float64Array): RegressionScores {
  return {
    mae: mae(target, prediction),
    rmse: rmse(target, prediction),
    mape: percentageError(target, prediction),
    r2: target.length < 2 ? 0 : r2(target, prediction),
  }
}

/** Targets of 0 count as the smallest step above 1, as in scikit-learn and Evidently. */
function percentageError(target: Float64Array, prediction: Float64Array): number {
  let sum = 0
  for (let row = 0; row < target.length; row++) {
    sum += Math.abs(prediction[row]! - target[row]!) / Math.max(Math.abs(target[row]!), Number.EPSILON)
  }
  return (100 * sum) / target.length
}

function dummyScores(target: Float64Array): RegressionScores {
  const constant = (value: number): RegressionScores =>
    scores(
      target,
      target.map(() => value),
    )
  const sorted = target.toSorted()
  const average = constant(mean(target))
  return {
    mae: constant(quantile(sorted, 0.5)).mae,
    rmse: average.rmse,
    mape: constant(inverseWeightedMedian(sorted)).mape,
    r2: 0,
  }
}

/** The constant of the smallest percentage error: the median of the targets, each weighted by 1 / |target|. */
function inverseWeightedMedian(sorted: Float64Array): number {
  const present = sorted.filter((value) => value !== 0)
  const whole = present.reduce((sum, value) => sum + 1 / Math.abs(value), 0)
  let seen = 0
  return present.find((value) => (seen += 1 / Math.abs(value)) > whole / 2) ?? 0
}

function errorBins(sorted: Float64Array): RegressionQuality['errors'] {
  const [low, high] = [sorted[0]!, sorted.at(-1) ?? 0]
  const edges = low === high ? equalEdges(low - 0.5, high + 0.5, 1) : equalEdges(low, high, 20)
  return { edges, counts: countInBins(sorted, edges) }
}
