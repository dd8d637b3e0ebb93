/** Columns filled from the arrays that hyparquet decodes. */

import { DataError } from '../../core/index.ts'
import { type Column, type ColumnType, missingBoolean } from '../column.ts'
import { type ParquetColumn } from './parquet-columns.ts'

/** A column in the making. */
export interface ParquetFiller {
  readonly name: string
  /** Puts decoded values into the rows from `rowStart` (from 0) on. */
  readonly fill: (values: ArrayLike<unknown>, rowStart: number) => void
  readonly finish: () => Column
}

/** @throws DataError when the column cannot be read as `type`, and from `fill` for a whole number beyond 2^53 */
export function parquetFiller(
  file: string,
  column: ParquetColumn,
  type: ColumnType | undefined,
  rowCount: number,
): ParquetFiller {
  const { name } = column
  const converts = type === column.type || type === 'string' || (type === 'double' && column.type === 'long')
  if (type === undefined || !converts) {
    throw new DataError(
      { file, column: name },
      `Expected ${type}, but the file holds ${column.type}. Ask for that type.`,
    )
  }
  if (type === 'string') return { name, ...stringFiller(rowCount) }
  if (type === 'boolean') {
    const values = new Uint8Array(rowCount).fill(missingBoolean)
    return { name, ...fillerOf({ type, values }, values, Number) }
  }
  const values = new Float64Array(rowCount).fill(NaN)
  const convert =
    type === 'long' ? (value: unknown, row: number) => toLong(file, name, value, row) : toDouble(column.scale)
  return { name, ...fillerOf({ type, values }, values, convert) }
}

type Fill = Omit<ParquetFiller, 'name'>

function fillerOf(
  column: Column,
  values: Uint8Array | Float64Array,
  convert: (value: unknown, row: number) => number,
): Fill {
  const fill: Fill['fill'] = (decoded, rowStart) => {
    for (let i = 0; i < decoded.length; i++) {
      const value = decoded[i]
      if (value !== null && value !== undefined) values[rowStart + i] = convert(value, rowStart + i)
    }
  }
  return { fill, finish: () => column }
}

function stringFiller(rowCount: number): Fill {
  const codes = new Int32Array(rowCount).fill(-1)
  const positions = new Map<string, number>()
  const fill: Fill['fill'] = (decoded, rowStart) => {
    for (let i = 0; i < decoded.length; i++) {
      const value = decoded[i]
      if (value === null || value === undefined || Number.isNaN(value)) continue
      const text = textOf(value as string | number | bigint | boolean | Date)
      const position = positions.get(text) ?? positions.size
      positions.set(text, position)
      codes[rowStart + i] = position
    }
  }
  return { fill, finish: () => ({ type: 'string', codes, categories: [...positions.keys()] }) }
}

function textOf(value: string | number | bigint | boolean | Date): string {
  return value instanceof Date ? value.toISOString() : String(value)
}

/** hyparquet multiplies a decimal by a power of ten that is no exact double; dividing gives the nearest one. */
function toDouble(scale: number | undefined): (value: unknown) => number {
  if (scale === undefined) return Number
  const unit = 10 ** scale
  return (value) => Math.round(Number(value) * unit) / unit
}

function toLong(file: string, column: string, value: unknown, row: number): number {
  const number = Number(value)
  if (Number.isSafeInteger(number)) return number
  throw new DataError(
    { file, row: row + 1, column },
    `${String(value)} is beyond 2^53, where whole numbers are no longer exact. Read the column as string with types.`,
  )
}
