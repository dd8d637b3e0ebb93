/** Columns at a glance: how many values, which, and how they are distributed. */
import { type Column, columnLength, isMissing, type StringColumn } from './column.ts'
import { type Table, type TableTypes } from './table.ts'

interface CommonDescription {
  readonly name: string
  /** How many values there are; missing ones are not counted. */
  readonly count: number
  readonly missing: number
  /** How many different values there are; missing is none. */
  readonly distinct: number
}

/** A column of numbers. Of datetimes all statistics are in milliseconds (since 1970), as table.numbers gives them. */
export interface NumericDescription extends CommonDescription {
  readonly type: 'double' | 'long' | 'datetime'
  readonly min: number
  readonly max: number
  readonly mean: number
  /** Of the sample: divided by count - 1. */
  readonly std: number
  /** 25 %, 50 % (the median) and 75 %, interpolated linearly between values. */
  readonly quartiles: readonly [number, number, number]
}

/** A column of text or of true and false. */
export interface CategoricalDescription extends CommonDescription {
  readonly type: 'string' | 'boolean'
  /** The most frequent values, most frequent first; of equally frequent ones, the first in the table. */
  readonly top: readonly { readonly value: string | boolean; readonly count: number }[]
}

export type ColumnDescription = NumericDescription | CategoricalDescription

export interface DescribeOptions {
  /** How many of the most frequent values to name. Default 5. */
  readonly top?: number
}

/**
 * Describes every column of `table`, in order.
 *
 * Statistics leave missing values out. Without values they are NaN, as is `std` of a single value or with an infinite
 * one. They equal those of pandas' describe but for rounding (1e-12): test/reference/data-describe.json.
 */
export function describeTable<S extends TableTypes>(
  table: Table<S>,
  { top = 5 }: DescribeOptions = {},
): ColumnDescription[] {
  return table.columnNames.map((name) => {
    const column: Column = table.column(name)
    const missing = table.missingCount(name)
    const counts = { name, count: table.rowCount - missing, missing }
    if (column.type === 'string' || column.type === 'boolean') {
      const values = frequencies(column)
      return { ...counts, distinct: values.length, type: column.type, top: values.slice(0, top) }
    }
    const sorted = column.values.filter((value) => !Number.isNaN(value)).sort()
    return { ...counts, distinct: countDistinct(sorted), type: column.type, ...statistics(sorted) }
  })
}

type Statistics = Pick<NumericDescription, 'min' | 'max' | 'mean' | 'std' | 'quartiles'>

/** @param sorted ascending, without NaN */
function statistics(sorted: Float64Array): Statistics {
  return {
    min: sorted[0] ?? NaN,
    max: sorted.at(-1) ?? NaN,
    ...meanAndDeviation(sorted),
    quartiles: [quantile(sorted, 0.25), quantile(sorted, 0.5), quantile(sorted, 0.75)],
  }
}

/** In two passes, the second taking up what rounding lost in the first (Chan, Golub & LeVeque 1983, formula 1.7). */
function meanAndDeviation(values: Float64Array): { readonly mean: number; readonly std: number } {
  const count = values.length
  const rough = values.reduce((sum, value) => sum + value, 0) / count
  if (!Number.isFinite(rough)) return { mean: rough, std: NaN }
  let [rest, squares] = [0, 0]
  for (const value of values) {
    rest += value - rough
    squares += (value - rough) ** 2
  }
  // A single value is 0 / 0, which is NaN as it should be.
  return { mean: rough + rest / count, std: Math.sqrt(Math.max(0, squares - rest ** 2 / count) / (count - 1)) }
}

function quantile(sorted: Float64Array, share: number): number {
  const position = (sorted.length - 1) * share
  const [low, high] = [sorted[Math.floor(position)], sorted[Math.ceil(position)]]
  if (low === undefined || high === undefined) return NaN
  const part = position - Math.floor(position)
  // Two equal infinities have no difference.
  return low === high ? low : low + (high - low) * part
}

function countDistinct(sorted: Float64Array): number {
  let distinct = 0
  for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) distinct++
  return distinct
}

type Frequency = CategoricalDescription['top'][number]

/** Every value with its count, most frequent first; equal counts in order of appearance. */
function frequencies(column: StringColumn | Extract<Column, { type: 'boolean' }>): Frequency[] {
  const codes = column.type === 'string' ? column.codes : column.values
  const counts = new Map<number, number>()
  for (let row = 0; row < columnLength(column); row++) {
    if (!isMissing(column, row)) counts.set(codes[row]!, (counts.get(codes[row]!) ?? 0) + 1)
  }
  const valueOf = (code: number): string | boolean => (column.type === 'string' ? column.categories[code]! : code === 1)
  return Array.from(counts, ([code, count]) => ({ value: valueOf(code), count })).toSorted((a, b) => b.count - a.count)
}
