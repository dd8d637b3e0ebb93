/**
 * Finding rows and fields in bytes (RFC 4180) without making a string of any of them: a field is a pair of offsets,
 * and the columns read numbers, dates and categories straight from the bytes.
 */

import type { Kernel } from './kernel.ts'
import type { Reading } from './reading.ts'

/** How rows are divided into fields. */
export interface RowFormat {
  /** The byte between two fields. */
  readonly delimiter: number
  readonly fieldCount: number
}

/** Complete rows in the block of a kernel, whose `bounds` tell where their fields are. */
export interface RowBatch {
  readonly kernel: Kernel
  readonly fieldCount: number
  readonly rowCount: number
  /** Whether another thread has read a field of all rows, in this way, into its `valuesPlace`. */
  readonly isReadAhead?: (field: number, reading: Reading) => boolean
}

/** The address at which the values of a field are read, all of them beside each other. */
export function valuesPlace({ kernel, rowCount }: RowBatch, field: number): number {
  return kernel.block.values + 8 * rowCount * field
}

/** Why the row after the batch is no row; `field` counts from 0. */
export type RowProblem =
  | { readonly kind: 'ragged'; readonly found: number; readonly atEnd: boolean }
  | { readonly kind: 'unterminated quote' | 'text after quote'; readonly field: number }

/** The rows of a block, where they end, and what is wrong with the row after them, if anything. */
export interface Tokens {
  readonly batch: RowBatch
  readonly consumed: number
  readonly problem: RowProblem | undefined
}

/** Where splitting ends. */
export interface SplitOptions {
  /** Where the first row begins (default 0). */
  readonly from?: number
  /** Whether the file ends with the block, so that a row may end without a line break. */
  readonly last: boolean
  /** Default: no limit. */
  readonly maxRows?: number | undefined
  /** Only rows that begin before this byte. Default: no limit. */
  readonly limit?: number
}

/**
 * The complete rows in the first `length` bytes of the kernel's block; blank lines are passed over. Quoted fields that
 * hold quotes are changed in place. The batch lasts until the block is split or filled again.
 */
export function split(
  kernel: Kernel,
  length: number,
  { delimiter, fieldCount }: RowFormat,
  { from = 0, last, maxRows = length, limit = length }: SplitOptions,
): Tokens {
  const { loops } = kernel
  loops.fieldCount.value = fieldCount
  const rowCount = loops.split(from, length, last, delimiter, maxRows, limit)
  const consumed = loops.consumed.value
  return { batch: { kernel, fieldCount, rowCount }, consumed, problem: problemOf(kernel) }
}

function problemOf({ loops }: Kernel): RowProblem | undefined {
  const field = loops.problemField.value
  switch (loops.problem.value) {
    case 0:
      return undefined
    case 1:
      return { kind: 'ragged', found: field, atEnd: false }
    case 2:
      return { kind: 'ragged', found: field, atEnd: true }
    case 3:
      return { kind: 'unterminated quote', field }
    default:
      return { kind: 'text after quote', field }
  }
}
