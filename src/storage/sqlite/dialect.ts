/**
 * Kysely over node:sqlite. The file's own compiler and adapter are Kysely's; only the driver is here, since it waits
 * for locks without blocking the process, keeps prepared statements, and begins transactions ready to write.
 */
import { type DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { systemErrorCode } from '../../core/index.ts'
import { describeSqliteError, isBusy } from './error.ts'

interface SqliteDialectOptions {
  readonly database: DatabaseSync
  /** For messages. */
  readonly file: string
  /** How long a statement waits for a lock that another connection holds. */
  readonly lockTimeoutMs: number
}

/** The dialect for one open database, used as the one connection there is; Kysely queues what wants it. */
export function sqliteDialect(options: SqliteDialectOptions): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => sqliteDriver(options),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

/**
 * Calls `attempt` until no other connection is in the way.
 *
 * SQLite's own busy timeout would stop the whole process while it waits, with it perhaps the very connection that
 * holds the lock; so the wait is here.
 *
 * @throws MillraceError STORE_LOCKED after `lockTimeoutMs`
 */
export async function whenUnlocked<T>(
  { file, lockTimeoutMs }: Omit<SqliteDialectOptions, 'database'>,
  attempt: () => T,
): Promise<T> {
  const deadline = performance.now() + lockTimeoutMs
  for (let waitMs = 1; ; waitMs = Math.min(waitMs * 2, 25)) {
    try {
      return attempt()
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw describeSqliteError(error, file)
    }
    await setTimeout(waitMs)
  }
}

function sqliteDriver(options: SqliteDialectOptions): Driver {
  const { database } = options
  const run = async (sql: string): Promise<void> => await whenUnlocked(options, () => database.exec(sql))
  const connection = sqliteConnection(options)
  return {
    init: async () => {},
    acquireConnection: async () => await Promise.resolve(connection),
    // Taking the write lock at once: a transaction that reads first and then writes could find it taken, and fail.
    beginTransaction: async () => await run('begin immediate'),
    commitTransaction: async () => await run('commit'),
    rollbackTransaction: async () => {
      // After a full disk or a failed write SQLite has rolled back by itself.
      if (database.isTransaction) await run('rollback')
    },
    releaseConnection: async () => {},
    destroy: async () => {
      database.close()
      await Promise.resolve()
    },
  }
}

function sqliteConnection(options: SqliteDialectOptions): DatabaseConnection {
  const prepare = preparedStatements(options.database)
  return {
    executeQuery: async <R>(query: CompiledQuery): Promise<QueryResult<R>> =>
      await whenUnlocked(options, () => {
        const { statement, columns } = prepare(query.sql)
        const parameters = query.parameters as readonly SQLInputValue[]
        if (columns.length > 0) return { rows: rowObjects<R>(readRows(statement, query.sql, parameters), columns) }
        return { rows: [], numAffectedRows: BigInt(statement.run(...parameters).changes) }
      }),
    streamQuery: () => {
      throw new Error('Streaming is not supported; read page by page.')
    },
  }
}

/** How many statements are kept: more than the store has shapes of, less than searches with long lists can make. */
const statementLimit = 200

interface PreparedStatement {
  /** Gives rows as arrays. */
  readonly statement: StatementSync
  readonly columns: readonly string[]
}

function preparedStatements(database: DatabaseSync): (sql: string) => PreparedStatement {
  const kept = new Map<string, PreparedStatement>()
  return (sql) => {
    const found = kept.get(sql)
    if (found !== undefined) return found
    const statement = database.prepare(sql)
    statement.setReturnArrays(true)
    const prepared = { statement, columns: statement.columns().map(({ name }) => name) }
    if (kept.size >= statementLimit) kept.delete(kept.keys().next().value ?? '')
    kept.set(sql, prepared)
    return prepared
  }
}

/**
 * node:sqlite refuses whole numbers beyond 2^53, such as times in nanoseconds that another program has written. One of them
 * must not hide all rows: then numbers are rounded.
 */
function readRows(statement: StatementSync, sql: string, parameters: readonly SQLInputValue[]): unknown {
  try {
    return statement.all(...parameters)
  } catch (error) {
    // What writes has written, and must not do so again.
    if (systemErrorCode(error) !== 'ERR_OUT_OF_RANGE' || !/^\s*(select|with)\b/i.test(sql)) throw error
  }
  statement.setReadBigInts(true)
  try {
    const rows = statement.all(...parameters) as unknown as readonly (readonly unknown[])[]
    return rows.map((values) => values.map((value) => (typeof value === 'bigint' ? Number(value) : value)))
  } finally {
    statement.setReadBigInts(false)
  }
}

/** node:sqlite takes twice as long to make objects itself, and they are slow to read. */
function rowObjects<R>(rows: unknown, columns: readonly string[]): R[] {
  return (rows as readonly (readonly unknown[])[]).map((values) => {
    const row: Record<string, unknown> = {}
    for (let i = 0; i < columns.length; i++) row[columns[i]!] = values[i]
    return row as R
  })
}
