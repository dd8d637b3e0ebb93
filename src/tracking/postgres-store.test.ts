/** A tracking store in a real PostgreSQL server, with an empty database for each test. */
import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { postgresMissing } from '../../test/postgres-command.ts'
import { newPostgresDatabase, type TestDatabase } from '../../test/postgres.ts'
import { trackingStoreContract } from '../../test/tracking-store-contract.ts'
import { trackingStoreProcesses } from '../../test/tracking-store-processes.ts'
import { openTracking, type TrackingClient } from './index.ts'
import { openUsers } from './users/open-users.ts'

/** What MLflow makes, and the file that says how that was found out. */
const reference = JSON.parse(
  readFileSync(new URL('../../test/reference/postgres-schema.json', import.meta.url), 'utf8'),
) as Record<string, unknown>

/** The same as in test/reference/postgres-schema.py. */
const schemaQueries = {
  columns: `select table_name || '.' || column_name || ' ' || data_type
    || coalesce('(' || character_maximum_length || ')', '') || ' ' || is_nullable
    || coalesce(' ' || column_default, '') as line
    from information_schema.columns where table_schema = 'public'`,
  constraints: `select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) as line
    from pg_constraint where connamespace = 'public'::regnamespace`,
  indexes: "select indexdef as line from pg_indexes where schemaname = 'public'",
}

