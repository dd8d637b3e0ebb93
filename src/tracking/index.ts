export { type ActiveRun, type DatasetDescription } from './active-run.ts'
export {
  type Dataset,
  type DatasetInput,
  type Experiment,
  type LifecycleStage,
  type LoggedModel,
  type LoggedModelStatus,
  type Metric,
  type MetricToLog,
  type ModelMetric,
  type ModelOutput,
  type ModelStage,
  type ModelVersion,
  type Page,
  type Param,
  type RegisteredModel,
  type Run,
  type RunData,
  type RunInfo,
  type RunStatus,
  type Tag,
  type TextMap,
  type RegistryAction,
  type RegistryChange,
} from './entities.ts'
export { gateEvidence, type GateEvidence, recordGate } from './gate-evidence.ts'
export { autolog, type AutologProcessOptions } from './autolog.ts'
export { autologger, type AutologOptions } from './autologger.ts'
export {
  crossValidateModel,
  type CrossValidateOptions,
  foldMetrics,
  type ModelCrossValidation,
  summariseFolds,
  summaryMetrics,
} from './cross-validate-model.ts'
export { collectGarbage, type CollectedGarbage, type CollectGarbageOptions } from './collect-garbage.ts'
export { type CopiedStore, copyStore } from './copy-store.ts'
export { decideGate, type Gate } from './decide-gate.ts'
export { type ChallengeOptions, judgeChallenger } from './judge-challenger.ts'
export { type ImportedFileStore, importFileStore, type ImportFileStoreOptions, isFolder } from './import-file-store.ts'
export { logModel, registerModel, type RegisterModelOptions } from './log-model.ts'
export { type ModelUri, parseModelUri } from './model-uri.ts'
export { defaultTrackingUri, openTracking, type OpenTrackingOptions, type TrackingClient } from './open-tracking.ts'
export { findModelVersion, findRegisteredModel, type ResolvedModel, resolveModelUri } from './resolve-model-uri.ts'
export { type RunArtifacts } from './run-artifacts.ts'
export {
  type Assessment,
  type AssessmentError,
  type AssessmentSourceType,
  type JsonMap,
  type Span,
  type SpanEvent,
  type SpanLink,
  type SpanStatusCode,
  type SpanToLog,
  type Trace,
  type TraceInfo,
  type TraceState,
} from './trace-entities.ts'
export {
  type AssessmentChanges,
  type AssessmentToLog,
  type CreateExperimentOptions,
  type CreateLoggedModelOptions,
  type CreateModelVersionOptions,
  type CreateRegisteredModelOptions,
  type CreateRunOptions,
  type ExperimentStore,
  type LogBatch,
  type LoggedModelOrder,
  type MeasuredDataset,
  type LoggedModelSearchRequest,
  type LoggedModelStore,
  type PageRequest,
  type RegistryStore,
  type RunSearchRequest,
  type RunStore,
  type SearchRequest,
  type TraceChoice,
  type TraceCounts,
  type TraceEnd,
  type TraceSearchRequest,
  type TraceStore,
  type TraceToLog,
  type TrackingStore,
  type UpdateRunOptions,
  type VersionNumber,
  type ViewType,
  type ChangeNote,
} from './tracking-store.ts'
export {
  checkPlan,
  type PlanResult,
  type PlanStage,
  trainAndRegister,
  type TrainingPlan,
} from './train-and-register.ts'
export { type SystemMetricsOptions } from './system-metrics.ts'
export { withRun, type WithRunOptions } from './with-run.ts'
export {
  type ActiveSpan,
  type SpanOptions,
  type SpanType,
  type TraceOptions,
  withSpan,
  withTrace,
} from './with-trace.ts'
