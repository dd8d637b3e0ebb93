/** The endpoints of runs and of what is logged to them. */
import { z } from 'zod'
import type { MetricToLog, RunStatus } from '../entities.ts'
import { type Endpoint, jsonEndpoint } from './endpoint.ts'
import {
  integer,
  keyValues,
  list,
  longList,
  requiredInteger,
  requiredNumber,
  requiredText,
  text,
  viewType,
} from './fields.ts'
import { checkedRunIdOf, runFields, runIdOf } from './run-id.ts'
import { listJson, runInfoJson, runJson } from './wire.ts'

const point = {
  key: requiredText,
  value: requiredNumber,
  timestamp: requiredInteger,
  step: integer,
  model_id: text,
  dataset_name: text,
  dataset_digest: text,
}
const pairs = list(z.object({ key: requiredText, value: text }).transform(({ key, value = '' }) => ({ key, value })))

const dataset = z.object({
  name: requiredText,
  digest: requiredText,
  source_type: requiredText,
  source: requiredText,
  schema: text,
  profile: text,
})

export const runEndpoints: readonly Endpoint[] = [
  jsonEndpoint(
    'POST',
    '/api/2.0/mlflow/runs/create',
    { experiment_id: requiredText, user_id: text, run_name: text, start_time: integer, tags: keyValues },
    async (fields, { store, uris }) => {
      const run = await store.createRun(fields.experiment_id, {
        startTime: fields.start_time,
        runName: fields.run_name,
        userId: fields.user_id || undefined,
        tags: fields.tags,
      })
      return { run: { ...runJson(run, uris), outputs: undefined } }
    },
  ),
  jsonEndpoint('GET', '/api/2.0/mlflow/runs/get', runFields, async (fields, { store, uris }) => ({
    run: runJson(await store.getRun(runIdOf(fields)), uris),
  })),
  jsonEndpoint(
    'POST',
    '/api/2.0/mlflow/runs/update',
    { ...runFields, status: text, end_time: integer, run_name: text },
    async (fields, { store, uris }) => {
      const info = await store.updateRun(runIdOf(fields), {
        status: fields.status as RunStatus | undefined, // the store refuses any other
        endTime: fields.end_time,
        runName: fields.run_name,
      })
      return { run_info: runInfoJson(info, uris) }
    },
  ),
  jsonEndpoint('POST', '/api/2.0/mlflow/runs/delete', runFields, async (fields, { store }) => {
    await store.deleteRun(runIdOf(fields))
  }),
  jsonEndpoint('POST', '/api/2.0/mlflow/runs/restore', runFields, async (fields, { store }) => {
    await store.restoreRun(runIdOf(fields))
  }),
  jsonEndpoint(
    'POST',
    '/api/2.0/mlflow/runs/search',
    {
      experiment_ids: list(z.string()),
      filter: text,
      run_view_type: viewType,
      max_results: integer,
      order_by: list(z.string()),
      page_token: text,
    },
    async (fields, { store, uris }) => {
      const { items, nextPageToken } = await store.searchRuns({
        experimentIds: fields.experiment_ids,
        filter: fields.filter,
        viewType: fields.run_view_type,
        maxResults: fields.max_results,
        orderBy: fields.order_by,
        pageToken: fields.page_token,
      })
      return { runs: listJson(items, (run) => runJson(run, uris)), next_page_token: nextPageToken }
    },
  ),
  jsonEndpoint('POST', '/api/2.0/mlflow/runs/log-metric', { ...runFields, ...point }, async (fields, { store }) => {
    const { key, value, ...at } = metricToLog(fields)
    await store.logMetric(runIdOf(fields), key, value, at)
  }),
  jsonEndpoint(
    'POST',
    '/api/2.0/mlflow/runs/log-parameter',
    { ...runFields, key: requiredText, value: text },
    async (fields, { store }) => await store.logParam(runIdOf(fields), fields.key, fields.value ?? ''),
  ),
  jsonEndpoint(
    'POST',
    '/api/2.0/mlflow/runs/log-batch',
    { ...runFields, metrics: longList(z.object(point), isPlainPoint), params: pairs, tags: pairs },
    async (fields, { store }) => {
      const metrics = fields.metrics.map(metricToLog)
      await store.logBatch(checkedRunIdOf(fields), { metrics, params: fields.params, tags: fields.tags })
    },
  ),
  jsonEndpoint(
    'POST',
    '/api/2.0/mlflow/runs/set-tag',
    { ...runFields, key: requiredText, value: text },
    async (fields, { store }) => await store.setTag(runIdOf(fields), fields.key, fields.value ?? ''),
  ),
  jsonEndpoint(
    'POST',
    '/api/2.0/mlflow/runs/delete-tag',
    { ...runFields, key: requiredText },
    async (fields, { store }) => await store.deleteTag(runIdOf(fields), fields.key),
  ),
  jsonEndpoint(
    'POST',
    '/api/2.0/mlflow/runs/log-inputs',
    {
      ...runFields,
      datasets: list(z.object({ tags: keyValues, dataset })),
      models: list(z.object({ model_id: requiredText })),
    },
    async (fields, { store }) => {
      const inputs = fields.datasets.map(({ dataset, tags }) => ({
        dataset: {
          name: dataset.name,
          digest: dataset.digest,
          sourceType: dataset.source_type,
          source: dataset.source,
          ...(dataset.schema !== undefined && { schema: dataset.schema }),
          ...(dataset.profile !== undefined && { profile: dataset.profile }),
        },
        tags,
      }))
      const runId = checkedRunIdOf(fields)
      await store.logInputs(runId, inputs)
      if (fields.models.length > 0)
        await store.logModelInputs(
          runId,
          fields.models.map((model) => model.model_id),
        )
    },
  ),
]

type Point = z.output<z.ZodObject<typeof point>>

/** Whether nothing of it has to be changed: numbers are numbers, and it is about no model. */
function isPlainPoint(value: unknown): value is Point {
  if (typeof value !== 'object' || value === null || 'model_id' in value || 'dataset_name' in value) return false
  const { key, value: number, timestamp, step } = value as Partial<Record<string, unknown>>
  const isText = typeof key === 'string' && key !== '' && !('dataset_digest' in value)
  return isText && typeof number === 'number' && Number.isSafeInteger(timestamp) && Number.isSafeInteger(step)
}

function metricToLog(fields: Point): MetricToLog {
  const { key, value, timestamp, step = 0 } = fields
  return {
    key,
    value,
    timestamp,
    step,
    modelId: fields.model_id || undefined,
    datasetName: fields.dataset_name || undefined,
    datasetDigest: fields.dataset_digest || undefined,
  }
}
