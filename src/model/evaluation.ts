/** Judging a model on rows with a known target. */
import type { Table } from '../data/index.ts'
import { type ClassificationReport, classificationReport, mae, r2, rmse } from '../metrics/index.ts'
import type { Task } from './model.ts'
import type { ModelPackage } from './model-package.ts'
import { targetLabels, targetNumbers } from './target.ts'

/** Scores under the names they are logged by, with the whole report for classifiers. */
export interface Evaluation {
  readonly metrics: Readonly<Record<string, number>>
  readonly report?: ClassificationReport<string>
  /** For each row 1 where the prediction is right, else 0, or the squared error: what intervals are drawn from. */
  readonly perRow: Float64Array
}

/** The scores `evaluateModel` gives for each task; roc_auc only where every class occurs. */
export const scoreNames: Readonly<Record<Task, readonly string[]>> = {
  classification: ['accuracy', 'balanced_accuracy', 'f1_macro', 'loss', 'roc_auc'],
  regression: ['r2', 'mae', 'rmse'],
}

/**
 * Scores `model` on the rows of `table`, whose column `target` holds the truth.
 *
 * `scoreNames` lists the scores; loss is the cross-entropy.
 *
 * @throws DataError for a missing or unknown target, or columns the model needs and the table lacks
 */
export async function evaluateModel(model: ModelPackage, table: Table, target: string): Promise<Evaluation> {
  const prediction = await model.predict(table)
  if (prediction.task === 'regression') {
    const actual = targetNumbers(table, target)
    const predicted = Float64Array.from(prediction.values)
    const metrics = { r2: r2(actual, predicted), mae: mae(actual, predicted), rmse: rmse(actual, predicted) }
    return { metrics, perRow: actual.map((value, row) => (value - predicted[row]!) ** 2) }
  }
  const { classes, labels, probabilities } = prediction
  const actual = targetLabels(table, target, classes)
  const report = classificationReport(actual, labels, { probabilities: { classes, values: probabilities } })
  const { logLoss, rocAuc } = report.probabilistic!
  const metrics = {
    accuracy: report.accuracy,
    balanced_accuracy: report.balancedAccuracy,
    f1_macro: report.macro.f1,
    // The network's own loss: mean cross-entropy, in nats.
    loss: logLoss,
    ...(rocAuc === null ? {} : { roc_auc: rocAuc }),
  }
  return { metrics, report, perRow: Float64Array.from(labels, (label, row) => Number(label === actual[row])) }
}
