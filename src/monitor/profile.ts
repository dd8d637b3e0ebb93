/** One side of a column, read once: what summaries, tests and drift methods all work on. */
import { DataError } from '../core/index.ts'
import { type Column, columnFrom, type ColumnType, missingBoolean } from '../data/index.ts'
import type { MonitoredType } from './column-type.ts'
import { sortNumbers } from './statistics/sort-numbers.ts'

interface Rows {
  readonly rowCount: number
  readonly missing: number
}

export interface NumberProfile extends Rows {
  readonly type: 'numerical'
  /** Finite values, ascending. */
  readonly sorted: Float64Array
  /** Values that are ±infinity. */
  readonly infinite: number
  /** Whole numbers without gaps. */
  readonly whole: boolean
}

export interface CategoryProfile extends Rows {
  readonly type: 'categorical'
  /** How often each value occurs. */
  readonly counts: ReadonlyMap<string, number>
}

interface TextProfile extends Rows {
  readonly type: 'text'
  readonly texts: readonly string[]
  readonly distinct: number
}

interface DateProfile extends Rows {
  readonly type: 'datetime'
  /** Milliseconds since 1970. */
  readonly first: number
  readonly last: number
}

interface EmptyProfile extends Rows {
  readonly type: 'unknown'
}

export type ColumnProfile = NumberProfile | CategoryProfile | TextProfile | DateProfile | EmptyProfile

/**
 * Reads a column as `type`. One without any value fits every type: readers cannot tell what it would hold.
 *
 * @throws DataError SCHEMA_MISMATCH naming the column when its values are not of that type
 */
export function profileColumn(name: string, given: Column, type: MonitoredType): ColumnProfile {
  const column = hasValue(given)
    ? given
    : columnFrom(
        storedAs[type],
        Array.from({ length: lengthOf(given) }, () => null),
      )
  switch (type) {
    case 'numerical':
      return profileNumbers(name, column)
    case 'categorical':
      return profileCategories(column)
    case 'text':
      return profileTexts(name, column)
    case 'datetime':
      return profileDates(name, column)
    case 'unknown':
      return { type, rowCount: lengthOf(column), missing: countMissing(column) }
  }
}

const storedAs = {
  numerical: 'double',
  categorical: 'string',
  text: 'string',
  datetime: 'datetime',
  unknown: 'double',
} as const satisfies Record<MonitoredType, ColumnType>

function profileNumbers(name: string, column: Column): NumberProfile {
  if (column.type === 'string' || column.type === 'datetime') throw mismatch(name, 'numerical', column)
  const values =
    column.type === 'boolean'
      ? Float64Array.from(column.values, (code) => (code === missingBoolean ? Number.NaN : code))
      : column.values
  const finite = new Float64Array(values.length)
  let [count, missing] = [0, 0]
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!
    if (Number.isFinite(value)) finite[count++] = value
    else if (Number.isNaN(value)) missing++
  }
  return {
    type: 'numerical',
    rowCount: values.length,
    missing,
    infinite: values.length - count - missing,
    sorted: sortNumbers(finite.subarray(0, count)),
    whole: column.type === 'long' && missing === 0,
  }
}

function profileCategories(column: Column): CategoryProfile {
  const counts = column.type === 'string' ? countCodes(column) : countValues(column)
  let present = 0
  for (const count of counts.values()) present += count
  const rowCount = lengthOf(column)
  return { type: 'categorical', rowCount, missing: rowCount - present, counts }
}

function countCodes({ codes, categories }: Extract<Column, { type: 'string' }>): Map<string, number> {
  const counts = new Uint32Array(categories.length)
  for (const code of codes) if (code >= 0) counts[code]!++
  return new Map(
    categories.flatMap((category, code): [string, number][] => (counts[code] === 0 ? [] : [[category, counts[code]!]])),
  )
}

function countValues(column: Exclude<Column, { type: 'string' }>): Map<string, number> {
  const counts = new Map<number, number>()
  for (const value of column.values) {
    // Infinite numbers are no categories: Evidently drops them as it drops missing values.
    if (!Number.isFinite(value) || (column.type === 'boolean' && value === missingBoolean)) continue
    counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  const textOf = (value: number): string => {
    if (column.type === 'boolean') return value === 1 ? 'true' : 'false'
    return column.type === 'datetime' ? new Date(value).toISOString() : String(value)
  }
  return new Map(Array.from(counts, ([value, count]) => [textOf(value), count]))
}

function profileTexts(name: string, column: Column): TextProfile {
  if (column.type !== 'string') throw mismatch(name, 'text', column)
  const present = column.codes.filter((code) => code >= 0)
  return {
    type: 'text',
    rowCount: column.codes.length,
    missing: column.codes.length - present.length,
    texts: Array.from(present, (code) => column.categories[code]!),
    distinct: new Set(present).size,
  }
}

function profileDates(name: string, column: Column): DateProfile {
  if (column.type !== 'datetime') throw mismatch(name, 'datetime', column)
  let [first, last, missing] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0]
  for (const time of column.values) {
    if (Number.isNaN(time)) {
      missing++
      continue
    }
    first = Math.min(first, time)
    last = Math.max(last, time)
  }
  return { type: 'datetime', rowCount: column.values.length, missing, first, last }
}

function lengthOf(column: Column): number {
  return column.type === 'string' ? column.codes.length : column.values.length
}

function hasValue(column: Column): boolean {
  if (column.type === 'string') return column.codes.some((code) => code >= 0)
  if (column.type === 'boolean') return column.values.some((code) => code !== missingBoolean)
  return column.values.some((value) => !Number.isNaN(value))
}

function countMissing(column: Column): number {
  if (column.type === 'string') return column.codes.filter((code) => code < 0).length
  if (column.type === 'boolean') return column.values.filter((code) => code === missingBoolean).length
  return column.values.filter(Number.isNaN).length
}

function mismatch(name: string, type: MonitoredType, column: Column): DataError {
  return new DataError(
    { column: name },
    `It is compared as ${type}, but holds ${column.type} values on one side. Correct the data, or give the column another type under "types".`,
    { code: 'SCHEMA_MISMATCH' },
  )
}
