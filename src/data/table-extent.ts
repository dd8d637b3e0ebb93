/** What a file of a table holds, without reading its rows: for those who read it by parts. */
import { BlockReader } from './csv/block-reader.ts'
import { defaultMissing } from './csv/index.ts'
import { Kernel } from './csv/kernel.ts'
import { readLayout } from './csv/layout.ts'
import { readTable, type ReadTableOptions } from './read-table.ts'
import type { Table } from './table.ts'
import { localFile, openText } from './text-source.ts'

export interface TableExtent {
  readonly columnNames: readonly string[]
  /** About how many bytes the whole table takes in memory. */
  readonly sizeBytes: number
  /** The whole table, where it had to be read for this: of JSON Lines, whose columns may differ by line. */
  readonly table?: Table
}

/**
 * The columns of a CSV, JSON Lines or Parquet file that readTable reads, and about how large the table is: of CSV the
 * size of the text, of Parquet eight bytes a value.
 *
 * @throws as readTable does for a file that cannot be opened or has no proper header
 */
export async function tableExtent(path: string, options: ReadTableOptions = {}): Promise<TableExtent> {
  const name = path.toLowerCase()
  if (/\.(parquet|pq)$/.test(name)) return await parquetExtent(path, options)
  if (!/\.(csv|tsv|txt)(\.gz)?$/.test(name)) return await wholeExtent(path, options)
  return await csvExtent(path, name.includes('.tsv') ? { delimiter: '\t', ...options } : options)
}

async function wholeExtent(path: string, options: ReadTableOptions): Promise<TableExtent> {
  const table = await readTable(path, options)
  return { columnNames: table.columnNames, sizeBytes: 8 * table.rowCount * table.columnNames.length, table }
}

async function csvExtent(path: string, options: ReadTableOptions): Promise<TableExtent> {
  const { header = true, missing = defaultMissing, encoding, delimiter } = options
  await using file = await localFile(path)
  await using source = await openText(file, encoding)
  const layout = await readLayout(file.name, new BlockReader(source, Kernel.create(missing)), header, delimiter)
  // A packed text is some five times as large.
  const size = (source.sizeBytes ?? 0) * (path.toLowerCase().endsWith('.gz') ? 5 : 1)
  return { columnNames: layout.names, sizeBytes: size }
}

async function parquetExtent(path: string, options: ReadTableOptions): Promise<TableExtent> {
  const { asyncBufferFromFile, parquetMetadataAsync } = await import('hyparquet')
  const { parquetColumns } = await import('./parquet/parquet-columns.ts')
  try {
    const metadata = await parquetMetadataAsync(await asyncBufferFromFile(path))
    const columnNames = parquetColumns(metadata).map(({ name }) => name)
    return { columnNames, sizeBytes: 8 * Number(metadata.num_rows) * columnNames.length }
  } catch {
    // Reading it says what is wrong with the file, in our words.
    return await wholeExtent(path, options)
  }
}
