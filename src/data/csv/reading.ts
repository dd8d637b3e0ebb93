/** The ways in which the loops of a kernel read the fields of a column. */

import type { Kernel } from './kernel.ts'

/** All ways; `none` leaves the column alone. */
export const readings = ['none', 'whole', 'decimal', 'boolean', 'datetime', 'text'] as const

export type Reading = (typeof readings)[number]

/**
 * Reads a field of every row from `row` on: a double, a byte for true or false, of text the hash. Returns the first row
 * that is not written as usual, or `rowCount`.
 */
export function readField({ loops }: Kernel, reading: Reading, field: number, row: number, rowCount: number): number {
  switch (reading) {
    case 'none':
      return row
    case 'whole':
      return loops.readNumbers(field, row, rowCount, true)
    case 'decimal':
      return loops.readNumbers(field, row, rowCount, false)
    case 'boolean':
      return loops.readBooleans(field, row, rowCount)
    case 'datetime':
      return loops.readDatetimes(field, row, rowCount)
    case 'text':
      loops.hashStrings(field, rowCount)
      return rowCount
  }
}
