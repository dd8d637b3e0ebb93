/** The part of the contract of tracking stores that is about what stands beside models in the registry. */
import { describe, expect, it } from 'vitest'
import type { TrackingClient } from 'millrace/tracking'

const promptTags = { 'mlflow.prompt.is_prompt': 'true' }

/** Runs inside the suite of trackingStoreContract, on the store that `open` tells. */
export function registryContract(client: () => TrackingClient): void {
  describe('prompts', () => {
    it('have versions with their texts, which have no files', async () => {
      await client().createRegisteredModel('greeting', { tags: promptTags })
      const tags = { ...promptTags, 'mlflow.prompt.text': 'Hello {{name}}!' }
      const { version } = await client().createModelVersion('greeting', 'dummy-source', { tags })
      expect(await client().getModelVersion('greeting', version)).toMatchObject({ tags, source: 'dummy-source' })
      expect(await client().getModelVersionDownloadUri('greeting', version)).toBe('dummy-source')
      const found = await client().searchModelVersions({ filter: "tag.`mlflow.prompt.is_prompt` = 'true'" })
      expect(found.items.map(({ name }) => name)).toEqual(['greeting'])
      expect((await client().searchModelVersions()).items).toEqual([])
    })

    it('do not share their names with models', async () => {
      await client().createRegisteredModel('greeting', { tags: promptTags })
      await client().createRegisteredModel('iris')
      await expect(client().createRegisteredModel('greeting', { tags: promptTags })).rejects.toThrow(
        'Prompt (name=greeting) already exists.',
      )
      await expect(client().createRegisteredModel('greeting')).rejects.toThrow(
        "Tried to create a registered model with name 'greeting', but the name is already taken by a prompt.",
      )
      await expect(client().renameRegisteredModel('greeting', 'iris')).rejects.toThrow(
        "Tried to create a prompt with name 'iris', but the name is already taken by a registered model.",
      )
    })
  })
}
