/** The table every part of Millrace passes around: typed, immutable, columnar. Reading and writing files is elsewhere. */

import { MillraceError } from '../core/index.ts'
import {
  type Column,
  columnFrom,
  columnLength,
  type ColumnOf,
  type ColumnType,
  concatColumns,
  countMissing,
  sliceColumn,
  takeColumn,
  textAt,
  type Value,
  valueAt,
  type ValueOfType,
} from './column.ts'
import { inferValueType } from './infer-value-type.ts'

/** The columns of a table by name: `{ species: 'string', mass: 'double' }`. */
export type TableTypes = Record<string, ColumnType>

/** One row of a table as a plain object; null is missing, a datetime is a Date. */
export type RowOf<S extends TableTypes> = { [K in keyof S]: ValueOfType[S[K]] | null }

type Name<S> = keyof S & string
type Flat<S> = { [K in keyof S]: S[K] }
type NumericName<S extends TableTypes> = {
  [K in Name<S>]: [S[K]] extends ['string'] ? never : K
}[Name<S>]
type Renamed<S extends TableTypes, M> = {
  [K in Name<S> as K extends keyof M ? M[K] & string : K]: S[K]
}

/**
 * Named columns of one length. A table never changes: every method returns a new one, sharing the columns it keeps.
 *
 * `S` names the columns and their types where they are known, so that a misspelt name does not compile; the plain
 * `Table` is one whose columns are known only when the program runs.
 *
 * @example
 *     const table = Table.fromRecords([{ species: 'Adelie', mass: 3750 }, { species: 'Gentoo', mass: null }])
 *     table.numbers('mass') // Float64Array [3750, NaN]
 */
export class Table<S extends TableTypes = TableTypes> {
  /** How many rows there are. */
  readonly rowCount: number
  readonly #columns: ReadonlyMap<string, Column>

  private constructor(columns: ReadonlyMap<string, Column>) {
    this.#columns = columns
    const [first] = columns.values()
    this.rowCount = first === undefined ? 0 : columnLength(first)
    for (const [name, column] of columns) {
      if (columnLength(column) === this.rowCount) continue
      throw new MillraceError(
        'INVALID_ARGUMENT',
        `Column "${name}" has ${columnLength(column)} rows, but the first column has ${this.rowCount}. ` +
          'All columns of a table have the same length.',
      )
    }
  }

  /**
   * A table of these columns: an object, or pairs of name and column where the order matters and a name may be a number.
   *
   * @throws MillraceError INVALID_ARGUMENT when two columns differ in length or share a name
   */
  static fromColumns<C extends Record<string, Column>>(columns: C): Table<{ [K in keyof C]: C[K]['type'] }>
  static fromColumns(columns: Iterable<readonly [string, Column]>): Table
  static fromColumns(columns: Record<string, Column> | Iterable<readonly [string, Column]>): Table {
    const entries = isIterable(columns) ? [...columns] : Object.entries(columns)
    const byName = new Map(entries)
    if (byName.size < entries.length) {
      const names = entries.map(([name]) => name)
      const twice = names.find((name, position) => names.indexOf(name) !== position)
      throw new MillraceError('INVALID_ARGUMENT', `Two columns are called "${twice}". Rename one of them.`)
    }
    return new Table(byName)
  }

  /**
   * A table of plain objects. A key that a record lacks is missing there, as are null, undefined and NaN.
   *
   * Types are taken from `types` or else from the values: numbers are long when all are whole, otherwise double; a
   * column with nothing but missing values is double. Columns come in order of first appearance.
   *
   * @throws DataError naming row and column when a value does not fit, or a column mixes, say, numbers and text
   */
  static fromRecords<const S extends TableTypes>(
    records: readonly Readonly<Record<string, unknown>>[],
    types: S,
  ): Table<S>
  static fromRecords(records: readonly Readonly<Record<string, unknown>>[]): Table
  static fromRecords(records: readonly Readonly<Record<string, unknown>>[], types?: TableTypes): Table {
    const names = types === undefined ? new Set(records.flatMap((record) => Object.keys(record))) : Object.keys(types)
    const columns = Array.from(names, (name): [string, Column] => {
      const values = records.map((record) => (Object.hasOwn(record, name) ? record[name] : null))
      const type = inferValueType(name, values, types?.[name])
      return [name, columnFrom(type, values as readonly Value[])]
    })
    return new Table(new Map(columns))
  }

  /**
   * The tables one below the other. All have the columns of the first, which gives the order.
   *
   * @throws MillraceError INVALID_ARGUMENT when there is no table, or columns differ in name or type
   */
  static concat<S extends TableTypes>(tables: readonly Table<S>[]): Table<S> {
    const [first] = tables
    if (first === undefined) throw new MillraceError('INVALID_ARGUMENT', 'concat needs at least one table.')
    for (const [position, table] of tables.entries()) requireSameColumns(first, table, position)
    return new Table(
      new Map(first.columnNames.map((name) => [name, concatColumns(tables.map((table) => table.column(name)))])),
    )
  }

