/**
 * Opening a tracking database in SQLite: a new file gets the schema, a file with MLflow's schema is used as it is,
 * anything else is refused. Nothing that exists is ever migrated here.
 */
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import { type Clock, MillraceError } from '../../core/index.ts'
import { describeSqliteError, sqliteCode, sqliteDialect, whenUnlocked } from '../../storage/sqlite/index.ts'
import { sqliteRevision, sqliteSchema } from './sqlite-schema.ts'
import { requiredColumns, type Tables } from './tables.ts'

export interface OpenSqliteOptions {
  readonly clock: Clock
  /** URI of the folder in which experiments get theirs. */
  readonly artifactRoot: string
  readonly lockTimeoutMs: number
}

export interface OpenDatabase {
  readonly db: Kysely<Tables>
  /** Waits for what is under way, then closes the file. */
  readonly close: () => Promise<void>
}

/**
 * The database in `file`, made with MLflow's schema and experiment 0 "Default" when it is new or empty.
 *
 * @throws MillraceError STORE_INCOMPATIBLE for a schema that is older, incomplete or not MLflow's, STORE_CORRUPT for
 *   a damaged file or none of SQLite's, STORE_LOCKED after `lockTimeoutMs`, STORAGE_FAILED when the disk refuses
 */
export async function openSqlite(file: string, options: OpenSqliteOptions): Promise<OpenDatabase> {
  const { lockTimeoutMs } = options
  const database = await openFile(file)
  try {
    const locks = { file, lockTimeoutMs }
    // LIKE must tell cases apart, as MLflow's does. Commits are safe from a crash of the process at once, from a
    // power cut a moment later: that is what WAL with NORMAL gives, and what makes logging cheap.
    await whenUnlocked(locks, () =>
      database.exec('pragma foreign_keys = on; pragma case_sensitive_like = true; pragma synchronous = normal'),
    )
    const isEmpty = await whenUnlocked(locks, () => tableNames(database).length === 0)
    if (isEmpty) await whenUnlocked(locks, () => createSchema(database, options))
    await whenUnlocked(locks, () => checkSchema(database, file))
    await whenUnlocked(locks, () => switchToWal(database))
    const db = new Kysely<Tables>({ dialect: sqliteDialect({ database, ...locks }) })
    const close = async (): Promise<void> => {
      await db.destroy()
      // Kysely leaves a database alone that it has never asked anything.
      if (database.isOpen) database.close()
    }
    return { db, close }
  } catch (error) {
    database.close()
    throw error
  }
}

async function openFile(file: string): Promise<DatabaseSync> {
  try {
    await mkdir(dirname(file), { recursive: true })
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

function createSchema(database: DatabaseSync, { clock, artifactRoot }: OpenSqliteOptions): void {
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

function checkSchema(database: DatabaseSync, file: string): void {
  const tables = new Set(tableNames(database))
  if (!tables.has('alembic_version')) {
    const found = [...tables].slice(0, 5).join(', ')
    throw incompatible(file, `it holds other tables (${found}) but no MLflow schema. Choose another file`)
  }
  const mark = database.prepare('select version_num from alembic_version').get()
  const revision = String(mark?.['version_num'] ?? 'none')
  const missing = missingColumns(database)
  if (missing.length > 0) {
    throw incompatible(
      file,
      `its schema (revision ${revision}) is older than ${sqliteRevision} or incomplete: it lacks ` +
        `${missing.slice(0, 5).join(', ')}. Keep a copy of the file and bring it up to date with: ` +
        `mlflow db upgrade sqlite:///${file}`,
    )
  }
  if (tables.has('workspaces')) checkWorkspaces(database, file)
}

function missingColumns(database: DatabaseSync): readonly string[] {
  const rows = database
    .prepare(
      `select m.name || '.' || c.name as place from sqlite_master m join pragma_table_info(m.name) c
       where m.type = 'table'`,
    )
    .all()
  const present = new Set(rows.map((row) => row['place']))
  const required = Object.entries(requiredColumns)
  const places = required.flatMap(([table, columns]) => columns.map((column) => `${table}.${column}`))
  return places.filter((place) => !present.has(place))
}

/** Names repeat between workspaces, which this store cannot tell apart: it would change the wrong rows. */
function checkWorkspaces(database: DatabaseSync, file: string): void {
  const foreign = database
    .prepare(
      `select workspace from experiments where workspace <> 'default'
       union select workspace from registered_models where workspace <> 'default' limit 1`,
    )
    .get()
  if (foreign === undefined) return
  const name = String(foreign['workspace'])
  throw incompatible(file, `it holds more than one workspace ("${name}" too), which is not supported`)
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

function incompatible(file: string, reason: string): MillraceError {
  return new MillraceError('STORE_INCOMPATIBLE', `Cannot use ${file} as a tracking database: ${reason}.`)
}
