/** The endpoints of versions of registered models. */
import { z } from 'zod'
import type { ModelVersion } from '../entities.ts'
import { isPromptTags } from '../prompt-tags.ts'
import type { TrackingStore } from '../tracking-store.ts'
import { noteFields, noteOf } from './change-note.ts'
import { type Endpoint, jsonEndpoint } from './endpoint.ts'
import { flag, integer, keyValues, list, requiredText, text } from './fields.ts'
import { HttpError } from './http.ts'
import { checkPromptSource, checkVersionSource } from './version-source.ts'
import { listJson, modelVersionJson } from './wire.ts'

const PATH = '/api/2.0/mlflow/model-versions'
const versionsTag = 'mlflow.modelVersions'
const versionFields = { name: requiredText, version: requiredText }

export const modelVersionEndpoints: readonly Endpoint[] = [
  jsonEndpoint(
    'POST',
    `${PATH}/create`,
    {
      name: requiredText,
      source: requiredText,
      run_id: text,
      model_id: text,
      run_link: text,
      tags: keyValues,
      description: text,
    },
    async (fields, { store, uris }) => {
      const [runId, modelId] = [fields.run_id || undefined, fields.model_id || undefined]
      if (isPromptTags(fields.tags)) checkPromptSource(fields.source)
      else await checkVersionSource({ store, uris }, { source: fields.source, runId, modelId })
      const version = await store.createModelVersion(fields.name, uris.kept(fields.source), {
        runId,
        runLink: fields.run_link,
        tags: fields.tags,
        description: fields.description,
      })
      if (modelId !== undefined) await noteVersion(store, modelId, version).catch(ignoreDenial)
      return { model_version: { ...modelVersionJson(version, uris), model_id: modelId } }
    },
  ),
  jsonEndpoint('GET', `${PATH}/get`, versionFields, async ({ name, version }, { store, uris }) => ({
    model_version: modelVersionJson(await store.getModelVersion(name, version), uris),
  })),
  jsonEndpoint('GET', `${PATH}/get-download-uri`, versionFields, async ({ name, version }, { store, uris }) => ({
    artifact_uri: uris.shown(await store.getModelVersionDownloadUri(name, version)),
  })),
  jsonEndpoint(
    'GET',
    `${PATH}/search`,
    { filter: text, max_results: integer, order_by: list(z.string()), page_token: text },
    async (fields, { store, uris }) => {
      const { items, nextPageToken } = await store.searchModelVersions({
        filter: fields.filter,
        maxResults: fields.max_results,
        orderBy: fields.order_by,
        pageToken: fields.page_token,
      })
      const versions = listJson(items, (version) => modelVersionJson(version, uris))
      return { model_versions: versions, next_page_token: nextPageToken }
    },
  ),
  jsonEndpoint(
    'PATCH',
    `${PATH}/update`,
    { ...versionFields, description: text },
    async ({ name, version, description = '' }, { store, uris }) => ({
      model_version: modelVersionJson(await store.updateModelVersion(name, version, { description }), uris),
    }),
  ),
  jsonEndpoint(
    'POST',
    `${PATH}/transition-stage`,
    { ...versionFields, stage: requiredText, archive_existing_versions: flag, ...noteFields },
    async ({ name, version, stage, archive_existing_versions: archive = false, ...note }, context) => {
      const { store, uris, caller } = context
      const options = { archiveExistingVersions: archive, ...noteOf(note, caller) }
      const moved = await store.transitionModelVersionStage(name, version, stage, options)
      return { model_version: modelVersionJson(moved, uris) }
    },
  ),
  jsonEndpoint(
    'DELETE',
    `${PATH}/delete`,
    { ...versionFields, ...noteFields },
    async ({ name, version, ...note }, { store, caller }) =>
      await store.deleteModelVersion(name, version, noteOf(note, caller)),
  ),
  jsonEndpoint(
    'POST',
    `${PATH}/set-tag`,
    { ...versionFields, key: requiredText, value: text },
    async ({ name, version, key, value = '' }, { store }) => await store.setModelVersionTag(name, version, key, value),
  ),
  jsonEndpoint(
    'DELETE',
    `${PATH}/delete-tag`,
    { ...versionFields, key: requiredText },
    async ({ name, version, key }, { store }) => await store.deleteModelVersionTag(name, version, key),
  ),
]

/** Whoever may only read the logged model registers it all the same. */
function ignoreDenial(error: unknown): void {
  if (!(error instanceof HttpError) || error.code !== 'PERMISSION_DENIED') throw error
}

/** A logged model knows by a tag as which versions it was registered. */
async function noteVersion(store: TrackingStore, modelId: string, { name, version }: ModelVersion): Promise<void> {
  const { tags } = await store.getLoggedModel(modelId)
  const known = z
    .array(z.unknown())
    .catch([])
    .parse(JSON.parse(tags[versionsTag] ?? '[]'))
  await store.setLoggedModelTags(modelId, { [versionsTag]: JSON.stringify([...known, { name, version }]) })
}
