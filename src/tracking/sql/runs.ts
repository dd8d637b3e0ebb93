/** The part of the SQL store that keeps runs; what is logged to them is log-batch.ts, how they are found search-runs.ts. */
import { randomUUID } from 'node:crypto'
import { type Selectable, type Updateable } from 'kysely'
import { MillraceError } from '../../core/index.ts'
import { type LifecycleStage, type Run, type RunInfo } from '../entities.ts'
import { generateRunName } from '../run-name.ts'
import { type CreateRunOptions, type RunStore, type UpdateRunOptions } from '../tracking-store.ts'
import {
  checkBatch,
  checkMetric,
  checkParam,
  checkRunChanges,
  checkTag,
  checkTagLength,
  invalidParameter,
  limits,
} from '../validation.ts'
import { findActiveExperiment } from './experiments.ts'
import { insertMetrics, insertParam, insertParams, upsertTags } from './log-batch.ts'
import { insertInputs } from './log-inputs.ts'
import { insertModelMetrics } from './model-metrics.ts'
import { metricHistory } from './metric-history.ts'
import { loadRuns, runColumns, runInfoOf } from './load-runs.ts'
import { searchRuns } from './search-runs.ts'
import { inTransaction, type StoreContext } from './store-context.ts'
import { type Tables } from './tables.ts'

type Database = StoreContext['db']
type RunRow = Selectable<Tables['runs']>

/** The tag that holds a run's name a second time; MLflow's clients read the one or the other. */
const runNameTag = 'mlflow.runName'

/** Runs and what is logged to them, which deleted runs refuse. */
export function runStore(context: StoreContext): RunStore {
  const { db, truncateLongValues: truncate } = context
  const change = async (runId: string, write: (tx: Database, run: RunRow) => Promise<unknown>): Promise<void> => {
    await inTransaction(context, async (tx) => await write(tx, await findActiveRun(tx, runId)))
  }
  return {
    createRun: async (experimentId, options = {}) => await createRun(context, experimentId, options),
    getRun: async (runId) => (await loadRuns(db, [await findRun(db, runId)]))[0]!,
    updateRun: async (runId, changes) => await updateRun(context, runId, changes),
    deleteRun: async (runId) => await setLifecycle(context, runId, 'deleted'),
    restoreRun: async (runId) => await setLifecycle(context, runId, 'active'),
    logMetric: async (runId, key, value, { timestamp = context.clock(), step = 0, ...about } = {}) => {
      const metric = { key, value, timestamp, step, ...about }
      checkMetric(metric)
      await change(runId, async (tx) => {
        await insertMetrics(tx, runId, [metric])
        await insertModelMetrics(tx, runId, [metric])
      })
    },
    logParam: async (runId, key, value) => {
      const param = checkParam({ key, value }, truncate)
      await change(runId, async (tx) => await insertParam(tx, runId, param))
    },
    logBatch: async (runId, batch) => {
      const { metrics, params, tags } = checkBatch(batch, truncate)
      await change(runId, async (tx) => {
        await insertParams(tx, runId, params)
        await insertMetrics(tx, runId, metrics)
        await insertModelMetrics(tx, runId, metrics)
        await setTags(tx, runId, tags)
      })
    },
    setTag: async (runId, key, value) => {
      const tag = checkTag({ key, value }, truncate)
      await change(runId, async (tx) => await setTags(tx, runId, [tag]))
    },
    deleteTag: async (runId, key) => await change(runId, async (tx) => await deleteTag(tx, runId, key)),
    logInputs: async (runId, datasets) =>
      await change(runId, async (tx, run) => await insertInputs(tx, runId, run.experiment_id ?? 0, datasets)),
    getMetricHistory: async (runId, key, page = {}) => {
      await findRun(db, runId)
      return await metricHistory(db, runId, key, page)
    },
    searchRuns: async (request) => await searchRuns(context, request),
  }
}

