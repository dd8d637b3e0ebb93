/** Writing CSV so that readCsv, pandas and spreadsheets read the same values back. */

import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { replaceAtomic } from '../../core/index.ts'
import { type Column, isMissing, textAt } from '../column.ts'
import type { Table, TableTypes } from '../table.ts'
import { defaultMissing } from './missing-tokens.ts'

/** How a CSV file is written. */
export interface WriteCsvOptions {
  /** Between fields (default a comma). */
  readonly delimiter?: string
}

const dayMs = 86_400_000
const rowsPerPiece = 2000

/**
 * Writes a table as CSV: UTF-8, a header, lines ending in LF, quotes only where needed; packed when the name ends in
 * .gz. The file is replaced in one step.
 *
 * A missing value is an empty field and the empty text is "". A double always has a decimal point or an exponent, so
 * that it is a double again when read; datetimes are ISO 8601 in UTC, without the time when all of a column are at
 * midnight. Text that looks like numbers or dates is text again only when read with the option `types`.
 *
 * @throws MillraceError STORAGE_FAILED when the place cannot be written to
 */
export async function writeCsv<S extends TableTypes>(
  path: string,
  table: Table<S>,
  options: WriteCsvOptions = {},
): Promise<void> {
  await replaceAtomic(path, async (temporary) => {
    const target = createWriteStream(temporary, { flush: true })
    const pieces = Readable.from(formatCsv(table, options))
    await (path.endsWith('.gz') ? pipeline(pieces, createGzip(), target) : pipeline(pieces, target))
  })
}

/** The text of a CSV file as `writeCsv` writes it, in pieces. */
export function* formatCsv<S extends TableTypes>(
  table: Table<S>,
  { delimiter = ',' }: WriteCsvOptions = {},
): Generator<string> {
  const needsQuotes = new RegExp(`["\\r\\n]|^\\s|\\s$|[${delimiter.replace(/[\]\\^-]/, String.raw`\$&`)}]`)
  yield `${table.columnNames.map((name) => quoteIf(needsQuotes.test(name), name)).join(delimiter)}\n`
  const fields = table.columnNames.map((name) => fieldWriter(table.column(name), needsQuotes))
  for (let start = 0; start < table.rowCount; start += rowsPerPiece) {
    const length = Math.min(rowsPerPiece, table.rowCount - start)
    const lines = Array.from({ length }, (_, row) => fields.map((field) => field(start + row)).join(delimiter))
    // A line with nothing on it would be passed over when read.
    yield lines.map((line) => (line === '' ? 'NA\n' : `${line}\n`)).join('')
  }
}

function fieldWriter(column: Column, needsQuotes: RegExp): (row: number) => string {
  if (column.type === 'string') {
    const texts = column.categories.map((text) =>
      quoteIf(needsQuotes.test(text) || defaultMissing.includes(text), text),
    )
    return (row) => texts[column.codes[row]!] ?? ''
  }
  if (column.type === 'double') return (row) => doubleText(column.values[row]!)
  if (column.type === 'datetime') {
    const length = column.values.every((time) => Number.isNaN(time) || time % dayMs === 0) ? 10 : 24
    return (row) => textAt(column, row)?.slice(0, length) ?? ''
  }
  return (row) => (isMissing(column, row) ? '' : textAt(column, row)!)
}

function doubleText(value: number): string {
  if (Number.isNaN(value)) return ''
  const text = Object.is(value, -0) ? '-0' : String(value)
  return Number.isInteger(value) && !text.includes('e') ? `${text}.0` : text
}

function quoteIf(quoted: boolean, text: string): string {
  return quoted ? `"${text.replaceAll('"', '""')}"` : text
}
