/** Reading Parquet files with flat columns, through hyparquet. */

import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync, parquetRead } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { asError, DataError } from '../../core/index.ts'
import { type Column } from '../column.ts'
import { requestedColumns, type RequestedColumns } from '../requested-columns.ts'
import { Table } from '../table.ts'
import { openFile } from '../text-source.ts'
import { type ParquetColumn, parquetColumns } from './parquet-columns.ts'
import { type ParquetFiller, parquetFiller } from './parquet-filler.ts'

/** What `readParquet` does, once its libraries are loaded. */
export async function readParquetFile(path: string, options: RequestedColumns): Promise<Table> {
  const handle = await openFile(path)
  try {
    const file = { byteLength: (await handle.stat()).size, slice: sliceOf(handle) }
    const metadata = await readMetadata(path, file)
    const available = parquetColumns(metadata)
    const names = available.map(({ name }) => name)
    const fillers = requestedColumns(path, names, options).map(({ field, type }) => {
      const column = available[field]!
      requireSupported(path, column)
      return parquetFiller(path, column, type === 'unknown' ? column.type : type, Number(metadata.num_rows))
    })
    if (metadata.num_rows > 0n) await fill(path, file, metadata, fillers)
    return Table.fromColumns(fillers.map((filler): [string, Column] => [filler.name, filler.finish()]))
  } finally {
    await handle.close()
  }
}

function sliceOf(handle: Awaited<ReturnType<typeof openFile>>): AsyncBuffer['slice'] {
  return async (start, end) => {
    const until = end ?? (await handle.stat()).size
    const bytes = new Uint8Array(until - start)
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, start)
    return bytesRead === bytes.length ? bytes.buffer : bytes.buffer.slice(0, bytesRead)
  }
}

async function readMetadata(path: string, file: AsyncBuffer): Promise<FileMetaData> {
  if (file.byteLength === 0) throw new DataError({ file: path }, 'The file is empty. Expected Parquet.')
  const start = Buffer.from(await file.slice(0, 4)).toString('latin1')
  if (start !== 'PAR1') {
    throw new DataError({ file: path }, 'This is no Parquet file: it does not begin with PAR1. Check its format.')
  }
  try {
    return await parquetMetadataAsync(file)
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

async function fill(
  path: string,
  file: AsyncBuffer,
  metadata: FileMetaData,
  fillers: readonly ParquetFiller[],
): Promise<void> {
  const byName = new Map(fillers.map((filler) => [filler.name, filler]))
  const filled = new Map(fillers.map(({ name }) => [name, 0]))
  let failure: unknown
  try {
    await parquetRead({
      file,
      metadata,
      columns: [...byName.keys()],
      compressors,
      onChunk: ({ columnName, columnData, rowStart }) => {
        try {
          byName.get(columnName)?.fill(columnData as ArrayLike<unknown>, rowStart)
          filled.set(columnName, (filled.get(columnName) ?? 0) + columnData.length)
        } catch (error) {
          failure ??= error
        }
      },
    })
  } catch (cause) {
    throw unreadable(path, cause)
  }
  if (failure !== undefined) throw asError(failure)
  const short = [...filled].find(([, rows]) => rows < Number(metadata.num_rows))
  if (short !== undefined) {
    throw new DataError(
      { file: path, column: short[0] },
      `Expected ${metadata.num_rows} rows, found ${short[1]}. The file may be cut off: copy it again.`,
    )
  }
}

function unreadable(file: string, cause: unknown): DataError {
  return new DataError(
    { file },
    `The Parquet file cannot be read (${asError(cause).message}). It may be cut off: copy it again.`,
    { cause },
  )
}

function requireSupported(file: string, column: ParquetColumn): void {
  if (column.type !== undefined) return
  throw new DataError(
    { file, column: column.name },
    `The column is ${column.description}, which a table cannot hold. Flatten it, or leave it out with the option columns.`,
  )
}
