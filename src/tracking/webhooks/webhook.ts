/** Webhooks: addresses that a server calls when something happens in its registry. Names and meanings are MLflow's. */
import { type Page } from '../entities.ts'
import { type PageRequest } from '../tracking-store.ts'

/** Whatever can be subscribed to, each with data as a test sends them. */
export const webhookEvents = {
  'registered_model.created': { name: 'example', tags: { key: 'value' }, description: 'a model' },
  'model_version.created': {
    name: 'example',
    version: '1',
    source: 's3://bucket/model',
    run_id: '0123456789abcdef0123456789abcdef',
    tags: { key: 'value' },
    description: 'a version',
  },
  'model_version_tag.set': { name: 'example', version: '1', key: 'key', value: 'value' },
  'model_version_tag.deleted': { name: 'example', version: '1', key: 'key' },
  'model_version_alias.created': { name: 'example', alias: 'champion', version: '1' },
  'model_version_alias.deleted': { name: 'example', alias: 'champion' },
  'prompt.created': { name: 'example', tags: { key: 'value' }, description: 'a prompt' },
  'prompt_version.created': {
    name: 'example',
    version: '1',
    template: 'Hello {{name}}!',
    tags: { key: 'value' },
    description: 'a version',
  },
  'prompt_tag.set': { name: 'example', key: 'key', value: 'value' },
  'prompt_tag.deleted': { name: 'example', key: 'key' },
  'prompt_version_tag.set': { name: 'example', version: '1', key: 'key', value: 'value' },
  'prompt_version_tag.deleted': { name: 'example', version: '1', key: 'key' },
  'prompt_alias.created': { name: 'example', alias: 'live', version: '1' },
  'prompt_alias.deleted': { name: 'example', alias: 'live' },
} as const satisfies Readonly<Record<string, WebhookData>>

/** What is happening, as `entity.action`. */
export type WebhookEvent = keyof typeof webhookEvents

/** What a delivery says about an event. */
export type WebhookData = Readonly<Record<string, unknown>>

export type WebhookStatus = 'ACTIVE' | 'DISABLED'

/** A webhook without its secret, which is never given out. */
export interface Webhook {
  readonly webhookId: string
  readonly name: string
  readonly url: string
  readonly events: readonly WebhookEvent[]
  readonly description: string
  readonly status: WebhookStatus
  readonly creationTime: number
  readonly lastUpdatedTime: number
}

export interface NewWebhook {
  readonly name: string
  readonly url: string
  readonly events: readonly WebhookEvent[]
  readonly description?: string | undefined
  /** What deliveries are signed with; '' for none. */
  readonly secret?: string | undefined
  readonly status?: WebhookStatus | undefined
}

/** What of a webhook is to change; what is undefined stays. */
export type WebhookChanges = { readonly [K in keyof NewWebhook]?: NewWebhook[K] | undefined }

/** A webhook for who delivers to it. */
export interface Subscriber {
  readonly url: string
  readonly events: readonly WebhookEvent[]
  /** @throws MillraceError INVALID_STATE when it was stored with another key */
  readonly secret: () => string | undefined
}

export interface WebhookStore {
  createWebhook(webhook: NewWebhook): Promise<Webhook>
  /** @throws RESOURCE_DOES_NOT_EXIST */
  getWebhook(webhookId: string): Promise<Webhook>
  /** Newest first; 100 by default, 1000 at most. */
  listWebhooks(page?: PageRequest): Promise<Page<Webhook>>
  updateWebhook(webhookId: string, changes: WebhookChanges): Promise<Webhook>
  /** Erases it, with its secret. */
  deleteWebhook(webhookId: string): Promise<void>
  /** The active ones that ask for `event`. */
  subscribersOf(event: WebhookEvent): Promise<readonly Subscriber[]>
  /** One of them, active or not. @throws RESOURCE_DOES_NOT_EXIST */
  getSubscriber(webhookId: string): Promise<Subscriber>
}