async function createRun(context: StoreContext, experimentId: string, options: CreateRunOptions): Promise<Run> {
  checkRunChanges(options)
  const given = Object.entries(options.tags ?? {}).map(([key, value]) =>
    checkTagLength({ key, value }, context.truncateLongValues),
  )
  const named = given.find((tag) => tag.key === runNameTag)?.value
  const name = chooseName(options.runName, named)
  const run_uuid = randomUUID().replaceAll('-', '')
  return await inTransaction(context, async (tx) => {
    const experiment = await findActiveExperiment(tx, experimentId)
    const row = {
      run_uuid,
      name: name.slice(0, limits.key),
      source_type: 'UNKNOWN',
      source_name: '',
      entry_point_name: '',
      source_version: '',
      user_id: options.userId ?? options.tags?.['mlflow.user'] ?? null,
      status: 'RUNNING',
      start_time: options.startTime ?? context.clock(),
      end_time: null,
      deleted_time: null,
      lifecycle_stage: 'active',
      artifact_uri: `${experiment.artifact_location ?? `${context.artifactRoot}/${experimentId}`}/${run_uuid}/artifacts`,
      experiment_id: experiment.experiment_id,
    }
    await tx.insertInto('runs').values(row).execute()
    await upsertTags(tx, run_uuid, named === undefined ? [...given, { key: runNameTag, value: name }] : given)
    return (await loadRuns(tx, [row]))[0]!
  })
}

function chooseName(runName: string | undefined, tag: string | undefined): string {
  if (runName !== undefined && runName !== '' && tag !== undefined && runName !== tag) {
    throw invalidParameter(
      "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values " +
        `(run_name='${runName}', mlflow.runName='${tag}').`,
    )
  }
  return runName || tag || generateRunName()
}

async function updateRun(context: StoreContext, runId: string, changes: UpdateRunOptions): Promise<RunInfo> {
  checkRunChanges(changes)
  const { status, endTime, runName } = changes
  return await inTransaction(context, async (tx) => {
    const run = await findActiveRun(tx, runId)
    const values: Updateable<Tables['runs']> = {
      ...(status !== undefined && { status }),
      ...(endTime !== undefined && { end_time: endTime }),
      ...(runName !== undefined && runName !== '' && { name: runName }),
    }
    if (Object.keys(values).length > 0) {
      await tx.updateTable('runs').set(values).where('run_uuid', '=', runId).execute()
    }
    if (typeof values.name === 'string') await upsertTags(tx, runId, [{ key: runNameTag, value: values.name }])
    return runInfoOf({ ...run, ...values } as RunRow)
  })
}

async function setLifecycle(context: StoreContext, runId: string, lifecycle_stage: LifecycleStage): Promise<void> {
  const deleted_time = lifecycle_stage === 'deleted' ? context.clock() : null
  await inTransaction(context, async (tx) => {
    await findRun(tx, runId)
    await tx.updateTable('runs').set({ lifecycle_stage, deleted_time }).where('run_uuid', '=', runId).execute()
  })
}

async function setTags(tx: Database, runId: string, tags: readonly { key: string; value: string }[]): Promise<void> {
  await upsertTags(tx, runId, tags)
  const name = tags.findLast((tag) => tag.key === runNameTag)?.value
  if (name) await tx.updateTable('runs').set({ name }).where('run_uuid', '=', runId).execute()
}

async function deleteTag(tx: Database, runId: string, key: string): Promise<void> {
  const deleted = await tx.deleteFrom('tags').where('run_uuid', '=', runId).where('key', '=', key).executeTakeFirst()
  if (deleted.numDeletedRows > 0n) return
  throw new MillraceError('RESOURCE_DOES_NOT_EXIST', `No tag with name: ${key} in run with id ${runId}`)
}

async function findRun(db: Database, runId: string): Promise<RunRow> {
  const row = await db.selectFrom('runs').select(runColumns).where('run_uuid', '=', runId).executeTakeFirst()
  if (row === undefined) throw new MillraceError('RESOURCE_DOES_NOT_EXIST', `Run with id=${runId} not found`)
  return row
}

/** @throws INVALID_PARAMETER_VALUE when the run is deleted, RESOURCE_DOES_NOT_EXIST when there is none */
export async function findActiveRun(db: Database, runId: string): Promise<RunRow> {
  const row = await findRun(db, runId)
  if (row.lifecycle_stage === 'active') return row
  throw invalidParameter(`The run ${runId} must be in the 'active' state. Current state is ${row.lifecycle_stage}.`)
}
