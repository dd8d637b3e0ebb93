/** Precision, recall and F1: of one class, of every class and averaged over classes. */
import { MillraceError } from '../core/index.ts'
import { type ConfusionMatrix, type LabelOptions, marginsOf, tallyPairs } from './confusion-matrix.ts'
import { type Label, unknownPositive } from './labels.ts'
import { meanOfDefined } from './weighted-mean.ts'

/** What a quotient over nothing is (the precision of a class never predicted); 'nan' leaves it out of averages. */
export type ZeroDivision = 0 | 1 | 'nan'

export interface ClassScoreOptions<L extends Label = Label> extends LabelOptions<L> {
  /** Default: 0. */
  readonly zeroDivision?: ZeroDivision
}

/**
 * 'macro' is the plain mean over classes, 'weighted' the mean weighted by how many rows each class has, 'micro' pools
 * the counts of all classes first.
 */
export type Average = 'macro' | 'weighted' | 'micro'

/** Which single number is wanted: an average over the classes, or the score of one class. */
export type AverageOptions<L extends Label = Label> = ClassScoreOptions<L> &
  (
    | { readonly average: Average; readonly positive?: never }
    | { readonly positive: NoInfer<L>; readonly average?: never }
  )

/** The three scores, each in 0..1, or NaN where 'nan' was asked for. */
export interface Scores {
  readonly precision: number
  readonly recall: number
  readonly f1: number
}

/** The scores of one class. `support` is how many rows are of the class, or their weight. */
export interface ClassScores<L extends Label = Label> extends Scores {
  readonly label: L
  readonly support: number
}

/**
 * Precision, recall and F1 of each class, in the order of the classes.
 *
 * actual, predicted [n] → [c]. Equals sklearn.metrics.precision_recall_fscore_support with average=None.
 *
 * @throws ShapeError when the lengths differ; MillraceError INVALID_DATA for no rows or an unknown label
 */
export function classScores<L extends Label>(
  actual: ArrayLike<L>,
  predicted: ArrayLike<L>,
  options: ClassScoreOptions<L> = {},
): readonly ClassScores<L>[] {
  return scoresByClass(tallyPairs('classScores', actual, predicted, options), options.zeroDivision)
}

/**
 * Of the rows predicted as a class, the share that is of that class: true positives / predicted.
 *
 * actual, predicted [n] → a number in 0..1. Equals sklearn.metrics.precision_score; `positive` is its average="binary",
 * and in a task of several classes the score of that class against the rest.
 *
 * @throws ShapeError when the lengths differ; MillraceError INVALID_DATA for no rows or an unknown label,
 * INVALID_ARGUMENT when `positive` is none of two or more classes
 */
export function precision<L extends Label>(
  actual: ArrayLike<L>,
  predicted: ArrayLike<L>,
  options: AverageOptions<L>,
): number {
  return averageScores('precision', actual, predicted, options).precision
}

/**
 * Of the rows of a class, the share that was predicted as that class: true positives / actual.
 *
 * actual, predicted [n] → a number in 0..1. Equals sklearn.metrics.recall_score; options as for precision.
 *
 * @throws as precision does
 */
export function recall<L extends Label>(
  actual: ArrayLike<L>,
  predicted: ArrayLike<L>,
  options: AverageOptions<L>,
): number {
  return averageScores('recall', actual, predicted, options).recall
}

/**
 * The harmonic mean of precision and recall: 2 true positives / (predicted + actual). An average over classes is the
 * mean of their F1, not the F1 of the averages.
 *
 * actual, predicted [n] → a number in 0..1. Equals sklearn.metrics.f1_score; options as for precision.
 *
 * @throws as precision does
 */
export function f1<L extends Label>(actual: ArrayLike<L>, predicted: ArrayLike<L>, options: AverageOptions<L>): number {
  return averageScores('f1', actual, predicted, options).f1
}

/** The scores of each class of a confusion matrix in counts. */
export function scoresByClass<L extends Label>(
  { classes, counts }: ConfusionMatrix<L>,
  zeroDivision?: ZeroDivision,
): readonly ClassScores<L>[] {
  const margins = marginsOf(counts)
  return classes.map((label, i) => {
    const support = margins.actual[i]!
    return { label, ...scoresOf(counts[i]![i]!, margins.predicted[i]!, support, zeroDivision), support }
  })
}

/** The mean of the classes' scores: plain, or by support. */
export function averageOverClasses(classes: readonly ClassScores[], average: 'macro' | 'weighted'): Scores {
  const weights = average === 'weighted' ? classes.map(({ support }) => support) : undefined
  const mean = (score: keyof Scores): number =>
    meanOfDefined(
      classes.map((scores) => scores[score]),
      weights,
    )
  return { precision: mean('precision'), recall: mean('recall'), f1: mean('f1') }
}

function averageScores<L extends Label>(
  metric: string,
  actual: ArrayLike<L>,
  predicted: ArrayLike<L>,
  options: AverageOptions<L>,
): Scores {
  const { average, positive, zeroDivision } = options
  const confusion = tallyPairs(metric, actual, predicted, options)
  if (average === undefined) return scoresOfPositive(metric, confusion, positive, zeroDivision)
  if (average === 'micro') return pooledScores(confusion, zeroDivision)
  return averageOverClasses(scoresByClass(confusion, zeroDivision), average)
}

function scoresOfPositive<L extends Label>(
  metric: string,
  confusion: ConfusionMatrix<L>,
  positive: L | undefined,
  zeroDivision?: ZeroDivision,
): Scores {
  if (positive === undefined) {
    throw new MillraceError('INVALID_ARGUMENT', `${metric}: pass average or positive, so that one number is meant.`)
  }
  const found = scoresByClass(confusion, zeroDivision).find(({ label }) => label === positive)
  if (found !== undefined) return found
  // With one label in sight the positive class may just be missing from these rows; with two it is misspelt.
  if (confusion.classes.length >= 2) throw unknownPositive(metric, positive, confusion.classes)
  return scoresOf(0, 0, 0, zeroDivision)
}

function pooledScores({ counts }: ConfusionMatrix, zeroDivision?: ZeroDivision): Scores {
  const hits = counts.reduce((total, row, i) => total + row[i]!, 0)
  const total = marginsOf(counts).actual.reduce((sum, support) => sum + support, 0)
  return scoresOf(hits, total, total, zeroDivision)
}

function scoresOf(hits: number, predicted: number, actual: number, zeroDivision: ZeroDivision = 0): Scores {
  const undefinedValue = zeroDivision === 'nan' ? Number.NaN : zeroDivision
  const divide = (top: number, bottom: number): number => (bottom === 0 ? undefinedValue : top / bottom)
  return {
    precision: divide(hits, predicted),
    recall: divide(hits, actual),
    f1: divide(2 * hits, predicted + actual),
  }
}
