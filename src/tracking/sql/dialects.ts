/** What SQLite and PostgreSQL do not say alike. Everything else is written once, in SQL that both read. */
import { type Kysely, type RawBuilder, sql, type SqlBool, type Transaction } from 'kysely'
import { retryConflicts } from './postgres-errors.ts'
import { type Tables } from './tables.ts'

/** Where a transaction goes, and for how long it may be tried. */
interface TransactionPlace {
  readonly db: Kysely<Tables>
  readonly lockTimeoutMs: number
}

export interface SqlDialect {
  /** Runs `change` as if nobody else wrote meanwhile: all of it is kept or nothing. It may be run more than once. */
  transaction<T>(place: TransactionPlace, change: (tx: Transaction<Tables>) => Promise<T>): Promise<T>
  /** Waits until no other process is making tables, and keeps them from it until the transaction ends. */
  lockSchema(tx: Kysely<Tables>): Promise<void>
  /** LIKE with `%` and `_` alone; cases count. */
  like(value: RawBuilder<unknown>, pattern: RawBuilder<unknown>): RawBuilder<SqlBool>
  /** Whether a regular expression is found in the text; cases count. */
  matches(value: RawBuilder<unknown>, pattern: string): RawBuilder<SqlBool>
  /** A text as JSON that `->` and `->>` can be asked of, even one that Python wrote with NaN or infinities in it. */
  json(text: RawBuilder<unknown>): RawBuilder<unknown>
  /** What comes behind all numbers in their order. */
  readonly notANumber: RawBuilder<unknown>
  /** Each `column` of each `table` there is. */
  readonly columns: string
  /** What sets the counter of experiments after rows came with their numbers. */
  readonly resetCounter: string | undefined
}

/** A transaction of SQLite takes the lock to write as it begins, so that it never has to begin again. */
export const sqlite: SqlDialect = {
  transaction: async ({ db }, change) => await db.transaction().execute(change),
  lockSchema: async () => {},
  like: (value, pattern) => sql<SqlBool>`${value} like ${pattern}`,
  matches: (value, pattern) => sql<SqlBool>`${value} regexp ${pattern}`,
  json: (text) => text,
  // It knows no NaN, but every text comes behind every number.
  notANumber: sql`'NaN'`,
  columns: `select m.name as "table", c.name as "column" from sqlite_master m join pragma_table_info(m.name) c
    where m.type = 'table'`,
  // The next number is one more than the greatest there is.
  resetCounter: undefined,
}

/** Any number, the same in every process. */
const SCHEMA_LOCK = 5_261_716_437

/** What Python takes for JSON and PostgreSQL does not: numbers that are not finite, and the null character. */
const notItsJson = String.raw`NaN|Infinity|\\u0000`

/** `text` with such numbers as texts, and the replacement character for the null character. */
function itsJson(text: RawBuilder<unknown>): RawBuilder<unknown> {
  const withoutNull = sql`regexp_replace(${text}, ${String.raw`(?<!\\)((?:\\\\)*)\\u0000`}, ${String.raw`\1\\ufffd`}, 'g')`
  // Texts are matched whole, so that nothing within them is taken for a number, and put back as they were.
  const textOrNumber = String.raw`"((?:[^"\\]|\\.)*)"|(-?Infinity|NaN)`
  return sql`regexp_replace(${withoutNull}, ${textOrNumber}, ${String.raw`"\1\2"`}, 'g')`
}

/**
 * PostgreSQL lets transactions run side by side and refuses those that could not have run one after the other; they are
 * run again.
 */
export const postgres: SqlDialect = {
  transaction: async ({ db, lockTimeoutMs }, change) =>
    await retryConflicts(
      lockTimeoutMs,
      async () => await db.transaction().setIsolationLevel('serializable').execute(change),
    ),
  lockSchema: async (tx) => {
    await sql`select pg_advisory_xact_lock(${SCHEMA_LOCK})`.execute(tx)
  },
  // Without an escape character a backslash is what it looks like, as in SQLite.
  like: (value, pattern) => sql<SqlBool>`${value} like ${pattern} escape ''`,
  matches: (value, pattern) => sql<SqlBool>`${value} ~ ${pattern}`,
  json: (text) => sql`cast(case when ${text} ~ ${notItsJson} then ${itsJson(text)} else ${text} end as json)`,
  notANumber: sql`'NaN'::double precision`,
  columns: `select table_name as "table", column_name as "column" from information_schema.columns
    where table_schema = current_schema()`,
  resetCounter: `select setval(pg_get_serial_sequence('experiments', 'experiment_id'),
    (select greatest(max(experiment_id), 1) from experiments), (select max(experiment_id) > 0 from experiments))`,
}
