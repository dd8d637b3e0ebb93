/** Predictions as the JSON of each protocol has them. */
import type { Prediction } from '../model/index.ts'
import { explainRowError, type RowError } from './rows.ts'

/** The answer for one row. */
export interface RowAnswer {
  readonly prediction: string | number
  /** The probability of the predicted class; null for numbers. */
  readonly confidence: number | null
}

/** The forms in which POST /invocations answers: MLflow's, output by output, or row by row. */
export type AnswerForm = 'columns' | 'rows'

/** One answer a row, null for rows with `errors`. */
export function rowAnswers(prediction: Prediction, errors: readonly RowError[]): readonly (RowAnswer | null)[] {
  const bad = badRows(errors)
  if (prediction.task === 'regression') {
    return Array.from(prediction.values, (value, row) =>
      bad.has(row) ? null : { prediction: value, confidence: null },
    )
  }
  const { labels, probabilities, classes } = prediction
  return labels.map((label, row) =>
    bad.has(row) ? null : { prediction: label, confidence: highest(probabilities, row, classes.length) },
  )
}

/** What MLflow answers for the same model: `{"label": […], "probabilities": [[…]]}`, or `{"prediction": […]}`. */
export function columnAnswers(prediction: Prediction, errors: readonly RowError[]): Readonly<Record<string, unknown>> {
  const bad = badRows(errors)
  const orNull = <T>(value: T, row: number): T | null => (bad.has(row) ? null : value)
  if (prediction.task === 'regression') return { prediction: Array.from(prediction.values).map(orNull) }
  const { labels, probabilities, classes } = prediction
  const shares = labels.map((_, row) => [...probabilities.subarray(row * classes.length, (row + 1) * classes.length)])
  return bad.size === 0
    ? { label: labels, probabilities: shares }
    : { label: labels.map(orNull), probabilities: shares.map(orNull) }
}

/** Row answers with the probability of every class by name. */
export function detailedAnswers(prediction: Prediction, errors: readonly RowError[]): readonly unknown[] {
  const answers = rowAnswers(prediction, errors)
  if (prediction.task === 'regression') return answers.map((answer) => answer && { prediction: answer.prediction })
  const { classes, probabilities } = prediction
  return answers.map((answer, row) => {
    if (answer === null) return null
    const shares = classes.map((name, position) => [name, probabilities[row * classes.length + position]] as const)
    return { ...answer, probabilities: Object.fromEntries(shares) }
  })
}

/** The entries that explain the nulls among the answers. */
export function errorEntries(errors: readonly RowError[]): { readonly errors?: readonly unknown[] } {
  if (errors.length === 0) return {}
  return { errors: errors.map((error) => ({ ...error, message: explainRowError(error) })) }
}

function badRows(errors: readonly RowError[]): ReadonlySet<number> {
  return new Set(errors.map(({ row }) => row - 1))
}

/** The highest of a row's probabilities. */
export function highest(probabilities: Float32Array, row: number, classCount: number): number {
  let best = 0
  for (let i = row * classCount; i < (row + 1) * classCount; i++) if (probabilities[i]! > best) best = probabilities[i]!
  return best
}
