/** A split: which rows to train on and which to hold back. */
import { type Table, type TableTypes } from '../table.ts'

/** Two sets of row indices (from 0) without a row in common. */
export interface Split {
  readonly train: Uint32Array
  readonly test: Uint32Array
}

/**
 * The two parts of `table` that `split` names, rows in the order of its indices.
 *
 * @throws MillraceError INVALID_ARGUMENT when an index is not a row of the table
 */
export function splitTable<S extends TableTypes>(
  table: Table<S>,
  { train, test }: Split,
): { readonly train: Table<S>; readonly test: Table<S> } {
  return { train: table.take(train), test: table.take(test) }
}

/** The rows 0..rowCount-1 in two parts, each in ascending order. */
export function partitionRows(rowCount: number, isTest: (row: number) => boolean): Split {
  const train: number[] = []
  const test: number[] = []
  for (let row = 0; row < rowCount; row++) (isTest(row) ? test : train).push(row)
  return { train: Uint32Array.from(train), test: Uint32Array.from(test) }
}
