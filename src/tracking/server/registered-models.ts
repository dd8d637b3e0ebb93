/** The endpoints of registered models and their aliases. */
import { z } from 'zod'
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
    { name: requiredText, new_name: requiredText },
    async ({ name, new_name: newName }, { store, uris }) => ({
      registered_model: registeredModelJson(await store.renameRegisteredModel(name, newName), uris),
    }),
  ),
  jsonEndpoint('DELETE', `${PATH}/delete`, { name: requiredText }, async ({ name }, { store }) => {
    await store.deleteRegisteredModel(name)
  }),
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
    { name: requiredText, alias: requiredText, version: requiredText },
    async ({ name, alias, version }, { store }) => await store.setRegisteredModelAlias(name, alias, version),
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
    { name: requiredText, alias: requiredText },
    async ({ name, alias }, { store }) => await store.deleteRegisteredModelAlias(name, alias),
  ),
]
