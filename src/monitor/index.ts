export { type Check } from './check.ts'
export { type ChosenBy, type ScoredType } from './choose-method.ts'
export { type ClassificationQuality, type ClassificationScores, type LabelScores } from './classification-quality.ts'
export { type ColumnDrift } from './column-drift.ts'
export { type MonitoredType } from './column-type.ts'
export { compareTables, type DriftReport } from './compare.ts'
export { type BinnedDistribution, type Distribution, type ValueDistribution } from './distribution.ts'
export { type EvidentlyJson, toEvidentlyJson } from './evidently-json.ts'
export { type ExpectedQuality } from './expected-quality.ts'
export { driftMethodNames, type DriftMethodName } from './methods.ts'
export {
  type DriftOptions,
  driftOptionsSchema,
  readReportOptions,
  type ReportOptions,
  reportOptionsSchema,
} from './options.ts'
export { type Quality } from './quality.ts'
export { type RegressionQuality, type RegressionScores } from './regression-quality.ts'
export { renderReport, type RenderReportOptions, reportComponents } from './render-report.ts'
export { createFileReport, type ReportFilesOptions } from './report-files.ts'
export { createReport, type MonitoringReport, type Sides } from './report.ts'
export { decideRetraining, type RetrainingDecision, type RetrainingFacts, type RetrainingPolicy } from './retraining.ts'
export { constraintsOf, statisticsOf } from './sagemaker-baseline.ts'
export { type Baseline, checkConstraints } from './sagemaker-check.ts'
export { readBaseline, writeBaseline, writeViolations } from './sagemaker-files.ts'
export {
  type Constraints,
  constraintsSchema,
  type Statistics,
  statisticsSchema,
  type Violation,
  type Violations,
} from './sagemaker-schemas.ts'
export { bySeverity } from './severity.ts'
export {
  type CategorySummary,
  type ColumnSummary,
  type DateSummary,
  type EmptySummary,
  type NumberSummary,
  type TableSummary,
  type TextSummary,
} from './summary.ts'
export { checkTag, trackCheck, type TrackCheckOptions } from './track-check.ts'
