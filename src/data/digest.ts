/** A short fingerprint of what a table holds, for naming the data set a run was trained on. */

import { createHash, type Hash } from 'node:crypto'
import { type Column, isMissing } from './column.ts'
import { type Table, type TableTypes } from './table.ts'

/**
 * Eight hexadecimal digits (the start of an MD5, as MLflow's digests are) over column names, kinds and all values.
 *
 * Equal content gives an equal digest whichever file format or reader it came from: double and long count alike, as
 * does a column with nothing but missing values, and the order of a dictionary is of no matter. The order of rows and
 * columns is. It is not MLflow's number for the same data, which depends on pandas' internal hash.
 */
export function digest<S extends TableTypes>(table: Table<S>): string {
  const hash = createHash('md5')
  hash.update(`millrace table 1\n${table.rowCount}\n`)
  for (const name of table.columnNames) {
    const column: Column = table.column(name)
    const kind = kindOf(column, table.rowCount)
    hash.update(`${JSON.stringify(name)}:${kind}\n`)
    if (kind !== 'missing') hashValues(hash, column)
  }
  return hash.digest('hex').slice(0, 8)
}

function kindOf(column: Column, rowCount: number): string {
  let row = 0
  while (row < rowCount && isMissing(column, row)) row++
  if (row === rowCount) return 'missing'
  return column.type === 'double' || column.type === 'long' ? 'number' : column.type
}

function hashValues(hash: Hash, column: Column): void {
  if (column.type === 'boolean') return void hash.update(column.values)
  if (column.type !== 'string') return void hash.update(Float64Array.from(column.values, canonicalNumber))
  const { codes, distinct } = inOrderOfAppearance(column.codes, column.categories)
  hash.update(JSON.stringify(distinct)).update(codes)
}

/** One bit pattern for every NaN and for both zeros: not every format can tell them apart. */
function canonicalNumber(value: number): number {
  return Number.isNaN(value) ? NaN : value + 0
}

function inOrderOfAppearance(
  codes: Int32Array,
  categories: readonly string[],
): { readonly codes: Int32Array; readonly distinct: readonly string[] } {
  const ranks = new Int32Array(categories.length).fill(-1)
  const distinct: string[] = []
  const renumbered = codes.map((code) => {
    if (code < 0) return -1
    if (ranks[code]! < 0) ranks[code] = distinct.push(categories[code]!) - 1
    return ranks[code]!
  })
  return { codes: renumbered, distinct }
}
