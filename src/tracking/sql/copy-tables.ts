/** Copying every row of a store into an empty one, whatever databases the two are in. */
import { type Kysely, sql, type Transaction } from 'kysely'
import { MillraceError } from '../../core/index.ts'
import { tablesOf } from './check-schema.ts'
import { type SqlDialect } from './dialects.ts'
import { type Tables } from './tables.ts'

/** The tables of the schema with their primary keys, each after those that it refers to. */
const primaryKeys: Readonly<Record<string, readonly string[]>> = {
  experiments: ['experiment_id'],
  experiment_tags: ['key', 'experiment_id'],
  runs: ['run_uuid'],
  tags: ['key', 'run_uuid'],
  params: ['key', 'run_uuid'],
  metrics: ['key', 'timestamp', 'step', 'run_uuid', 'value', 'is_nan'],
  latest_metrics: ['key', 'run_uuid'],
  datasets: ['experiment_id', 'name', 'digest'],
  inputs: ['source_type', 'source_id', 'destination_type', 'destination_id'],
  input_tags: ['input_uuid', 'name'],
  logged_models: ['model_id'],
  logged_model_params: ['model_id', 'param_key'],
  logged_model_tags: ['model_id', 'tag_key'],
  logged_model_metrics: ['model_id', 'metric_name', 'metric_timestamp_ms', 'metric_step', 'run_id'],
  registered_models: ['name'],
  registered_model_tags: ['key', 'name'],
  model_versions: ['name', 'version'],
  model_version_tags: ['key', 'name', 'version'],
  registered_model_aliases: ['name', 'alias'],
  trace_info: ['request_id'],
  trace_tags: ['key', 'request_id'],
  trace_request_metadata: ['key', 'request_id'],
}

/** Tables that say something about the schema or the server, not about what is kept. */
const notCopied: ReadonlySet<string> = new Set(['alembic_version', 'workspaces'])

/** How many rows go at once: 13 columns of them stay below SQLite's 32,766 parameters. */
const rowsAtOnce = 1000

interface Side {
  readonly db: Kysely<Tables>
  readonly dialect: SqlDialect
}

/**
 * Copies all rows from `source` into `target`, whose own experiment 0 gives way. Returns how many rows each table got.
 *
 * @throws MillraceError INVALID_ARGUMENT when the target holds anything, STORE_INCOMPATIBLE when the source holds what
 *   the schema has no place for
 */
export async function copyTables(source: Side, target: Side): Promise<Readonly<Record<string, number>>> {
  const from = await columnsOf(source)
  const to = await columnsOf(target)
  await checkKnown(source.db, [...from.keys()])
  await checkEmpty(target.db)
  const counts: Record<string, number> = {}
  // Both are transactions: what others write meanwhile is in the copy as a whole or not at all, and so is the copy.
  await source.db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (reading) => {
      await target.db.transaction().execute(async (writing) => {
        await sql`delete from experiments`.execute(writing)
        for (const table of Object.keys(primaryKeys)) {
          const columns = [...(from.get(table) ?? [])].filter((column) => to.get(table)?.has(column) === true)
          counts[table] = await copyTable(reading, writing, table, columns)
        }
        if (target.dialect.resetCounter !== undefined) await sql.raw(target.dialect.resetCounter).execute(writing)
      })
    })
  return counts
}

async function columnsOf({ db, dialect }: Side): Promise<ReturnType<typeof tablesOf>> {
  return tablesOf((await sql.raw<Record<string, unknown>>(dialect.columns).execute(db)).rows)
}

async function copyTable(
  reading: Transaction<Tables>,
  writing: Transaction<Tables>,
  table: string,
  columns: readonly string[],
): Promise<number> {
  const key = primaryKeys[table]!
  const keySql = sql.join(key.map((column) => sql.ref(column)))
  const columnSql = sql.join(columns.map((column) => sql.ref(column)))
  let count = 0
  let after = sql``
  for (;;) {
    const { rows } = await sql<Record<string, unknown>>`
      select ${columnSql} from ${sql.table(table)} ${after} order by ${keySql} limit ${rowsAtOnce}`.execute(reading)
    if (rows.length > 0) {
      const values = rows.map((row) => sql`(${sql.join(columns.map((column) => row[column]))})`)
      await sql`insert into ${sql.table(table)} (${columnSql}) values ${sql.join(values)}`.execute(writing)
    }
    count += rows.length
    const last = rows.at(-1)
    if (last === undefined || rows.length < rowsAtOnce) return count
    after = sql`where (${keySql}) > (${sql.join(key.map((column) => last[column]))})`
  }
}

async function checkKnown(db: Kysely<Tables>, tables: readonly string[]): Promise<void> {
  for (const table of tables) {
    if (table in primaryKeys || notCopied.has(table) || table.startsWith('sqlite_')) continue
    const { rows } = await sql`select 1 from ${sql.table(table)} limit 1`.execute(db)
    if (rows.length === 0) continue
    throw new MillraceError(
      'STORE_INCOMPATIBLE',
      `Cannot copy this store: its table ${table} holds rows, and a new store has no place for them yet. Nothing was copied.`,
    )
  }
}

async function checkEmpty(db: Kysely<Tables>): Promise<void> {
  for (const table of Object.keys(primaryKeys)) {
    const own = table === 'experiments' ? sql`where experiment_id <> 0` : sql``
    const { rows } = await sql`select 1 from ${sql.table(table)} ${own} limit 1`.execute(db)
    if (rows.length === 0) continue
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `Cannot copy into a store that holds something already: its table ${table} is not empty. Name a new one.`,
    )
  }
}
