/** The forms in which rows are sent, as columns of values that nobody has looked at yet. */
import { badRequest } from './http.ts'

/** Rows of a request. Values are whatever the JSON held. */
export interface RawRows {
  readonly rowCount: number
  /** The names of all columns, in order of appearance. */
  names(): readonly string[]
  /** The values of a column, undefined where a row lacks it; undefined when every row does. */
  column(name: string): readonly unknown[] | undefined
}

type JsonObject = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `[{"a": 1}, {"a": 2}]` */
export function recordRows(records: readonly unknown[], field: string): RawRows {
  records.forEach((record, position) => {
    if (isObject(record)) return
    throw badRequest(
      `Invalid input. Row ${position + 1} of "${field}" is ${describe(record)}, expected an object such as {"column": value}.`,
    )
  })
  const rows = records as readonly JsonObject[]
  return {
    rowCount: rows.length,
    names: () => [...new Set(rows.flatMap((row) => Object.keys(row)))],
    column: (name) => {
      let found = false
      const values = rows.map((row) => {
        if (!Object.hasOwn(row, name)) return undefined
        found = true
        return row[name]
      })
      return found ? values : undefined
    },
  }
}

/** `{"a": [1, 2], "b": ["x", "y"]}`; single values are one row. */
export function columnRows(columns: JsonObject, field: string): RawRows {
  const names = Object.keys(columns)
  const lists = new Map(names.map((name) => [name, asList(columns[name])]))
  const rowCount = lists.get(names[0] ?? '')?.length ?? 0
  for (const [name, values] of lists) {
    if (values.length === rowCount) continue
    throw badRequest(
      `Invalid input. In "${field}", column "${name}" has ${values.length} values and "${names[0]}" has ${rowCount}. All columns need one value a row.`,
    )
  }
  return { rowCount, names: () => names, column: (name) => lists.get(name) }
}

/** `{"columns": ["a", "b"], "data": [[1, "x"], [2, "y"]]}`, as pandas writes it with orient="split". */
export function splitRows(split: JsonObject, field: string): RawRows {
  const { columns, data } = split
  if (!Array.isArray(columns) || !columns.every((name) => typeof name === 'string')) {
    throw badRequest(`Invalid input. "${field}" needs "columns", a list of names; found ${describe(columns)}.`)
  }
  const names: readonly string[] = columns
  const seen = new Set<string>()
  for (const name of names) {
    if (seen.has(name)) {
      throw badRequest(`Invalid input. "${field}" has two columns ${JSON.stringify(name)}. Send each once.`)
    }
    seen.add(name)
  }
  if (!Array.isArray(data)) {
    throw badRequest(`Invalid input. "${field}" needs "data", a list of rows; found ${describe(data)}.`)
  }
  data.forEach((row, position) => {
    if (Array.isArray(row) && row.length === names.length) return
    const found = Array.isArray(row) ? `${row.length} values` : describe(row)
    throw badRequest(
      `Invalid input. Provided ${field} field is not a valid dataframe representation in 'split' format: row ${position + 1} has ${found}, expected a list of ${names.length}, one for each of "columns".`,
    )
  })
  const rows: readonly (readonly unknown[])[] = data
  return {
    rowCount: rows.length,
    names: () => names,
    column: (name) => {
      const position = names.indexOf(name)
      return position === -1 ? undefined : rows.map((row) => row[position])
    },
  }
}

/** What a value of JSON is, for messages: `the text "heavy"`, `a list`. Long texts are cut. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  if (typeof value === 'number') return `the number ${value}`
  if (typeof value !== 'string') return `the ${typeof value} ${JSON.stringify(value)}`
  return `the text ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value]
}
