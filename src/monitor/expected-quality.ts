/** Estimating how right predictions are before labels come: from probabilities, calibrated on labelled rows. */
import { calibrationCurve, expectedCalibrationError, type Probabilities } from '../metrics/index.ts'
import { isotonic } from './statistics/isotonic.ts'

/** What the model is expected to score on rows without labels. */
export interface ExpectedQuality {
  readonly rowCount: number
  readonly accuracy: number
  /** Of two labels. */
  readonly rocAuc?: number
  readonly precision?: number
  readonly recall?: number
  readonly f1?: number
  /** Expected rows [label, prediction]; of two labels. */
  readonly confusion?: { readonly classes: readonly string[]; readonly counts: readonly (readonly number[])[] }
  /** Whether the probabilities were calibrated on the reference: only where that made them better there. */
  readonly calibrated: boolean
}

/** Rows with labels and the probability of the positive one, to calibrate on. */
export interface CalibrationRows {
  readonly labels: readonly string[]
  /** [n] */
  readonly probabilities: ArrayLike<number>
}

/**
 * Confidence-based performance estimation of two labels (CBPE, as in NannyML): a row predicted positive with calibrated
 * probability p is expected to be p of a hit and 1 − p of a false alarm. Right as long as the probabilities stay
 * calibrated, whatever happens to the inputs; it does not see a change of what the labels mean.
 *
 * @param positive [n] probabilities of `classes[1]`
 * @param predictions [n] predicted labels
 */
export function expectBinary(
  classes: readonly [negative: string, positive: string],
  positive: Float64Array,
  predictions: readonly string[],
  reference?: CalibrationRows,
): ExpectedQuality {
  const calibrate = reference === undefined ? undefined : calibratorOf(reference, classes[1])
  const chances = calibrate === undefined ? positive : positive.map(calibrate)
  const counts: [[number, number], [number, number]] = [
    [0, 0],
    [0, 0],
  ]
  predictions.forEach((label, row) => {
    const predicted = label === classes[1] ? 1 : 0
    counts[1][predicted] += chances[row]!
    counts[0][predicted] += 1 - chances[row]!
  })
  const [[rejected, wrong], [missed, found]] = counts
  return {
    rowCount: positive.length,
    accuracy: (found + rejected) / positive.length,
    rocAuc: expectedArea(positive, chances),
    precision: share(found, found + wrong),
    recall: share(found, found + missed),
    f1: share(2 * found, 2 * found + wrong + missed),
    confusion: { classes, counts },
    calibrated: calibrate !== undefined,
  }
}

/** The expected accuracy for any number of labels: the mean probability of the label that was predicted. */
export function expectMulticlass(
  { classes, values }: Probabilities<string>,
  predictions: readonly string[],
): ExpectedQuality {
  const sum = predictions.reduce((total, label, row) => {
    const at = classes.indexOf(label)
    return total + (at === -1 ? 0 : values[row * classes.length + at]!)
  }, 0)
  return { rowCount: predictions.length, accuracy: sum / predictions.length, calibrated: false }
}

/** The isotonic calibration, where it lowers the calibration error on a held-out third; else undefined. */
function calibratorOf(
  { labels, probabilities }: CalibrationRows,
  positive: string,
): ((p: number) => number) | undefined {
  const outcomes = Float64Array.from(labels, (label) => (label === positive ? 1 : 0))
  const rows = labels.map((_, row) => row)
  const [training, held] = [rows.filter((row) => row % 3 !== 2), rows.filter((row) => row % 3 === 2)]
  const fit = (chosen: readonly number[]): ((p: number) => number) =>
    isotonic(
      Float64Array.from(chosen, (row) => probabilities[row]!),
      Float64Array.from(chosen, (row) => outcomes[row]!),
    )
  if (held.length === 0) return undefined
  const trial = fit(training)
  const error = (change: (p: number) => number): number =>
    expectedCalibrationError(
      calibrationCurve(
        held.map((row) => outcomes[row]!),
        held.map((row) => change(probabilities[row]!)),
        { positive: 1 },
      ),
    )
  return error(trial) < error((p) => p) ? fit(rows) : undefined
}

/** The area under the expected ROC curve: each row counts `chance` as positive and the rest as negative. */
function expectedArea(scores: Float64Array, chances: Float64Array): number {
  const order = Array.from(scores, (_, row) => row).sort((a, b) => scores[a]! - scores[b]!)
  let [below, area, positives, negatives] = [0, 0, 0, 0]
  for (let i = 0; i < order.length;) {
    let [tiedPositive, tiedNegative] = [0, 0]
    const score = scores[order[i]!]!
    for (; i < order.length && scores[order[i]!] === score; i++) {
      tiedPositive += chances[order[i]!]!
      tiedNegative += 1 - chances[order[i]!]!
    }
    area += tiedPositive * (below + tiedNegative / 2)
    below += tiedNegative
    positives += tiedPositive
    negatives += tiedNegative
  }
  return share(area, positives * negatives)
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}
