/**
 * What a tracking store can do: plain data in, plain data out, with MLflow's rules, error codes and limits. The SQL
 * store implements it; a server speaks it over HTTP, and a client of such a server implements it again.
 */
import {
  type DatasetInput,
  type Experiment,
  type LoggedModel,
  type LoggedModelStatus,
  type Metric,
  type MetricToLog,
  type ModelOutput,
  type ModelVersion,
  type Page,
  type Param,
  type RegisteredModel,
  type RegistryChange,
  type Run,
  type RunInfo,
  type RunStatus,
  type Tag,
  type TextMap,
} from './entities.ts'
import {
  type Assessment,
  type AssessmentError,
  type SpanToLog,
  type Trace,
  type TraceInfo,
  type TraceState,
} from './trace-entities.ts'

/** Which of active and deleted things to return; ACTIVE_ONLY by default. */
export type ViewType = 'ACTIVE_ONLY' | 'DELETED_ONLY' | 'ALL'

/** A page of a list: `maxResults` at most, from where `pageToken` says. */
export interface PageRequest {
  readonly maxResults?: number | undefined
  readonly pageToken?: string | undefined
}

/** A search: MLflow's filter grammar, and order clauses such as `metrics.accuracy DESC`. */
export interface SearchRequest extends PageRequest {
  readonly filter?: string | undefined
  readonly orderBy?: readonly string[] | undefined
}

export interface CreateExperimentOptions {
  /** URI or path; by default a folder named by the experiment's id in the artifact root. */
  readonly artifactLocation?: string | undefined
  readonly tags?: TextMap | undefined
}

export interface ExperimentStore {
  /** @returns the id. @throws RESOURCE_ALREADY_EXISTS when the name is taken, by a deleted experiment too */
  createExperiment(name: string, options?: CreateExperimentOptions): Promise<string>
  /** Deleted ones too. @throws RESOURCE_DOES_NOT_EXIST */
  getExperiment(experimentId: string): Promise<Experiment>
  getExperimentByName(name: string): Promise<Experiment | undefined>
  /** Newest first by default; at most 1000 by default, 50,000 at most. */
  searchExperiments(request?: SearchRequest & { readonly viewType?: ViewType }): Promise<Page<Experiment>>
  renameExperiment(experimentId: string, newName: string): Promise<void>
  /** Marks the experiment and its runs as deleted; nothing is erased. */
  deleteExperiment(experimentId: string): Promise<void>
  restoreExperiment(experimentId: string): Promise<void>
  setExperimentTag(experimentId: string, key: string, value: string): Promise<void>
  deleteExperimentTag(experimentId: string, key: string): Promise<void>
}

export interface CreateRunOptions {
  /** Default: now. */
  readonly startTime?: number | undefined
  readonly runName?: string | undefined
  readonly userId?: string | undefined
  readonly tags?: TextMap | undefined
}

export interface UpdateRunOptions {
  readonly status?: RunStatus | undefined
  readonly endTime?: number | undefined
  readonly runName?: string | undefined
}

/** What one batch may hold: 1000 metrics, 100 params, 100 tags, 1000 in all. */
export interface LogBatch {
  readonly metrics?: readonly MetricToLog[] | undefined
  readonly params?: readonly Param[] | undefined
  readonly tags?: readonly Tag[] | undefined
}

export interface RunSearchRequest extends SearchRequest {
  readonly experimentIds: readonly string[]
  readonly viewType?: ViewType | undefined
}

