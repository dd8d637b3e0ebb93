/** The things a tracking store keeps, as plain data. Names and meanings are MLflow's; times are milliseconds since 1970. */

export type LifecycleStage = 'active' | 'deleted'
export type RunStatus = 'RUNNING' | 'SCHEDULED' | 'FINISHED' | 'FAILED' | 'KILLED'
export type ModelStage = 'None' | 'Staging' | 'Production' | 'Archived'

/** Tags or parameters: text under a key. */
export type TextMap = Readonly<Record<string, string>>

export interface Experiment {
  /** A whole number as text; '0' is "Default". */
  readonly experimentId: string
  readonly name: string
  /** Where artifacts of its runs go: each run has a folder named by its id in it. */
  readonly artifactLocation: string
  readonly lifecycleStage: LifecycleStage
  readonly creationTime?: number
  readonly lastUpdateTime?: number
  readonly tags: TextMap
}

/** One point of a metric. NaN is kept; ±Infinity is kept as ±1.7976931348623157e308, as MLflow does. */
export interface Metric {
  readonly key: string
  readonly value: number
  readonly timestamp: number
  /** A whole number, negative ones too. */
  readonly step: number
}

export interface Param {
  readonly key: string
  readonly value: string
}

export interface Tag {
  readonly key: string
  readonly value: string
}

export interface RunInfo {
  /** 32 hexadecimal digits. */
  readonly runId: string
  readonly experimentId: string
  readonly runName: string
  readonly userId: string
  readonly status: RunStatus
  readonly startTime?: number
  readonly endTime?: number
  readonly artifactUri: string
  readonly lifecycleStage: LifecycleStage
}

export interface RunData {
  /** The latest value of each metric. */
  readonly metrics: Readonly<Record<string, number>>
  /** The same with step and time: the point with the greatest (step, timestamp, value) of each key. */
  readonly latestMetrics: readonly Metric[]
  readonly params: TextMap
  readonly tags: TextMap
}

/** Data a run has used. `name` and `digest` tell data sets of an experiment apart. */
export interface Dataset {
  readonly name: string
  /** At most 36 characters. */
  readonly digest: string
  /** What kind of place `source` is, such as `local`, `s3` or `code`. */
  readonly sourceType: string
  readonly source: string
  /** JSON; MLflow's page shows `{"mlflow_colspec": [{"name": …, "type": …}]}`. */
  readonly schema?: string
  /** JSON, such as `{"num_rows": 150}`. */
  readonly profile?: string
}

export interface DatasetInput {
  readonly dataset: Dataset
  /** `mlflow.data.context` says what for: training, evaluation, … */
  readonly tags: TextMap
}

export interface Run {
  readonly info: RunInfo
  readonly data: RunData
  readonly inputs: { readonly datasets: readonly DatasetInput[] }
}

export interface ModelVersion {
  readonly name: string
  /** 1, 2, … without gaps; a number is never used again while the model lives. */
  readonly version: number
  readonly creationTime?: number
  readonly lastUpdatedTime?: number
  readonly description: string
  readonly userId: string
  readonly currentStage: ModelStage
  /** What was registered, as it was given: a URI of a model folder. */
  readonly source: string
  /** The run that made it, or ''. */
  readonly runId: string
  readonly runLink: string
  readonly status: string
  readonly statusMessage: string
  readonly tags: TextMap
  readonly aliases: readonly string[]
}

export interface RegisteredModel {
  readonly name: string
  readonly creationTime?: number
  readonly lastUpdatedTime?: number
  readonly description: string
  readonly tags: TextMap
  /** Version by alias. */
  readonly aliases: Readonly<Record<string, number>>
  /** The newest version of each stage that has one. */
  readonly latestVersions: readonly ModelVersion[]
}

/** A part of a longer list. `nextPageToken` is there when more follows. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly nextPageToken?: string
}
