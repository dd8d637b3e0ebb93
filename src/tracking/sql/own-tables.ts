/**
 * Tables of our own beside MLflow's, for what its schema at our revision has no place for. Each is made by whoever first
 * writes to it, so that a store that needs none is MLflow's to the letter; one that is not there has no rows.
 *
 * Some have a twin: a table that later revisions of MLflow have for the same things. Where MLflow has made it, rows go
 * there, and reading sees both.
 */
import { type ColumnType, type Kysely, type RawBuilder, sql } from 'kysely'
import { type FoundSchema, tablesOf } from './check-schema.ts'
import { type SqlDialect } from './dialects.ts'
import { type Tables } from './tables.ts'

/** Since 1970, more than a number holds: written as bigint, and read only through a cast to text. */
type Nanoseconds = ColumnType<never, bigint, bigint>

/** The columns of our own tables; those of a twin are a part of MLflow's. */
export interface OwnTables {
  /** Spans that came to the server; clients may keep theirs as artifacts of the trace instead. */
  millrace_spans: {
    trace_id: string
    experiment_id: number
    span_id: string
    parent_span_id: string | null
    name: string | null
    type: string | null
    status: string
    start_time_unix_nano: Nanoseconds
    end_time_unix_nano: Nanoseconds | null
    /** The span as JSON. */
    content: string
  }
  millrace_assessments: {
    assessment_id: string
    trace_id: string
    name: string
    assessment_type: string
    value: string
    error: string | null
    created_timestamp: number
    last_updated_timestamp: number
    source_type: string
    source_id: string | null
    run_id: string | null
    span_id: string | null
    rationale: string | null
    overrides: string | null
    valid: number
    assessment_metadata: string | null
  }
  millrace_webhooks: {
    webhook_id: string
    name: string
    description: string | null
    url: string
    status: string
    /** As a Fernet token. */
    secret: string | null
    creation_timestamp: number | null
    last_updated_timestamp: number | null
    /** Set in rows that MLflow has deleted; ours are gone then. */
    deleted_timestamp: number | null
  }
  millrace_webhook_events: {
    webhook_id: string
    entity: string
    action: string
  }
  /** Who moved aliases and stages, renamed and deleted, and why. */
  millrace_registry_history: {
    sequence: number
    name: string
    action: string
    time: number
    user_name: string
    reason: string
    version: number | null
    alias: string | null
    from_value: string | null
    to_value: string | null
  }
  /** Users of the server. */
  millrace_users: {
    id: number
    username: string
    password_hash: string
    /** 0 or 1. */
    is_admin: number
  }
  millrace_user_tokens: {
    token_hash: string
    username: string
    created_time: number
  }
  millrace_user_grants: {
    username: string
    resource_type: string
    resource_id: string
    permission: string
  }
  /** What traces belong to besides their experiment. */
  millrace_entity_associations: {
    association_id: string
    source_type: string
    source_id: string
    destination_type: string
    destination_id: string
    created_time: number | null
  }
}

export type OwnTableName = keyof OwnTables

interface OwnTable<Row> {
  /** The type of each column, in SQL that SQLite and PostgreSQL read. */
  readonly columns: { readonly [C in keyof Row]: string }
  readonly primaryKey: readonly (keyof Row & string)[]
  readonly indexes?: readonly (readonly (keyof Row & string)[])[]
  /** The row, of a table of MLflow's, that a row belongs to and is swept away without. */
  readonly owner?: { readonly column: keyof Row & string; readonly table: string; readonly key: string }
  readonly twin?: string
}

