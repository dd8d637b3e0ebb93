/** The raw columns that a fitted preprocessor reads: declaring them in a graph, and whether a table has them. */
import { DataError } from '../core/index.ts'
import type { ColumnType, Table } from '../data/index.ts'
import type { OnnxGraph } from '../onnx/index.ts'

/** One raw column: a 'double' enters the graph as float32, a 'string' as it is. */
export interface InputColumn {
  readonly name: string
  readonly type: 'string' | 'double'
}

/** Declares each column an input of the graph, of shape [batch], and returns their names there by column. */
export function declareInputs(graph: OnnxGraph, inputs: readonly InputColumn[]): ReadonlyMap<string, string> {
  const typeOf = { string: 'string', double: 'float32' } as const
  return new Map(inputs.map(({ name, type }) => [name, graph.input(name, typeOf[type], ['batch'])]))
}

/**
 * Checks that `table` has every input with the right kind of values; further columns do not matter.
 *
 * A 'double' is a double, long or boolean column. A column whose values are all missing is fine for either kind: a
 * table made of a few records cannot know its type.
 *
 * @throws DataError SCHEMA_MISMATCH naming all columns that are absent and those there, or the one of a wrong type, with
 *   the first row whose text is no number
 */
export function requireInputs(inputs: readonly InputColumn[], table: Table): void {
  const absent = inputs.filter(({ name }) => !table.has(name)).map(({ name }) => `"${name}"`)
  if (absent.length > 0) {
    const known = table.columnNames.length === 0 ? 'no columns' : `the columns: ${table.columnNames.join(', ')}`
    throw new DataError(
      {},
      `There is no column ${absent.join(', ')}. The table has ${known}. Add what is missing, or correct the names.`,
      { code: 'SCHEMA_MISMATCH' },
    )
  }
  const types = table.types
  for (const { name, type } of inputs) requireType(name, type, types[name]!, table)
}

const accepted: Readonly<Record<InputColumn['type'], readonly ColumnType[]>> = {
  string: ['string'],
  double: ['double', 'long', 'boolean'],
}

function requireType(column: string, expected: InputColumn['type'], found: ColumnType, table: Table): void {
  if (accepted[expected].includes(found) || table.missingCount(column) === table.rowCount) return
  const row = found === 'string' ? table.strings(column).findIndex(isNoNumber) : -1
  const what = row === -1 ? `the type ${found}` : JSON.stringify(table.strings(column)[row])
  throw new DataError(
    { column, ...(row !== -1 && { row: row + 1 }) },
    `Expected ${expectation[expected]}, found ${what}. ${advise(found)}`,
    { code: 'SCHEMA_MISMATCH' },
  )
}

function isNoNumber(text: string | null): boolean {
  return text !== null && Number.isNaN(Number(text))
}

const expectation: Readonly<Record<InputColumn['type'], string>> = {
  string: 'text',
  double: 'numbers (double, long or boolean)',
}

function advise(found: ColumnType): string {
  if (found === 'string')
    return 'Make it a number, name it as a word for missing values, or encode the column, for example with oneHotEncoder().'
  if (found === 'datetime') return 'Make numbers of it first, such as the day of the year: 32-bit floats hold no dates.'
  return 'Read the column as text, or use a transformer for numbers.'
}