export interface RunStore {
  createRun(experimentId: string, options?: CreateRunOptions): Promise<Run>
  /** Deleted ones too. @throws RESOURCE_DOES_NOT_EXIST */
  getRun(runId: string): Promise<Run>
  updateRun(runId: string, changes: UpdateRunOptions): Promise<RunInfo>
  deleteRun(runId: string): Promise<void>
  restoreRun(runId: string): Promise<void>
  /** `timestamp` is now and `step` 0 by default. A point that is there already, in all its parts, is no error. */
  logMetric(runId: string, key: string, value: number, at?: Partial<Omit<MetricToLog, 'key' | 'value'>>): Promise<void>
  /** @throws INVALID_PARAMETER_VALUE when the parameter has another value already; the same one is no error */
  logParam(runId: string, key: string, value: string): Promise<void>
  /** Everything in one transaction: all of it is stored or nothing. */
  logBatch(runId: string, batch: LogBatch): Promise<void>
  setTag(runId: string, key: string, value: string): Promise<void>
  deleteTag(runId: string, key: string): Promise<void>
  /** Data sets already known by name and digest are linked again, not doubled. */
  logInputs(runId: string, datasets: readonly DatasetInput[]): Promise<void>
  /** All points of a metric by time, step and value; all on one page by default. */
  getMetricHistory(runId: string, key: string, page?: PageRequest): Promise<Page<Metric>>
  /** Latest start first by default; at most 1000 by default, 50,000 at most. */
  searchRuns(request: RunSearchRequest): Promise<Page<Run>>
}

export interface CreateRegisteredModelOptions {
  readonly tags?: TextMap | undefined
  readonly description?: string | undefined
}

export interface CreateModelVersionOptions {
  readonly runId?: string | undefined
  readonly runLink?: string | undefined
  readonly description?: string | undefined
  readonly tags?: TextMap | undefined
}

/** Who changes something and why, for the history of the model; the user is the client's by default. */
export interface ChangeNote {
  readonly user?: string | undefined
  /** At most 1000 characters. */
  readonly reason?: string | undefined
}

/** The number of a model version, as a number or as text. */
export type VersionNumber = number | string

export interface RegistryStore {
  createRegisteredModel(name: string, options?: CreateRegisteredModelOptions): Promise<RegisteredModel>
  getRegisteredModel(name: string): Promise<RegisteredModel>
  renameRegisteredModel(name: string, newName: string, note?: ChangeNote): Promise<RegisteredModel>
  updateRegisteredModel(name: string, changes: { readonly description: string }): Promise<RegisteredModel>
  /** Erases the model with its versions, tags and aliases; the files the versions point to stay. */
  deleteRegisteredModel(name: string, note?: ChangeNote): Promise<void>
  /** By name by default; at most 100 by default, 1000 at most. */
  searchRegisteredModels(request?: SearchRequest): Promise<Page<RegisteredModel>>
  setRegisteredModelTag(name: string, key: string, value: string): Promise<void>
  deleteRegisteredModelTag(name: string, key: string): Promise<void>
  setRegisteredModelAlias(name: string, alias: string, version: VersionNumber, note?: ChangeNote): Promise<void>
  deleteRegisteredModelAlias(name: string, alias: string, note?: ChangeNote): Promise<void>

  /** `source` is the URI of a model folder; `runs:/…` and `models:/…` are resolved and kept as they were given. */
  createModelVersion(name: string, source: string, options?: CreateModelVersionOptions): Promise<ModelVersion>
  getModelVersion(name: string, version: VersionNumber): Promise<ModelVersion>
  /** @throws INVALID_PARAMETER_VALUE when there is no such alias; `latest` is the highest version */
  getModelVersionByAlias(name: string, alias: string): Promise<ModelVersion>
  /** The newest version of each of `stages` (all by default) that has one. */
  getLatestVersions(name: string, stages?: readonly string[]): Promise<readonly ModelVersion[]>
  /** Last updated first by default; at most 10,000 by default, 200,000 at most. */
  searchModelVersions(request?: SearchRequest): Promise<Page<ModelVersion>>
  updateModelVersion(
    name: string,
    version: VersionNumber,
    changes: { readonly description: string },
  ): Promise<ModelVersion>
  /** Takes the version out of sight with its aliases and blanks its source, run and user; its number stays used. */
  deleteModelVersion(name: string, version: VersionNumber, note?: ChangeNote): Promise<void>
  transitionModelVersionStage(
    name: string,
    version: VersionNumber,
    stage: string,
    options?: ChangeNote & { readonly archiveExistingVersions?: boolean },
  ): Promise<ModelVersion>
  setModelVersionTag(name: string, version: VersionNumber, key: string, value: string): Promise<void>
  deleteModelVersionTag(name: string, version: VersionNumber, key: string): Promise<void>
  /**
   * Moves of aliases and stages, renamings and deletions, newest first; 100 by default, 1000 at most. What was deleted keeps
   * its history, and a renamed model has that of its old name.
   *
   * @throws RESOURCE_DOES_NOT_EXIST for a model that neither is there nor has a history
   */
  getRegistryHistory(name: string, page?: PageRequest): Promise<Page<RegistryChange>>
  /** Where the files of the version are. */
  getModelVersionDownloadUri(name: string, version: VersionNumber): Promise<string>
}

