/** What decides where a row may go, and the checks on it that all splits share. */
import { DataError, MillraceError, Random } from '../../core/index.ts'

/**
 * One label or key for each row: `table.strings(name)`, `table.numbers(name)` or any array. null and NaN are missing,
 * which splits refuse; 1 and '1' are different keys.
 */
export type RowKeys = ArrayLike<string | number | null>

/** Every part gets its share of each class. */
export interface StratifyBy {
  readonly stratifyBy: RowKeys
  readonly groupBy?: never
  readonly orderBy?: never
}

/** Rows of one group, such as the measurements of one patient, stay together. */
export interface GroupBy {
  readonly groupBy: RowKeys
  readonly stratifyBy?: never
  readonly orderBy?: never
}

/** The past trains, the future tests: numbers that grow with time, as `table.numbers(name)` gives of datetimes. */
export interface OrderBy {
  readonly orderBy: ArrayLike<number | null>
  readonly stratifyBy?: never
  readonly groupBy?: never
}

/** How rows are divided; without one it is at random. */
export type SplitStrategy = StratifyBy | GroupBy | OrderBy

/** The randomness of a split of this kind. @throws MillraceError INVALID_ARGUMENT when `seed` is not an integer */
export function splitRandom(kind: string, seed: number): Random {
  if (Number.isSafeInteger(seed)) return new Random(seed).fork(kind)
  throw new MillraceError('INVALID_ARGUMENT', `${kind}: seed is ${seed}. Give a whole number.`)
}

/** @throws MillraceError INVALID_ARGUMENT when `rowCount` is no number of rows that indices of 32 bits can count */
export function requireRowCount(kind: string, rowCount: number): void {
  if (Number.isInteger(rowCount) && rowCount >= 0 && rowCount < 2 ** 32) return
  throw new MillraceError('INVALID_ARGUMENT', `${kind}: rowCount is ${rowCount}. Give a whole number below 2^32.`)
}

/** The rows of each key, keys in order of first appearance, rows ascending. @throws as requireKeys does */
export function rowsByKey(what: string, keys: RowKeys, rowCount: number): Map<string | number, number[]> {
  requireKeys(what, keys, rowCount)
  const rows = new Map<string | number, number[]>()
  for (let row = 0; row < rowCount; row++) {
    const key = keys[row]!
    const known = rows.get(key)
    if (known === undefined) rows.set(key, [row])
    else known.push(row)
  }
  return rows
}

/** All rows, the earliest first; rows of one time stay in their order. @throws as requireKeys does */
export function rowsByTime({ orderBy }: OrderBy, rowCount: number): Uint32Array {
  requireKeys('orderBy', orderBy, rowCount)
  const order = Uint32Array.from({ length: rowCount }, (_, row) => row)
  // Not the difference: that of two infinities is NaN. The comparison by row keeps the order within one time.
  return order.sort((a, b) => {
    const [left, right] = [orderBy[a]!, orderBy[b]!]
    if (left !== right) return left < right ? -1 : 1
    return a - b
  })
}

/** The values in random order. */
export function shuffled<T>(values: readonly T[], random: Random): T[] {
  return Array.from(random.permutation(values.length), (position) => values[position]!)
}

/** `class "Gentoo"` or `class 3`, for messages. */
export function quoteKey(what: string, key: string | number): string {
  return `${what} ${JSON.stringify(key)}`
}

/**
 * @throws MillraceError INVALID_ARGUMENT when there is not one key for each row; DataError with the row (from 1) of the
 * first that is missing
 */
function requireKeys(what: string, keys: RowKeys, rowCount: number): void {
  if (keys.length !== rowCount) {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `${what} has ${keys.length} values for ${rowCount} rows. Give one for each row of the table.`,
    )
  }
  for (let row = 0; row < rowCount; row++) {
    const key = keys[row]
    if (key !== null && key !== undefined && !Number.isNaN(key)) continue
    throw new DataError({ row: row + 1 }, `${what} has no value here. Drop such rows or fill them before splitting.`)
  }
}
