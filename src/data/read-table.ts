/** Reading and writing tables in the format that the file's name ends in. */

import { DataError, MillraceError } from '../core/index.ts'
import { readCsv, type ReadCsvOptions, writeCsv } from './csv/index.ts'
import { readJsonl, writeJsonl } from './jsonl.ts'
import { readParquet, writeParquet } from './parquet/index.ts'
import { type Table, type TableTypes } from './table.ts'

/** How a table is to be read; what does not concern the format is not looked at. */
export type ReadTableOptions = ReadCsvOptions

type Format = 'csv' | 'tsv' | 'jsonl' | 'parquet'

const formats: Readonly<Record<string, Format>> = {
  '.csv': 'csv',
  '.csv.gz': 'csv',
  '.txt': 'csv',
  '.tsv': 'tsv',
  '.tsv.gz': 'tsv',
  '.jsonl': 'jsonl',
  '.jsonl.gz': 'jsonl',
  '.ndjson': 'jsonl',
  '.parquet': 'parquet',
  '.pq': 'parquet',
}

/**
 * Reads a table from a file: .csv, .tsv, .txt, .jsonl, .ndjson (each also with .gz), .parquet or .pq; `-` is CSV from
 * standard input. With `columns` as an object of types the table is typed.
 *
 * @throws DataError as readCsv, readJsonl and readParquet do; MillraceError INVALID_ARGUMENT for another ending
 */
export function readTable<const S extends TableTypes>(
  path: string,
  options: ReadTableOptions & { readonly columns: S },
): Promise<Table<{ -readonly [K in keyof S]: S[K] }>>
export function readTable(path: string, options?: ReadTableOptions): Promise<Table>
export async function readTable(path: string, options: ReadTableOptions = {}): Promise<Table> {
  const format = path === '-' ? 'csv' : formatOf(path)
  if (format === 'csv') return readCsv(path, options)
  if (format === 'tsv') return readCsv(path, { delimiter: '\t', ...options })
  if (format === 'jsonl') return readJsonl(path, options)
  return readParquet(path, options)
}

/**
 * Writes a table to a file, in the format of its ending: .csv, .tsv, .jsonl, .ndjson or .parquet (.csv.gz packs it).
 *
 * @throws MillraceError INVALID_ARGUMENT for another ending, STORAGE_FAILED when the place cannot be written to
 */
export async function writeTable<S extends TableTypes>(path: string, table: Table<S>): Promise<void> {
  const format = formatOf(path)
  if (format === 'csv') return writeCsv(path, table)
  if (format === 'tsv') return writeCsv(path, table, { delimiter: '\t' })
  if (format === 'jsonl') return writeJsonl(path, table)
  return writeParquet(path, table)
}

/** `table`, which must have rows. @throws DataError saying that `file` has no data rows */
export function requireRows<T extends { readonly rowCount: number }>(table: T, file?: string): T {
  if (table.rowCount > 0) return table
  throw new DataError(file === undefined ? {} : { file }, 'There are no data rows, only column names.')
}

function formatOf(path: string): Format {
  const name = path.toLowerCase()
  const ending = Object.keys(formats).find((known) => name.endsWith(known))
  if (ending !== undefined) return formats[ending]!
  throw new MillraceError(
    'INVALID_ARGUMENT',
    `The format of ${path} is not known. Name it with one of ${Object.keys(formats).join(', ')}, or call readCsv, ` +
      'readJsonl or readParquet.',
  )
}
