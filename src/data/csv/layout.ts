/** What a CSV file looks like before its values are read: delimiter, header, how many rows to expect. */

import { isUtf8 } from 'node:buffer'
import { DataError, MillraceError } from '../../core/index.ts'
import type { BlockReader } from './block-reader.ts'
import { isQuoted, trim } from './column-builder.ts'
import { Kernel } from './kernel.ts'
import { rowError } from './row-error.ts'
import { type RowFormat, split, type Tokens } from './tokenizer.ts'

/** How the file is divided into columns. */
export interface Layout {
  /** The byte between two fields. */
  readonly delimiter: number
  /** The names of the columns, all different. */
  readonly names: readonly string[]
  /** Whether the first row holds the names. */
  readonly hasHeader: boolean
}

const delimiters = [',', ';', '\t', '|'].map((text) => text.charCodeAt(0))

/**
 * The layout of the file at `file`, from its first block.
 *
 * Without a given delimiter the one of , ; tab | is taken that divides the most rows into equally many fields, and
 * among those the most fields. Names without quotes lose the spaces around them.
 *
 * @throws DataError for a file of blank lines, and for names that are empty or not unique
 */
export async function readLayout(
  file: string,
  reader: BlockReader,
  header: boolean | readonly string[],
  delimiter: string | undefined,
): Promise<Layout> {
  const candidates = delimiter === undefined ? delimiters : [delimiterByte(delimiter)]
  const kernel = Kernel.create()
  let first = divide(kernel, candidates, await reader.peek(), reader.ended)
  while (first === undefined && !reader.ended) {
    first = divide(kernel, candidates, await reader.peek(true), reader.ended)
  }
  if (first === undefined) throw noFirstRow(file, kernel, candidates[0]!, await reader.peek())
  const names =
    header === true
      ? headerNames(file, splitCopy(kernel, await reader.peek(), first, reader.ended))
      : givenNames(file, first.fieldCount, header)
  requireNames(file, names)
  return { delimiter: first.delimiter, names, hasHeader: header === true }
}

function noFirstRow(file: string, kernel: Kernel, delimiter: number, block: Buffer): DataError {
  const { problem } = splitCopy(kernel, block, { delimiter, fieldCount: 1 }, true)
  if (problem !== undefined) return rowError(file, undefined, problem, [])
  return new DataError({ file }, 'The file has only blank lines. Expected a header row.')
}

/** A way to divide the first block, with how far it goes. */
interface Division extends RowFormat {
  readonly rowCount: number
  readonly isWhole: boolean
}

/** The best way to divide the block, or undefined when it holds no complete row. */
function divide(kernel: Kernel, candidates: readonly number[], block: Buffer, last: boolean): Division | undefined {
  const divisions = candidates
    .map((delimiter) => divideBy(kernel, delimiter, block, last))
    .filter((one) => one !== undefined)
  const rows = Math.max(...divisions.map(({ rowCount }) => rowCount))
  const agreeing = divisions.filter((one) => one.fieldCount > 1 && 2 * one.rowCount > rows)
  return agreeing.sort((a, b) => rank(b) - rank(a))[0] ?? divisions[0]
}

function divideBy(kernel: Kernel, delimiter: number, block: Buffer, last: boolean): Division | undefined {
  const { batch, problem } = splitCopy(kernel, block, { delimiter, fieldCount: 1 }, last)
  const isDivided = batch.rowCount === 0 && problem !== undefined
  if (isDivided && problem.kind !== 'ragged') return undefined
  if (!isDivided && batch.rowCount === 0) return undefined
  const fieldCount = isDivided && problem.kind === 'ragged' ? problem.found : 1
  const tokens = splitCopy(kernel, block, { delimiter, fieldCount }, last)
  return { delimiter, fieldCount, rowCount: tokens.batch.rowCount, isWhole: tokens.problem === undefined }
}

/** Splits a copy of the block, since splitting changes the bytes. */
function splitCopy(kernel: Kernel, block: Buffer, format: RowFormat, last: boolean): Tokens {
  kernel.reserve(block.length, 0)
  block.copy(kernel.bytes)
  return split(kernel, block.length, format, { last })
}

/** Files without a ragged row first, then those with more fields. */
function rank(division: Division): number {
  return division.fieldCount + (division.isWhole ? 1e9 : 0)
}

function headerNames(file: string, { batch: { kernel, fieldCount } }: Tokens): string[] {
  const { bytes, bounds } = kernel
  return Array.from({ length: fieldCount }, (_, field) => {
    const start = bounds[2 * field]!
    const end = bounds[2 * field + 1]!
    const [from, until] = isQuoted(bytes, start) ? [start, end] : trim(bytes, start, end)
    if (isUtf8(bytes.subarray(from, until))) return bytes.toString('utf8', from, until)
    throw new DataError({ file }, `The name of column ${field + 1} is not UTF-8. Set the option encoding to "latin1".`)
  })
}

function givenNames(file: string, fieldCount: number, header: boolean | readonly string[]): readonly string[] {
  if (typeof header === 'boolean') return Array.from({ length: fieldCount }, (_, field) => `column_${field + 1}`)
  if (header.length === fieldCount) return header
  throw new DataError(
    { file },
    `The option header names ${header.length} columns, but the first row has ${fieldCount} fields.`,
  )
}

function requireNames(file: string, names: readonly string[]): void {
  const places = new Map<string, number>()
  for (const [place, name] of names.entries()) {
    if (name === '') {
      throw new DataError(
        { file },
        `Column ${place + 1} of the header has no name. Name it, or pass all names with the option header.`,
      )
    }
    const earlier = places.get(name)
    if (earlier !== undefined) {
      throw new DataError({ file, column: name }, `Columns ${earlier + 1} and ${place + 1} share a name. Rename one.`)
    }
    places.set(name, place)
  }
}

function delimiterByte(delimiter: string): number {
  const byte = delimiter.charCodeAt(0)
  if (delimiter.length === 1 && byte < 128 && !'"\r\n'.includes(delimiter)) return byte
  throw new MillraceError(
    'INVALID_ARGUMENT',
    `The delimiter ${JSON.stringify(delimiter)} is not one ASCII character other than a quote or line break.`,
  )
}
