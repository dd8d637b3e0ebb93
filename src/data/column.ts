/** Columns: one typed array for each, with a marker for missing values. A table is several of them of one length. */

import { MillraceError } from '../core/index.ts'

/** 64-bit floating-point numbers; a missing value is NaN. */
export interface DoubleColumn {
  readonly type: 'double'
  readonly values: Float64Array
}

/** Whole numbers, exact up to 2^53; a missing value is NaN. */
export interface LongColumn {
  readonly type: 'long'
  readonly values: Float64Array
}

/** 0 is false, 1 is true, 255 is missing. */
export interface BooleanColumn {
  readonly type: 'boolean'
  readonly values: Uint8Array
}

/** Milliseconds since 1970-01-01 UTC; a missing value is NaN. */
export interface DatetimeColumn {
  readonly type: 'datetime'
  readonly values: Float64Array
}

/** Each row is a position in `categories`, -1 when missing. Categories are distinct; some may be unused. */
export interface StringColumn {
  readonly type: 'string'
  readonly codes: Int32Array
  readonly categories: readonly string[]
}

/** A column of a table. Its arrays are shared between tables and must not be changed. */
export type Column = DoubleColumn | LongColumn | BooleanColumn | DatetimeColumn | StringColumn

/** The types of columns, under the names MLflow's signatures give them. */
export type ColumnType = Column['type']

/** The column that holds values of type T. */
export type ColumnOf<T extends ColumnType> = Extract<Column, { readonly type: T }>

/** What one value of a column is in a record. */
export interface ValueOfType {
  double: number
  long: number
  boolean: boolean
  datetime: Date
  string: string
}

/** A value of any column; null is missing. */
export type Value = ValueOfType[ColumnType] | null

/** All column types, in the order in which schemas list them. */
export const columnTypes = ['double', 'long', 'boolean', 'datetime', 'string'] as const satisfies readonly ColumnType[]

/** Stands for a missing value in a boolean column. */
export const missingBoolean = 255

/**
 * A column of `type` from plain values, null being missing.
 *
 * NaN in a double column is missing too. Strings are put in a dictionary in order of first appearance.
 *
 * @throws MillraceError INVALID_ARGUMENT when a long is not a whole number of at most 2^53, or a date is invalid
 */
export function columnFrom<T extends ColumnType>(
  type: T,
  values: readonly (ValueOfType[T] | null | undefined)[],
): ColumnOf<T>
export function columnFrom(type: ColumnType, values: readonly (Value | undefined)[]): Column {
  if (type === 'string') return stringColumn(values)
  if (type === 'boolean') return { type, values: Uint8Array.from(values, booleanCode) }
  if (type === 'datetime') return { type, values: Float64Array.from(values, dateValue) }
  if (type === 'long') return { type, values: Float64Array.from(values, longValue) }
  return { type, values: Float64Array.from(values, (value) => (value === null ? NaN : Number(value))) }
}

function longValue(value: Value | undefined, row: number): number {
  if (value === null || value === undefined || Number.isNaN(value)) return NaN
  if (Number.isSafeInteger(value)) return Number(value)
  throw new MillraceError(
    'INVALID_ARGUMENT',
    `Value ${row} is ${String(value)}, but a long is a whole number of at most 2^53. Use the type double.`,
  )
}

function booleanCode(value: Value | undefined): number {
  if (value === null || value === undefined) return missingBoolean
  return value ? 1 : 0
}

function dateValue(value: Value | undefined, row: number): number {
  if (value === null || value === undefined) return NaN
  const time = value instanceof Date ? value.getTime() : NaN
  if (!Number.isNaN(time)) return time
  throw new MillraceError('INVALID_ARGUMENT', `Value ${row} is ${String(value)}, but a datetime takes a valid Date.`)
}

function stringColumn(values: readonly (Value | undefined)[]): StringColumn {
  const positions = new Map<string, number>()
  const codes = Int32Array.from(values, (value) => {
    if (value === null || value === undefined) return -1
    const text = String(value)
    const known = positions.get(text)
    if (known !== undefined) return known
    positions.set(text, positions.size)
    return positions.size - 1
  })
  return { type: 'string', codes, categories: [...positions.keys()] }
}

