/** The area under the receiver operating characteristic, for two classes and for several. */
import { MillraceError } from '../core/index.ts'
import { type WeightOptions } from './accuracy.ts'
import { checkFinite, checkRows } from './check-rows.ts'
import { type Label, quoteAll, markPositive, quote } from './labels.ts'
import { type CheckedProbabilities, checkProbabilities, findUnevenRow, type Probabilities } from './probabilities.ts'
import { weightedMean } from './weighted-mean.ts'

export interface RocAucOptions<L extends Label = Label> extends WeightOptions {
  /** The label that high scores speak for; all others are negative. */
  readonly positive: NoInfer<L>
}

export interface MulticlassRocAucOptions extends WeightOptions {
  /**
   * 'one-vs-rest' ranks each class against all others; 'one-vs-one' ranks each pair of classes that occur (Hand and
   * Till 2001) and takes no weights. Default: 'one-vs-rest'.
   */
  readonly strategy?: 'one-vs-rest' | 'one-vs-one'
  /** 'macro' counts each class or pair the same, 'weighted' by its rows. Default: 'macro'. */
  readonly average?: 'macro' | 'weighted'
}

/**
 * How likely a positive row is to have a higher score than a negative one, ties counting half, in 0..1.
 *
 * actual, scores [n]; scores are any finite numbers, only their order matters. Rows of weight 0 are left out. Equals
 * sklearn.metrics.roc_auc_score, which gives NaN where this throws because only one class is there.
 *
 * @throws ShapeError when the lengths differ; MillraceError INVALID_DATA for no rows or only one class,
 * INVALID_ARGUMENT when `positive` is none of the labels, NON_FINITE for a NaN or infinite score
 */
export function rocAuc<L extends Label>(
  actual: ArrayLike<L>,
  scores: ArrayLike<number>,
  { positive, weights }: RocAucOptions<L>,
): number {
  checkRows('rocAuc', { actual, scores }, weights)
  checkFinite('rocAuc', 'scores', scores)
  const isPositive = markPositive('rocAuc', actual, positive)
  const area = areaUnderCurve(isPositive, scores, weights)
  if (!Number.isNaN(area)) return area
  const hasPositive = isPositive.some((mark, row) => mark === 1 && weights?.[row] !== 0)
  throw new MillraceError(
    'INVALID_DATA',
    `rocAuc: the rows that count are ${hasPositive ? 'all' : 'never'} of class ${quote(positive)}. It ranks that class ` +
      'against the rest: use rows of both.',
  )
}

/**
 * The mean area under the curve over classes (one-vs-rest) or pairs of classes (one-vs-one), in 0..1.
 *
 * actual [n], probabilities [n, c] with rows that sum to 1 (within 1e-5). Equals sklearn.metrics.roc_auc_score with
 * multi_class "ovr" or "ovo". A class without rows has no share in weighted and one-vs-one averages; a macro
 * one-vs-rest average is then not defined (scikit-learn: NaN) and throws.
 *
 * @throws ShapeError when the sizes differ; MillraceError INVALID_DATA for no rows, only one class, a class without
 * rows as above, an unknown label or rows that do not sum to 1, NON_FINITE for NaN, INVALID_ARGUMENT for weights with
 * one-vs-one
 */
export function multiclassRocAuc<L extends Label>(
  actual: ArrayLike<L>,
  probabilities: Probabilities<L>,
  { strategy = 'one-vs-rest', average = 'macro', weights }: MulticlassRocAucOptions = {},
): number {
  if (strategy === 'one-vs-one' && weights !== undefined) {
    throw new MillraceError('INVALID_ARGUMENT', 'multiclassRocAuc: one-vs-one takes no weights. Use one-vs-rest.')
  }
  const checked = checkProbabilities('multiclassRocAuc', actual, probabilities, weights)
  checkSums(checked)
  const present = classWeights(checked, weights)
  const missing = probabilities.classes.filter((_, j) => present[j] === 0)
  const found = probabilities.classes.filter((_, j) => present[j]! > 0)
  if (found.length === 1) {
    throw new MillraceError(
      'INVALID_DATA',
      `multiclassRocAuc: the rows that count are all of class ${quote(found[0]!)}. It ranks classes against each ` +
        'other: use rows of two classes or more.',
    )
  }
  if (strategy === 'one-vs-one') return oneVersusOne(checked, present, average)
  if (average === 'macro' && missing.length > 0) {
    throw new MillraceError(
      'INVALID_DATA',
      `multiclassRocAuc: no row that counts is of class ${quoteAll(missing)}, so its area is not defined. ` +
        "Use more rows, average: 'weighted' or strategy: 'one-vs-one'.",
    )
  }
  return oneVersusRest(checked, present, average, weights)
}

