/** JSON Lines: one record a line. */

import { isUtf8 } from 'node:buffer'
import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { asError, DataError, replaceAtomic } from '../core/index.ts'
import { type Column, columnFrom, type Value } from './column.ts'
import { inferValueType } from './infer-value-type.ts'
import { parseDatetimeText } from './parse-datetime.ts'
import { requestedColumns, type RequestedColumns } from './requested-columns.ts'
import { Table, type TableTypes } from './table.ts'
import { type Encoding, localFile, readText } from './text-source.ts'

/** How a JSON Lines file is to be read. */
export interface ReadJsonlOptions {
  /** Default: UTF-8, or what a byte order mark says. */
  readonly encoding?: Encoding
  /** Only these columns, in this order. An object gives their types too: `{ species: 'string', mass: 'double' }`. */
  readonly columns?: TableTypes | readonly string[]
  /** Types for some columns; those of the others are found out. */
  readonly types?: TableTypes
}

/**
 * Reads a file of one JSON object a line, or standard input for `-`; .gz is unpacked, blank lines are passed over.
 *
 * Columns come in order of first appearance; a key that a line lacks is missing there, as is null. Types follow the
 * values; text is datetime when all of a column is ISO 8601. The whole file is held in memory while it is read.
 *
 * @throws DataError with file and row: for what cannot be opened or is no text, lines that are no JSON or no object,
 *   nested values, columns that mix numbers and text, values that do not fit a given type
 */
export function readJsonl<const S extends TableTypes>(
  path: string,
  options: ReadJsonlOptions & { readonly columns: S },
): Promise<Table<{ -readonly [K in keyof S]: S[K] }>>
export function readJsonl(path: string, options?: ReadJsonlOptions): Promise<Table>
export async function readJsonl(path: string, options: ReadJsonlOptions = {}): Promise<Table> {
  await using file = await localFile(path)
  const values = collect(file.name, await readText(file, options.encoding))
  return tableOf(file.name, values, options)
}

/**
 * Writes a table as one JSON object a line; a missing value is null, a datetime ISO 8601 text. The file is replaced in
 * one step.
 *
 * @throws DataError for an infinite number, which JSON cannot hold; MillraceError STORAGE_FAILED when the place cannot
 *   be written to
 */
export async function writeJsonl<S extends TableTypes>(path: string, table: Table<S>): Promise<void> {
  await replaceAtomic(path, async (temporary) => {
    const pieces = Readable.from(jsonLines(path, table))
    const target = createWriteStream(temporary, { flush: true })
    await (path.endsWith('.gz') ? pipeline(pieces, createGzip(), target) : pipeline(pieces, target))
  })
}

function* jsonLines<S extends TableTypes>(file: string, table: Table<S>): Generator<string> {
  let row = 0
  for (const record of table.rows()) {
    row++
    const infinite = Object.entries(record).find(([, value]) => Math.abs(Number(value)) === Infinity)
    if (infinite !== undefined) {
      throw new DataError(
        { file, row, column: infinite[0] },
        'JSON cannot hold an infinite number. Write CSV or Parquet.',
      )
    }
    yield `${JSON.stringify(record)}\n`
  }
}

/** The values of every key, one for each line. */
function collect(file: string, text: Buffer): ReadonlyMap<string, unknown[]> {
  const columns = new Map<string, unknown[]>()
  let rowCount = 0
  for (const line of lines(text)) {
    const record = parseLine(file, rowCount + 1, line)
    for (const [key, value] of Object.entries(record)) {
      let values = columns.get(key)
      if (values === undefined) columns.set(key, (values = Array.from({ length: rowCount }, () => null)))
      values.push(value)
    }
    rowCount++
    for (const values of columns.values()) if (values.length < rowCount) values.push(null)
  }
  return columns
}

function* lines(text: Buffer): Generator<Buffer> {
  for (let start = 0; start < text.length;) {
    const found = text.indexOf(0x0a, start)
    const end = found < 0 ? text.length : found
    const line = text.subarray(start, end)
    if (line.some((byte) => byte > 0x20)) yield line
    start = end + 1
  }
}

function parseLine(file: string, row: number, line: Buffer): object {
  if (!isUtf8(line)) {
    throw new DataError({ file, row }, 'The line is not valid UTF-8. Set the option encoding, for example to "latin1".')
  }
  let value: unknown
  try {
    value = JSON.parse(line.toString())
  } catch (cause) {
    throw new DataError({ file, row }, `The line is not JSON: ${asError(cause).message}.`, { cause })
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw new DataError(
    { file, row },
    `Expected an object such as {"mass": 3750}, found ${line.toString('utf8', 0, 60)}. Every line is one record.`,
  )
}

function tableOf(file: string, values: ReadonlyMap<string, unknown[]>, options: RequestedColumns): Table {
  const names = [...values.keys()]
  const columns = requestedColumns(file, names, options).map(({ field, type }): [string, Column] => {
    const name = names[field]!
    const wanted = type === 'unknown' ? undefined : type
    const found = values.get(name)!
    const dated = wanted === undefined || wanted === 'datetime' ? datesIn(found) : found
    const actual = inferValueType(name, dated, wanted, file)
    return [name, columnFrom(actual, dated as readonly Value[])]
  })
  return Table.fromColumns(columns)
}

/** The values with text turned into dates when all of it is dates; otherwise as they are. */
function datesIn(values: readonly unknown[]): readonly unknown[] {
  const dates: unknown[] = []
  for (const value of values) {
    const time = typeof value === 'string' ? parseDatetimeText(value) : NaN
    if (value !== null && Number.isNaN(time)) return values
    dates.push(value === null ? null : new Date(time))
  }
  return dates
}
