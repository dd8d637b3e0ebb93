/** Class probabilities: one flat row-major array together with the classes its columns stand for. */
import { MillraceError, ShapeError } from '../core/index.ts'
import { checkFinite, checkRows } from './check-rows.ts'
import { encodeLabels, type Label, positionsOf } from './labels.ts'

/**
 * What a classifier says of n rows: `values` is [n, classes.length] row-major, each row in 0..1 with sum 1, and column
 * j is the probability of `classes[j]`. The classes may be in any order (scikit-learn insists on the sorted one).
 * A Float32Array counts as float32, everything else as float64.
 */
export interface Probabilities<L extends Label = Label> {
  readonly classes: readonly L[]
  readonly values: ArrayLike<number>
}

/**
 * The probabilities of two classes from those of the second alone, as binary classifiers often give them.
 *
 * `positive` [n] in 0..1 → values [n, 2]; a Float32Array stays one. Values out of range are left for the scores to
 * find.
 */
export function binaryProbabilities<L extends Label>(
  classes: readonly [negative: L, positive: L],
  positive: ArrayLike<number>,
): Probabilities<L> {
  const shape = { length: 2 * positive.length }
  const valueAt = (_: unknown, i: number): number => (i % 2 === 1 ? positive[i >> 1]! : 1 - positive[i >> 1]!)
  const values =
    positive instanceof Float32Array ? Float32Array.from(shape, valueAt) : Float64Array.from(shape, valueAt)
  return { classes, values }
}

/** Checked probabilities with the position of each row's actual class among the columns. */
export interface CheckedProbabilities {
  readonly n: number
  readonly classCount: number
  readonly values: ArrayLike<number>
  readonly actual: Uint32Array
}

/**
 * Checks `probabilities` against the labels and finds the column of each row's actual class.
 *
 * @throws ShapeError when the sizes do not fit; MillraceError INVALID_ARGUMENT for fewer than two or repeated classes,
 * INVALID_DATA for an unknown label, no rows or values outside 0..1, NON_FINITE for NaN
 */
export function checkProbabilities<L extends Label>(
  metric: string,
  actual: ArrayLike<L>,
  { classes, values }: Probabilities<L>,
  weights?: ArrayLike<number>,
): CheckedProbabilities {
  const n = checkRows(metric, { actual }, weights)
  const positions = positionsOf(metric, classes)
  if (classes.length < 2) {
    throw new MillraceError('INVALID_ARGUMENT', `${metric}: classes has one entry. List every class, at least two.`)
  }
  if (values.length !== n * classes.length) {
    throw new ShapeError(
      '',
      `${metric}: actual has ${n} rows and probabilities has ${values.length} values for ${classes.length} classes. ` +
        `Expected ${n} × ${classes.length} = ${n * classes.length} values.`,
    )
  }
  checkUnitInterval(metric, 'probabilities', values)
  return { n, classCount: classes.length, values, actual: encodeLabels(metric, 'actual', actual, positions) }
}

/** @throws MillraceError NON_FINITE for NaN, INVALID_DATA for a value outside 0..1 */
export function checkUnitInterval(metric: string, name: string, values: ArrayLike<number>): void {
  checkFinite(metric, name, values)
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (value >= 0 && value <= 1) continue
    throw new MillraceError(
      'INVALID_DATA',
      `${metric}: ${name}[${i}] is ${value}, expected a probability in 0..1. Pass probabilities, not logits.`,
    )
  }
}

/** The first row whose probabilities do not sum to 1 within `tolerance`, or undefined. */
export function findUnevenRow(
  { n, classCount, values }: CheckedProbabilities,
  tolerance: number,
): { readonly row: number; readonly sum: number } | undefined {
  for (let row = 0; row < n; row++) {
    let sum = 0
    for (let j = 0; j < classCount; j++) sum += values[row * classCount + j]!
    if (Math.abs(sum - 1) > tolerance) return { row, sum }
  }
  return undefined
}