describe.skipIf(postgresMissing !== undefined)(`PostgreSQL (skipped where there is none: ${postgresMissing})`, () => {
  trackingStoreContract('a PostgreSQL database', async () => {
    const { uri, remove } = await newPostgresDatabase()
    return { open: async (options) => await openTracking({ trackingUri: uri, ...options }), remove }
  })

  trackingStoreProcesses('a PostgreSQL database', async () => {
    const { uri, remove } = await newPostgresDatabase()
    return { trackingUri: uri, remove }
  })

  describe('a PostgreSQL database', () => {
    let database: TestDatabase

    beforeEach(async () => {
      database = await newPostgresDatabase()
    })

    afterEach(async () => {
      await database.remove()
    })

    const openAndClose = async (trackingUri = database.uri, create = true): Promise<void> => {
      await using client = await openTracking({ trackingUri, create, artifactRoot: '/data/artifacts' })
      await client.getExperiment('0')
    }

    it.each(Object.entries(schemaQueries))('gets the very %s that MLflow makes', async (what, query) => {
      await openAndClose()
      const lines = (await database.query(query)).map(({ line }) => String(line))
      expect(lines.toSorted()).toEqual(reference[what])
      expect(await database.query('select * from alembic_version')).toEqual([{ version_num: 'cbc13b556ace' }])
    })

    it('is not given a schema by a mere look', async () => {
      await expect(openAndClose(database.uri, false)).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
      expect(await database.query('select * from pg_tables where schemaname = current_schema()')).toEqual([])
    })

    it('is made once when several open it at the same moment', async () => {
      await Promise.all([1, 2, 3, 4].map(async () => await openAndClose()))
      expect(await database.query('select name, artifact_location from experiments')).toEqual([
        { name: 'Default', artifact_location: 'file:///data/artifacts/0' },
      ])
    })

    it('gets our own tables once, and without deadlock, from several that write to them at the same moment', async () => {
      const clients = await Promise.all([1, 2, 3, 4].map(async () => await openTracking({ trackingUri: database.uri })))
      const atOnce = async (write: (client: TrackingClient, i: number) => Promise<unknown>): Promise<unknown> =>
        await Promise.all(clients.map(write))
      const source = { type: 'HUMAN', id: 'ada' } as const
      // The first round finds no tables, the second one does.
      for (const round of ['a', 'b']) {
        const id = (i: number): string => `tr-${round}${i}`
        await atOnce(async () => await (await openUsers(database.uri))[Symbol.asyncDispose]())
        await atOnce(
          async (client, i) => await client.startTrace({ traceId: id(i), experimentId: '0', requestTime: 1 }),
        )
        await atOnce(
          async (client, i) =>
            await client.createAssessment(id(i), { kind: 'feedback', name: 'good', value: true, source }),
        )
        await atOnce(async (client, i) => await client.linkPromptsToTrace(id(i), ['greeting/1']))
        await atOnce(async (client, i) => await client.createRegisteredModel(id(i)))
        await atOnce(async (client, i) => await client.deleteRegisteredModel(id(i)))
      }
      await Promise.all(clients.map(async (client) => await client[Symbol.asyncDispose]()))
      const count = async (table: string): Promise<unknown> =>
        (await database.query(`select count(*)::int as rows from ${table}`))[0]?.['rows']
      expect(await count('millrace_assessments')).toBe(8)
      expect(await count('millrace_entity_associations')).toBe(8)
      expect(await count('millrace_registry_history')).toBe(8)
      expect(await count('millrace_users')).toBe(0)
      const statistics = 'select deadlocks::int from pg_stat_database where datname = current_database()'
      expect(await database.query(statistics)).toEqual([{ deadlocks: 0 }])
    })

    it("opens by the name of SQLAlchemy's driver too", async () => {
      await openAndClose(database.uri.replace('postgresql:', 'postgresql+psycopg2:'))
      await openAndClose(database.uri.replace('postgresql:', 'postgres:'))
    })

    it('is refused when its schema is older, with the command that helps, and left as it was', async () => {
      await openAndClose()
      await database.query('alter table trace_info drop column client_request_id')
      await database.query("update alembic_version set version_num = '0584bdc529eb'")
      const withPassword = database.uri.replace('millrace@', 'millrace:se%20cret@')
      await expect(openAndClose(withPassword)).rejects.toMatchObject({
        code: 'STORE_INCOMPATIBLE',
        message:
          `Cannot use ${database.uri} as a tracking database: its schema (revision 0584bdc529eb) is older than ` +
          'cbc13b556ace or incomplete: it lacks trace_info.client_request_id. Keep a copy of it and bring it up to ' +
          `date with: mlflow db upgrade ${database.uri}. If a newer MLflow made it, update Millrace instead.`,
      })
      expect(await database.query('select * from alembic_version')).toEqual([{ version_num: '0584bdc529eb' }])
    })

    it('is refused when other tables are in it', async () => {
      await database.query('create table birds (name text)')
      await expect(openAndClose()).rejects.toThrow(/it holds other tables \(birds\) but no MLflow schema/)
    })

    it('goes on working when the server has cut its connections', async () => {
      await using client = await openTracking({ trackingUri: database.uri })
      await client.getExperiment('0')
      await database.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'millrace' and datname = current_database()",
      )
      await expect
        .poll(async () => await client.getExperiment('0').catch(() => undefined))
        .toMatchObject({ name: 'Default' })
    })

    it('says what is wrong with a server, a database or a value', async () => {
      const elsewhere = (change: (uri: URL) => void): string => {
        const uri = new URL(database.uri)
        change(uri)
        return uri.href
      }
      const closed = elsewhere((uri) => (uri.port = '1'))
      const missing = elsewhere((uri) => (uri.pathname = '/nowhere'))
      const stranger = elsewhere((uri) => (uri.username = 'stranger'))
      await expect(openAndClose(closed)).rejects.toThrow(/it cannot be reached\. Check host, port/)
      await expect(openAndClose(missing)).rejects.toThrow(/there is no such database\. Make it with: createdb/)
      await expect(openAndClose(stranger)).rejects.toThrow(/it refuses user or password/)
      await using client = await openTracking({ trackingUri: database.uri })
      await expect(client.createExperiment('x'.repeat(300))).rejects.toMatchObject({ code: 'INVALID_PARAMETER_VALUE' })
      await expect(client.setExperimentTag('0', 'k', 'a\0b')).rejects.toThrow(
        /^The database cannot take this: a text holds a null character/,
      )
      await expect(client.getExperiment('99999999999')).rejects.toMatchObject({ code: 'INVALID_PARAMETER_VALUE' })
    })

    it('compares numbers of any size and kind', async () => {
      await using client = await openTracking({ trackingUri: database.uri })
      await client.createRun('0', { startTime: 1_700_000_000_000 })
      const count = async (filter: string): Promise<number> =>
        (await client.searchRuns({ experimentIds: ['0'], filter })).items.length
      expect(await count('start_time > 1699999999999.5')).toBe(1)
      expect(await count('start_time < 1e30')).toBe(1)
      expect(await count("run_name LIKE 'a\\'")).toBe(0)
    })
  })
})
