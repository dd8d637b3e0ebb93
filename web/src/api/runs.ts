/** Runs of the tracking server. */
import { z } from 'zod'
import type { LifecycleStage } from './experiments.ts'
import { byName, nothing, numberField, pairsField } from './fields.ts'
import { ask, mlflow } from './http.ts'

const metricField = z.object({
  key: z.string(),
  value: numberField,
  /** Milliseconds since 1970. */
  timestamp: z.number().default(0),
  step: z.number().default(0),
})

/** One point of a metric. */
export type MetricPoint = z.output<typeof metricField>

const datasetField = z
  .object({
    dataset: z.object({
      name: z.string(),
      digest: z.string(),
      source_type: z.string().default(''),
      source: z.string().default(''),
      schema: z.string().optional(),
      profile: z.string().optional(),
    }),
    tags: pairsField,
  })
  .transform(({ dataset, tags }) => ({ ...dataset, context: tags['mlflow.data.context'] ?? '' }))

const runField = z
  .object({
    info: z.object({
      run_id: z.string(),
      run_name: z.string().default(''),
      experiment_id: z.string(),
      user_id: z.string().default(''),
      status: z.enum(['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED']),
      start_time: z.number().optional(),
      end_time: z.number().optional(),
      artifact_uri: z.string().default(''),
      lifecycle_stage: z.enum(['active', 'deleted']),
    }),
    data: z
      .object({ metrics: z.array(metricField).default([]), params: pairsField, tags: pairsField })
      .default({ metrics: [], params: byName<string>([]), tags: byName<string>([]) }),
    inputs: z.object({ dataset_inputs: z.array(datasetField).default([]) }).default({ dataset_inputs: [] }),
  })
  .transform(({ info, data, inputs }) => ({
    runId: info.run_id,
    name: info.run_name,
    experimentId: info.experiment_id,
    userId: info.user_id,
    status: info.status,
    startTime: info.start_time,
    endTime: info.end_time,
    artifactUri: info.artifact_uri,
    lifecycleStage: info.lifecycle_stage,
    /** The latest point of each metric. */
    metrics: byName(data.metrics.map((metric) => [metric.key, metric])),
    params: data.params,
    tags: data.tags,
    datasets: inputs.dataset_inputs,
  }))

export type Run = z.output<typeof runField>
export type RunStatus = Run['status']

/** The tag that names the run another one is nested in. */
export const parentTag = 'mlflow.parentRunId'

export interface RunSearch {
  readonly experimentIds: readonly string[]
  /** In MLflow's grammar. */
  readonly filter: string
  /** Such as `metrics.accuracy DESC`; '' is newest first. */
  readonly orderBy: string
  readonly stage: LifecycleStage
  readonly maxResults: number
}

export interface RunPage {
  readonly runs: readonly Run[]
  readonly nextPageToken: string | undefined
}

const searchAnswer = z
  .object({ runs: z.array(runField).default([]), next_page_token: z.string().optional() })
  .transform(({ runs, next_page_token: token }): RunPage => ({ runs, nextPageToken: token === '' ? undefined : token }))

export async function searchRuns(search: RunSearch, pageToken?: string, signal?: AbortSignal): Promise<RunPage> {
  const body = {
    experiment_ids: search.experimentIds,
    filter: search.filter,
    order_by: search.orderBy === '' ? [] : [search.orderBy],
    run_view_type: search.stage === 'active' ? 'ACTIVE_ONLY' : 'DELETED_ONLY',
    max_results: search.maxResults,
    ...(pageToken !== undefined && { page_token: pageToken }),
  }
  return await ask(searchAnswer, 'POST', `${mlflow}/runs/search`, { body, signal })
}

const oneAnswer = z.object({ run: runField })

export async function getRun(runId: string, signal?: AbortSignal): Promise<Run> {
  return (await ask(oneAnswer, 'GET', `${mlflow}/runs/get`, { query: { run_id: runId }, signal })).run
}

export async function deleteRun(runId: string): Promise<void> {
  await ask(nothing, 'POST', `${mlflow}/runs/delete`, { body: { run_id: runId } })
}

export async function restoreRun(runId: string): Promise<void> {
  await ask(nothing, 'POST', `${mlflow}/runs/restore`, { body: { run_id: runId } })
}

export async function setRunTag(runId: string, key: string, value: string): Promise<void> {
  await ask(nothing, 'POST', `${mlflow}/runs/set-tag`, { body: { run_id: runId, key, value } })
}

const historyAnswer = z.object({ metrics: z.array(metricField).default([]), next_page_token: z.string().optional() })

/** Every point of a metric, in the order of its steps. */
export async function metricHistory(runId: string, key: string, signal?: AbortSignal): Promise<readonly MetricPoint[]> {
  const points: MetricPoint[] = []
  let pageToken: string | undefined
  do {
    const query = { run_id: runId, metric_key: key, max_results: 25_000, page_token: pageToken }
    const page = await ask(historyAnswer, 'GET', `${mlflow}/metrics/get-history`, { query, signal })
    points.push(...page.metrics)
    pageToken = page.next_page_token
  } while (pageToken !== undefined && pageToken !== '')
  return points.toSorted((a, b) => a.step - b.step || a.timestamp - b.timestamp)
}

export async function renameRun(runId: string, name: string): Promise<void> {
  await ask(nothing, 'POST', `${mlflow}/runs/update`, { body: { run_id: runId, run_name: name } })
}

export async function deleteRunTag(runId: string, key: string): Promise<void> {
  await ask(nothing, 'POST', `${mlflow}/runs/delete-tag`, { body: { run_id: runId, key } })
}
