/** The part of the SQL store that keeps webhooks. They are the server's; no client over HTTP sees a secret. */
import { randomUUID } from 'node:crypto'
import { type Selectable } from 'kysely'
import { MillraceError } from '../../core/index.ts'
import { invalidParameter } from '../validation.ts'
import { type SecretCipher } from '../webhooks/fernet.ts'
import {
  type Subscriber,
  type Webhook,
  type WebhookChanges,
  type WebhookEvent,
  type WebhookStatus,
  type WebhookStore,
} from '../webhooks/webhook.ts'
import { createOwnTables, findTwins, type OwnTables, type Place, type Twins } from './own-tables.ts'
import { parsePageToken, toPage } from './page.ts'
import { inTransaction, type StoreContext } from './store-context.ts'

type WebhookRow = Selectable<OwnTables['millrace_webhooks']>

const columns = [
  'webhook_id',
  'name',
  'description',
  'url',
  'status',
  'secret',
  'creation_timestamp',
  'last_updated_timestamp',
] as const satisfies readonly (keyof WebhookRow)[]

/** Webhooks in the tables that MLflow keeps them in, where it has made them, else in our own. */
export function webhookStore(context: StoreContext, cipher: SecretCipher): WebhookStore {
  const { db, dialect, clock } = context
  const place = { db, dialect }
  return {
    createWebhook: async (webhook) =>
      await inTransaction(context, async (tx) => {
        const { tables, target } = await findTwins({ db: tx, dialect }, 'millrace_webhooks')
        if (tables.length === 0)
          await createOwnTables({ db: tx, dialect }, 'millrace_webhooks', 'millrace_webhook_events')
        const [webhook_id, now] = [randomUUID(), clock()]
        const times = { creation_timestamp: now, last_updated_timestamp: now }
        const values = { webhook_id, name: webhook.name, url: webhook.url, status: webhook.status ?? 'ACTIVE' }
        await tx
          .insertInto(target)
          .values({ ...values, ...textsOf(webhook, cipher), ...times })
          .execute()
        await writeEvents({ db: tx, dialect }, webhook_id, webhook.events)
        return await loadWebhook({ db: tx, dialect }, webhook_id)
      }),
    getWebhook: async (webhookId) => await loadWebhook(place, webhookId),
    listWebhooks: async ({ maxResults = 100, pageToken } = {}) => {
      if (maxResults < 1 || maxResults > 1000) throw invalidParameter('max_results must be between 1 and 1000.')
      const offset = parsePageToken(pageToken)
      const { rows } = await findTwins(place, 'millrace_webhooks')
      const found = await db
        .selectFrom(rows.as('w'))
        .select(columns)
        .where('deleted_timestamp', 'is', null)
        .orderBy('creation_timestamp', 'desc')
        .orderBy('webhook_id')
        .limit(maxResults + 1)
        .offset(offset)
        .execute()
      const page = toPage(found, maxResults, offset)
      return { ...page, items: await withEvents(place, page.items) }
    },
    updateWebhook: async (webhookId, changes) =>
      await inTransaction(context, async (tx) => {
        await loadWebhook({ db: tx, dialect }, webhookId)
        const { name, url, status, events } = changes
        const given = Object.fromEntries(
          Object.entries({ name, url, status }).filter(([, value]) => value !== undefined),
        )
        const { tables } = await findTwins({ db: tx, dialect }, 'millrace_webhooks')
        for (const table of tables) {
          await tx
            .updateTable(table)
            .set({ ...given, ...textsOf(changes, cipher), last_updated_timestamp: clock() })
            .where('webhook_id', '=', webhookId)
            .execute()
        }
        if (events !== undefined) await writeEvents({ db: tx, dialect }, webhookId, events)
        return await loadWebhook({ db: tx, dialect }, webhookId)
      }),
    deleteWebhook: async (webhookId) =>
      await inTransaction(context, async (tx) => {
        await loadWebhook({ db: tx, dialect }, webhookId)
        await writeEvents({ db: tx, dialect }, webhookId, [])
        const { tables } = await findTwins({ db: tx, dialect }, 'millrace_webhooks')
        for (const table of tables) await tx.deleteFrom(table).where('webhook_id', '=', webhookId).execute()
      }),
    subscribersOf: async (event) => {
      const { rows } = await findTwins(place, 'millrace_webhooks')
      const events = await findTwins(place, 'millrace_webhook_events')
      const [entity, action] = partsOf(event)
      const found = await db
        .selectFrom(rows.as('w'))
        .innerJoin(events.rows.as('e'), 'e.webhook_id', 'w.webhook_id')
        .select(columns.map((column) => `w.${column}` as const))
        .where('w.deleted_timestamp', 'is', null)
        .where('w.status', '=', 'ACTIVE')
        .where('e.entity', '=', entity)
        .where('e.action', '=', action)
        .execute()
      return found.map((row) => subscriber(row, [event], cipher))
    },
    getSubscriber: async (webhookId) => {
      const row = await findRow(place, webhookId)
      const [{ events } = { events: [] }] = await withEvents(place, [row])
      return subscriber(row, events, cipher)
    },
  }
}

