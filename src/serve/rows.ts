/** Rows that fit the model's signature, and errors that name row and field for those that do not. */
import { type Column, columnFrom, Table } from '../data/index.ts'
import type { InputColumn } from '../preprocess/index.ts'
import { badRequest, HttpError } from './http.ts'
import { type PixelRows } from './pixel-rows.ts'
import { describe, type RawRows } from './raw-rows.ts'

/** The values of one input: NaN is a missing number, '' a missing text; images are never missing. */
type Values = Float64Array | readonly string[] | PixelRows

/** Rows a model can score. */
export interface Rows {
  readonly rowCount: number
  /** In the order of the model's inputs. */
  readonly columns: readonly Values[]
  /** Values that did not fit, which count as missing here. Empty unless bad rows are to be skipped. */
  readonly errors: readonly RowError[]
}

/** A value that does not fit. */
export interface RowError {
  /** Counted from 1. */
  readonly row: number
  readonly field: string
  readonly expected: string
  readonly found: string
}

export interface ReadRowsOptions {
  /** Whether rows with values that do not fit are put down in `errors` instead of refusing the request. */
  readonly skipBadRows: boolean
}

/** Errors of one request that are listed; the rest is counted. */
const LISTED_ERRORS = 10

/**
 * `raw` as columns of the model's inputs; further columns are ignored.
 *
 * A number may be a JSON number, true or false (1 and 0) or a text that is a number. null and a value that is not there
 * are missing.
 *
 * @throws HttpError 400 naming the inputs that no row has, or row and field of values that do not fit
 */
export function readRows(inputs: readonly InputColumn[], raw: RawRows, { skipBadRows }: ReadRowsOptions): Rows {
  if (raw.rowCount === 0) throw badRequest('Invalid input. There are no rows. Send at least one.')
  const errors: RowError[] = []
  const columns: Values[] = []
  const missing: string[] = []
  for (const { name, type } of inputs) {
    const values = raw.column(name)
    if (values === undefined) missing.push(name)
    else columns.push(type === 'string' ? readTexts(name, values, errors) : readNumbers(name, values, errors))
  }
  if (missing.length > 0) throw missingInputs(inputs, missing, raw)
  if (errors.length > 0 && !skipBadRows) throw refuseRows(errors)
  return { rowCount: raw.rowCount, columns, errors }
}

/** The rows as a table, numbers in full precision. A missing text is missing there too. */
export function rowsTable(inputs: readonly InputColumn[], parts: readonly Rows[]): Table {
  return Table.fromColumns(inputs.map(({ name }, input): [string, Column] => [name, joinedColumn(parts, input)]))
}

function joinedColumn(parts: readonly Rows[], input: number): Column {
  const columns = parts.map(({ columns }) => columns[input]!)
  if (columns[0] instanceof Float64Array || columns.length === 0) {
    const numbers = columns as readonly Float64Array[]
    return columnFrom('double', numbers.length === 1 ? [...numbers[0]!] : numbers.flatMap((values) => [...values]))
  }
  const texts = (columns as readonly (readonly string[])[]).flat()
  return columnFrom(
    'string',
    texts.map((text) => (text === '' ? null : text)),
  )
}

function readNumbers(field: string, values: readonly unknown[], errors: RowError[]): Float64Array {
  const numbers = new Float64Array(values.length)
  for (let row = 0; row < values.length; row++) {
    const value = values[row]
    const number = typeof value === 'number' ? value : numberOf(value)
    numbers[row] = number
    // What a 32-bit float cannot hold would be infinite for the model.
    if (Number.isFinite(Math.fround(number)) || isMissing(value)) continue
    numbers[row] = NaN
    errors.push({ row: row + 1, field, expected: expectedNumber(value), found: describe(value) })
  }
  return numbers
}

/** Not what only JavaScript takes for a number, such as 0x10. */
const DECIMAL = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i

function numberOf(value: unknown): number {
  if (typeof value === 'string') return DECIMAL.test(value) ? Number(value) : NaN
  return typeof value === 'boolean' ? Number(value) : NaN
}

function isMissing(value: unknown): boolean {
  return value === null || value === undefined || value === '' || Number.isNaN(value)
}

function expectedNumber(value: unknown): string {
  return typeof value === 'number' ? 'a finite number of at most 3.4e38' : 'a number'
}

function readTexts(field: string, values: readonly unknown[], errors: RowError[]): readonly string[] {
  return values.map((value, row) => {
    if (typeof value === 'string' && !value.includes('\0')) return value.toWellFormed()
    if (isMissing(value)) return ''
    // 1 and 1.0 are one number in JSON, but two texts: which was meant cannot be known.
    const expected = typeof value === 'string' ? 'text without NUL characters' : 'text'
    errors.push({ row: row + 1, field, expected, found: describe(value) })
    return ''
  })
}

function missingInputs(inputs: readonly InputColumn[], missing: readonly string[], raw: RawRows): HttpError {
  const known = new Set(inputs.map(({ name }) => name))
  const odd = raw.names().filter((name) => !known.has(name))
  const rest = odd.length === 0 ? '' : ` The rows have columns that it does not read: ${quoted(odd)}.`
  return new HttpError(
    400,
    'INVALID_PARAMETER_VALUE',
    `Model is missing inputs [${missing.map((name) => `'${name}'`).join(', ')}].${rest} Send every input; a value that is not known is null.`,
    { details: { missing } },
  )
}

/** The reply to rows that cannot be scored, the first of them listed. */
export function refuseRows(errors: readonly RowError[]): HttpError {
  const lines = errors.slice(0, LISTED_ERRORS).map(explainRowError)
  const rest = errors.length > LISTED_ERRORS ? ` And ${errors.length - LISTED_ERRORS} more.` : ''
  return badRequest(`Invalid input. Data is not compatible with model signature. ${lines.join(' ')}${rest}`, {
    details: { errors: errors.slice(0, LISTED_ERRORS) },
  })
}

/** `Row 2, field "body_mass_g": expected a number, found the text "heavy".` */
export function explainRowError({ row, field, expected, found }: RowError): string {
  return `Row ${row}, field "${field}": expected ${expected}, found ${found}.`
}

function quoted(names: readonly string[]): string {
  const rest = names.length > LISTED_ERRORS ? `, and ${names.length - LISTED_ERRORS} more` : ''
  return `${names
    .slice(0, LISTED_ERRORS)
    .map((name) => `"${name}"`)
    .join(', ')}${rest}`
}
