/** Reading CSV: streams the file in blocks and fills typed columns, in a second pass only where the first guessed wrong. */

import type { Column } from '../column.ts'
import { requestedColumns } from '../requested-columns.ts'
import { Table, type TableTypes } from '../table.ts'
import { type ByteSource, type Encoding, localFile, openText, type TextFile } from '../text-source.ts'
import { BlockReader } from './block-reader.ts'
import { Kernel } from './kernel.ts'
import { readLayout } from './layout.ts'
import { defaultMissing } from './missing-tokens.ts'
import { startHelper, type Threading, usualThreading } from './open-rows.ts'
import { batches, type CsvFile, type FieldRequest, filler, type NumberedBatch, scan } from './scan.ts'

/** How a CSV file is to be read. */
export interface ReadCsvOptions {
  /** Between fields; by default found out from , ; tab and |. */
  readonly delimiter?: string
  /** Whether the first row holds the names (default true). An array names the columns of a file that has no header. */
  readonly header?: boolean | readonly string[]
  /** Texts that, besides the empty one, stand for a missing value. Default: `defaultMissing`. */
  readonly missing?: readonly string[]
  /** Default: UTF-8, or what a byte order mark says. */
  readonly encoding?: Encoding
  /** Only these columns, in this order. An object gives their types too: `{ species: 'string', mass: 'double' }`. */
  readonly columns?: TableTypes | readonly string[]
  /** Types for some columns; those of the others are found out. */
  readonly types?: TableTypes
}

/**
 * Reads a CSV file (RFC 4180; any line ending; quoted fields may hold line breaks), or standard input for `-`. A name
 * ending in .gz is unpacked.
 *
 * Types are found out from all rows, never from a part of them: whole numbers are long, other numbers double, true and
 * false boolean, ISO 8601 dates datetime (UTC unless they say otherwise), anything else string. A column that mixes
 * them is string and keeps its text to the letter, "007" and "1.10" too; so does one of whole numbers beyond 2^53. A
 * column with nothing but missing values is double. In string columns a quoted value is never missing: "" is empty text.
 *
 * Takes one block (256 KB) besides the table. A second thread helps with files of 16 MB or more that are not packed or
 * converted, which takes some 15 MB; the table is the same to the bit. Of a column of many texts that hardly repeat, codes
 * and strings are made when somebody first asks for them. A header without rows gives a table of 0 rows.
 *
 * @throws DataError with file, row (from 1, not counting header and blank lines) and column: for what cannot be opened or
 *   is no text, rows with a field too many or too few, unfinished quotes, invalid UTF-8, names that are empty, doubled or
 *   absent, values that do not fit a given type
 */
export function readCsv<const S extends TableTypes>(
  path: string,
  options: ReadCsvOptions & { readonly columns: S },
): Promise<Table<{ -readonly [K in keyof S]: S[K] }>>
export function readCsv(path: string, options?: ReadCsvOptions): Promise<Table>
export function readCsv(path: string, options: ReadCsvOptions = {}): Promise<Table> {
  return readCsvThreaded(path, options, usualThreading)
}

/** readCsv, with a say in when a second thread helps. The table is the same. */
export async function readCsvThreaded(path: string, options: ReadCsvOptions, threading: Threading): Promise<Table> {
  await using file = await localFile(path)
  await using source = await openText(file, options.encoding)
  using helper = startHelper(source, threading)
  const { csv, requests, expectedRows } = await prepare(file, source, options)
  const first = await scan(csv, requests, expectedRows, helper)
  // Reading again costs time only where a later block contradicts the first, and keeps every text as it was.
  const lost = requests.filter((_, position) => first[position] === undefined)
  const second = lost.length === 0 ? [] : await scan(csv, lost.map(asText), expectedRows, helper)
  const columns = requests.map(({ field }, position): [string, Column] => [
    csv.layout.names[field]!,
    (first[position] ?? second.shift())!,
  ])
  return Table.fromColumns(columns)
}

interface Plan {
  readonly csv: CsvFile
  readonly requests: readonly FieldRequest[]
  readonly expectedRows: number
}

/** Finds out the layout and, from the first block, which columns are text and how many rows to expect. */
async function prepare({ path, name }: TextFile, source: ByteSource, options: ReadCsvOptions): Promise<Plan> {
  const { header = true, missing = defaultMissing, encoding, delimiter } = options
  const reader = new BlockReader(source, Kernel.create(missing))
  const layout = await readLayout(name, reader, header, delimiter)
  const csv: CsvFile = { path, name, encoding, layout, missing }
  const requests = requestedColumns(name, layout.names, options)
  for await (const sample of batches(csv, reader)) {
    const { rowCount } = sample.batch
    const rowsInFile = Math.ceil((1.02 * rowCount * (source.sizeBytes ?? 0)) / sample.sizeBytes)
    const known = requests.map((request) => (isText(request, sample) ? asText(request) : request))
    return { csv, requests: known, expectedRows: Math.max(rowCount, rowsInFile) }
  }
  return { csv, requests, expectedRows: 0 }
}

function isText(request: FieldRequest, sample: NumberedBatch): boolean {
  const { append, reading, finish } = filler(request, sample.batch.rowCount)
  append(sample)
  return reading() === 'text' || finish() === undefined
}

function asText(request: FieldRequest): FieldRequest {
  return { ...request, type: 'string' }
}
