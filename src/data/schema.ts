/** What the columns of a table are, inferred from one table, kept beside its file and checked on the next. */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { parseJson, systemErrorCode, writeFileAtomic } from '../core/index.ts'
import { type Column, type ColumnType, columnTypes, type StringColumn } from './column.ts'
import { type Table, type TableTypes } from './table.ts'

const bound = z.number().optional()

const columnSchema = z.strictObject({
  name: z.string(),
  type: z.enum(columnTypes),
  required: z.boolean(),
  categories: z.array(z.string()).min(1).optional(),
  min: bound,
  max: bound,
})

const tableSchema = z.strictObject({ version: z.literal(1), columns: z.array(columnSchema) })

/** What is known of one column. Plain JSON. */
export interface ColumnSchema {
  readonly name: string
  readonly type: ColumnType
  /** Whether every row has a value. */
  readonly required: boolean
  /** All values of a string column with few of them, sorted; absent where any text will do. */
  readonly categories?: readonly string[] | undefined
  /** The least value of a double, long or datetime (milliseconds since 1970); absent where there is no bound. */
  readonly min?: number | undefined
  /** The greatest value, as `min`. */
  readonly max?: number | undefined
}

/** What is known of a table's columns. Plain JSON. */
export interface TableSchema {
  readonly version: 1
  readonly columns: readonly ColumnSchema[]
}

export interface InferSchemaOptions {
  /** A string column with at most this many distinct values lists them. Default 20. */
  readonly maxCategories?: number
}

/**
 * The narrowest schema that `table` fits: its columns, types, categories and ranges, and `required` where nothing is
 * missing. A table without rows requires nothing; a column that reaches to infinity has no bound on that side.
 */
export function inferSchema<S extends TableTypes>(
  table: Table<S>,
  { maxCategories = 20 }: InferSchemaOptions = {},
): TableSchema {
  const columns = table.columnNames.map((name): ColumnSchema => {
    const column: Column = table.column(name)
    const required = table.rowCount > 0 && table.missingCount(name) === 0
    return { name, type: column.type, required, ...limitsOf(column, maxCategories) }
  })
  return { version: 1, columns }
}

function limitsOf(column: Column, maxCategories: number): Pick<ColumnSchema, 'categories' | 'min' | 'max'> {
  if (column.type === 'boolean') return {}
  if (column.type === 'string') {
    const categories = usedCategories(column)
    return categories.length > 0 && categories.length <= maxCategories ? { categories } : {}
  }
  let [min, max] = [Infinity, -Infinity]
  for (const value of column.values) {
    if (value < min) min = value
    if (value > max) max = value
  }
  // JSON has no infinities, and a column without values none but these.
  return { ...(Number.isFinite(min) && { min }), ...(Number.isFinite(max) && { max }) }
}

function usedCategories({ codes, categories }: StringColumn): string[] {
  const used = new Uint8Array(categories.length)
  for (const code of codes) if (code >= 0) used[code] = 1
  return categories.filter((_, code) => used[code] === 1).toSorted()
}

/** Where the schema of a data file is: `penguins.csv.schema.json` for `penguins.csv`. */
export function schemaPath(dataPath: string): string {
  return dataPath.endsWith('.schema.json') ? dataPath : `${dataPath}.schema.json`
}

/**
 * Writes the schema beside the data file it describes, in place of an earlier one.
 *
 * @returns the path written to: `<dataPath>.schema.json`
 * @throws MillraceError STORAGE_FAILED when the folder cannot be written to
 */
export async function writeSchema(dataPath: string, schema: TableSchema): Promise<string> {
  const path = schemaPath(dataPath)
  await writeFileAtomic(path, `${JSON.stringify(schema, null, 2)}\n`)
  return path
}

/**
 * The schema beside a data file, or undefined when there is none. The path of a `.schema.json` file itself will do too.
 *
 * @throws MillraceError INVALID_DATA when the file is no JSON or no schema of version 1, naming each wrong key
 */
export async function readSchema(dataPath: string): Promise<TableSchema | undefined> {
  const path = schemaPath(dataPath)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
  return parseJson(tableSchema, text, path, 'INVALID_DATA')
}
