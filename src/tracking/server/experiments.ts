/** The endpoints of experiments. */
import { MillraceError } from '../../core/index.ts'
import { type Endpoint, jsonEndpoint } from './endpoint.ts'
import { integer, keyValues, list, requiredText, text, viewType } from './fields.ts'
import { experimentJson, listJson } from './wire.ts'
import { z } from 'zod'

const search = {
  max_results: integer,
  page_token: text,
  filter: text,
  order_by: list(z.string()),
  view_type: viewType,
}

export const experimentEndpoints: readonly Endpoint[] = [
  jsonEndpoint(
    'POST',
    '/api/2.0/mlflow/experiments/create',
    { name: requiredText, artifact_location: text, tags: keyValues },
    async ({ name, artifact_location: location, tags }, { store, uris }) => {
      const artifactLocation = location === undefined || location === '' ? undefined : uris.kept(location)
      return { experiment_id: await store.createExperiment(name, { artifactLocation, tags }) }
    },
  ),
  jsonEndpoint('GET', '/api/2.0/mlflow/experiments/get', { experiment_id: requiredText }, async (fields, context) => {
    const experiment = await context.store.getExperiment(fields.experiment_id)
    return { experiment: experimentJson(experiment, context.uris) }
  }),
  jsonEndpoint(
    'GET',
    '/api/2.0/mlflow/experiments/get-by-name',
    { experiment_name: requiredText },
    async ({ experiment_name: name }, { store, uris }) => {
      const experiment = await store.getExperimentByName(name)
      if (experiment !== undefined) return { experiment: experimentJson(experiment, uris) }
      throw new MillraceError('RESOURCE_DOES_NOT_EXIST', `Could not find experiment with name '${name}'`)
    },
  ),
  ...(['GET', 'POST'] as const).map((method) =>
    jsonEndpoint(method, '/api/2.0/mlflow/experiments/search', search, async (fields, { store, uris }) => {
      const { items, nextPageToken } = await store.searchExperiments({
        filter: fields.filter,
        orderBy: fields.order_by,
        maxResults: fields.max_results,
        pageToken: fields.page_token,
        viewType: fields.view_type,
      })
      return { experiments: listJson(items, (item) => experimentJson(item, uris)), next_page_token: nextPageToken }
    }),
  ),
  jsonEndpoint(
    'POST',
    '/api/2.0/mlflow/experiments/update',
    { experiment_id: requiredText, new_name: requiredText },
    async (fields, { store }) => await store.renameExperiment(fields.experiment_id, fields.new_name),
  ),
  jsonEndpoint(
    'POST',
    '/api/2.0/mlflow/experiments/delete',
    { experiment_id: requiredText },
    async (fields, { store }) => await store.deleteExperiment(fields.experiment_id),
  ),
  jsonEndpoint(
    'POST',
    '/api/2.0/mlflow/experiments/restore',
    { experiment_id: requiredText },
    async (fields, { store }) => await store.restoreExperiment(fields.experiment_id),
  ),
  jsonEndpoint(
    'POST',
    '/api/2.0/mlflow/experiments/set-experiment-tag',
    { experiment_id: requiredText, key: requiredText, value: text },
    async (fields, { store }) => await store.setExperimentTag(fields.experiment_id, fields.key, fields.value ?? ''),
  ),
  jsonEndpoint(
    'POST',
    '/api/2.0/mlflow/experiments/delete-experiment-tag',
    { experiment_id: requiredText, key: requiredText },
    async (fields, { store }) => await store.deleteExperimentTag(fields.experiment_id, fields.key),
  ),
]
