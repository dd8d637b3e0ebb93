/** A run under way: logging without naming the run each time, with metrics gathered into batches. */
import { type Metric, type Run, type RunInfo } from './entities.ts'
import { metricBuffer } from './metric-buffer.ts'
import { type TrackingClient } from './open-tracking.ts'
import { checkMetric, limits } from './validation.ts'

/** Data a run uses. Objects are stored as JSON. */
export interface DatasetDescription {
  readonly name: string
  /** A hash of the content, at most 36 characters. */
  readonly digest: string
  /** Where it came from: a path or URI. */
  readonly source: string
  /** Default: `local`. */
  readonly sourceType?: string
  /** Such as `{ mlflow_colspec: [{ name: 'island', type: 'string' }] }`, which MLflow's page shows. */
  readonly schema?: unknown
  /** Such as `{ num_rows: 344 }`. */
  readonly profile?: unknown
  /** What it is used for: `training`, `evaluation`, … */
  readonly context?: string
}

export interface ActiveRun {
  readonly runId: string
  readonly info: RunInfo
  /** Stores hyperparameters: text as it is, everything else as JSON. A parameter can be set once. */
  logParams(params: Readonly<Record<string, unknown>>): Promise<void>
  /** Takes metrics of one step (default 0). They are written with others, a second later at the latest. */
  logMetrics(metrics: Readonly<Record<string, number>>, step?: number): Promise<void>
  setTags(tags: Readonly<Record<string, string>>): Promise<void>
  logInput(dataset: DatasetDescription): Promise<void>
  logArtifact(localPath: string, artifactPath?: string): Promise<void>
  logArtifacts(localFolder: string, artifactPath?: string): Promise<void>
  logText(text: string, artifactFile: string): Promise<void>
  logDict(value: unknown, artifactFile: string): Promise<void>
  /** Writes the metrics that wait. Done at the end of a run anyway. */
  flush(): Promise<void>
}

/** `run` as an active run; metrics wait for `flushAfterMs` at most. */
export function activeRun(client: TrackingClient, run: Run, flushAfterMs = 1000): ActiveRun {
  const { runId } = run.info
  const buffer = metricBuffer({
    write: async (metrics) => await client.logBatch(runId, { metrics }),
    flushAfterMs,
    maxMetrics: limits.batchMetrics,
  })
  return {
    runId,
    info: run.info,
    logParams: async (params) => {
      const list = Object.entries(params).map(([key, value]) => ({ key, value: asText(value) }))
      for (const part of batches(list)) await client.logBatch(runId, { params: part })
    },
    logMetrics: async (metrics, step = 0) => {
      const timestamp = client.clock()
      const list = Object.entries(metrics).map(([key, value]): Metric => ({ key, value, timestamp, step }))
      // Checked here and not when they are written, so that the error comes from the call that is wrong.
      for (const metric of list) checkMetric(metric)
      await buffer.add(list)
    },
    setTags: async (tags) => {
      const list = Object.entries(tags).map(([key, value]) => ({ key, value }))
      for (const part of batches(list)) await client.logBatch(runId, { tags: part })
    },
    logInput: async (dataset) => await client.logInputs(runId, [datasetInput(dataset)]),
    logArtifact: async (localPath, artifactPath) => await client.logArtifact(runId, localPath, artifactPath),
    logArtifacts: async (localFolder, artifactPath) => await client.logArtifacts(runId, localFolder, artifactPath),
    logText: async (text, artifactFile) => await client.logText(runId, text, artifactFile),
    logDict: async (value, artifactFile) => await client.logDict(runId, value, artifactFile),
    flush: async () => await buffer.flush(),
  }
}

function datasetInput(description: DatasetDescription): Parameters<TrackingClient['logInputs']>[1][number] {
  const { name, digest, source, sourceType = 'local', schema, profile, context } = description
  return {
    dataset: {
      name,
      digest,
      // MLflow's own sources are JSON, and its get_source() reads no other.
      source: JSON.stringify({ uri: source }),
      sourceType,
      ...(schema !== undefined && { schema: asText(schema) }),
      ...(profile !== undefined && { profile: asText(profile) }),
    },
    tags: context === undefined ? {} : { 'mlflow.data.context': context },
  }
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
}

/** As many items as one batch may hold, and the next, and so on. */
function batches<T>(items: readonly T[]): readonly (readonly T[])[] {
  const size = limits.batchParamsOrTags
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size))
}