function oneVersusRest(
  { n, classCount, values, actual }: CheckedProbabilities,
  present: Float64Array,
  average: 'macro' | 'weighted',
  weights?: ArrayLike<number>,
): number {
  const scores = new Float64Array(n)
  const areaOf = (j: number): number => {
    for (let row = 0; row < n; row++) scores[row] = values[row * classCount + j]!
    return areaUnderCurve(markClass(actual, j), scores, weights)
  }
  // weightedMean does not ask for the area of a class of weight 0, which has none.
  return weightedMean(classCount, areaOf, average === 'weighted' ? present : undefined)
}

function oneVersusOne(
  { classCount, values, actual }: CheckedProbabilities,
  present: Float64Array,
  average: 'macro' | 'weighted',
): number {
  const rowsOf = Array.from({ length: classCount }, (): number[] => [])
  for (const [row, j] of actual.entries()) rowsOf[j]!.push(row)
  const areaOf = (rows: Uint32Array, j: number): number => {
    const scores = Float64Array.from(rows, (row) => values[row * classCount + j]!)
    const classes = rows.map((row) => actual[row]!)
    return areaUnderCurve(markClass(classes, j), scores)
  }
  const pairs = pairsOf(classCount).filter(([a, b]) => present[a]! > 0 && present[b]! > 0)
  const pairArea = (i: number): number => {
    const [a, b] = pairs[i]!
    const rows = Uint32Array.from([...rowsOf[a]!, ...rowsOf[b]!])
    return (areaOf(rows, a) + areaOf(rows, b)) / 2
  }
  const prevalence = pairs.map(([a, b]) => present[a]! + present[b]!)
  return weightedMean(pairs.length, pairArea, average === 'weighted' ? prevalence : undefined)
}

/** The area by trapezes over rows sorted by falling score, one step a distinct score; NaN without both classes. */
function areaUnderCurve(isPositive: Uint8Array, scores: ArrayLike<number>, weights?: ArrayLike<number>): number {
  const n = isPositive.length
  const order = Uint32Array.from({ length: n }, (_, row) => row).sort((a, b) => scores[b]! - scores[a]!)
  let [positive, negative, area] = [0, 0, 0]
  for (let i = 0; i < n;) {
    const [score, before] = [scores[order[i]!]!, positive]
    let step = 0
    for (; i < n && scores[order[i]!] === score; i++) {
      const row = order[i]!
      const weight = weights?.[row] ?? 1
      if (isPositive[row] === 1) positive += weight
      else step += weight
    }
    negative += step
    area += (step * (before + positive)) / 2
  }
  return positive > 0 && negative > 0 ? area / positive / negative : Number.NaN
}

function markClass(classes: Uint32Array, j: number): Uint8Array {
  return Uint8Array.from(classes, (found) => (found === j ? 1 : 0))
}

function classWeights({ n, classCount, actual }: CheckedProbabilities, weights?: ArrayLike<number>): Float64Array {
  const present = new Float64Array(classCount)
  for (let row = 0; row < n; row++) present[actual[row]!]! += weights?.[row] ?? 1
  return present
}

function pairsOf(count: number): (readonly [number, number])[] {
  return Array.from({ length: count }, (_, a) => a).flatMap((a) =>
    Array.from({ length: count - a - 1 }, (_, i) => [a, a + 1 + i] as const),
  )
}

function checkSums(checked: CheckedProbabilities): void {
  const uneven = findUnevenRow(checked, 1e-5)
  if (uneven === undefined) return
  throw new MillraceError(
    'INVALID_DATA',
    `multiclassRocAuc: the probabilities of row ${uneven.row} sum to ${uneven.sum}, expected 1. Pass softmax outputs.`,
  )
}