export interface CreateLoggedModelOptions {
  /** Default: a random one. */
  readonly name?: string | undefined
  readonly sourceRunId?: string | undefined
  readonly modelType?: string | undefined
  readonly params?: TextMap | undefined
  readonly tags?: TextMap | undefined
}

/** By an attribute such as `creation_timestamp`, or by `metrics.name`, perhaps on one data set. */
export interface LoggedModelOrder {
  readonly field: string
  readonly descending?: boolean | undefined
  readonly datasetName?: string | undefined
  readonly datasetDigest?: string | undefined
}

export interface LoggedModelSearchRequest extends PageRequest {
  readonly experimentIds: readonly string[]
  readonly filter?: string | undefined
  /** Only models measured on one of these data sets, and only such measurements count in `filter`. Default: on any. */
  readonly datasets?: readonly MeasuredDataset[] | undefined
  readonly orderBy?: readonly LoggedModelOrder[] | undefined
}

/** What a model was measured on; without a digest, any data set of that name. */
export interface MeasuredDataset {
  readonly datasetName: string
  readonly datasetDigest?: string | undefined
}

/** Models as runs log them; deleted ones are hidden, but take changes as in MLflow. */
export interface LoggedModelStore {
  /** A model that is PENDING until finalized, with a place of its own for its files. */
  createLoggedModel(experimentId: string, options?: CreateLoggedModelOptions): Promise<LoggedModel>
  /** @throws RESOURCE_DOES_NOT_EXIST, for a deleted one too unless `allowDeleted` */
  getLoggedModel(modelId: string, options?: { readonly allowDeleted?: boolean }): Promise<LoggedModel>
  finalizeLoggedModel(modelId: string, status: LoggedModelStatus): Promise<LoggedModel>
  deleteLoggedModel(modelId: string): Promise<void>
  /** @throws INVALID_PARAMETER_VALUE when one has another value already */
  logLoggedModelParams(modelId: string, params: TextMap): Promise<void>
  setLoggedModelTags(modelId: string, tags: TextMap): Promise<void>
  deleteLoggedModelTag(modelId: string, key: string): Promise<void>
  /** Newest first by default; 100 by default. */
  searchLoggedModels(request: LoggedModelSearchRequest): Promise<Page<LoggedModel>>
  /** Notes that a run has used models. */
  logModelInputs(runId: string, modelIds: readonly string[]): Promise<void>
  /**
   * Notes that models came out of a run, each once.
   *
   * @throws INVALID_PARAMETER_VALUE for one that came out at another step already
   */
  logModelOutputs(runId: string, models: readonly ModelOutput[]): Promise<void>
}

/** A trace to be stored. */
export interface TraceToLog extends Partial<
  Pick<
    TraceInfo,
    'executionDuration' | 'clientRequestId' | 'requestPreview' | 'responsePreview' | 'metadata' | 'tags' | 'state'
  >
> {
  /** Default: a random one. Without an id the trace has only begun, and `endTrace` is to follow. */
  readonly traceId?: string | undefined
  readonly experimentId: string
  readonly requestTime: number
  readonly assessments?: readonly AssessmentToLog[] | undefined
}

export interface TraceEnd extends Pick<TraceInfo, 'metadata' | 'tags'> {
  readonly endTime: number
  readonly state: TraceState
}

