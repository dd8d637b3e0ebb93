/** Production rows in an SQLite database, table `data`. */
import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { DatabaseSync, type SQLInputValue, type SQLOutputValue } from 'node:sqlite'
import { type Clock, makeFolders, MillraceError, systemClock } from '../core/index.ts'
import { type Column, columnFrom, type ColumnType, Table, type Value } from '../data/index.ts'
import { describeSqliteError, whenUnlocked } from '../storage/sqlite/index.ts'
import type { Backend, LabelOptions, LoadOptions } from './backend.ts'
import { deployToEndpoint, invokeEndpoint, localEndpoint } from './endpoint.ts'
import { drawLabels } from './labelling.ts'
import { noRows, productionRows, requireLimit } from './production-rows.ts'

export interface SqliteBackendOptions {
  /** The database file. */
  readonly database: string
  /** Where the model answers. Default: `http://127.0.0.1:8080/invocations`. */
  readonly target?: string
  readonly clock?: Clock
  /** How long to wait for another process that writes, in milliseconds. Default: 5000. */
  readonly lockTimeoutMs?: number
}

/**
 * A backend on the SQLite file `database`, made by the first save. Several processes may use it at once.
 *
 * Order is that of saving, so that it holds when the clock is set back.
 */
export function sqliteBackend(options: SqliteBackendOptions): Backend {
  const { target = localEndpoint, clock = systemClock, lockTimeoutMs = 5000 } = options
  const store = new RowStore(resolve(options.database), options.database, lockTimeoutMs)
  return {
    name: options.database,
    load: async (request) => await store.load(request),
    save: async (input, answers) => await store.save(productionRows(input, answers, clock())),
    label: async (request) => await store.label(request),
    invoke: async (rows) => await invokeEndpoint(target, rows),
    deploy: async (_uri, version) => await deployToEndpoint(target, version),
    [Symbol.asyncDispose]: async () => await Promise.resolve(store.close()),
  }
}

/** SQLite's column types for ours, which tell what a column holds when it is read again. */
const declaredTypes = {
  string: 'TEXT',
  double: 'REAL',
  long: 'INTEGER',
  boolean: 'BOOLEAN',
  datetime: 'TIMESTAMP',
} as const

class RowStore {
  readonly #file: string
  readonly #name: string
  readonly #lockTimeoutMs: number
  #database: DatabaseSync | undefined

  constructor(file: string, name: string, lockTimeoutMs: number) {
    this.#file = file
    this.#name = name
    this.#lockTimeoutMs = lockTimeoutMs
  }

