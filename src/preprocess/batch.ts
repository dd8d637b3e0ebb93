/** Training rows as transformers see them when they are fitted. */
import { DataError, MillraceError } from '../core/index.ts'
import type { Table } from '../data/index.ts'
import { requireInputs } from './inputs.ts'
import type { Kind } from './kinds.ts'

/** Numbers of one column; NaN is missing. */
export interface NumberColumn {
  readonly name: string
  readonly values: Float64Array
}

/** Texts of one column; null is missing. */
export interface TextColumn {
  readonly name: string
  readonly values: readonly (string | null)[]
}

/** Columns of one kind and one length. */
export type Batch =
  | { readonly kind: 'number'; readonly columns: readonly NumberColumn[] }
  | { readonly kind: 'string'; readonly columns: readonly TextColumn[] }

/** Fewer distinguishable values than this between the smallest and the largest: the column is lost in float32. */
const MINIMUM_RESOLUTION = 16
/** A spread this small beside the values is rounding noise: such a column counts as constant. */
const NOISE = 1e-9

/**
 * The columns `names` of a training table, in float64.
 *
 * @throws DataError SCHEMA_MISMATCH when columns are absent or of another kind; INVALID_DATA for an infinite number, or
 *   for numbers whose differences 32-bit floats cannot hold
 */
export function readBatch(table: Table, names: readonly string[], kind: Kind): Batch {
  const type = kind === 'string' ? 'string' : 'double'
  requireInputs(
    names.map((name) => ({ name, type })),
    table,
  )
  if (kind === 'string') return { kind, columns: names.map((name) => ({ name, values: readTexts(table, name) })) }
  return { kind, columns: names.map((name) => ({ name, values: readNumbers(table, name) })) }
}

/**
 * The texts of a column, null being missing; so is '', which stands for a missing text in every feed.
 *
 * @throws DataError naming the row of a text with a NUL character, at which ONNX Runtime would cut it off
 */
export function readTexts(table: Table, name: string): (string | null)[] {
  if (table.types[name] !== 'string') return Array.from({ length: table.rowCount }, () => null)
  return table.strings(name).map((value, row) => {
    if (value?.includes('\0')) {
      throw new DataError({ row: row + 1, column: name }, 'The text has a NUL character. Remove it.')
    }
    // A lone surrogate has no UTF-8 form; ONNX writes U+FFFD for it, and fitting must see the same.
    return value === null || value === '' ? null : value.toWellFormed()
  })
}

/** The columns of a batch of numbers. @throws MillraceError INVALID_ARGUMENT when it holds text */
export function numberColumns(batch: Batch, step: string): readonly NumberColumn[] {
  if (batch.kind === 'number') return batch.columns
  throw wrongKind(step, 'numbers', 'text', 'Encode the columns first, for example with oneHotEncoder().')
}

/** The columns of a batch of text. @throws MillraceError INVALID_ARGUMENT when it holds numbers */
export function textColumns(batch: Batch, step: string): readonly TextColumn[] {
  if (batch.kind === 'string') return batch.columns
  throw wrongKind(step, 'text', 'numbers', 'Put the step before the one that makes numbers of the text.')
}

/** The values that are not missing. @throws DataError naming the column when there is none */
export function presentNumbers({ name, values }: NumberColumn, step: string): Float64Array {
  const present = values.filter((value) => !Number.isNaN(value))
  if (present.length > 0) return present
  throw allMissing(name, step)
}

/** How often each text occurs, missing ones left out. @throws DataError naming the column when all are missing */
export function countTexts({ name, values }: TextColumn, step: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const value of values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1)
  if (counts.size > 0) return counts
  throw allMissing(name, step)
}

/** Texts in the order of their code points, as Python sorts them. */
export function sortTexts(texts: Iterable<string>): string[] {
  // The order of UTF-8 bytes is that of code points; JavaScript's own goes by UTF-16 units.
  return [...texts].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

function readNumbers(table: Table, name: string): Float64Array {
  // A string column gets here only when all its values are missing.
  if (table.types[name] === 'string') return new Float64Array(table.rowCount).fill(NaN)
  const values = table.numbers(name)
  const row = values.findIndex((value) => Math.abs(value) === Infinity)
  if (row >= 0) {
    throw new DataError(
      { row: row + 1, column: name },
      `The value is ${values[row]}, expected a finite number. Correct it, or mark it missing.`,
    )
  }
  requireResolution(name, values)
  return values
}

function requireResolution(name: string, values: Float64Array): void {
  let [low, high] = [Infinity, -Infinity]
  for (const value of values) {
    if (value < low) low = value
    if (value > high) high = value
  }
  const largest = Math.max(Math.abs(low), Math.abs(high))
  const spread = high - low
  const spacing = largest * 2 ** -23
  if (!(spread > largest * NOISE) || spread >= spacing * MINIMUM_RESOLUTION) return
  throw new DataError(
    { column: name },
    `The values differ by ${spread} around ${low}, but a model reads them as 32-bit floats, which are about ` +
      `${spacing} apart there. Subtract a common offset from the column first.`,
  )
}

function allMissing(column: string, step: string): DataError {
  return new DataError(
    { column },
    `${step} cannot be fitted: every value is missing. Leave the column out, or fill it with ` +
      "simpleImputer({ strategy: 'constant', fillValue }) first.",
  )
}

function wrongKind(step: string, expected: string, found: string, advice: string): MillraceError {
  return new MillraceError('INVALID_ARGUMENT', `${step} takes ${expected}, but gets ${found}. ${advice}`)
}
