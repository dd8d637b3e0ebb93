/** How well labels were predicted, against a dummy that knows only how often each label occurs. */
import { DataError } from '../core/index.ts'
import { classificationReport, type ConfusionMatrix, type Probabilities } from '../metrics/index.ts'
import { type Check, checkEqual, checkGreater, checkLess, toleranceOf } from './check.ts'
import type { LabelledRows } from './labelled-rows.ts'

export interface LabelScores {
  readonly precision: number
  readonly recall: number
  readonly f1: number
  /** Rows of this label. */
  readonly support: number
}

/** The scores that a dummy has too. Of two labels precision, recall and F1 are those of `positive`, of more the mean. */
export interface ClassificationScores {
  readonly accuracy: number
  readonly precision: number
  readonly recall: number
  readonly f1: number
  /** With probabilities. */
  readonly rocAuc?: number | null
  readonly logLoss?: number
  /** Of two labels: false positive and false negative rate. */
  readonly falsePositiveRate?: number
  readonly falseNegativeRate?: number
}

export interface ClassificationQuality extends ClassificationScores {
  readonly task: 'classification'
  readonly rowCount: number
  /** Rows left out because target or prediction is missing. */
  readonly unlabelled: number
  /** Of two labels, the one that counts as found. */
  readonly positive?: string
  readonly byLabel: Readonly<Record<string, LabelScores>>
  /** Rows are targets, columns predictions. */
  readonly confusion: ConfusionMatrix<string>
  /** What guessing by the shares of the labels scores on average. */
  readonly dummy: ClassificationScores
}

/**
 * Scores predicted labels.
 *
 * @throws DataError when `positive` is not one of two labels
 */
export function classificationQuality(
  { target, prediction, unlabelled }: LabelledRows,
  { probabilities, positive }: { readonly probabilities?: Probabilities<string>; readonly positive?: string } = {},
): ClassificationQuality {
  const classes = [...new Set([...target, ...prediction, ...(probabilities?.classes ?? [])])].sort()
  const report = classificationReport(target, prediction, { classes, ...(probabilities && { probabilities }) })
  const binary = classes.length === 2 ? positiveScores(report.confusion, positive) : undefined
  const averaged = binary?.scores ?? report.macro
  const probabilistic = report.probabilistic && {
    rocAuc: report.probabilistic.rocAuc,
    logLoss: report.probabilistic.logLoss,
  }
  return {
    task: 'classification',
    rowCount: report.count,
    unlabelled,
    accuracy: report.accuracy,
    precision: averaged.precision,
    recall: averaged.recall,
    f1: averaged.f1,
    ...probabilistic,
    ...binary?.rates,
    ...(binary && { positive: binary.positive }),
    byLabel: Object.fromEntries(
      report.perClass.map(({ label, precision, recall, f1, support }) => [label, { precision, recall, f1, support }]),
    ),
    confusion: report.confusion,
    dummy: dummyScores(report.confusion, binary?.positive, probabilities !== undefined),
  }
}

/** Better than the dummy; with a reference, within ±20 % of its scores. */
export function checkClassification(quality: ClassificationQuality, reference?: ClassificationQuality): Check[] {
  return MEASURES.flatMap(({ key, label, better }) => {
    const [value, dummy, before] = [quality[key], quality.dummy[key], reference?.[key]]
    if (typeof value !== 'number' || typeof dummy !== 'number') return []
    if (typeof before === 'number') return [checkEqual({ label, value }, before, toleranceOf(before, 0.2))]
    return [better === 'higher' ? checkGreater({ label, value }, dummy) : checkLess({ label, value }, dummy)]
  })
}

const MEASURES = [
  { key: 'accuracy', label: 'Accuracy metric', better: 'higher' },
  { key: 'precision', label: 'Precision metric', better: 'higher' },
  { key: 'recall', label: 'Recall metric', better: 'higher' },
  { key: 'f1', label: 'F1 score metric', better: 'higher' },
  { key: 'rocAuc', label: 'RocAuc metric', better: 'higher' },
  { key: 'logLoss', label: 'LogLoss metric', better: 'lower' },
  { key: 'falsePositiveRate', label: 'FPR metric', better: 'lower' },
  { key: 'falseNegativeRate', label: 'FNR metric', better: 'lower' },
] as const satisfies readonly { key: keyof ClassificationScores; label: string; better: 'higher' | 'lower' }[]

function positiveScores(
  { classes, counts }: ConfusionMatrix<string>,
  wanted: string | undefined,
): { positive: string; scores: { precision: number; recall: number; f1: number }; rates: object } {
  const positive = wanted ?? classes[1]!
  const at = classes.indexOf(positive)
  if (at === -1) {
    throw new DataError({}, `The positive label is "${positive}", but the labels are: ${classes.join(', ')}.`)
  }
  const other = 1 - at
  const [found, missed] = [counts[at]![at]!, counts[at]![other]!]
  const [wrong, rejected] = [counts[other]![at]!, counts[other]![other]!]
  return {
    positive,
    scores: {
      precision: share(found, found + wrong),
      recall: share(found, found + missed),
      f1: share(2 * found, 2 * found + wrong + missed),
    },
    rates: { falsePositiveRate: share(wrong, wrong + rejected), falseNegativeRate: share(missed, found + missed) },
  }
}

/** Expected scores of labels drawn by their shares. Evidently draws them once, with a fixed seed. */
function dummyScores(
  { classes, counts }: ConfusionMatrix<string>,
  positive: string | undefined,
  withProbabilities: boolean,
): ClassificationScores {
  const supports = counts.map((row) => row.reduce((sum, count) => sum + count, 0))
  const rows = supports.reduce((sum, support) => sum + support, 0)
  const shares = supports.map((support) => support / rows)
  const guessed = positive === undefined ? 1 / classes.length : shares[classes.indexOf(positive)]!
  return {
    accuracy: shares.reduce((sum, one) => sum + one * one, 0),
    precision: guessed,
    recall: guessed,
    f1: guessed,
    ...(withProbabilities && { rocAuc: 0.5, logLoss: Math.log(classes.length) }),
    ...(positive !== undefined && { falsePositiveRate: guessed, falseNegativeRate: 1 - guessed }),
  }
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}