/** The texts that are stored, of those that are given. */
function textsOf(
  { description, secret }: WebhookChanges,
  cipher: SecretCipher,
): { readonly description?: string | null; readonly secret?: string | null } {
  return {
    ...(description !== undefined && { description: description === '' ? null : description }),
    ...(secret !== undefined && { secret: secret === '' ? null : cipher.seal(secret) }),
  }
}

function subscriber(
  { url, secret }: Pick<WebhookRow, 'url' | 'secret'>,
  events: readonly WebhookEvent[],
  cipher: SecretCipher,
): Subscriber {
  return { url, events, secret: () => (secret === null ? undefined : cipher.open(secret)) }
}

/** Makes `events` those of the webhook. They are in the table beside the one that has the webhook. */
async function writeEvents(place: Place, webhookId: string, events: readonly WebhookEvent[]): Promise<void> {
  const { db } = place
  const [webhooks, kept] = [
    await findTwins(place, 'millrace_webhooks'),
    await findTwins(place, 'millrace_webhook_events'),
  ]
  for (const table of kept.tables) await db.deleteFrom(table).where('webhook_id', '=', webhookId).execute()
  if (events.length === 0) return
  const target = (await isIn(place, webhooks, webhookId)) ? kept.target : 'millrace_webhook_events'
  const rows = [...new Set(events)].map((event) => {
    const [entity, action] = partsOf(event)
    return { webhook_id: webhookId, entity, action }
  })
  await db.insertInto(target).values(rows).execute()
}

async function isIn({ db }: Place, { target }: Twins<'millrace_webhooks'>, webhookId: string): Promise<boolean> {
  const row = await db.selectFrom(target).select('webhook_id').where('webhook_id', '=', webhookId).executeTakeFirst()
  return row !== undefined
}

async function findRow(place: Place, webhookId: string): Promise<Omit<WebhookRow, 'deleted_timestamp'>> {
  const { rows } = await findTwins(place, 'millrace_webhooks')
  const row = await place.db
    .selectFrom(rows.as('w'))
    .select(columns)
    .where('webhook_id', '=', webhookId)
    .where('deleted_timestamp', 'is', null)
    .executeTakeFirst()
  if (row !== undefined) return row
  throw new MillraceError('RESOURCE_DOES_NOT_EXIST', `Webhook with ID ${webhookId} not found.`)
}

async function loadWebhook(place: Place, webhookId: string): Promise<Webhook> {
  return (await withEvents(place, [await findRow(place, webhookId)]))[0]!
}

async function withEvents(
  place: Place,
  rows: readonly Omit<WebhookRow, 'deleted_timestamp'>[],
): Promise<readonly Webhook[]> {
  if (rows.length === 0) return []
  const { rows: eventRows } = await findTwins(place, 'millrace_webhook_events')
  const events = await place.db
    .selectFrom(eventRows.as('e'))
    .select(['webhook_id', 'entity', 'action'])
    .where(
      'webhook_id',
      'in',
      rows.map((row) => row.webhook_id),
    )
    .orderBy('entity')
    .orderBy('action')
    .execute()
  const byWebhook = Map.groupBy(events, (event) => event.webhook_id)
  return rows.map((row) => ({
    webhookId: row.webhook_id,
    name: row.name,
    url: row.url,
    events: (byWebhook.get(row.webhook_id) ?? []).map(({ entity, action }) => `${entity}.${action}` as WebhookEvent),
    description: row.description ?? '',
    status: row.status as WebhookStatus,
    creationTime: row.creation_timestamp ?? 0,
    lastUpdatedTime: row.last_updated_timestamp ?? 0,
  }))
}

function partsOf(event: WebhookEvent): readonly [entity: string, action: string] {
  const [entity = '', action = ''] = event.split('.')
  return [entity, action]
}
