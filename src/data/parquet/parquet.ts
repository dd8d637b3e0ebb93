/** Reading and writing Parquet. Its libraries are loaded when the first file is read or written, not before. */

import type { Table, TableTypes } from '../table.ts'

/** How a Parquet file is to be read. */
export interface ReadParquetOptions {
  /** Only these columns, in this order; others are not even read. An object gives their types too. */
  readonly columns?: TableTypes | readonly string[]
  /** Types for some columns other than the file's: a long as double or string, a double as string. */
  readonly types?: TableTypes
}

/**
 * Reads a Parquet file, with any of the usual compressions.
 *
 * Integers are long, floats and decimals double, dates and timestamps datetime (to the millisecond, UTC), text, enums
 * and UUIDs string; null and NaN are missing.
 *
 * @throws DataError for a file that is missing, no Parquet or cut off; for columns that are nested or of a type a table
 *   has not (leave them out with `columns`); for whole numbers beyond 2^53; for columns asked for that are not there
 */
export function readParquet<const S extends TableTypes>(
  path: string,
  options: ReadParquetOptions & { readonly columns: S },
): Promise<Table<{ -readonly [K in keyof S]: S[K] }>>
export function readParquet(path: string, options?: ReadParquetOptions): Promise<Table>
export async function readParquet(path: string, options: ReadParquetOptions = {}): Promise<Table> {
  const { readParquetFile } = await import('./read-parquet.ts')
  return readParquetFile(path, options)
}

/**
 * Writes a table as Parquet (Snappy compression); a missing value is null, in double columns too. Datetimes keep
 * milliseconds. The file is replaced in one step.
 *
 * @throws MillraceError STORAGE_FAILED when the place cannot be written to
 */
export async function writeParquet<S extends TableTypes>(path: string, table: Table<S>): Promise<void> {
  const { writeParquetFile } = await import('./write-parquet.ts')
  await writeParquetFile(path, table)
}
