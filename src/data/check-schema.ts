/** Holding a table against a schema: what breaks it, and what is only worth a look. */
import { DataError } from '../core/index.ts'
import { type Column, columnLength, isMissing, textAt } from './column.ts'
import { type ColumnSchema, type TableSchema } from './schema.ts'
import { type Table, type TableTypes } from './table.ts'

/** One way in which a table differs from its schema. */
export interface SchemaFinding {
  readonly kind: 'missingColumn' | 'type' | 'missingValue' | 'unseenCategory' | 'extraColumn' | 'outOfRange'
  readonly column: string
  /** The first row concerned, counted from 1; absent where the column as a whole is. */
  readonly row?: number
  /** How many rows are concerned; absent as `row` is. */
  readonly count?: number
  /** For people: where it is, what was expected, what was found. */
  readonly message: string
}

/** What checkSchema found. The table fits when there are no problems, whatever the warnings. */
export interface SchemaReport {
  /** A missing column, another type, a missing value where one is required, a category that is not listed. */
  readonly problems: readonly SchemaFinding[]
  /** A column the schema does not have, a value outside the range. */
  readonly warnings: readonly SchemaFinding[]
}

export interface CheckSchemaOptions {
  /** The file the table is from, to begin messages with. */
  readonly file?: string
}

type Details = Omit<SchemaFinding, 'message' | 'column'>
type Report = (details: Details, text: string) => SchemaFinding

/**
 * How `table` differs from `schema`, in the order of the schema's columns. Order of columns is of no matter.
 *
 * A long column fits where a double is expected, and one with nothing but missing values fits any type.
 */
export function checkSchema<S extends TableTypes>(
  table: Table<S>,
  schema: TableSchema,
  { file }: CheckSchemaOptions = {},
): SchemaReport {
  const problems: SchemaFinding[] = []
  const warnings: SchemaFinding[] = []
  for (const expected of schema.columns) {
    const report = reporter(expected.name, file)
    if (!table.has(expected.name)) {
      problems.push(report({ kind: 'missingColumn' }, `The column is missing; expected one of type ${expected.type}.`))
      continue
    }
    const column: Column = table.column(expected.name)
    problems.push(...checkMissing(column, expected, report))
    const type = checkType(column, expected, report)
    problems.push(...type)
    if (type.length > 0) continue
    problems.push(...checkCategories(column, expected, report))
    warnings.push(...checkRange(column, expected, report))
  }
  const known = new Set(schema.columns.map(({ name }) => name))
  for (const name of table.columnNames.filter((name) => !known.has(name))) {
    warnings.push(reporter(name, file)({ kind: 'extraColumn' }, 'The schema has no such column.'))
  }
  return { problems, warnings }
}

/**
 * Lets a table pass that fits its schema.
 *
 * @returns the warnings
 * @throws DataError SCHEMA_MISMATCH listing all problems when there are any
 */
export function requireSchema<S extends TableTypes>(
  table: Table<S>,
  schema: TableSchema,
  { file }: CheckSchemaOptions = {},
): readonly SchemaFinding[] {
  const { problems, warnings } = checkSchema(table, schema)
  if (problems.length === 0) return warnings
  const list = problems.map(({ message }) => `\n- ${message}`).join('')
  const things = problems.length === 1 ? 'one problem' : `${problems.length} problems`
  throw new DataError(
    file === undefined ? {} : { file },
    `The data does not fit its schema: ${things}.${list}\nMend the data, or write a new schema if the change is meant.`,
    { code: 'SCHEMA_MISMATCH' },
  )
}

function reporter(column: string, file: string | undefined): Report {
  return (details, text) => {
    const row = details.row === undefined ? {} : { row: details.row }
    const { message } = new DataError({ ...(file !== undefined && { file }), ...row, column }, text)
    return { ...details, column, message }
  }
}

function checkMissing(column: Column, { required }: ColumnSchema, report: Report): SchemaFinding[] {
  const found = required ? findRows(column, (row) => isMissing(column, row)) : undefined
  if (found === undefined) return []
  const values = found.count === 1 ? 'A value is missing' : `${found.count} values are missing, the first of them here`
  return [report({ kind: 'missingValue', ...found }, `${values}, but the schema requires one in every row.`)]
}

function checkType(column: Column, { type }: ColumnSchema, report: Report): SchemaFinding[] {
  if (column.type === type || (column.type === 'long' && type === 'double')) return []
  const isValue = (row: number): boolean => !isMissing(column, row)
  // The values to blame for a double in place of a long are those that are not whole.
  const isFraction = (row: number): boolean =>
    column.type === 'double' && isValue(row) && !Number.isSafeInteger(column.values[row])
  const found = (type === 'long' && findRows(column, isFraction)) || findRows(column, isValue)
  if (found === undefined) return []
  return [
    report(
      { kind: 'type', ...found },
      `Expected a column of type ${type}, found ${column.type}: ${shown(column, found)}.`,
    ),
  ]
}

function checkCategories(column: Column, { categories }: ColumnSchema, report: Report): SchemaFinding[] {
  if (column.type !== 'string' || categories === undefined) return []
  const known = new Set(categories)
  const isKnown = column.categories.map((category) => known.has(category))
  const found = findRows(column, (row) => isKnown[column.codes[row]!] === false)
  if (found === undefined) return []
  const expected = categories.map((category) => JSON.stringify(category)).join(', ')
  return [report({ kind: 'unseenCategory', ...found }, `Expected one of ${expected}, found ${shown(column, found)}.`)]
}

function checkRange(column: Column, { min, max }: ColumnSchema, report: Report): SchemaFinding[] {
  if (column.type === 'string' || column.type === 'boolean') return []
  const [low, high] = [min ?? -Infinity, max ?? Infinity]
  const found = findRows(column, (row) => column.values[row]! < low || column.values[row]! > high)
  if (found === undefined) return []
  const bounds = [
    min !== undefined && `at least ${inUnits(column, min)}`,
    max !== undefined && `at most ${inUnits(column, max)}`,
  ]
  const text = `Expected ${bounds.filter(Boolean).join(' and ')}, found ${shown(column, found)}.`
  return [report({ kind: 'outOfRange', ...found }, text)]
}

function inUnits(column: Column, value: number): string {
  // Beyond 8.64e15 ms there are no dates.
  return column.type === 'datetime' && Math.abs(value) <= 8.64e15 ? new Date(value).toISOString() : String(value)
}

interface FoundRows {
  readonly row: number
  readonly count: number
}

function findRows(column: Column, concerns: (row: number) => boolean): FoundRows | undefined {
  let [first, count] = [-1, 0]
  for (let row = 0; row < columnLength(column); row++) {
    if (!concerns(row)) continue
    if (count++ === 0) first = row
  }
  return count === 0 ? undefined : { row: first + 1, count }
}

/** `"x"`, or `"x" (and 3 more such rows)`. */
function shown(column: Column, { row, count }: FoundRows): string {
  const text = textAt(column, row - 1) ?? 'nothing'
  const value = column.type === 'string' ? JSON.stringify(text.slice(0, 60)) : text
  if (count === 1) return value
  return `${value} (and ${count - 1} more such ${count === 2 ? 'row' : 'rows'})`
}