export const ownTables: { readonly [T in OwnTableName]: OwnTable<OwnTables[T]> } = {
  millrace_spans: {
    columns: {
      trace_id: 'VARCHAR(50) NOT NULL',
      experiment_id: 'INTEGER NOT NULL',
      span_id: 'VARCHAR(50) NOT NULL',
      parent_span_id: 'VARCHAR(50)',
      name: 'TEXT',
      type: 'VARCHAR(500)',
      status: 'VARCHAR(50) NOT NULL',
      start_time_unix_nano: 'BIGINT NOT NULL',
      end_time_unix_nano: 'BIGINT',
      content: 'TEXT NOT NULL',
    },
    primaryKey: ['trace_id', 'span_id'],
    owner: { column: 'trace_id', table: 'trace_info', key: 'request_id' },
    twin: 'spans',
  },
  millrace_assessments: {
    columns: {
      assessment_id: 'VARCHAR(50) NOT NULL',
      trace_id: 'VARCHAR(50) NOT NULL',
      name: 'VARCHAR(250) NOT NULL',
      assessment_type: 'VARCHAR(20) NOT NULL',
      value: 'TEXT NOT NULL',
      error: 'TEXT',
      created_timestamp: 'BIGINT NOT NULL',
      last_updated_timestamp: 'BIGINT NOT NULL',
      source_type: 'VARCHAR(50) NOT NULL',
      source_id: 'VARCHAR(250)',
      run_id: 'VARCHAR(32)',
      span_id: 'VARCHAR(50)',
      rationale: 'TEXT',
      overrides: 'VARCHAR(50)',
      valid: 'BOOLEAN NOT NULL',
      assessment_metadata: 'TEXT',
    },
    primaryKey: ['assessment_id'],
    indexes: [['trace_id', 'created_timestamp']],
    owner: { column: 'trace_id', table: 'trace_info', key: 'request_id' },
    twin: 'assessments',
  },
  millrace_webhooks: {
    columns: {
      webhook_id: 'VARCHAR(256) NOT NULL',
      name: 'VARCHAR(256) NOT NULL',
      description: 'VARCHAR(1000)',
      url: 'VARCHAR(500) NOT NULL',
      status: 'VARCHAR(20) NOT NULL',
      secret: 'VARCHAR(1000)',
      creation_timestamp: 'BIGINT',
      last_updated_timestamp: 'BIGINT',
      deleted_timestamp: 'BIGINT',
    },
    primaryKey: ['webhook_id'],
    twin: 'webhooks',
  },
  millrace_webhook_events: {
    columns: {
      webhook_id: 'VARCHAR(256) NOT NULL',
      entity: 'VARCHAR(50) NOT NULL',
      action: 'VARCHAR(50) NOT NULL',
    },
    primaryKey: ['webhook_id', 'entity', 'action'],
    indexes: [['entity', 'action']],
    twin: 'webhook_events',
  },
  millrace_registry_history: {
    columns: {
      sequence: 'BIGINT NOT NULL',
      name: 'VARCHAR(256) NOT NULL',
      action: 'VARCHAR(32) NOT NULL',
      time: 'BIGINT NOT NULL',
      user_name: 'TEXT NOT NULL',
      reason: 'TEXT NOT NULL',
      version: 'INTEGER',
      alias: 'VARCHAR(256)',
      from_value: 'TEXT',
      to_value: 'TEXT',
    },
    primaryKey: ['sequence'],
    indexes: [['name', 'sequence']],
  },
  millrace_users: {
    columns: {
      id: 'INTEGER NOT NULL',
      username: 'VARCHAR(255) NOT NULL',
      password_hash: 'TEXT NOT NULL',
      is_admin: 'INTEGER NOT NULL',
    },
    primaryKey: ['username'],
  },
  millrace_user_tokens: {
    columns: {
      token_hash: 'VARCHAR(64) NOT NULL',
      username: 'VARCHAR(255) NOT NULL',
      created_time: 'BIGINT NOT NULL',
    },
    primaryKey: ['token_hash'],
    indexes: [['username']],
  },
  millrace_user_grants: {
    columns: {
      username: 'VARCHAR(255) NOT NULL',
      resource_type: 'VARCHAR(50) NOT NULL',
      resource_id: 'VARCHAR(255) NOT NULL',
      permission: 'VARCHAR(20) NOT NULL',
    },
    primaryKey: ['username', 'resource_type', 'resource_id'],
    indexes: [['resource_type', 'resource_id']],
  },
  millrace_entity_associations: {
    columns: {
      association_id: 'VARCHAR(36) NOT NULL',
      source_type: 'VARCHAR(36) NOT NULL',
      source_id: 'VARCHAR(36) NOT NULL',
      destination_type: 'VARCHAR(36) NOT NULL',
      destination_id: 'VARCHAR(36) NOT NULL',
      created_time: 'BIGINT',
    },
    primaryKey: ['source_type', 'source_id', 'destination_type', 'destination_id'],
    indexes: [['destination_type', 'destination_id', 'source_type', 'source_id']],
    owner: { column: 'source_id', table: 'trace_info', key: 'request_id' },
    twin: 'entity_associations',
  },
}

/** A database, or a transaction of it. */
export interface Place {
  readonly db: Kysely<Tables>
  readonly dialect: SqlDialect
}

/**
 * Makes those of the tables that are not there yet, in the transaction `db` that is about to write to them. Others may
 * have made them since it looked. It is for tables that were not there: PostgreSQL locks a table out of being written to
 * before it sees that an index is there, so that two who write and always ask for it would wait for each other.
 */
export async function createOwnTables({ db, dialect }: Place, ...names: readonly OwnTableName[]): Promise<void> {
  await dialect.lockSchema(db)
  for (const name of names) for (const statement of creation(name)) await sql.raw(statement).execute(db)
}

/** Makes the table where new rows go, if it is not there. */
export async function createTarget<T extends OwnTableName>(place: Place, { tables, target }: Twins<T>): Promise<void> {
  if (!tables.includes(target)) await createOwnTables(place, target)
}

