/** What to say about rows that are no rows. */

import { DataError } from '../../core/index.ts'
import { isText } from './file-bytes.ts'
import type { RowBatch, RowProblem } from './tokenizer.ts'

/** The error for a row that could not be split; `row` counts data rows from 1 and is absent for the header. */
export function rowError(
  file: string,
  row: number | undefined,
  problem: RowProblem,
  names: readonly string[],
): DataError {
  const location = row === undefined ? { file } : { file, row }
  if (problem.kind === 'ragged') {
    const advice = problem.atEnd
      ? 'This is the last row and ends without a line break: the file may be cut off.'
      : 'Check for a delimiter inside a value: such values go in double quotes.'
    return new DataError(location, `Expected ${names.length} fields, found ${problem.found}. ${advice}`)
  }
  const column = names[problem.field]
  const place = column === undefined ? location : { ...location, column }
  const message =
    problem.kind === 'unterminated quote'
      ? 'A quoted value begins here and never ends. Close the quote; the file may be cut off.'
      : 'There is text after the closing quote. A quote inside a quoted value is written twice ("").'
  return new DataError(place, message)
}

/** A row that is no text, by its place in a batch, and what to say about it. */
export interface BadText {
  readonly row: number
  readonly error: DataError
}

/**
 * The first row of a batch that is not UTF-8 or holds NUL bytes.
 *
 * @param consumed how many bytes the batch takes
 * @param rowsBefore how many data rows came before it
 */
export function findBadText(file: string, batch: RowBatch, consumed: number, rowsBefore: number): BadText | undefined {
  const { kernel, fieldCount, rowCount } = batch
  const { bytes, bounds } = kernel
  if (isText(bytes.subarray(0, consumed))) return undefined
  for (let row = 0; row < rowCount; row++) {
    const start = bounds[2 * row * fieldCount]!
    const fields = bytes.subarray(start, bounds[2 * (row + 1) * fieldCount - 1])
    const location = { file, row: rowsBefore + row + 1 }
    if (isText(fields)) continue
    const message = fields.includes(0)
      ? 'The row holds a NUL byte: this is no text.'
      : 'The row is not valid UTF-8. Set the option encoding, for example to "latin1".'
    return { row, error: new DataError(location, message) }
  }
  return undefined
}
