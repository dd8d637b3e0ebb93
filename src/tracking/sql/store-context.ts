import { type Kysely, type Transaction } from 'kysely'
import { type Clock } from '../../core/index.ts'
import { type SqlDialect } from './dialects.ts'
import { type Tables } from './tables.ts'

export interface OpenDatabaseOptions {
  readonly clock: Clock
  /** URI of the folder in which experiments get theirs. */
  readonly artifactRoot: string
  readonly lockTimeoutMs: number
  /** Whether a store that does not exist is made. */
  readonly create: boolean
}

export interface OpenDatabase {
  readonly db: Kysely<Tables>
  readonly dialect: SqlDialect
  /** Waits for what is under way, then closes what is open. */
  readonly close: () => Promise<void>
}

/** What every part of the SQL store works with. */
export interface StoreContext extends Omit<OpenDatabase, 'close'>, Omit<OpenDatabaseOptions, 'create'> {
  /** Whose changes these are, where nothing else is said; '' where nobody knows. */
  readonly user: string
  /** Whether values over MLflow's limits are cut (its default) or refused. */
  readonly truncateLongValues: boolean
}

/** Runs `change` in one transaction that may write from its beginning: all of it is kept or nothing. */
export async function inTransaction<T>(
  context: Pick<StoreContext, 'db' | 'dialect' | 'lockTimeoutMs'>,
  change: (transaction: Transaction<Tables>) => Promise<T>,
): Promise<T> {
  return await context.dialect.transaction(context, change)
}

/** How many values go into one list of a statement; SQLite takes 32,766 parameters. */
const chunkSize = 5000

/** The rows `query` gives for `keys`, asked in as few statements as the number of parameters allows. */
export async function inChunks<K, R>(
  keys: readonly K[],
  query: (chunk: readonly K[]) => Promise<readonly R[]>,
): Promise<readonly R[]> {
  const results: R[] = []
  for (let start = 0; start < keys.length; start += chunkSize) {
    for (const row of await query(keys.slice(start, start + chunkSize))) results.push(row)
  }
  return results
}

/** `rows` in groups by their key. */
export function groupBy<K, R>(rows: readonly R[], key: (row: R) => K): ReadonlyMap<K, readonly R[]> {
  return Map.groupBy(rows, key)
}

/** Rows with key and value as one object; an absent value is ''. */
export function textMap(
  rows: readonly { readonly key: string; readonly value: string | null }[] = [],
): Record<string, string> {
  return Object.fromEntries(rows.map(({ key, value }) => [key, value ?? '']))
}
