/** The endpoints of webhooks. */
import { z } from 'zod'
import { asError } from '../../core/index.ts'
import { invalidParameter } from '../validation.ts'
import { checkWebhookUrl } from '../webhooks/addresses.ts'
import {
  type NewWebhook,
  type Webhook,
  type WebhookChanges,
  type WebhookEvent,
  webhookEvents,
} from '../webhooks/webhook.ts'
import { type Endpoint, jsonEndpoint } from './endpoint.ts'
import { integer, list, requiredText, text } from './fields.ts'
import { listJson } from './wire.ts'
import type { ServerContext } from './server-context.ts'

const PATH = '/api/2.0/mlflow/webhooks'
const WEBHOOK = `${PATH}/{webhook_id}`

const eventFields = z.object({ entity: z.unknown(), action: z.unknown() })
const status = z.unknown().optional().transform(statusOf)

/** The longest secret that fits into the column once it is encrypted. */
const MOST_SECRET_BYTES = 600

export const webhookEndpoints: readonly Endpoint[] = [
  jsonEndpoint(
    'POST',
    PATH,
    { name: requiredText, url: requiredText, events: z.array(eventFields), description: text, secret: text, status },
    async (fields, { webhooks }) => {
      if (fields.events.length === 0) {
        throw invalidParameter('Webhook events must be a non-empty list of WebhookEvent objects: [].')
      }
      const webhook = { ...fields, events: fields.events.map(eventOf) }
      await checkWebhook(webhook, webhooks)
      return { webhook: webhookJson(await webhooks.store.createWebhook(webhook)) }
    },
  ),
  jsonEndpoint('GET', PATH, { max_results: integer, page_token: text }, async (fields, { webhooks }) => {
    const page = { maxResults: fields.max_results || undefined, pageToken: fields.page_token || undefined }
    const { items, nextPageToken } = await webhooks.store.listWebhooks(page)
    return { webhooks: listJson(items, webhookJson), next_page_token: nextPageToken }
  }),
  jsonEndpoint('GET', WEBHOOK, {}, async (_, { webhooks }, { webhook_id: webhookId = '' }) => ({
    webhook: webhookJson(await webhooks.store.getWebhook(webhookId)),
  })),
  jsonEndpoint(
    'PATCH',
    WEBHOOK,
    { name: text, url: text, events: list(eventFields), description: text, secret: text, status },
    async (fields, { webhooks }, { webhook_id: webhookId = '' }) => {
      const changes = {
        ...fields,
        name: fields.name || undefined,
        url: fields.url || undefined,
        events: fields.events.length === 0 ? undefined : fields.events.map(eventOf),
      }
      await checkWebhook(changes, webhooks)
      return { webhook: webhookJson(await webhooks.store.updateWebhook(webhookId, changes)) }
    },
  ),
  jsonEndpoint('DELETE', WEBHOOK, {}, async (_, { webhooks }, { webhook_id: webhookId = '' }) => {
    await webhooks.store.deleteWebhook(webhookId)
  }),
  jsonEndpoint(
    'POST',
    `${WEBHOOK}/test`,
    { event: eventFields.nullish() },
    async (fields, context, { webhook_id: webhookId = '' }) => ({
      result: await test(context, webhookId, fields.event == null ? undefined : eventOf(fields.event)),
    }),
  ),
]

async function test(
  { webhooks, clock }: ServerContext,
  webhookId: string,
  asked: WebhookEvent | undefined,
): Promise<unknown> {
  const subscriber = await webhooks.store.getSubscriber(webhookId)
  const event = asked ?? subscriber.events[0] ?? 'registered_model.created'
  try {
    const delivery = { event, data: webhookEvents[event], time: clock() }
    const { status, body } = await webhooks.deliverer.deliver(subscriber, delivery)
    return { success: status < 400, response_status: status, response_body: body }
  } catch (error) {
    return { success: false, error_message: `Failed to test webhook: ${asError(error).message}` }
  }
}

async function checkWebhook(webhook: WebhookChanges, { rules }: ServerContext['webhooks']): Promise<void> {
  const { name, url, secret = '', description = '' } = webhook
  if (name !== undefined && !/^(?=.{1,63}$)[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/i.test(name)) {
    throw invalidParameter(
      `Webhook name '${name}' is invalid. It must start and end with a letter or digit, be less than 63 characters ` +
        'long, and contain only letters, digits, dots (.), underscores (_), and hyphens (-).',
    )
  }
  const isTooLong = Buffer.byteLength(secret) > MOST_SECRET_BYTES
  if (isTooLong) throw invalidParameter(`The secret of a webhook can have at most ${MOST_SECRET_BYTES} bytes.`)
  if (description.length > 1000) throw invalidParameter("'description' exceeds the maximum length of 1000 characters")
  if ((url ?? '').length > 500) throw invalidParameter("'url' exceeds the maximum length of 500 characters")
  if (url !== undefined) await checkWebhookUrl(url, rules)
}

function webhookJson(webhook: Webhook): unknown {
  return {
    webhook_id: webhook.webhookId,
    name: webhook.name,
    description: webhook.description === '' ? undefined : webhook.description,
    url: webhook.url,
    events: webhook.events.map((event) => {
      const [entity, action] = event.toUpperCase().split('.')
      return { entity, action }
    }),
    status: webhook.status,
    creation_timestamp: webhook.creationTime,
    last_updated_timestamp: webhook.lastUpdatedTime,
  }
}

/** The names by their numbers in MLflow's protocol buffers. */
const entities = [
  '',
  'REGISTERED_MODEL',
  'MODEL_VERSION',
  'MODEL_VERSION_TAG',
  'MODEL_VERSION_ALIAS',
  'PROMPT',
  'PROMPT_VERSION',
  'PROMPT_TAG',
  'PROMPT_VERSION_TAG',
  'PROMPT_ALIAS',
]
const actions = ['', 'CREATED', 'UPDATED', 'DELETED', 'SET']

function eventOf(fields: z.infer<typeof eventFields>): WebhookEvent {
  const [entity, action] = [nameOf(fields.entity, entities, 'entity'), nameOf(fields.action, actions, 'action')]
  const event = `${entity}.${action}`
  if (Object.hasOwn(webhookEvents, event)) return event as WebhookEvent
  const valid = Object.keys(webhookEvents).flatMap((known) =>
    known.startsWith(`${entity}.`) ? [`'${known.slice(entity.length + 1)}'`] : [],
  )
  throw invalidParameter(
    `Invalid action '${action}' for entity '${entity}'. Valid actions are: [${valid.toSorted().join(', ')}]`,
  )
}

function nameOf(value: unknown, names: readonly string[], parameter: string): string {
  const name = typeof value === 'number' ? names[value] : value
  if (typeof name === 'string' && name !== '' && names.includes(name)) return name.toLowerCase()
  if (value === undefined) throw missing(parameter)
  throw invalidParameter(`Invalid value ${JSON.stringify(value)} for parameter '${parameter}' supplied.`)
}

function missing(parameter: string): Error {
  return invalidParameter(
    `Missing value for required parameter '${parameter}'. See the API docs for more information about request parameters.`,
  )
}

/** Anything else means that nothing is said, as protocol buffers have it. */
function statusOf(value: unknown): NewWebhook['status'] {
  if (value === 'ACTIVE' || value === 1) return 'ACTIVE'
  return value === 'DISABLED' || value === 2 ? 'DISABLED' : undefined
}
