/** Rows of logged models and what belongs to them, as the plain data callers get. */
import { type Selectable } from 'kysely'
import { MillraceError } from '../../core/index.ts'
import { type LoggedModel, type LoggedModelStatus } from '../entities.ts'
import { groupBy, inChunks, type StoreContext, textMap } from './store-context.ts'
import { type Tables } from './tables.ts'

type Database = StoreContext['db']
type LoggedModelRow = Selectable<Tables['logged_models']>

/** MLflow's numbers for them. */
export const statusNumbers: Readonly<Record<LoggedModelStatus, number>> = { PENDING: 1, READY: 2, UPLOAD_FAILED: 3 }

export const loggedModelColumns = [
  'model_id',
  'experiment_id',
  'name',
  'artifact_location',
  'creation_timestamp_ms',
  'last_updated_timestamp_ms',
  'status',
  'lifecycle_stage',
  'model_type',
  'source_run_id',
  'status_message',
] as const satisfies readonly (keyof Tables['logged_models'])[]

/** Its row, though it be deleted. @throws RESOURCE_DOES_NOT_EXIST */
export async function findLoggedModel(db: Database, modelId: string): Promise<LoggedModelRow> {
  const row = await db
    .selectFrom('logged_models')
    .select(loggedModelColumns)
    .where('model_id', '=', modelId)
    .executeTakeFirst()
  if (row === undefined) throw notFound(modelId)
  return row
}

/** @throws RESOURCE_DOES_NOT_EXIST for a deleted one too */
export async function findActiveLoggedModel(db: Database, modelId: string): Promise<LoggedModelRow> {
  const row = await findLoggedModel(db, modelId)
  if (row.lifecycle_stage === 'deleted') throw notFound(modelId)
  return row
}

function notFound(modelId: string): MillraceError {
  return new MillraceError('RESOURCE_DOES_NOT_EXIST', `Logged model with ID '${modelId}' not found.`)
}

/** The models of `rows`, in their order: one statement a table, however many models. */
export async function loadLoggedModels(db: Database, rows: readonly LoggedModelRow[]): Promise<readonly LoggedModel[]> {
  const ids = rows.map((row) => row.model_id)
  const params = groupBy(
    await inChunks(
      ids,
      async (chunk) =>
        await db
          .selectFrom('logged_model_params')
          .select(['model_id', 'param_key as key', 'param_value as value'])
          .where('model_id', 'in', chunk)
          .execute(),
    ),
    (row) => row.model_id,
  )
  const tags = groupBy(
    await inChunks(
      ids,
      async (chunk) =>
        await db
          .selectFrom('logged_model_tags')
          .select(['model_id', 'tag_key as key', 'tag_value as value'])
          .where('model_id', 'in', chunk)
          .execute(),
    ),
    (row) => row.model_id,
  )
  const metrics = groupBy(
    await inChunks(
      ids,
      async (chunk) =>
        await db
          .selectFrom('logged_model_metrics')
          .select(['model_id', 'metric_name', 'metric_timestamp_ms', 'metric_step', 'metric_value', 'run_id'])
          .select(['dataset_name', 'dataset_digest'])
          .where('model_id', 'in', chunk)
          .orderBy('metric_timestamp_ms')
          .orderBy('metric_step')
          .execute(),
    ),
    (row) => row.model_id,
  )
  return rows.map((row) => ({
    modelId: row.model_id,
    experimentId: String(row.experiment_id),
    name: row.name,
    artifactLocation: row.artifact_location,
    creationTime: row.creation_timestamp_ms,
    lastUpdatedTime: row.last_updated_timestamp_ms,
    status: statusOf(row.status),
    statusMessage: row.status_message ?? '',
    modelType: row.model_type ?? '',
    sourceRunId: row.source_run_id ?? '',
    lifecycleStage: row.lifecycle_stage === 'deleted' ? 'deleted' : 'active',
    params: textMap(params.get(row.model_id)),
    tags: textMap(tags.get(row.model_id)),
    metrics: (metrics.get(row.model_id) ?? []).map((metric) => ({
      key: metric.metric_name,
      value: metric.metric_value ?? NaN,
      timestamp: metric.metric_timestamp_ms,
      step: metric.metric_step,
      runId: metric.run_id,
      ...(metric.dataset_name !== null && { datasetName: metric.dataset_name }),
      ...(metric.dataset_digest !== null && { datasetDigest: metric.dataset_digest }),
    })),
  }))
}

function statusOf(number: number): LoggedModelStatus {
  if (number === statusNumbers.READY) return 'READY'
  return number === statusNumbers.UPLOAD_FAILED ? 'UPLOAD_FAILED' : 'PENDING'
}