/** Whether the table is there; not asking for its twin. */
export async function hasOwnTable({ db, dialect }: Place, name: OwnTableName): Promise<boolean> {
  return (await findTables({ db, dialect }, [name])).has(name)
}

/** Those of the tables that there are, with their columns. */
export async function findTables({ db, dialect }: Place, names: readonly string[]): Promise<FoundSchema['tables']> {
  const all = sql.raw(dialect.columns)
  const rows = sql<
    Record<string, unknown>
  >`select "table", "column" from (${all}) as c where "table" in (${sql.join(names)})`
  return tablesOf((await rows.execute(db)).rows)
}

/** Where the rows of an own table are. */
export interface Twins<T extends OwnTableName> {
  /** Those of the two tables that are there. */
  readonly tables: readonly T[]
  /** Where new rows go. */
  readonly target: T
  /** All rows, as a table that can be selected from under an alias. */
  readonly rows: RawBuilder<OwnTables[T]>
}

/**
 * The own table and its twin, which counts where it has all columns of ours, of the tables `found`. They have these
 * columns in common, so that queries name either by the name of ours.
 */
export function twinsOf<T extends OwnTableName>(found: FoundSchema['tables'], name: T): Twins<T> {
  const { twin, columns } = ownTables[name] as OwnTable<Record<string, unknown>>
  const tables = [...found]
    .filter(([table, has]) => table === name || (table === twin && hasAll(has, columns)))
    .map(([table]) => table as T)
  return { tables, target: tables.find((table) => table === twin) ?? name, rows: unionOf(tables, columns) }
}

/** Finds an own table and its twin. */
export async function findTwins<T extends OwnTableName>(place: Place, name: T): Promise<Twins<T>> {
  return twinsOf(await findTables(place, withTwins([name])), name)
}

/** The names of the tables and their twins. */
export function withTwins(names: readonly OwnTableName[]): readonly string[] {
  return names.flatMap((name) => [name, ...(ownTables[name].twin === undefined ? [] : [ownTables[name].twin])])
}

/** Erases rows whose owner is gone: MLflow, which may have erased it, does not know our tables. */
export async function sweepOwnTables(tx: Kysely<Tables>, dialect: SqlDialect): Promise<void> {
  const found = await findTables({ db: tx, dialect }, Object.keys(ownTables))
  for (const [name, { owner }] of Object.entries(ownTables)) {
    if (owner === undefined || !found.has(name)) continue
    const owners = sql`select ${sql.ref(owner.key)} from ${sql.table(owner.table)}`
    await sql`delete from ${sql.table(name)} where ${sql.ref(owner.column)} not in (${owners})`.execute(tx)
  }
  // SQLite gives the number of the last experiment to the next one when it was erased.
  if (found.has('millrace_user_grants')) {
    await sql`delete from millrace_user_grants where resource_type = 'experiment'
      and resource_id not in (select cast(experiment_id as text) from experiments)`.execute(tx)
  }
}

/** Whether a table with the columns `has` can stand for the own table. */
export function isTwin(table: string, has: ReadonlySet<string>): boolean {
  return Object.values(ownTables).some(({ twin, columns }) => twin === table && hasAll(has, columns))
}

function hasAll(has: ReadonlySet<string>, columns: object): boolean {
  return Object.keys(columns).every((column) => has.has(column))
}

function creation(name: OwnTableName): readonly string[] {
  const { columns, primaryKey, indexes = [] } = ownTables[name] as OwnTable<Record<string, unknown>>
  const lines = Object.entries(columns).map(([column, type]) => `${column} ${type}`)
  return [
    `CREATE TABLE IF NOT EXISTS ${name} (${[...lines, `PRIMARY KEY (${primaryKey.join(', ')})`].join(', ')})`,
    ...indexes.map((keys, i) => `CREATE INDEX IF NOT EXISTS ${name}_${i + 1} ON ${name} (${keys.join(', ')})`),
  ]
}

/** `select … union all select …` over the tables; of none, no row of the same columns. */
function unionOf<Row>(tables: readonly string[], columns: Readonly<Record<string, string>>): RawBuilder<Row> {
  const names = Object.keys(columns)
  if (tables.length === 0) {
    const types = Object.entries(columns).map(
      ([name, type]) => sql`cast(null as ${sql.raw(type.replace(' NOT NULL', ''))}) as ${sql.ref(name)}`,
    )
    return sql<Row>`(select ${sql.join(types)} where 1 = 0)`
  }
  const parts = tables.map(
    (table) => sql`select ${sql.join(names.map((name) => sql.ref(name)))} from ${sql.table(table)}`,
  )
  return sql<Row>`(${sql.join(parts, sql` union all `)})`
}
