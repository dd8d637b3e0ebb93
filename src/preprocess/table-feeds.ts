/** Raw columns of a table as a graph reads them. */
import type { Table } from '../data/index.ts'
import type { Value } from '../onnx/index.ts'
import { readTexts } from './batch.ts'
import { type InputColumn, requireInputs } from './inputs.ts'

/**
 * The feeds of a graph whose inputs are raw columns: for each a value of shape [rowCount].
 *
 * Numbers become float32 (past its range ±Infinity), a missing one NaN; booleans 0 and 1. A missing text becomes ''. Zero rows give empty feeds.
 *
 * @throws DataError SCHEMA_MISMATCH naming absent columns, or the column of a wrong type (see `InputColumn`)
 */
export function tableFeeds(inputs: readonly InputColumn[], table: Table): Record<string, Value> {
  requireInputs(inputs, table)
  return Object.fromEntries(inputs.map((input) => [input.name, feed(input, table)]))
}

function feed({ name, type }: InputColumn, table: Table): Value {
  const shape = [table.rowCount]
  if (type === 'string') return { dtype: 'string', data: readTexts(table, name).map((text) => text ?? ''), shape }
  const isText = table.types[name] === 'string'
  const data = isText ? new Float32Array(table.rowCount).fill(NaN) : Float32Array.from(table.numbers(name))
  return { dtype: 'float32', data, shape }
}
