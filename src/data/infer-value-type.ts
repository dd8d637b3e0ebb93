/** Finding the column type for values that JavaScript already gives a type: records, JSON lines, Parquet. */

import { DataError } from '../core/index.ts'
import { type ColumnType } from './column.ts'

const articles: Readonly<Record<ColumnType, string>> = {
  double: 'a number',
  long: 'a whole number of at most 2^53',
  boolean: 'true or false',
  datetime: 'a valid Date',
  string: 'text',
}

/**
 * The type for `values`, or `wanted` once every value is known to fit it. null, undefined and NaN are missing.
 *
 * @throws DataError with the row (from 1) of the first value that does not fit
 */
export function inferValueType(
  name: string,
  values: readonly unknown[],
  wanted?: ColumnType,
  file?: string,
): ColumnType {
  let type = wanted
  for (const [index, value] of values.entries()) {
    const found = typeOfValue(value)
    if (found === 'missing') continue
    if (found !== 'unsupported' && fits(found, type)) type ??= found
    else if (wanted === undefined && found === 'double' && type === 'long') type = 'double'
    else throw misfit({ ...(file === undefined ? {} : { file }), row: index + 1, column: name }, type, value, found)
  }
  return type ?? 'double'
}

function typeOfValue(value: unknown): ColumnType | 'missing' | 'unsupported' {
  if (value === null || value === undefined || Number.isNaN(value)) return 'missing'
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'long' : 'double'
  if (typeof value === 'boolean' || typeof value === 'string') return typeof value as 'boolean' | 'string'
  return value instanceof Date && !Number.isNaN(value.getTime()) ? 'datetime' : 'unsupported'
}

function fits(found: ColumnType, type: ColumnType | undefined): boolean {
  return type === undefined || type === found || (type === 'double' && found === 'long')
}

function misfit(
  location: { readonly file?: string; readonly row: number; readonly column: string },
  type: ColumnType | undefined,
  value: unknown,
  found: ColumnType | 'unsupported',
): DataError {
  const expected = type === undefined ? 'a number, text, true or false, or a Date' : articles[type]
  const shown = JSON.stringify(value) ?? String(value)
  const advice =
    found === 'unsupported'
      ? 'Flatten nested values into columns of their own.'
      : 'Give the column one type, or make every value text.'
  return new DataError(location, `Expected ${expected}, found ${shown.slice(0, 60)}. ${advice}`)
}
