/** Tables of our own, in every kind of database. */
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type SqlPlace, sqlPlaces } from '../../../test/sql-places.ts'
import { collectGarbage, copyStore } from '../index.ts'
import { openDatabase } from './open-database.ts'
import { createOwnTables, findTwins, hasOwnTable, ownTables, type OwnTableName } from './own-tables.ts'
import { inTransaction } from './store-context.ts'

type Database = Awaited<ReturnType<typeof openDatabase>>

const names = Object.keys(ownTables) as OwnTableName[]

const span = {
  trace_id: 'tr-1',
  experiment_id: 0,
  span_id: 's1',
  parent_span_id: null,
  name: 'root',
  type: 'AGENT',
  status: 'OK',
  start_time_unix_nano: 1_700_000_000_000_000_001n,
  end_time_unix_nano: null,
  content: '{"a": "ü"}',
}

const stored = (spanId: string): readonly unknown[] => ['tr-1', spanId, '{"a": "ü"}', '1700000000000000001']

describe.each(sqlPlaces)('our own tables in $kind (skipped where missing: $missing)', ({ missing, prepare }) => {
  describe.skipIf(missing !== undefined)('beside those of MLflow', () => {
    let place: SqlPlace
    let database: Database

    beforeEach(async () => {
      place = await prepare()
      database = await openDatabase(place.trackingUri)
    })

    afterEach(async () => {
      await database.close()
      await place.remove()
    })

    const insertSpan = async (): Promise<void> =>
      await inTransaction(database, async (tx) => {
        const trace = { request_id: 'tr-1', experiment_id: 0, timestamp_ms: 1, execution_time_ms: 1, status: 'OK' }
        const previews = { client_request_id: null, request_preview: null, response_preview: null }
        await tx
          .insertInto('trace_info')
          .values({ ...trace, ...previews })
          .execute()
        await createOwnTables({ db: tx, dialect: database.dialect }, 'millrace_spans')
        await tx.insertInto('millrace_spans').values(span).execute()
      })
    const spans = async ({ db, dialect }: Database = database): Promise<readonly unknown[]> => {
      const { tables } = await findTwins({ db, dialect }, 'millrace_spans')
      const start = sql<string>`cast(start_time_unix_nano as text)`.as('start')
      const found = await Promise.all(
        tables.map(
          async (table) => await db.selectFrom(table).select(['trace_id', 'span_id', 'content', start]).execute(),
        ),
      )
      return found.flat().map((row) => [row.trace_id, row.span_id, row.content, row.start])
    }

    it('are not there, and have no rows, until something is written to them', async () => {
      for (const name of names) expect(await hasOwnTable(database, name)).toBe(false)
      expect(await spans()).toEqual([])
      await insertSpan()
      expect(await hasOwnTable(database, 'millrace_spans')).toBe(true)
      expect(await spans()).toEqual([stored('s1')])
    })

    it('are made with all columns, any number of times, and not by what fails', async () => {
      const failed = inTransaction(database, async (tx) => {
        await createOwnTables({ db: tx, dialect: database.dialect }, ...names)
        throw new Error('no')
      })
      await expect(failed).rejects.toThrow('no')
      for (const name of names) expect(await hasOwnTable(database, name)).toBe(false)
      const creations = [1, 2, 3].map(
        async () =>
          await inTransaction(
            database,
            async (tx) => await createOwnTables({ db: tx, dialect: database.dialect }, ...names),
          ),
      )
      await Promise.all(creations)
      for (const name of names) expect((await findTwins(database, name)).tables).toEqual([name])
    })

    it('are copied with the store', async () => {
      await insertSpan()
      const target = await prepare()
      await copyStore(place.trackingUri, target.trackingUri)
      const copy = await openDatabase(target.trackingUri)
      expect(await spans(copy)).toEqual([stored('s1')])
      expect(await hasOwnTable(copy, 'millrace_assessments')).toBe(false)
      await copy.close()
      await target.remove()
    })

    it('lose what belongs to rows that are gone when garbage is collected', async () => {
      await insertSpan()
      await collectGarbage(place)
      expect(await spans()).toEqual([stored('s1')])
      await database.db.deleteFrom('trace_info').execute()
      await collectGarbage(place)
      expect(await spans()).toEqual([])
    })

    it('give way to the twin that a later MLflow has made, and are still read', async () => {
      await insertSpan()
      await sql`create table spans as select * from millrace_spans`.execute(database.db)
      await sql`update spans set span_id = 's2'`.execute(database.db)
      expect(await findTwins(database, 'millrace_spans')).toMatchObject({ target: 'spans' })
      expect(await spans()).toEqual(expect.arrayContaining([stored('s1'), stored('s2')]))
      const target = await prepare()
      await copyStore(place.trackingUri, target.trackingUri)
      const copy = await openDatabase(target.trackingUri)
      expect(await spans(copy)).toEqual(expect.arrayContaining([stored('s1'), stored('s2')]))
      expect(await findTwins(copy, 'millrace_spans')).toMatchObject({ target: 'millrace_spans' })
      await copy.close()
      await target.remove()
    })
  })
})