/** The lengths of columns of text whose codes may not be there yet. */
const lateLengths = new WeakMap<Column, number>()

/** A column of text that is made when somebody first asks for its codes or categories. */
export function lateStringColumn(rowCount: number, make: () => StringColumn): StringColumn {
  let made: StringColumn | undefined
  const column: StringColumn = {
    type: 'string',
    get codes() {
      return (made ??= make()).codes
    },
    get categories() {
      return (made ??= make()).categories
    },
  }
  lateLengths.set(column, rowCount)
  return column
}

/** How many rows the column has. */
export function columnLength(column: Column): number {
  if (column.type === 'string') return lateLengths.get(column) ?? column.codes.length
  return column.values.length
}

/** Whether the value at `row` is missing. */
export function isMissing(column: Column, row: number): boolean {
  if (column.type === 'string') return column.codes[row]! < 0
  if (column.type === 'boolean') return column.values[row] === missingBoolean
  return Number.isNaN(column.values[row])
}

/** How many values of the column are missing. */
export function countMissing(column: Column): number {
  const rowCount = columnLength(column)
  let missing = 0
  for (let row = 0; row < rowCount; row++) if (isMissing(column, row)) missing++
  return missing
}

/** The value at `row` as it stands in a record; null is missing. */
export function valueAt(column: Column, row: number): Value {
  if (isMissing(column, row)) return null
  if (column.type === 'string') return column.categories[column.codes[row]!]!
  if (column.type === 'boolean') return column.values[row] === 1
  return column.type === 'datetime' ? new Date(column.values[row]!) : column.values[row]!
}

/** The value at `row` as text (`true`, `1.5`, `2024-05-01T00:00:00.000Z`); null is missing. */
export function textAt(column: Column, row: number): string | null {
  const value = valueAt(column, row)
  if (value === null) return null
  return value instanceof Date ? value.toISOString() : String(value)
}

/** The rows at `indices`, in that order; the dictionary of strings is kept as it is. */
export function takeColumn(column: Column, indices: ArrayLike<number>): Column {
  if (column.type === 'string') {
    return { ...column, codes: Int32Array.from(indices, (index) => column.codes[index]!) }
  }
  if (column.type === 'boolean') {
    return { ...column, values: Uint8Array.from(indices, (index) => column.values[index]!) }
  }
  return { ...column, values: Float64Array.from(indices, (index) => column.values[index]!) }
}

/** Rows `start` up to but not including `end`, sharing memory with `column`. */
export function sliceColumn(column: Column, start: number, end: number): Column {
  if (column.type === 'string') return { ...column, codes: column.codes.subarray(start, end) }
  if (column.type === 'boolean') return { ...column, values: column.values.subarray(start, end) }
  return { ...column, values: column.values.subarray(start, end) }
}

/** The columns one below the other. All have the type of the first. */
export function concatColumns(columns: readonly Column[]): Column {
  const type = columns[0]!.type
  const rowCount = columns.reduce((sum, column) => sum + columnLength(column), 0)
  if (type === 'string') return concatStrings(columns as readonly StringColumn[], rowCount)
  const values = type === 'boolean' ? new Uint8Array(rowCount) : new Float64Array(rowCount)
  let row = 0
  for (const column of columns as readonly Exclude<Column, StringColumn>[]) {
    values.set(column.values, row)
    row += column.values.length
  }
  return { type, values } as Column
}

function concatStrings(columns: readonly StringColumn[], rowCount: number): StringColumn {
  const positions = new Map<string, number>()
  const codes = new Int32Array(rowCount)
  let row = 0
  for (const column of columns) {
    const moved = column.categories.map((category) => {
      const position = positions.get(category) ?? positions.size
      positions.set(category, position)
      return position
    })
    for (const code of column.codes) codes[row++] = code < 0 ? -1 : moved[code]!
  }
  return { type: 'string', codes, categories: [...positions.keys()] }
}
