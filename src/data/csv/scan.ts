/** One pass over a CSV file that fills some of its columns. */

import { DataError } from '../../core/index.ts'
import type { Column, ColumnType } from '../column.ts'
import type { Encoding, TextFile } from '../text-source.ts'
import type { RowReader } from './block-reader.ts'
import { columnBuilder } from './column-builder.ts'
import { InferringBuilder } from './inferring-builder.ts'
import type { Layout } from './layout.ts'
import { type Helper, openRows } from './open-rows.ts'
import type { Reading } from './reading.ts'
import { findBadText, rowError } from './row-error.ts'
import type { RowBatch } from './tokenizer.ts'

/** A CSV file that is known well enough to read its values. */
export interface CsvFile extends TextFile {
  readonly encoding: Encoding | undefined
  readonly layout: Layout
  readonly missing: readonly string[]
}

/** A column to read: where it is, and its type unless that is to be found out. */
export interface FieldRequest {
  readonly field: number
  readonly type: ColumnType | 'unknown'
}

/** Rows as they are read: `rowsBefore` data rows came before those of the batch, which take `sizeBytes`. */
export interface NumberedBatch {
  readonly batch: RowBatch
  readonly rowsBefore: number
  readonly sizeBytes: number
}

/** The data rows of the file. @throws DataError at the first row that is not text or has a wrong number of fields */
export async function* batches(csv: CsvFile, reader: RowReader): AsyncGenerator<NumberedBatch> {
  const { delimiter, names, hasHeader } = csv.layout
  const format = { delimiter, fieldCount: names.length }
  let rowsBefore = hasHeader ? -1 : 0
  for (;;) {
    const tokens = await reader.next(format, rowsBefore < 0 ? 1 : undefined)
    if (tokens === undefined) return
    const { batch, consumed, problem } = tokens
    const bad = batch.isReadAhead === undefined ? findBadText(csv.name, batch, consumed, rowsBefore) : undefined
    if (rowsBefore >= 0)
      yield { batch: { ...batch, rowCount: bad?.row ?? batch.rowCount }, rowsBefore, sizeBytes: consumed }
    if (bad !== undefined) throw bad.error
    rowsBefore += batch.rowCount
    if (problem !== undefined) throw rowError(csv.name, rowsBefore + 1, problem, names)
  }
}

/**
 * Reads the requested columns. One is undefined when its type was unknown and its values turned out to be mixed after
 * some of their text was gone: read it again as string.
 *
 * @param expectedRows room to make from the start; only speed and memory depend on it
 * @throws DataError as `batches`, and at the first value that does not fit a requested type
 */
export async function scan(
  csv: CsvFile,
  requests: readonly FieldRequest[],
  expectedRows: number,
  helper?: Helper,
): Promise<(Column | undefined)[]> {
  await using reader = await openRows(csv, helper)
  const fillers = requests.map((request) => filler(request, expectedRows))
  for await (const numbered of batches(csv, reader)) {
    appendTo(csv, numbered, fillers)
    for (const { field, reading } of fillers) reader.expect?.(field, reading())
  }
  return fillers.map(({ finish }) => finish())
}

/** Appends a batch to all columns. @throws DataError for the first row with a value that does not fit */
function appendTo(csv: CsvFile, numbered: NumberedBatch, fillers: readonly Filler[]): void {
  let first: Misfit | undefined
  for (const { append } of fillers) {
    const misfit = append(numbered)
    if (misfit !== undefined && misfit.row < (first?.row ?? Infinity)) first = misfit
  }
  if (first !== undefined) throw valueError(csv, numbered, first)
}

/** A value that is not of the type that was asked for; `row` counts in the batch. */
interface Misfit {
  readonly row: number
  readonly field: number
  readonly type: ColumnType
}

/** Reads a column batch by batch. */
export interface Filler {
  readonly field: number
  /** How it reads its field now. */
  readonly reading: () => Reading
  readonly append: (numbered: NumberedBatch) => Misfit | undefined
  readonly finish: () => Column | undefined
}

/** What fills the requested column. */
export function filler({ field, type }: FieldRequest, expectedRows: number): Filler {
  if (type === 'unknown') {
    const builder = new InferringBuilder(expectedRows)
    return {
      field,
      reading: () => builder.reading,
      append: ({ batch }) => {
        builder.append(batch, field)
        return undefined
      },
      finish: () => builder.finish(),
    }
  }
  const builder = columnBuilder(type, expectedRows)
  const append = ({ batch }: NumberedBatch): Misfit | undefined => {
    const row = builder.append(batch, field)
    return row < 0 ? undefined : { row, field, type }
  }
  return { field, reading: () => builder.reading, append, finish: () => builder.finish() }
}

const expectations: Readonly<Record<ColumnType, string>> = {
  double: 'a number',
  long: 'a whole number of at most 2^53',
  boolean: 'true or false',
  datetime: 'a date such as 2024-05-01 or 2024-05-01T12:30:00Z',
  string: 'text',
}

function valueError(csv: CsvFile, { batch, rowsBefore }: NumberedBatch, { row, field, type }: Misfit): DataError {
  const { kernel, fieldCount } = batch
  const { bytes, bounds } = kernel
  const at = 2 * (row * fieldCount + field)
  const text = bytes.toString('utf8', bounds[at], bounds[at + 1])
  const shown = JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
  return new DataError(
    { file: csv.name, row: rowsBefore + row + 1, column: csv.layout.names[field]! },
    `Expected ${expectations[type]} (${type}), found ${shown}. ` +
      'Correct the value, add it to the option missing, or read the column as string.',
  )
}
