/** A store whose changes of the registry are announced to webhooks, each after it was committed. */
import type { TextMap } from '../entities.ts'
import { isPromptTags, promptTag, promptTextTag, promptTypeTag } from '../prompt-tags.ts'
import type { TrackingStore } from '../tracking-store.ts'
import type { Deliverer } from '../webhooks/deliver.ts'
import type { WebhookData, WebhookEvent } from '../webhooks/webhook.ts'

/** The event of a change, depending on whether it is to a model or a prompt; of some there is none. */
interface Events {
  readonly model?: WebhookEvent
  readonly prompt: WebhookEvent
}

/** @param shown what clients see of a URI of the store */
export function announcing(
  store: TrackingStore,
  deliverer: Deliverer,
  clock: () => number,
  shown: (uri: string) => string,
): TrackingStore {
  const announce = (event: WebhookEvent, data: WebhookData): void => deliverer.announce({ event, data, time: clock() })
  /** Whether it is a prompt is looked up later, so that the change does not wait for it. */
  const announceOf = (name: string, { model, prompt }: Events, data: WebhookData): void =>
    deliverer.announce({
      event: async () => (isPromptTags((await store.getRegisteredModel(name)).tags) ? prompt : model),
      data: { name, ...data },
      time: clock(),
    })
  return {
    ...store,
    createRegisteredModel: async (name, options = {}) => {
      const model = await store.createRegisteredModel(name, options)
      const { tags = {}, description = '' } = options
      if (isPromptTags(tags)) announce('prompt.created', { name, tags: shownTags(tags), description })
      else announce('registered_model.created', { name, tags, description })
      return model
    },
    createModelVersion: async (name, source, options = {}) => {
      const made = await store.createModelVersion(name, source, options)
      const { tags = {} } = options
      const [version, description] = [String(made.version), made.description || null]
      if (isPromptTags(tags)) {
        const template = tags[promptTextTag] ?? null
        announce('prompt_version.created', { name, version, template, tags: shownTags(tags), description })
      } else {
        const [place, run_id] = [shown(made.source), made.runId || null]
        announce('model_version.created', { name, version, source: place, run_id, tags, description })
      }
      return made
    },
    setRegisteredModelTag: async (name, key, value) => {
      await store.setRegisteredModelTag(name, key, value)
      announceOf(name, { prompt: 'prompt_tag.set' }, { key, value })
    },
    deleteRegisteredModelTag: async (name, key) => {
      await store.deleteRegisteredModelTag(name, key)
      announceOf(name, { prompt: 'prompt_tag.deleted' }, { key })
    },
    setModelVersionTag: async (name, version, key, value) => {
      await store.setModelVersionTag(name, version, key, value)
      const events = { model: 'model_version_tag.set', prompt: 'prompt_version_tag.set' } as const
      announceOf(name, events, { version: String(version), key, value })
    },
    deleteModelVersionTag: async (name, version, key) => {
      await store.deleteModelVersionTag(name, version, key)
      const events = { model: 'model_version_tag.deleted', prompt: 'prompt_version_tag.deleted' } as const
      announceOf(name, events, { version: String(version), key })
    },
    setRegisteredModelAlias: async (name, alias, version, note) => {
      await store.setRegisteredModelAlias(name, alias, version, note)
      const events = { model: 'model_version_alias.created', prompt: 'prompt_alias.created' } as const
      announceOf(name, events, { alias, version: String(version) })
    },
    deleteRegisteredModelAlias: async (name, alias, note) => {
      await store.deleteRegisteredModelAlias(name, alias, note)
      const events = { model: 'model_version_alias.deleted', prompt: 'prompt_alias.deleted' } as const
      announceOf(name, events, { alias })
    },
  }
}

/** Without the tags by which MLflow keeps a prompt. */
function shownTags(tags: TextMap): TextMap {
  const own = new Set([promptTag, promptTypeTag, promptTextTag])
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !own.has(key)))
}
