/** The part of the client over HTTP that keeps runs. Values are checked and cut here, as the store on a database does. */
import { z } from 'zod'
import { type Clock } from '../../core/index.ts'
import { type DatasetInput, type Metric, type MetricToLog } from '../entities.ts'
import { type RunStore } from '../tracking-store.ts'
import {
  checkBatch,
  checkDatasetInputs,
  checkMetric,
  checkParam,
  checkRunChanges,
  checkTag,
  checkTagLength,
} from '../validation.ts'
import { type Connection } from './connection.ts'
import { metricSchema, nextPage, numberJson, pageOf, pairsJson, parseAnswer, runInfoSchema, runSchema } from './wire.ts'

const PATH = '/api/2.0/mlflow/runs'

/** The most points of a metric that a server gives at once. */
const historyPage = 25_000

const one = z.object({ run: runSchema })
const many = z.object({ runs: z.array(runSchema).default([]), ...nextPage })
const history = z.object({ metrics: z.array(metricSchema).default([]), ...nextPage })

export interface HttpRunOptions {
  readonly clock: Clock
  readonly truncateLongValues: boolean
}

export function httpRuns({ get, send }: Connection, { clock, truncateLongValues: truncate }: HttpRunOptions): RunStore {
  const post = async (action: string, body: Readonly<Record<string, unknown>>): Promise<unknown> =>
    await send('POST', `${PATH}/${action}`, body)
  const historyOf = async (query: Readonly<Record<string, unknown>>): Promise<z.output<typeof history>> =>
    parseAnswer(history, await get('/api/2.0/mlflow/metrics/get-history', query))
  return {
    createRun: async (experimentId, { startTime = clock(), runName, userId, tags = {} } = {}) => {
      checkRunChanges({ startTime })
      const body = { experiment_id: experimentId, start_time: startTime, run_name: runName, user_id: userId }
      const checked = Object.entries(tags).map(([key, value]) => checkTagLength({ key, value }, truncate))
      return parseAnswer(one, await post('create', { ...body, tags: checked })).run
    },
    getRun: async (runId) => parseAnswer(one, await get(`${PATH}/get`, { run_id: runId })).run,
    updateRun: async (runId, { status, endTime, runName }) => {
      checkRunChanges({ status, endTime })
      const answer = await post('update', { run_id: runId, status, end_time: endTime, run_name: runName })
      return parseAnswer(z.object({ run_info: runInfoSchema }), answer).run_info
    },
    deleteRun: async (runId) => {
      await post('delete', { run_id: runId })
    },
    restoreRun: async (runId) => {
      await post('restore', { run_id: runId })
    },
    logMetric: async (runId, key, value, { timestamp = clock(), step = 0, ...about } = {}) => {
      const metric = { key, value, timestamp, step, ...about }
      checkMetric(metric)
      await post('log-metric', { run_id: runId, ...metricJson(metric) })
    },
    logParam: async (runId, key, value) => {
      await post('log-parameter', { run_id: runId, ...checkParam({ key, value }, truncate) })
    },
    logBatch: async (runId, batch) => {
      const { metrics, params, tags } = checkBatch(batch, truncate)
      await post('log-batch', { run_id: runId, metrics: metrics.map(metricJson), params, tags })
    },
    setTag: async (runId, key, value) => {
      await post('set-tag', { run_id: runId, ...checkTag({ key, value }, truncate) })
    },
    deleteTag: async (runId, key) => {
      await post('delete-tag', { run_id: runId, key })
    },
    logInputs: async (runId, datasets) => {
      checkDatasetInputs(datasets)
      await post('log-inputs', { run_id: runId, datasets: datasets.map(datasetInputJson) })
    },
    getMetricHistory: async (runId, key, { maxResults, pageToken } = {}) => {
      const query = { run_id: runId, metric_key: key }
      if (maxResults !== undefined) {
        const answer = await historyOf({ ...query, max_results: maxResults, page_token: pageToken })
        return pageOf(answer.metrics, answer)
      }
      const items: Metric[] = []
      for (let token = pageToken; ;) {
        const answer = await historyOf({ ...query, max_results: historyPage, page_token: token })
        items.push(...answer.metrics)
        token = answer.next_page_token
        if (token === undefined || token === '') return { items }
      }
    },
    searchRuns: async ({ experimentIds, filter, viewType, maxResults, orderBy, pageToken }) => {
      const body = { experiment_ids: experimentIds, filter, run_view_type: viewType, order_by: orderBy }
      const answer = await post('search', { ...body, max_results: maxResults, page_token: pageToken })
      const page = parseAnswer(many, answer)
      return pageOf(page.runs, page)
    },
  }
}

function metricJson({ value, modelId, datasetName, datasetDigest, ...metric }: MetricToLog): object {
  const about = { model_id: modelId, dataset_name: datasetName, dataset_digest: datasetDigest }
  return { ...metric, value: numberJson(value), ...about }
}

function datasetInputJson({ dataset: { sourceType, ...dataset }, tags }: DatasetInput): object {
  return { tags: pairsJson(tags), dataset: { ...dataset, source_type: sourceType } }
}