  async load(options: LoadOptions = {}): Promise<Table> {
    requireLimit(options)
    const { limit, labelled } = options
    const database = await this.#open()
    return await this.#attempt(() => {
      const columns = database === undefined ? {} : columnsOf(database)
      if (database === undefined || Object.keys(columns).length === 0) return noRows()
      const where = labelled === undefined ? '' : `where target is ${labelled ? 'not ' : ''}null`
      const rows = database
        .prepare(`select ${namesOf(columns)} from data ${where} order by rowid desc limit ?`)
        .all(limit ?? -1)
      return tableOf(rows, columns)
    })
  }

  async save(rows: Table): Promise<void> {
    if (rows.rowCount === 0) return
    const database = await this.#open({ create: true })
    await this.#transaction(database, () => {
      addColumns(database, rows.types, this.#name)
      const marks = rows.columnNames.map(() => '?').join(', ')
      const insert = database.prepare(`insert into data (${namesOf(rows.types)}) values (${marks})`)
      for (const row of rows.rows()) insert.run(...Object.values(row).map(stored))
    })
  }

  async label(options: LabelOptions = {}): Promise<number> {
    const database = await this.#open()
    if (database === undefined) return 0
    return await this.#transaction(database, () => {
      const columns = columnsOf(database)
      if (Object.keys(columns).length === 0) return 0
      const known = database
        .prepare('select distinct prediction from data where prediction is not null order by prediction')
        .all()
        .map(({ prediction }) => String(prediction))
      const rows = database
        .prepare('select rowid, * from data where target is null and prediction is not null order by rowid')
        .all()
      const labels = drawLabels(tableOf(rows, columns), known, options)
      const update = database.prepare('update data set target = ? where rowid = ?')
      for (const [position, { rowid }] of rows.entries()) update.run(labels[position] ?? null, rowid ?? null)
      return rows.length
    })
  }

  close(): void {
    this.#database?.close()
    this.#database = undefined
  }

  async #open(options: { create: true }): Promise<DatabaseSync>
  async #open(): Promise<DatabaseSync | undefined>
  async #open({ create = false } = {}): Promise<DatabaseSync | undefined> {
    // A file that was removed under us would swallow all that is written to it.
    if (this.#database !== undefined && !existsSync(this.#file)) this.close()
    if (this.#database !== undefined) return this.#database
    if (!create && !existsSync(this.#file)) return undefined
    makeFolders(dirname(this.#file))
    const opened = await this.#attempt(async () => {
      const database = new DatabaseSync(this.#file)
      try {
        await whenUnlocked({ file: this.#name, lockTimeoutMs: this.#lockTimeoutMs }, () =>
          database.exec('pragma synchronous = normal; pragma journal_mode = wal'),
        )
        return database
      } catch (error) {
        database.close()
        throw error
      }
    })
    this.#database = opened
    return opened
  }

  /** Does `work` as one transaction, without a pause in which another of this process could come between. */
  async #transaction<T>(database: DatabaseSync, work: () => T): Promise<T> {
    return await whenUnlocked({ file: this.#name, lockTimeoutMs: this.#lockTimeoutMs }, () => {
      database.exec('begin immediate')
      try {
        const result = work()
        database.exec('commit')
        return result
      } catch (error) {
        // After a full disk SQLite has rolled back by itself.
        if (database.isTransaction) database.exec('rollback')
        throw error
      }
    })
  }

  async #attempt<T>(work: () => T | Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw describeSqliteError(error, this.#name)
    }
  }
}

/** The columns of the table `data` with their types; none when there is no such table. */
function columnsOf(database: DatabaseSync): Record<string, ColumnType> {
  const found = database.prepare("select name, type from pragma_table_info('data')").all()
  const types = new Map(Object.entries(declaredTypes).map(([type, declared]) => [declared as string, type]))
  return Object.fromEntries(
    found.map(({ name, type }) => [String(name), (types.get(String(type).toUpperCase()) ?? 'string') as ColumnType]),
  )
}

/**
 * Makes the table, or gives it the columns it lacks.
 *
 * @throws MillraceError SCHEMA_MISMATCH when a type is another, and as requireDistinctNames
 */
function addColumns(database: DatabaseSync, types: Readonly<Record<string, ColumnType>>, name: string): void {
  const present = columnsOf(database)
  requireDistinctNames([...new Set([...Object.keys(present), ...Object.keys(types)])])
  if (Object.keys(present).length === 0) {
    database.exec(`create table data (${Object.entries(types).map(declaration).join(', ')}, unique (uuid))`)
    return
  }
  for (const [column, type] of Object.entries(types)) {
    const found = present[column]
    if (found === undefined) database.exec(`alter table data add column ${declaration([column, type])}`)
    else if ((found === 'string') !== (type === 'string')) {
      throw new MillraceError(
        'SCHEMA_MISMATCH',
        `Column "${column}" holds ${type} values, but ${name} keeps it as ${found}. Rows of another model need a database of their own.`,
      )
    }
  }
}

/** @throws MillraceError INVALID_ARGUMENT for names that are one to SQLite, which does not see capitals of ASCII */
function requireDistinctNames(names: readonly string[]): void {
  const seen = new Map<string, string>()
  for (const name of names) {
    const key = name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
    const before = seen.get(key)
    seen.set(key, name)
    if (before === undefined) continue
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `The columns "${before}" and "${name}" are one name to SQLite. Rename the column of the input, or keep rows in a .jsonl or .csv file.`,
    )
  }
}

function declaration([name, type]: readonly [string, ColumnType]): string {
  return `${quoted(name)} ${declaredTypes[type]}`
}

function tableOf(
  rows: readonly Record<string, SQLOutputValue>[],
  columns: Readonly<Record<string, ColumnType>>,
): Table {
  return Table.fromColumns(
    Object.entries(columns).map(([name, type]): [string, Column] => [
      name,
      columnFrom(
        type,
        rows.map((row) => restored(row[name], type)),
      ),
    ]),
  )
}

function stored(value: Value): SQLInputValue {
  if (typeof value === 'boolean') return Number(value)
  return value instanceof Date ? value.toISOString() : value
}

function restored(value: SQLOutputValue | undefined, type: ColumnType): Value {
  if (value === null || value === undefined) return null
  if (type === 'string') return String(value)
  if (type === 'boolean') return Boolean(value)
  return type === 'datetime' ? new Date(String(value)) : Number(value)
}

function namesOf(columns: Readonly<Record<string, unknown>>): string {
  return Object.keys(columns).map(quoted).join(', ')
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