/** An assessment to be stored; its times are now, where they are not given, and it is valid. */
export interface AssessmentToLog extends Pick<
  Assessment,
  'name' | 'kind' | 'value' | 'source' | 'error' | 'runId' | 'spanId' | 'rationale' | 'metadata' | 'overrides'
> {
  readonly createTime?: number
}

export interface AssessmentChanges {
  readonly name?: string | undefined
  /** Has to be of the kind that the assessment is of. */
  readonly value?: {
    readonly kind: 'feedback' | 'expectation'
    readonly value: unknown
    readonly error?: AssessmentError | undefined
  }
  readonly rationale?: string | undefined
  /** Added to what there is. */
  readonly metadata?: TextMap | undefined
}

export interface TraceSearchRequest extends SearchRequest {
  readonly experimentIds: readonly string[]
}

/** Which traces of an experiment: some by their ids, or the oldest. */
export type TraceChoice =
  { readonly traceIds: readonly string[] } | { readonly maxTime: number; readonly maxTraces?: number | undefined }

/** How many traces match two filters, and how often together. */
export interface TraceCounts {
  readonly total: number
  readonly first: number
  readonly second: number
  readonly both: number
}

/** Traces of agents and models, their spans, and what people and judges think of them. */
export interface TraceStore {
  /** Stores a trace whose spans may follow or be there already; of one that is there, what is given replaces what was. */
  startTrace(trace: TraceToLog): Promise<TraceInfo>
  /** Completes a trace that was begun without an id. */
  endTrace(traceId: string, end: TraceEnd): Promise<TraceInfo>
  /** Stores spans of any traces; traces that are not there are made, in the experiment. */
  logSpans(experimentId: string, spans: readonly SpanToLog[]): Promise<void>
  /** @throws RESOURCE_DOES_NOT_EXIST */
  getTraceInfo(traceId: string): Promise<TraceInfo>
  /** Those that there are, in the order asked for. */
  getTraceInfos(traceIds: readonly string[]): Promise<readonly TraceInfo[]>
  /** With its spans. @throws RESOURCE_DOES_NOT_EXIST when there is no trace; INVALID_STATE when its spans are nowhere */
  getTrace(traceId: string): Promise<Trace>
  /** Those that there are and whose spans the store keeps, in the order asked for. */
  getTraces(traceIds: readonly string[]): Promise<readonly Trace[]>
  /** Latest first by default; 100 by default, 500 at most. */
  searchTraces(request: TraceSearchRequest): Promise<Page<TraceInfo>>
  /** `base` says which traces count at all. */
  countTraces(
    experimentIds: readonly string[],
    filters: { readonly first: string; readonly second: string; readonly base?: string | undefined },
  ): Promise<TraceCounts>
  setTraceTag(traceId: string, key: string, value: string): Promise<void>
  deleteTraceTag(traceId: string, key: string): Promise<void>
  /** Erases traces with all that belongs to them but their artifacts. @returns how many */
  deleteTraces(experimentId: string, choice: TraceChoice): Promise<number>
  /** Notes that traces belong to a run as well: `run_id = '…'` finds them. At most 100. */
  linkTracesToRun(traceIds: readonly string[], runId: string): Promise<void>
  /** Notes which versions of prompts a trace has used, as `name/version`. */
  linkPromptsToTrace(traceId: string, promptVersions: readonly string[]): Promise<void>
  /** @throws RESOURCE_DOES_NOT_EXIST for no such trace, or no such assessment to override */
  createAssessment(traceId: string, assessment: AssessmentToLog): Promise<Assessment>
  getAssessment(traceId: string, assessmentId: string): Promise<Assessment>
  updateAssessment(traceId: string, assessmentId: string, changes: AssessmentChanges): Promise<Assessment>
  /** The one that it overrides is valid again. One that is not there is no error. */
  deleteAssessment(traceId: string, assessmentId: string): Promise<void>
}

/** A whole store. Disposing of it closes its connections. */
export interface TrackingStore
  extends ExperimentStore, RunStore, RegistryStore, LoggedModelStore, TraceStore, AsyncDisposable {}
