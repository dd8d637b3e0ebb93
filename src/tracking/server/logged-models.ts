/** The endpoints of logged models. */
import { z } from 'zod'
import type { LoggedModel, LoggedModelStatus } from '../entities.ts'
import { invalidParameter } from '../validation.ts'
import { listArtifacts } from './artifacts.ts'
import { type Endpoint, jsonEndpoint } from './endpoint.ts'
import { flag, integer, keyValues, list, requiredText, text } from './fields.ts'
import { runFields, runIdOf } from './run-id.ts'
import { sendFile } from './send-file.ts'
import type { ServerContext } from './server-context.ts'
import { listJson, loggedModelJson } from './wire.ts'

const PATH = '/api/2.0/mlflow/logged-models'
const MODEL = `${PATH}/{model_id}`

const dataset = z.object({ dataset_name: requiredText, dataset_digest: text })
const order = z.object({ field_name: requiredText, ascending: flag, dataset_name: text, dataset_digest: text })

export const loggedModelEndpoints: readonly Endpoint[] = [
  jsonEndpoint(
    'POST',
    PATH,
    {
      experiment_id: requiredText,
      name: text,
      model_type: text,
      source_run_id: text,
      params: keyValues,
      tags: keyValues,
    },
    async (fields, { store, uris }) => {
      const model = await store.createLoggedModel(fields.experiment_id, {
        name: fields.name || undefined,
        modelType: fields.model_type,
        sourceRunId: fields.source_run_id,
        params: fields.params,
        tags: fields.tags,
      })
      return { model: loggedModelJson(model, uris) }
    },
  ),
  jsonEndpoint(
    'POST',
    `${PATH}/search`,
    {
      experiment_ids: list(z.string()),
      filter: text,
      datasets: list(dataset),
      max_results: integer,
      order_by: list(order),
      page_token: text,
    },
    async (fields, { store, uris }) => {
      if (fields.experiment_ids.length === 0) {
        throw invalidParameter("Missing value for required parameter 'experiment_ids'.")
      }
      const { items, nextPageToken } = await store.searchLoggedModels({
        experimentIds: fields.experiment_ids,
        filter: fields.filter,
        datasets: fields.datasets.map(({ dataset_name: datasetName, dataset_digest: datasetDigest }) => ({
          datasetName,
          datasetDigest,
        })),
        maxResults: fields.max_results,
        pageToken: fields.page_token,
        orderBy: fields.order_by.map(({ field_name: field, ascending = true, ...dataset }) => ({
          field,
          descending: !ascending,
          datasetName: dataset.dataset_name,
          datasetDigest: dataset.dataset_digest,
        })),
      })
      return { models: listJson(items, (model) => loggedModelJson(model, uris)), next_page_token: nextPageToken }
    },
  ),
  jsonEndpoint('GET', MODEL, { allow_deleted: flag }, async (fields, { store, uris }, { model_id: modelId = '' }) => {
    const model = await store.getLoggedModel(modelId, { allowDeleted: fields.allow_deleted ?? false })
    return { model: loggedModelJson(model, uris) }
  }),
  jsonEndpoint(
    'PATCH',
    MODEL,
    { status: z.unknown().optional() },
    async ({ status }, { store, uris }, { model_id: modelId = '' }) => ({
      model: loggedModelJson(await store.finalizeLoggedModel(modelId, parseStatus(status)), uris),
    }),
  ),
  jsonEndpoint('DELETE', MODEL, {}, async (_, { store }, { model_id: modelId = '' }) => {
    await store.deleteLoggedModel(modelId)
  }),
  jsonEndpoint('POST', `${MODEL}/params`, { params: keyValues }, async ({ params }, { store }, { model_id = '' }) => {
    await store.logLoggedModelParams(model_id, params)
  }),
  jsonEndpoint('PATCH', `${MODEL}/tags`, { tags: keyValues }, async ({ tags }, { store }, { model_id = '' }) => {
    await store.setLoggedModelTags(model_id, tags)
  }),
  jsonEndpoint('DELETE', `${MODEL}/tags/{tag_key}`, {}, async (_, { store }, { model_id = '', tag_key = '' }) => {
    await store.deleteLoggedModelTag(model_id, tag_key)
  }),
  jsonEndpoint(
    'GET',
    `${MODEL}/artifacts/directories`,
    { artifact_directory_path: text },
    async (fields, context, { model_id = '' }) =>
      await listArtifacts(
        context,
        (await findModel(context, model_id)).artifactLocation,
        fields.artifact_directory_path,
      ),
  ),
  {
    method: 'GET',
    path: `${MODEL}/artifacts/files`,
    answer: async (request, { model_id = '' }, context) => {
      const path = request.query.get('artifact_file_path') ?? ''
      if (path === '') throw invalidParameter('Request must include the "artifact_file_path" query parameter.')
      const { artifactLocation } = await findModel(context, model_id)
      return await sendFile(request, context, path, context.uris.pathOf(artifactLocation))
    },
  },
  jsonEndpoint(
    'POST',
    '/api/2.0/mlflow/runs/outputs',
    { ...runFields, models: list(z.object({ model_id: requiredText, step: integer })) },
    async (fields, { store }) => {
      const models = fields.models.map(({ model_id: modelId, step = 0 }) => ({ modelId, step }))
      await store.logModelOutputs(runIdOf(fields), models)
    },
  ),
]

const statuses: Readonly<Record<string, LoggedModelStatus>> = {
  LOGGED_MODEL_PENDING: 'PENDING',
  LOGGED_MODEL_READY: 'READY',
  LOGGED_MODEL_UPLOAD_FAILED: 'UPLOAD_FAILED',
  1: 'PENDING',
  2: 'READY',
  3: 'UPLOAD_FAILED',
}

function parseStatus(status: unknown): LoggedModelStatus {
  const found = typeof status === 'string' || typeof status === 'number' ? statuses[status] : undefined
  if (found !== undefined) return found
  throw invalidParameter(`Invalid value ${JSON.stringify(status) ?? 'null'} for parameter 'status' supplied.`)
}

async function findModel({ store }: ServerContext, modelId: string): Promise<LoggedModel> {
  return await store.getLoggedModel(modelId)
}
