/** Writing Parquet files, through hyparquet-writer. */

import { parquetWriteFile } from 'hyparquet-writer'
import { replaceAtomic } from '../../core/index.ts'
import { type Column, columnLength, type ColumnType, valueAt } from '../column.ts'
import { type Table, type TableTypes } from '../table.ts'

const parquetTypes = {
  double: 'DOUBLE',
  long: 'INT64',
  boolean: 'BOOLEAN',
  datetime: 'TIMESTAMP',
  string: 'STRING',
} as const satisfies Record<ColumnType, string>

/** What `writeParquet` does, once its library is loaded. */
export async function writeParquetFile<S extends TableTypes>(path: string, table: Table<S>): Promise<void> {
  const columnData = table.columnNames.map((name) => {
    const column: Column = table.column(name)
    return { name, type: parquetTypes[column.type], data: plainValues(column) }
  })
  await replaceAtomic(path, (filename) => Promise.resolve(parquetWriteFile({ filename, columnData })))
}

function plainValues(column: Column): unknown[] {
  return Array.from({ length: columnLength(column) }, (_, row) => {
    const value = valueAt(column, row)
    return column.type === 'long' && value !== null ? BigInt(Number(value)) : value
  })
}