  /** The names of the columns, in order. */
  get columnNames(): readonly Name<S>[] {
    return [...this.#columns.keys()] as Name<S>[]
  }

  /** The type of every column by name. */
  get types(): Readonly<S> {
    return Object.fromEntries(Array.from(this.#columns, ([name, column]) => [name, column.type])) as S
  }

  /** Whether there is a column called `name`. */
  has(name: string): boolean {
    return this.#columns.has(name)
  }

  /** The column called `name`. @throws MillraceError INVALID_ARGUMENT listing the columns when there is none */
  column<K extends Name<S>>(name: K): ColumnOf<S[K]> {
    const column = this.#columns.get(name)
    if (column !== undefined) return column as ColumnOf<S[K]>
    const known =
      this.#columns.size === 0 ? 'The table has no columns' : `The table has: ${this.columnNames.join(', ')}`
    throw new MillraceError('INVALID_ARGUMENT', `There is no column "${name}". ${known}.`)
  }

  /**
   * The values of a column as numbers, NaN being missing: booleans are 0 and 1, datetimes milliseconds since 1970.
   *
   * @throws MillraceError INVALID_ARGUMENT when the column holds strings
   */
  numbers(name: NumericName<S>): Float64Array {
    const column: Column = this.column(name)
    if (column.type === 'boolean') return Float64Array.from(column.values, (code) => (code > 1 ? NaN : code))
    if (column.type !== 'string') return column.values
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `Column "${name}" holds strings, not numbers. Encode it first, or read it with strings("${name}").`,
    )
  }

  /** The values of a column as text, whatever its type, null being missing; a datetime is in ISO 8601. */
  strings(name: Name<S>): (string | null)[] {
    const column: Column = this.column(name)
    return Array.from({ length: this.rowCount }, (_, row) => textAt(column, row))
  }

  /** How many values of a column are missing. */
  missingCount(name: Name<S>): number {
    return countMissing(this.column(name))
  }

  /** Only these columns, in this order. */
  select<K extends Name<S>>(...names: readonly K[]): Table<Pick<S, K>> {
    return new Table(new Map(names.map((name) => [name, this.column(name)])))
  }

  /** All columns but these. @throws MillraceError INVALID_ARGUMENT when one does not exist */
  drop<K extends Name<S>>(...names: readonly K[]): Table<Flat<Omit<S, K>>> {
    const rest = new Map(this.#columns)
    for (const name of names) {
      this.column(name)
      rest.delete(name)
    }
    return new Table(rest)
  }

  /** The table with `column` under `name`: in place of the one of that name, else last. */
  withColumn<N extends string, C extends Column>(
    name: N,
    column: C,
  ): Table<Flat<Omit<S, N> & { [K in N]: C['type'] }>> {
    return new Table(new Map(this.#columns).set(name, column))
  }

  /** The table with columns renamed, `{ old: 'new' }`, in their places. @throws when two would share a name */
  rename<const M extends { readonly [K in Name<S>]?: string }>(names: M): Table<Renamed<S, M>> {
    const mapping = new Map(Object.entries<string | undefined>(names))
    for (const name of mapping.keys()) this.column(name)
    const renamed = Array.from(this.#columns, ([name, column]) => [mapping.get(name) ?? name, column] as const)
    return Table.fromColumns(renamed) as never
  }

  /**
   * The rows at `indices`, in that order; a row may be taken more than once.
   *
   * @throws MillraceError INVALID_ARGUMENT when an index is not a row of the table
   */
  take(indices: ArrayLike<number>): Table<S> {
    for (let i = 0; i < indices.length; i++) {
      const index = indices[i]!
      if (Number.isInteger(index) && index >= 0 && index < this.rowCount) continue
      throw new MillraceError(
        'INVALID_ARGUMENT',
        `Row ${index} does not exist: the table has ${this.rowCount} rows, numbered from 0.`,
      )
    }
    return this.#mapColumns((column) => takeColumn(column, indices))
  }

  /** Rows `start` up to but not including `end`, as Array.slice counts them. Shares memory with this table. */
  slice(start = 0, end = this.rowCount): Table<S> {
    return this.#mapColumns((column) => sliceColumn(column, start, end))
  }

  /** The rows one by one as plain objects; null is missing. */
  *rows(): IterableIterator<RowOf<S>> {
    const columns = [...this.#columns]
    for (let row = 0; row < this.rowCount; row++) {
      const values = columns.map(([name, column]): [string, Value] => [name, valueAt(column, row)])
      yield Object.fromEntries(values) as RowOf<S>
    }
  }

  /** All rows as plain objects; null is missing. */
  toRecords(): RowOf<S>[] {
    return [...this.rows()]
  }

  #mapColumns(change: (column: Column) => Column): Table<S> {
    return new Table(new Map(Array.from(this.#columns, ([name, column]) => [name, change(column)])))
  }
}

function isIterable<T>(value: object | Iterable<T>): value is Iterable<T> {
  return Symbol.iterator in value
}

function requireSameColumns(first: Table, table: Table, position: number): void {
  const [expected, found] = [first.types, table.types]
  const differing = new Set([...Object.keys(expected), ...Object.keys(found)])
  for (const name of differing) {
    if (expected[name] === found[name]) continue
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `concat: column "${name}" is ${found[name] ?? 'absent'} in table ${position + 1} and ` +
        `${expected[name] ?? 'absent'} in the first. Give all tables the same columns.`,
    )
  }
}
