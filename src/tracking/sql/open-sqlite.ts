/**
 * Opening a tracking database in SQLite: a new file gets the schema, a file with MLflow's schema is used as it is,
 * anything else is refused. Nothing that exists is ever migrated here.
 */
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import { makeFolders, MillraceError } from '../../core/index.ts'
import { describeSqliteError, sqliteCode, sqliteDialect, whenUnlocked } from '../../storage/sqlite/index.ts'
import { checkSchema, type FoundSchema, otherWorkspaceQuery, revisionQuery, tablesOf } from './check-schema.ts'
import { matchesExpression } from '../filter/regular-expression.ts'
import { sqlite } from './dialects.ts'
import { sqliteSchema } from './mlflow-schema.ts'
import { type OpenDatabase, type OpenDatabaseOptions } from './store-context.ts'
import { type Tables } from './tables.ts'

/**
 * The database in `file`, made with MLflow's schema and experiment 0 "Default" when it is new or empty.
 *
 * @throws MillraceError STORE_INCOMPATIBLE for a schema that is older, incomplete or not MLflow's, STORE_CORRUPT for
 *   a damaged file or none of SQLite's, STORE_LOCKED after `lockTimeoutMs`, STORAGE_FAILED when the disk refuses, RESOURCE_DOES_NOT_EXIST for no file without `create`
 */
export async function openSqlite(file: string, options: OpenDatabaseOptions): Promise<OpenDatabase> {
  const { lockTimeoutMs } = options
  if (!options.create && !existsSync(file)) {
    const message =
      `There is no tracking store at ${file}. Change to the folder that has it, name it (--tracking-uri or ` +
      'MLFLOW_TRACKING_URI), or start one: millrace train DATA --target COLUMN'
    throw new MillraceError('RESOURCE_DOES_NOT_EXIST', message)
  }
  const database = openFile(file)
  try {
    const locks = { file, lockTimeoutMs }
    // LIKE must tell cases apart, as MLflow's does. Commits are safe from a crash of the process at once, from a
    // power cut a moment later: that is what WAL with NORMAL gives, and what makes logging cheap.
    await whenUnlocked(locks, () =>
      database.exec('pragma foreign_keys = on; pragma case_sensitive_like = true; pragma synchronous = normal'),
    )
    // Points of metrics go to places all over their index: 32 MB of it are kept in memory as they are met, and what changes is
    // gathered to 16 MB before it is carried from the log to the file. Together that halves the time of a batch in a large store.
    database.exec('pragma cache_size = -32000; pragma wal_autocheckpoint = 4000')
    database.function('regexp', { deterministic: true }, (pattern, value) =>
      value === null ? null : Number(matchesExpression(String(pattern), String(value))),
    )
    const isEmpty = await whenUnlocked(locks, () => tableNames(database).length === 0)
    if (isEmpty) await whenUnlocked(locks, () => createSchema(database, options))
    const schema = await whenUnlocked(locks, () => readSchema(database))
    checkSchema(schema, { name: file, uri: `sqlite:///${file}` })
    await whenUnlocked(locks, () => switchToWal(database))
    const db = new Kysely<Tables>({ dialect: sqliteDialect({ database, ...locks }) })
    const close = async (): Promise<void> => {
      await db.destroy()
      // Kysely leaves a database alone that it has never asked anything.
      if (database.isOpen) database.close()
    }
    return { db, dialect: sqlite, close }
  } catch (error) {
    database.close()
    throw error
  }
}

function openFile(file: string): DatabaseSync {
  makeFolders(dirname(file))
  try {
    return new DatabaseSync(file)
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) {
      const message = `Cannot open the tracking database ${file}: ${error.message}. Check the folder it should be in.`
      throw new MillraceError('STORAGE_FAILED', message, { cause: error })
    }
    throw describeSqliteError(error, file)
  }
}

function tableNames(database: DatabaseSync): readonly string[] {
  const rows = database
    .prepare("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'")
    .all()
  return rows.map((row) => String(row['name']))
}

function createSchema(database: DatabaseSync, { clock, artifactRoot }: OpenDatabaseOptions): void {
  database.exec('begin immediate')
  try {
    // Another process may have been quicker between the first look and the lock.
    if (tableNames(database).length === 0) {
      database.exec(sqliteSchema)
      const now = clock()
      database
        .prepare(
          `insert into experiments
             (experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time)
           values (0, 'Default', ?, 'active', ?, ?)`,
        )
        .run(`${artifactRoot}/0`, now, now)
    }
    database.exec('commit')
  } catch (error) {
    if (database.isTransaction) database.exec('rollback')
    throw error
  }
}

function readSchema(database: DatabaseSync): FoundSchema {
  const rows = database.prepare(sqlite.columns).all()
  const tables = tablesOf(rows)
  return {
    tables,
    revisions: tables.has('alembic_version') ? database.prepare(revisionQuery).all() : [],
    otherWorkspaces: tables.has('workspaces') ? database.prepare(otherWorkspaceQuery).all() : [],
  }
}

function switchToWal(database: DatabaseSync): void {
  const mode = database.prepare('pragma journal_mode').get()?.['journal_mode']
  if (mode === 'wal') return
  try {
    database.exec('pragma journal_mode = wal')
  } catch (error) {
    // A read-only file can still be read; writing will say what is wrong.
    if (![8, 14].includes(sqliteCode(error) ?? 0)) throw error
  }
}
