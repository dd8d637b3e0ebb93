/** The confusion matrix, which precision, recall and their averages are read from. */
import { checkRows } from './check-rows.ts'
import { classesOf, encodeLabels, type Label, positionsOf } from './labels.ts'

/** How labels of classification are compared. */
export interface LabelOptions<L extends Label = Label> {
  /** All classes, in the order of the result. Default: the labels that occur, sorted. */
  readonly classes?: readonly L[]
  /** How much each row counts, not negative. Default: 1 each. */
  readonly weights?: ArrayLike<number>
}

export interface ConfusionMatrixOptions<L extends Label = Label> extends LabelOptions<L> {
  /** Divide by the sum of each row ('actual'), each column ('predicted') or of everything ('all'). Default: counts. */
  readonly normalize?: 'actual' | 'predicted' | 'all'
}

/** `counts[i][j]` is how many rows of class `classes[i]` were predicted as `classes[j]`, or their weight or share. */
export interface ConfusionMatrix<L extends Label = Label> {
  readonly classes: readonly L[]
  readonly counts: readonly (readonly number[])[]
}

/**
 * How often each class was taken for each other.
 *
 * actual, predicted [n] → counts [c, c], rows actual, columns predicted. Where a normalising sum is 0 the shares are 0.
 * Equals sklearn.metrics.confusion_matrix, except that a label which is not in `classes` is an error, never left out.
 *
 * @throws ShapeError when the lengths differ; MillraceError INVALID_DATA for no rows or an unknown label
 */
export function confusionMatrix<L extends Label>(
  actual: ArrayLike<L>,
  predicted: ArrayLike<L>,
  options: ConfusionMatrixOptions<L> = {},
): ConfusionMatrix<L> {
  const { classes, counts } = tallyPairs('confusionMatrix', actual, predicted, options)
  const divisors = divisorsOf(counts, options.normalize)
  const shares = counts.map((row, i) => row.map((count, j) => (count === 0 ? 0 : count / divisors(i, j))))
  return { classes, counts: shares }
}

/** The confusion matrix in counts, for the score named `metric`. */
export function tallyPairs<L extends Label>(
  metric: string,
  actual: ArrayLike<L>,
  predicted: ArrayLike<L>,
  { classes = classesOf(metric, { actual, predicted }), weights }: LabelOptions<L>,
): ConfusionMatrix<L> {
  const n = checkRows(metric, { actual, predicted }, weights)
  const positions = positionsOf(metric, classes)
  const rows = encodeLabels(metric, 'actual', actual, positions)
  const columns = encodeLabels(metric, 'predicted', predicted, positions)
  const counts = classes.map(() => Array.from<number>({ length: classes.length }).fill(0))
  for (let i = 0; i < n; i++) counts[rows[i]!]![columns[i]!]! += weights?.[i] ?? 1
  return { classes, counts }
}

/** The sums of rows (the weight of each actual class) and of columns (of each predicted class). */
export function marginsOf(counts: ConfusionMatrix['counts']): {
  readonly actual: number[]
  readonly predicted: number[]
} {
  return {
    actual: counts.map((row) => sum(row)),
    predicted: counts.map((_, j) => sum(counts.map((row) => row[j]!))),
  }
}

function divisorsOf(
  counts: ConfusionMatrix['counts'],
  normalize: ConfusionMatrixOptions['normalize'],
): (i: number, j: number) => number {
  const margins = marginsOf(counts)
  switch (normalize) {
    case undefined:
      return () => 1
    case 'actual':
      return (i) => margins.actual[i]!
    case 'predicted':
      return (_, j) => margins.predicted[j]!
    case 'all': {
      const total = sum(margins.actual)
      return () => total
    }
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
