/** Copying every row of a store into an empty one, whatever databases the two are in. */
import { type Kysely, type RawBuilder, sql } from 'kysely'
import { MillraceError } from '../../core/index.ts'
import { type FoundSchema, tablesOf } from './check-schema.ts'
import { type SqlDialect } from './dialects.ts'
import { createTarget, findTwins, isTwin, type OwnTableName, ownTables } from './own-tables.ts'
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

/** Tables that say something about the schema or the server, or that MLflow fills from the others. */
const notCopied: ReadonlySet<string> = new Set(['alembic_version', 'workspaces', 'trace_metrics', 'span_metrics'])

const ownTableNames = Object.keys(ownTables) as OwnTableName[]

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
  await checkKnown(source.db, from)
  await checkEmpty(target)
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
          const key = primaryKeys[table]!
          counts[table] = await copyTable(reading, writing, { rows: sql.table(table), table, columns, key })
        }
        for (const name of ownTableNames) {
          counts[name] = await copyOwnTable({ ...source, db: reading }, { ...target, db: writing }, name)
        }
        if (target.dialect.resetCounter !== undefined) await sql.raw(target.dialect.resetCounter).execute(writing)
      })
    })
  return counts
}

async function columnsOf({ db, dialect }: Side): Promise<FoundSchema['tables']> {
  return tablesOf((await sql.raw<Record<string, unknown>>(dialect.columns).execute(db)).rows)
}

/** With the rows of its twin, if there is one. */
async function copyOwnTable(reading: Side, writing: Side, name: OwnTableName): Promise<number> {
  const { tables } = await findTwins(reading, name)
  if (tables.length === 0) return 0
  const twins = await findTwins(writing, name)
  await createTarget(writing, twins)
  const table = twins.target
  const { columns: types, primaryKey: key } = ownTables[name]
  const columns = Object.keys(types)
  // A whole number may be greater than a number of JavaScript holds.
  const values = Object.entries(types).map(([column, type]) =>
    type.startsWith('BIGINT') ? sql`cast(${sql.ref(column)} as text) as ${sql.ref(column)}` : sql.ref(column),
  )
  let count = 0
  for (const from of tables) {
    const rows = sql`(select ${sql.join(values)} from ${sql.table(from)} as s)`
    count += await copyTable(reading.db, writing.db, { rows, table, columns, key })
  }
  return count
}

interface TableCopy {
  readonly rows: RawBuilder<unknown>
  /** Where they go. */
  readonly table: string
  readonly columns: readonly string[]
  readonly key: readonly string[]
}

async function copyTable(
  reading: Kysely<Tables>,
  writing: Kysely<Tables>,
  { rows: from, table, columns, key }: TableCopy,
): Promise<number> {
  const keySql = sql.join(key.map((column) => sql.ref(column)))
  const columnSql = sql.join(columns.map((column) => sql.ref(column)))
  let count = 0
  let after = sql``
  for (;;) {
    const { rows } = await sql<Record<string, unknown>>`
      select ${columnSql} from ${from} as t ${after} order by ${keySql} limit ${rowsAtOnce}`.execute(reading)
    if (rows.length > 0) {
      const values = rows.map((row) => sql`(${sql.join(columns.map((column) => row[column]))})`)
      try {
        await sql`insert into ${sql.table(table)} (${columnSql}) values ${sql.join(values)}`.execute(writing)
      } catch (error) {
        throw notTaken({ table, key }, rows, error)
      }
    }
    count += rows.length
    const last = rows.at(-1)
    if (last === undefined || rows.length < rowsAtOnce) return count
    after = sql`where (${keySql}) > (${sql.join(key.map((column) => last[column]))})`
  }
}

/** What SQLite keeps, PostgreSQL may not: the error tells where to look for it. */
function notTaken(
  { table, key }: Pick<TableCopy, 'table' | 'key'>,
  rows: readonly Record<string, unknown>[],
  error: unknown,
): unknown {
  if (!(error instanceof MillraceError)) return error
  const keyOf = (row: Record<string, unknown> | undefined): string =>
    key.map((column) => `${column} ${JSON.stringify(row?.[column])}`).join(', ')
  const which = rows.length === 1 ? keyOf(rows[0]) : `from ${keyOf(rows[0])} to ${keyOf(rows.at(-1))}`
  const message = `Cannot copy rows of the table ${table} (${which}): ${error.message} Nothing was copied.`
  return new MillraceError(error.code, message, { cause: error })
}

async function checkKnown(db: Kysely<Tables>, tables: FoundSchema['tables']): Promise<void> {
  for (const [table, columns] of tables) {
    if (table in primaryKeys || table in ownTables || isTwin(table, columns)) continue
    if (notCopied.has(table) || table.startsWith('sqlite_')) continue
    const { rows } = await sql`select 1 from ${sql.table(table)} limit 1`.execute(db)
    if (rows.length === 0) continue
    throw new MillraceError(
      'STORE_INCOMPATIBLE',
      `Cannot copy this store: its table ${table} holds rows, and a new store has no place for them yet. Nothing was copied.`,
    )
  }
}

/** @throws MillraceError INVALID_ARGUMENT when there is anything in the store but its own experiment 0 */
export async function checkEmpty(store: Side): Promise<void> {
  const { db } = store
  const tables = await columnsOf(store)
  const own = ownTableNames.filter((name) => tables.has(name))
  for (const table of [...Object.keys(primaryKeys), ...own]) {
    const others = table === 'experiments' ? sql`where experiment_id <> 0` : sql``
    const { rows } = await sql`select 1 from ${sql.table(table)} ${others} limit 1`.execute(db)
    if (rows.length === 0) continue
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `Cannot copy into a store that holds something already: its table ${table} is not empty. Name a new one.`,
    )
  }
}
