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

/** A point to be logged; it may be about a logged model, and that on a data set, as well as about the run. */
export interface MetricToLog extends Metric {
  readonly modelId?: string | undefined
  readonly datasetName?: string | undefined
  readonly datasetDigest?: string | undefined
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

/** A logged model that came out of a run, at a step of it. */
export interface ModelOutput {
  readonly modelId: string
  readonly step: number
}

export interface Run {
  readonly info: RunInfo
  readonly data: RunData
  /** Data sets, and the ids of logged models, that the run has used. */
  readonly inputs: { readonly datasets: readonly DatasetInput[]; readonly modelIds: readonly string[] }
  readonly outputs: { readonly models: readonly ModelOutput[] }
}

export type LoggedModelStatus = 'PENDING' | 'READY' | 'UPLOAD_FAILED'

/** A model that was logged, before or without being registered: MLflow's `models:/m-…`. */
export interface LoggedModel {
  /** `m-` and 32 hexadecimal digits. */
  readonly modelId: string
  readonly experimentId: string
  readonly name: string
  readonly artifactLocation: string
  readonly creationTime: number
  readonly lastUpdatedTime: number
  readonly status: LoggedModelStatus
  readonly statusMessage: string
  readonly modelType: string
  /** The run that made it, or ''. */
  readonly sourceRunId: string
  readonly lifecycleStage: LifecycleStage
  readonly params: TextMap
  readonly tags: TextMap
  /** What was measured of it, each point with the run that did. */
  readonly metrics: readonly ModelMetric[]
}

/** A point of a metric of a logged model. */
export interface ModelMetric extends Metric {
  readonly runId: string
  readonly datasetName?: string
  readonly datasetDigest?: string
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

/** What was done to a registered model or prompt, or to a version of it. */
export type RegistryAction =
  'alias_set' | 'alias_deleted' | 'stage_changed' | 'version_deleted' | 'model_renamed' | 'model_deleted'

/** One entry of the history of a model. */
export interface RegistryChange {
  readonly name: string
  readonly action: RegistryAction
  readonly time: number
  /** Who did it, or '' where that is not known. */
  readonly user: string
  /** Why, in words of whoever did it, or ''. */
  readonly reason: string
  readonly version?: number
  readonly alias?: string
  /** The stage, name or version (of an alias) before. */
  readonly from?: string
  /** The same afterwards. */
  readonly to?: string
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
