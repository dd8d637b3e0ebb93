/** The `columns` and `types` options that all readers share. */

import { DataError } from '../core/index.ts'
import { type ColumnType } from './column.ts'
import { type TableTypes } from './table.ts'

/** Which columns to read, and as what. */
export interface RequestedColumns {
  readonly columns?: TableTypes | readonly string[] | undefined
  readonly types?: TableTypes | undefined
}

/**
 * The requested columns by their places among `names`, in the order asked for; all of them when none is asked for.
 *
 * @throws DataError SCHEMA_MISMATCH naming the columns asked for that are absent, and those there are
 */
export function requestedColumns(
  file: string,
  names: readonly string[],
  { columns, types = {} }: RequestedColumns,
): { readonly field: number; readonly type: ColumnType | 'unknown' }[] {
  const given = new Map(Object.entries(isList(columns) ? types : { ...types, ...columns }))
  const wanted = columns === undefined ? names : isList(columns) ? columns : Object.keys(columns)
  const places = new Map(names.map((name, place) => [name, place]))
  const absent = [...new Set([...wanted, ...given.keys()])].filter((name) => !places.has(name))
  if (absent.length > 0) {
    throw new DataError(
      { file },
      `There is no column ${absent.map((name) => `"${name}"`).join(', ')}. The file has: ${names.join(', ')}.`,
      { code: 'SCHEMA_MISMATCH' },
    )
  }
  return wanted.map((name) => ({ field: places.get(name)!, type: given.get(name) ?? 'unknown' }))
}

function isList(columns: TableTypes | readonly string[] | undefined): columns is readonly string[] {
  return Array.isArray(columns)
}
