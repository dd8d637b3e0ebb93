/** Connections to PostgreSQL whose errors are in words about the database. The driver `pg` is loaded on first use. */
import { type PostgresPool, type PostgresPoolClient } from 'kysely'
import type * as Driver from 'pg'
import { MillraceError } from '../../core/index.ts'
import { describePostgresError } from './postgres-errors.ts'

/** How many statements may be under way at once; PostgreSQL allows 100 connections in all by default. */
const poolSize = 10

/** How long a connection may take to be made. */
const connectTimeoutMs = 10_000

/** Rows come with numbers where SQLite has numbers: for BIGINT (times, steps; exact to 2^53) and for BOOLEAN. */
const parsers: Readonly<Record<number, (text: string) => unknown>> = {
  16: (text) => (text === 't' ? 1 : 0),
  20: Number,
}

/**
 * A pool of connections to the database of `uri`; `name` is the database in messages.
 *
 * @throws MillraceError RUNTIME_UNAVAILABLE when the package `pg` is not installed
 */
export async function openPostgresPool(uri: string, name: string): Promise<PostgresPool> {
  const { Pool, types } = await importDriver(name)
  const pool = new Pool({
    connectionString: uri,
    max: poolSize,
    connectionTimeoutMillis: connectTimeoutMs,
    application_name: 'millrace',
    types: {
      getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
        parsers[oid] ?? types.getTypeParser(oid, format)) as typeof types.getTypeParser,
    },
  })
  // A connection that breaks while nobody uses it leaves the pool; the next statement gets another.
  pool.on('error', () => {})
  // One that breaks in use fails its statement; without a listener the event would end the process besides.
  pool.on('connect', (client) => client.on('error', () => {}))
  return describingPool(pool, name)
}

async function importDriver(name: string): Promise<typeof Driver> {
  try {
    return await import('pg')
  } catch (cause) {
    const message = `${name} needs a package that is not installed. Install it: npm install pg`
    throw new MillraceError('RUNTIME_UNAVAILABLE', message, { cause })
  }
}

function describingPool(pool: Driver.Pool, name: string): PostgresPool {
  const described = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw describePostgresError(error, name)
    }
  }
  return {
    options: {},
    connect: async () => {
      const client = await described(async () => await pool.connect())
      const query = async (text: string, values: readonly unknown[]): Promise<unknown> =>
        await described(async () => await client.query(text, [...values]))
      return { query, release: (destroy?: boolean) => client.release(destroy) } as unknown as PostgresPoolClient
    },
    end: async () => await pool.end(),
  }
}
