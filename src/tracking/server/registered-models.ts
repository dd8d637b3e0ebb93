/** The endpoints of registered models and their aliases. */
import { z } from 'zod'
import { noteFields, noteOf } from './change-note.ts'
import { type Endpoint, jsonEndpoint } from './endpoint.ts'
import { integer, keyValues, list, requiredText, text } from './fields.ts'
import { listJson, modelVersionJson, registeredModelJson } from './wire.ts'

const PATH = '/api/2.0/mlflow/registered-models'

export const registeredModelEndpoints: readonly Endpoint[] = [
  jsonEndpoint(
    'POST',
    `${PATH}/create`,
    { name: requiredText, tags: keyValues, description: text },
    async ({ name, tags, description }, { store, uris }) => ({
      registered_model: registeredModelJson(await store.createRegisteredModel(name, { tags, description }), uris),
    }),
  ),
  jsonEndpoint('GET', `${PATH}/get`, { name: requiredText }, async ({ name }, { store, uris }) => ({
    registered_model: registeredModelJson(await store.getRegisteredModel(name), uris),
  })),
  jsonEndpoint(
    'PATCH',
    `${PATH}/update`,
    { name: requiredText, description: text },
    async ({ name, description = '' }, { store, uris }) => ({
      registered_model: registeredModelJson(await store.updateRegisteredModel(name, { description }), uris),
    }),
  ),
  jsonEndpoint(
    'POST',
    `${PATH}/rename`,
    { name: requiredText, new_name: requiredText, ...noteFields },
    async ({ name, new_name: newName, ...note }, { store, uris, caller }) => ({
      registered_model: registeredModelJson(
        await store.renameRegisteredModel(name, newName, noteOf(note, caller)),
        uris,
      ),
    }),
  ),
  jsonEndpoint(
    'DELETE',
    `${PATH}/delete`,
    { name: requiredText, ...noteFields },
    async ({ name, ...note }, { store, caller }) => await store.deleteRegisteredModel(name, noteOf(note, caller)),
  ),
  jsonEndpoint(
    'GET',
    '/api/2.0/millrace/registered-models/history',
    { name: requiredText, max_results: integer, page_token: text },
    async ({ name, max_results: maxResults, page_token: pageToken }, { store }) => {
      const { items, nextPageToken } = await store.getRegistryHistory(name, { maxResults, pageToken })
      const changes = listJson(items, ({ time, ...change }) => ({ ...change, timestamp: time }))
      return { changes, next_page_token: nextPageToken }
    },
  ),
  jsonEndpoint(
    'GET',
    `${PATH}/search`,
    { filter: text, max_results: integer, order_by: list(z.string()), page_token: text },
    async (fields, { store, uris }) => {
      const { items, nextPageToken } = await store.searchRegisteredModels({
        filter: fields.filter,
        maxResults: fields.max_results,
        orderBy: fields.order_by,
        pageToken: fields.page_token,
      })
      const models = listJson(items, (model) => registeredModelJson(model, uris))
      return { registered_models: models, next_page_token: nextPageToken }
    },
  ),
  ...(['GET', 'POST'] as const).map((method) =>
    jsonEndpoint(
      method,
      `${PATH}/get-latest-versions`,
      { name: requiredText, stages: list(z.string()) },
      async ({ name, stages }, { store, uris }) => {
        const versions = await store.getLatestVersions(name, stages)
        return { model_versions: listJson(versions, (version) => modelVersionJson(version, uris)) }
      },
    ),
  ),
  jsonEndpoint(
    'POST',
    `${PATH}/set-tag`,
    { name: requiredText, key: requiredText, value: text },
    async ({ name, key, value = '' }, { store }) => await store.setRegisteredModelTag(name, key, value),
  ),
  jsonEndpoint(
    'DELETE',
    `${PATH}/delete-tag`,
    { name: requiredText, key: requiredText },
    async ({ name, key }, { store }) => await store.deleteRegisteredModelTag(name, key),
  ),
  jsonEndpoint(
    'POST',
    `${PATH}/alias`,
    { name: requiredText, alias: requiredText, version: requiredText, ...noteFields },
    async ({ name, alias, version, ...note }, { store, caller }) =>
      await store.setRegisteredModelAlias(name, alias, version, noteOf(note, caller)),
  ),
  jsonEndpoint(
    'GET',
    `${PATH}/alias`,
    { name: requiredText, alias: requiredText },
    async ({ name, alias }, { store, uris }) => ({
      model_version: modelVersionJson(await store.getModelVersionByAlias(name, alias), uris),
    }),
  ),
  jsonEndpoint(
    'DELETE',
    `${PATH}/alias`,
    { name: requiredText, alias: requiredText, ...noteFields },
    async ({ name, alias, ...note }, { store, caller }) =>
      await store.deleteRegisteredModelAlias(name, alias, noteOf(note, caller)),
  ),
]
