/** The endpoints that read the history of metrics, of one run and of several. */
import { z } from 'zod'
import type { Metric } from '../entities.ts'
import type { RunStore } from '../tracking-store.ts'
import { invalidParameter } from '../validation.ts'
import { type Endpoint, jsonEndpoint } from './endpoint.ts'
import { integer, list, requiredText, text } from './fields.ts'
import { runFields, runIdOf } from './run-id.ts'
import { sampledSteps } from './sampled-steps.ts'
import { listJson, metricJson } from './wire.ts'

const MOST_RUNS = 100
const MOST_POINTS = 25_000
const MOST_POINTS_A_RUN = 2500

interface History {
  readonly runId: string
  readonly points: readonly Metric[]
}

export const metricEndpoints: readonly Endpoint[] = [
  jsonEndpoint(
    'GET',
    '/api/2.0/mlflow/metrics/get-history',
    { ...runFields, metric_key: requiredText, max_results: integer, page_token: text },
    async (fields, { store }) => {
      const page = { maxResults: fields.max_results, pageToken: fields.page_token }
      const { items, nextPageToken } = await store.getMetricHistory(runIdOf(fields), fields.metric_key, page)
      return { metrics: listJson(items, metricJson), next_page_token: nextPageToken }
    },
  ),
  jsonEndpoint(
    'GET',
    '/api/2.0/mlflow/metrics/get-history-bulk',
    { run_id: list(z.string()), metric_key: text, max_results: integer },
    async ({ run_id: runIds, metric_key: key, max_results: maxResults = MOST_POINTS }, { store }) => {
      const what = 'GetMetricHistoryBulk request'
      if (runIds.length === 0) throw invalidParameter(`${what} must specify at least one run_id.`)
      if (runIds.length > MOST_RUNS) {
        throw invalidParameter(
          `${what} cannot specify more than ${MOST_RUNS} run_ids. Received ${runIds.length} run_ids.`,
        )
      }
      if (key === undefined) throw invalidParameter(`${what} must specify a metric_key.`)
      const most = Math.min(maxResults, MOST_POINTS)
      const histories = await historiesOf(store, runIds.toSorted(), key, most)
      return { metrics: histories.flatMap(runMetrics).slice(0, most) }
    },
  ),
  jsonEndpoint(
    'GET',
    '/api/2.0/mlflow/metrics/get-history-bulk-interval',
    {
      run_ids: list(z.string()),
      metric_key: requiredText,
      start_step: integer,
      end_step: integer,
      max_results: integer,
    },
    async (fields, { store }) => {
      const { run_ids: runIds, metric_key: key, max_results: maxResults = MOST_POINTS_A_RUN } = fields
      checkSampling(runIds, maxResults)
      const range = stepRange(fields.start_step, fields.end_step)
      const histories = await historiesOf(store, runIds, key)
      const inRange = histories.map(({ runId, points }) => ({
        runId,
        points: points.filter(({ step }) => range(step)),
      }))
      const steps = sampledSteps(
        inRange.map(({ points }) => points.map(({ step }) => step)),
        maxResults,
      )
      const sampled = inRange.map(({ runId, points }) => ({
        runId,
        points: points.filter(({ step }) => steps.has(step)).slice(0, MOST_POINTS_A_RUN),
      }))
      return { metrics: listJson(sampled.flatMap(runMetrics), (metric) => metric) }
    },
  ),
]

function checkSampling(runIds: readonly string[], maxResults: number): void {
  if (runIds.length === 0) throw invalidParameter("Missing value for required parameter 'run_ids'.")
  if (runIds.length > MOST_RUNS) {
    throw invalidParameter(
      `GetMetricHistoryBulkInterval request must specify at most ${MOST_RUNS} run_ids. Received ${runIds.length} run_ids.`,
    )
  }
  if (maxResults >= 1 && maxResults <= MOST_POINTS_A_RUN) return
  throw invalidParameter(`max_results must be between 1 and ${MOST_POINTS_A_RUN}.`)
}

/** Whether a step is asked for. */
function stepRange(start: number | undefined, end: number | undefined): (step: number) => boolean {
  if (start === undefined && end === undefined) return () => true
  if (start === undefined || end === undefined) {
    throw invalidParameter('If either start step or end step are specified, both must be specified.')
  }
  if (start > end) {
    throw invalidParameter(`end_step must be greater than start_step. Found start_step=${start} and end_step=${end}.`)
  }
  return (step) => step >= start && step <= end
}

async function historiesOf(
  store: RunStore,
  runIds: readonly string[],
  key: string,
  maxResults?: number,
): Promise<readonly History[]> {
  const histories: History[] = []
  for (const runId of runIds) {
    histories.push({ runId, points: (await store.getMetricHistory(runId, key, { maxResults })).items })
  }
  return histories
}

function runMetrics({ runId, points }: History): readonly unknown[] {
  return points.map((point) => ({ ...metricJson(point), run_id: runId }))
}
