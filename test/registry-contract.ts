/** The part of the contract of tracking stores that is about what stands beside models in the registry. */
import { userInfo } from 'node:os'
import { describe, expect, it } from 'vitest'
import type { RegistryChange, TrackingClient } from 'millrace/tracking'

const promptTags = { 'mlflow.prompt.is_prompt': 'true' }

/** Runs inside the suite of trackingStoreContract, on the store that `open` tells. */
export function registryContract(client: () => TrackingClient): void {
  const changes = async (name = 'iris'): Promise<readonly Partial<RegistryChange>[]> =>
    (await client().getRegistryHistory(name)).items.map(({ time, user, ...change }) => {
      expect([Number.isSafeInteger(time), user]).toEqual([true, userInfo().username])
      return change
    })
  const twoVersions = async (): Promise<void> => {
    await client().createRegisteredModel('iris')
    for (const source of ['s3://b/1', 's3://b/2']) await client().createModelVersion('iris', source)
  }

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

  describe('versions', () => {
    it('of no run are found by what their run is not', async () => {
      await twoVersions()
      await client().createModelVersion('iris', 's3://b/3', { runId: 'r3' })
      const found = async (filter: string): Promise<readonly number[]> =>
        (await client().searchModelVersions({ filter, orderBy: ['version_number'] })).items.map(
          ({ version }) => version,
        )
      expect(await found("run_id NOT IN ('r3')")).toEqual([1, 2])
      expect(await found("run_id != 'r3'")).toEqual([1, 2])
      expect(await found("run_id = 'r3'")).toEqual([3])
    })
  })

  describe('the history of a model', () => {
    it('tells who moved aliases, from where to where, and why', async () => {
      await twoVersions()
      expect(await changes()).toEqual([])
      await client().setRegisteredModelAlias('iris', 'champion', 1, { reason: 'first' })
      await client().setRegisteredModelAlias('iris', 'champion', 2)
      await client().deleteRegisteredModelAlias('iris', 'champion', { reason: 'broken, ünusable' })
      await client().deleteRegisteredModelAlias('iris', 'champion')
      const alias = { name: 'iris', alias: 'champion' }
      expect(await changes()).toEqual([
        { ...alias, action: 'alias_deleted', version: 2, from: '2', reason: 'broken, ünusable' },
        { ...alias, action: 'alias_set', version: 2, from: '1', to: '2', reason: '' },
        { ...alias, action: 'alias_set', version: 1, to: '1', reason: 'first' },
      ])
    })

    it('tells of stages, of the versions that made way too', async () => {
      await twoVersions()
      await client().transitionModelVersionStage('iris', 1, 'Production')
      const options = { archiveExistingVersions: true, reason: 'better' }
      await client().transitionModelVersionStage('iris', 2, 'Production', options)
      const move = { name: 'iris', action: 'stage_changed' }
      expect(await changes()).toEqual([
        { ...move, version: 2, from: 'None', to: 'Production', reason: 'better' },
        { ...move, version: 1, from: 'Production', to: 'Archived', reason: 'better' },
        { ...move, version: 1, from: 'None', to: 'Production', reason: '' },
      ])
    })

    it('outlives versions, the name, and the model', async () => {
      await twoVersions()
      await client().setRegisteredModelAlias('iris', 'champion', 1)
      await client().deleteModelVersion('iris', 1, { reason: 'leaked data' })
      await client().renameRegisteredModel('iris', 'flowers')
      await client().deleteRegisteredModel('flowers', { reason: 'done' })
      const name = 'flowers'
      expect(await changes('flowers')).toEqual([
        { name, action: 'model_deleted', reason: 'done' },
        { name, action: 'model_renamed', from: 'iris', to: 'flowers', reason: '' },
        { name, action: 'version_deleted', version: 1, reason: 'leaked data' },
        { name, action: 'alias_deleted', alias: 'champion', version: 1, from: '1', reason: 'leaked data' },
        { name, action: 'alias_set', alias: 'champion', version: 1, to: '1', reason: '' },
      ])
      await expect(client().getRegistryHistory('iris')).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
    })

    it('has no entry of a change that was refused, nor is there a change without an entry', async () => {
      await twoVersions()
      const long = { reason: 'x'.repeat(1001) }
      await expect(client().setRegisteredModelAlias('iris', 'champion', 1, long)).rejects.toMatchObject({
        code: 'INVALID_PARAMETER_VALUE',
      })
      await expect(client().setRegisteredModelAlias('iris', 'champion', 9)).rejects.toThrow(/not found/)
      expect((await client().getRegisteredModel('iris')).aliases).toEqual({})
      expect(await changes()).toEqual([])
    })

    it('comes in pages', async () => {
      await twoVersions()
      for (const version of [1, 2, 1]) await client().setRegisteredModelAlias('iris', 'champion', version)
      const first = await client().getRegistryHistory('iris', { maxResults: 2 })
      const rest = await client().getRegistryHistory('iris', { maxResults: 2, pageToken: first.nextPageToken })
      expect([...first.items, ...rest.items].map(({ to }) => to)).toEqual(['1', '2', '1'])
      expect(rest.nextPageToken).toBeUndefined()
    })
  })
}
