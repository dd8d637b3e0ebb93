/**
 * Opening a tracking database in PostgreSQL: an empty one gets the schema, one with MLflow's schema is used as it is,
 * anything else is refused. Nothing that exists is ever migrated here.
 */
import { Kysely, PostgresDialect, sql } from 'kysely'
import { MillraceError, shownUri } from '../../core/index.ts'
import { checkSchema, type FoundSchema, otherWorkspaceQuery, revisionQuery, tablesOf } from './check-schema.ts'
import { postgres } from './dialects.ts'
import { postgresSchema } from './mlflow-schema.ts'
import { openPostgresPool } from './postgres-pool.ts'
import { type OpenDatabase, type OpenDatabaseOptions } from './store-context.ts'
import { type Tables } from './tables.ts'

/**
 * The database of `uri` (`postgresql://user:password@host:port/database`; a driver's name as in `postgresql+psycopg2:`
 * is passed over). An empty one is given MLflow's schema and experiment 0 "Default".
 *
 * @throws MillraceError STORE_INCOMPATIBLE for a schema that is older, incomplete or not MLflow's, STORAGE_FAILED for a
 *   server that does not answer or refuses, RESOURCE_DOES_NOT_EXIST for an empty database without `create`,
 *   RUNTIME_UNAVAILABLE when the package `pg` is not installed
 */
export async function openPostgres(uri: string, options: OpenDatabaseOptions): Promise<OpenDatabase> {
  const plainUri = uri.replace(/^postgres(ql)?(\+\w+)?:/i, 'postgresql:')
  const name = shownUri(plainUri)
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: await openPostgresPool(plainUri, name) }) })
  const close = async (): Promise<void> => await db.destroy()
  try {
    if ((await readTables(db)).size === 0) await createSchema(db, name, options)
    checkSchema(await readSchema(db), { name, uri: name })
    return { db, dialect: postgres, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function readTables(db: Kysely<Tables>): Promise<FoundSchema['tables']> {
  const { rows } = await sql.raw<Record<string, unknown>>(postgres.columns).execute(db)
  return tablesOf(rows)
}

async function readSchema(db: Kysely<Tables>): Promise<FoundSchema> {
  const rowsOf = async (query: string): Promise<readonly unknown[]> => (await sql.raw(query).execute(db)).rows
  const tables = await readTables(db)
  return {
    tables,
    revisions: tables.has('alembic_version') ? await rowsOf(revisionQuery) : [],
    otherWorkspaces: tables.has('workspaces') ? await rowsOf(otherWorkspaceQuery) : [],
  }
}

async function createSchema(db: Kysely<Tables>, name: string, options: OpenDatabaseOptions): Promise<void> {
  const { create, clock, artifactRoot } = options
  if (!create) {
    const message = `There is no tracking store in ${name}: the database is empty. Start one: millrace train DATA --target COLUMN`
    throw new MillraceError('RESOURCE_DOES_NOT_EXIST', message)
  }
  await db.transaction().execute(async (tx) => {
    await postgres.lockSchema(tx)
    // Another process may have been quicker between the first look and the lock.
    if ((await readTables(tx)).size > 0) return
    await sql.raw(postgresSchema).execute(tx)
    const now = clock()
    await tx
      .insertInto('experiments')
      .values({
        experiment_id: 0,
        name: 'Default',
        artifact_location: `${artifactRoot}/0`,
        lifecycle_stage: 'active',
        creation_time: now,
        last_update_time: now,
      })
      .execute()
  })
}
