/** How well a model does on images it has not learned from. */
import type { ImageSet } from 'millrace/images'
import { type ClassificationReport, classificationReport } from 'millrace/metrics'
import type { ClassificationPrediction, ImageModel } from 'millrace/model'

export interface ImageEvaluation {
  readonly prediction: ClassificationPrediction
  readonly report: ClassificationReport<string>
  /** `test_accuracy` and the like. */
  readonly metrics: Readonly<Record<string, number>>
}

/** Scores a model on a set, under names that begin with `prefix`. */
export async function evaluateOnImages(model: ImageModel, set: ImageSet, prefix: string): Promise<ImageEvaluation> {
  const prediction = await model.predictSet(set)
  const { classes, labels, probabilities } = prediction
  const report = classificationReport(actualLabels(set), labels, { probabilities: { classes, values: probabilities } })
  const byClass = report.perClass.map(
    ({ label, recall }) => [`${prefix}_accuracy_${metricName(label)}`, recall] as const,
  )
  const metrics = {
    [`${prefix}_accuracy`]: report.accuracy,
    [`${prefix}_f1_macro`]: report.macro.f1,
    [`${prefix}_loss`]: report.probabilistic!.logLoss,
    ...Object.fromEntries(byClass),
  }
  return { prediction, report, metrics }
}

export function actualLabels({ classes, labels }: ImageSet): readonly string[] {
  return Array.from(labels, (label) => classes[label]!)
}

/** `T-shirt/top` as a part of a metric's name, which may hold no slash. */
function metricName(label: string): string {
  return label.toLowerCase().replaceAll(/[^a-z]+/g, '_')
}
