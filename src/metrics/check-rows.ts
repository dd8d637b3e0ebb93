/** The checks every score starts with: as many entries in each column, at least one row, numbers that are numbers. */
import { MillraceError, ShapeError } from '../core/index.ts'

/**
 * The number of rows that `columns` and `weights` share.
 *
 * @param metric names the score in messages, as its caller knows it
 * @throws ShapeError when the lengths differ; MillraceError INVALID_DATA when there are no rows or no weight is above
 * 0, INVALID_ARGUMENT when a weight is negative, NON_FINITE when one is NaN or infinite
 */
export function checkRows(
  metric: string,
  columns: Readonly<Record<string, ArrayLike<unknown>>>,
  weights?: ArrayLike<number>,
): number {
  const entries = Object.entries(weights === undefined ? columns : { ...columns, weights })
  const [[firstName, first], ...others] = entries as [(typeof entries)[number], ...typeof entries]
  for (const [name, column] of others) {
    if (column.length === first.length) continue
    throw new ShapeError(
      '',
      `${metric}: ${firstName} has ${first.length} rows and ${name} has ${column.length}. Pass one entry a row in each.`,
    )
  }
  if (first.length === 0) {
    throw new MillraceError('INVALID_DATA', `${metric}: ${firstName} is empty. A score needs at least one row.`)
  }
  if (weights !== undefined) checkWeights(metric, weights)
  return first.length
}

/** @throws MillraceError NON_FINITE naming the first entry that is NaN or infinite */
export function checkFinite(metric: string, name: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) continue
    throw new MillraceError(
      'NON_FINITE',
      `${metric}: ${name}[${i}] is ${values[i]}, expected a finite number. Leave that row out or correct it.`,
    )
  }
}

/** @throws MillraceError INVALID_ARGUMENT unless `value` is a whole number of at least 1 */
export function checkCount(metric: string, name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return
  throw new MillraceError('INVALID_ARGUMENT', `${metric}: ${name} is ${value}, expected a whole number of at least 1.`)
}

function checkWeights(metric: string, weights: ArrayLike<number>): void {
  checkFinite(metric, 'weights', weights)
  let total = 0
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i]!
    if (weight < 0) {
      throw new MillraceError(
        'INVALID_ARGUMENT',
        `${metric}: weights[${i}] is ${weight}. A weight must not be negative.`,
      )
    }
    total += weight
  }
  if (total > 0) return
  throw new MillraceError('INVALID_DATA', `${metric}: all weights are 0. At least one row must count.`)
}
