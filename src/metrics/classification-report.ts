/** Everything a gate or a card wants to know of a classifier, in one plain object. */
import { accuracy, balancedAccuracy } from './accuracy.ts'
import { confidenceCurve, expectedCalibrationError } from './calibration.ts'
import { type ConfusionMatrix, tallyPairs } from './confusion-matrix.ts'
import { type Label } from './labels.ts'
import { brierScore, logLoss } from './log-loss.ts'
import {
  averageOverClasses,
  type ClassScoreOptions,
  type ClassScores,
  type Scores,
  scoresByClass,
} from './precision-recall.ts'
import { type Probabilities } from './probabilities.ts'
import { multiclassRocAuc, rocAuc } from './roc-auc.ts'

export interface ClassificationReportOptions<L extends Label = Label> extends ClassScoreOptions<L> {
  /** What the predictions were made from; with it the report scores the probabilities too and takes its classes. */
  readonly probabilities?: Probabilities<L>
}

/** Plain data: JSON keeps it, except that NaN (of `zeroDivision: 'nan'`) becomes null. */
export interface ClassificationReport<L extends Label = Label> {
  /** How many rows were scored. */
  readonly count: number
  readonly accuracy: number
  readonly balancedAccuracy: number
  /** The plain mean over classes. */
  readonly macro: Scores
  /** The mean over classes by support. */
  readonly weighted: Scores
  readonly perClass: readonly ClassScores<L>[]
  readonly confusion: ConfusionMatrix<L>
  /** There if probabilities were given. */
  readonly probabilistic?: ProbabilityScores
}

export interface ProbabilityScores {
  /** In nats. */
  readonly logLoss: number
  readonly brierScore: number
  /** Of two classes the area itself, of more the macro mean one-vs-rest; null when a class has no row that counts. */
  readonly rocAuc: number | null
  /** Over 15 equal bins of the most likely class's probability. Does not take weights into account. */
  readonly expectedCalibrationError: number
}

/**
 * Scores predicted labels, and probabilities if given, all at once.
 *
 * actual, predicted [n]; classes default to those of `probabilities`, else to the labels that occur, sorted. Each
 * number is that of the function of the same name. Micro averages are left out: over all classes they are the
 * accuracy.
 *
 * @throws ShapeError when the lengths differ; MillraceError INVALID_DATA for no rows or an unknown label, and for bad
 * probabilities as logLoss does
 */
export function classificationReport<L extends Label>(
  actual: ArrayLike<L>,
  predicted: ArrayLike<L>,
  options: ClassificationReportOptions<L> = {},
): ClassificationReport<L> {
  const classes = options.classes ?? options.probabilities?.classes
  const labelOptions = classes === undefined ? options : { ...options, classes }
  const confusion = tallyPairs('classificationReport', actual, predicted, labelOptions)
  const perClass = scoresByClass(confusion, options.zeroDivision)
  return {
    count: actual.length,
    accuracy: accuracy(actual, predicted, options),
    balancedAccuracy: balancedAccuracy(actual, predicted, options),
    macro: averageOverClasses(perClass, 'macro'),
    weighted: averageOverClasses(perClass, 'weighted'),
    perClass,
    confusion,
    ...(options.probabilities && { probabilistic: scoreProbabilities(actual, options.probabilities, options) }),
  }
}

function scoreProbabilities<L extends Label>(
  actual: ArrayLike<L>,
  probabilities: Probabilities<L>,
  options: ClassificationReportOptions<L>,
): ProbabilityScores {
  return {
    logLoss: logLoss(actual, probabilities, options),
    brierScore: brierScore(actual, probabilities, options),
    rocAuc: areaOrNull(actual, probabilities, options),
    expectedCalibrationError: expectedCalibrationError(confidenceCurve(actual, probabilities)),
  }
}

function areaOrNull<L extends Label>(
  actual: ArrayLike<L>,
  probabilities: Probabilities<L>,
  { weights }: ClassificationReportOptions<L>,
): number | null {
  const { classes, values } = probabilities
  const present = new Set(Array.from(actual).filter((_, row) => weights?.[row] !== 0))
  if (present.size < classes.length) return null
  const weightOptions = weights === undefined ? {} : { weights }
  if (classes.length > 2) return multiclassRocAuc(actual, probabilities, weightOptions)
  const scores = Float64Array.from({ length: actual.length }, (_, row) => values[2 * row + 1]!)
  return rocAuc(actual, scores, { positive: classes[1]!, ...weightOptions })
}
