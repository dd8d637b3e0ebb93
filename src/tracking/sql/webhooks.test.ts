/** Webhooks in every kind of database, and in the tables that MLflow has made for them. */
import { existsSync, readFileSync } from 'node:fs'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type SqlPlace, sqlPlaces } from '../../../test/sql-places.ts'
import { fernet, newFernetKey } from '../webhooks/fernet.ts'
import { type WebhookStore } from '../webhooks/webhook.ts'
import { openDatabase } from './open-database.ts'
import { webhookStore } from './webhooks.ts'

const schema = new URL('../../../../shared/contracts/mlflow/schema-dc11669786a5.sql', import.meta.url)
const key = newFernetKey()
const url = 'https://example.com/hook'

describe.each(sqlPlaces)('webhooks in $kind (skipped where missing: $missing)', ({ kind, missing, prepare }) => {
  describe.skipIf(missing !== undefined)('as a server keeps them', () => {
    let place: SqlPlace
    let database: Awaited<ReturnType<typeof openDatabase>>
    let store: WebhookStore
    let now: number

    const storeWith = (secretKey: string): WebhookStore =>
      webhookStore({ ...database, clock: () => now, truncateLongValues: true, user: '' }, fernet(secretKey))

    beforeEach(async () => {
      now = 1000
      place = await prepare()
      database = await openDatabase(place.trackingUri)
      store = storeWith(key)
    })

    afterEach(async () => {
      await database.close()
      await place.remove()
    })

    it('are given back without their secrets, newest first', async () => {
      expect(await store.listWebhooks()).toEqual({ items: [] })
      const events = ['model_version.created', 'prompt.created'] as const
      const first = await store.createWebhook({ name: 'a', url, events, secret: 'hidden', description: 'd' })
      expect(first).toEqual({
        webhookId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        name: 'a',
        url,
        events,
        description: 'd',
        status: 'ACTIVE',
        creationTime: 1000,
        lastUpdatedTime: 1000,
      })
      expect(await store.getWebhook(first.webhookId)).toEqual(first)
      now = 2000
      const second = await store.createWebhook({ name: 'b', url, events: ['prompt.created'], status: 'DISABLED' })
      expect((await store.listWebhooks()).items).toEqual([second, first])
      const page = await store.listWebhooks({ maxResults: 1 })
      expect((await store.listWebhooks({ pageToken: page.nextPageToken })).items).toEqual([first])
      const rows = await sql`select * from millrace_webhooks`.execute(database.db)
      expect(JSON.stringify(rows.rows)).not.toContain('hidden')
    })

    it('are found by their events while they are active', async () => {
      const { webhookId } = await store.createWebhook({ name: 'a', url, events: ['prompt.created'], secret: 's' })
      const urls = async (): Promise<readonly string[]> =>
        (await store.subscribersOf('prompt.created')).map((subscriber) => subscriber.url)
      expect(await urls()).toEqual([url])
      expect(await store.subscribersOf('prompt_tag.set')).toEqual([])
      await store.updateWebhook(webhookId, { status: 'DISABLED' })
      expect(await urls()).toEqual([])
      expect((await store.getSubscriber(webhookId)).secret()).toBe('s')
    })

    it('change in what is given, and are gone when deleted', async () => {
      const made = await store.createWebhook({
        name: 'a',
        url,
        events: ['prompt.created'],
        secret: 's',
        description: 'd',
      })
      now = 2000
      const changed = await store.updateWebhook(made.webhookId, { name: 'b', events: ['prompt_tag.set'] })
      expect(changed).toEqual({ ...made, name: 'b', events: ['prompt_tag.set'], lastUpdatedTime: 2000 })
      await store.updateWebhook(made.webhookId, { secret: '', description: '' })
      const { secret } = await store.getSubscriber(made.webhookId)
      expect([secret(), (await store.getWebhook(made.webhookId)).description]).toEqual([undefined, ''])
      await store.deleteWebhook(made.webhookId)
      for (const call of ['getWebhook', 'deleteWebhook', 'getSubscriber'] as const) {
        await expect(store[call](made.webhookId)).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
      }
      expect(await store.subscribersOf('prompt_tag.set')).toEqual([])
    })

    it('say that a secret was stored with another key, when it is asked for', async () => {
      const { webhookId } = await store.createWebhook({ name: 'a', url, events: ['prompt.created'], secret: 's' })
      const other = storeWith(newFernetKey())
      expect((await other.getWebhook(webhookId)).name).toBe('a')
      const [subscriber] = await other.subscribersOf('prompt.created')
      expect(() => subscriber?.secret()).toThrow(/MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY/)
    })

    it.runIf(kind === 'SQLite' && existsSync(schema))('are kept in the tables that MLflow has made', async () => {
      const old = await store.createWebhook({ name: 'old', url, events: ['prompt.created'], secret: 's' })
      const ddl = readFileSync(schema, 'utf8').match(/CREATE TABLE (IF NOT EXISTS )?"?webhook(s|_events)"? \([^;]*;/g)
      for (const statement of ddl ?? []) await sql.raw(statement).execute(database.db)
      now = 2000
      const { webhookId } = await store.createWebhook({ name: 'new', url, events: ['prompt_tag.set'], secret: 't' })
      const rows = await sql`select name, workspace from webhooks`.execute(database.db)
      expect(rows.rows).toEqual([{ name: 'new', workspace: 'default' }])
      expect((await store.listWebhooks()).items.map(({ name }) => name)).toEqual(['new', 'old'])
      await store.updateWebhook(old.webhookId, { name: 'older', events: ['prompt_tag.set', 'prompt_tag.deleted'] })
      expect(await store.getWebhook(old.webhookId)).toMatchObject({
        name: 'older',
        events: ['prompt_tag.deleted', 'prompt_tag.set'],
      })
      expect(await store.subscribersOf('prompt_tag.set')).toHaveLength(2)
      await sql`update webhooks set deleted_timestamp = 5`.execute(database.db)
      await expect(store.getWebhook(webhookId)).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
      await store.deleteWebhook(old.webhookId)
      expect((await store.listWebhooks()).items).toEqual([])
    })
  })
})
