import { MillraceError } from '../../core/index.ts'
import { fileUriOf, localPathOf } from '../../storage/index.ts'
import { type LifecycleStage } from '../entities.ts'
import { type CreateExperimentOptions, type ExperimentStore } from '../tracking-store.ts'
import { checkExperimentName, checkExperimentTags, invalidParameter, parseExperimentId } from '../validation.ts'
import { experimentColumns, type ExperimentRow, loadExperiments } from './load-experiments.ts'
import { searchExperiments } from './search-experiments.ts'
import { inTransaction, type StoreContext } from './store-context.ts'

type Database = StoreContext['db']

/** The part of the SQL store that keeps experiments. */
export function experimentStore(context: StoreContext): ExperimentStore {
  const { db } = context
  return {
    createExperiment: async (name, options = {}) => await createExperiment(context, name, options),
    getExperiment: async (experimentId) => {
      const row = await findExperiment(db, experimentId)
      return (await loadExperiments(db, [row]))[0]!
    },
    getExperimentByName: async (name) => {
      const rows = await db.selectFrom('experiments').select(experimentColumns).where('name', '=', name).execute()
      return (await loadExperiments(db, rows))[0]
    },
    searchExperiments: async (request = {}) => await searchExperiments(context, request),
    renameExperiment: async (experimentId, newName) => await renameExperiment(context, experimentId, newName),
    deleteExperiment: async (experimentId) => await setLifecycle(context, experimentId, 'active', 'deleted'),
    restoreExperiment: async (experimentId) => await setLifecycle(context, experimentId, 'deleted', 'active'),
    setExperimentTag: async (experimentId, key, value) => {
      checkExperimentTags({ [key]: value })
      await inTransaction(context, async (tx) => {
        const { experiment_id } = await findActiveExperiment(tx, experimentId)
        await tx
          .insertInto('experiment_tags')
          .values({ experiment_id, key, value })
          .onConflict((conflict) => conflict.columns(['key', 'experiment_id']).doUpdateSet({ value }))
          .execute()
      })
    },
    deleteExperimentTag: async (experimentId, key) => {
      await inTransaction(context, async (tx) => {
        const { experiment_id } = await findActiveExperiment(tx, experimentId)
        const deleted = await tx
          .deleteFrom('experiment_tags')
          .where('experiment_id', '=', experiment_id)
          .where('key', '=', key)
          .executeTakeFirst()
        if (deleted.numDeletedRows === 0n) {
          const message = `No tag with name: ${key} in experiment with id ${experimentId}`
          throw new MillraceError('RESOURCE_DOES_NOT_EXIST', message)
        }
      })
    },
  }
}

/** The row of an experiment, deleted or not. @throws RESOURCE_DOES_NOT_EXIST */
async function findExperiment(
  db: Database,
  experimentId: string,
  stages: readonly LifecycleStage[] = ['active', 'deleted'],
): Promise<ExperimentRow> {
  const id = parseExperimentId(experimentId)
  const row = await db
    .selectFrom('experiments')
    .select(experimentColumns)
    .where('experiment_id', '=', id)
    .where('lifecycle_stage', 'in', stages)
    .executeTakeFirst()
  if (row === undefined) throw new MillraceError('RESOURCE_DOES_NOT_EXIST', `No Experiment with id=${id} exists`)
  return row
}

/** The row of an experiment that things may be added to. @throws INVALID_PARAMETER_VALUE when it is deleted */
export async function findActiveExperiment(db: Database, experimentId: string): Promise<ExperimentRow> {
  const row = await findExperiment(db, experimentId)
  if (row.lifecycle_stage === 'active') return row
  throw invalidParameter(
    `The experiment ${row.experiment_id} must be in the 'active' state. Current state is ${row.lifecycle_stage}.`,
  )
}

async function createExperiment(
  context: StoreContext,
  name: string,
  { artifactLocation, tags = {} }: CreateExperimentOptions,
): Promise<string> {
  checkExperimentName(name)
  checkExperimentTags(tags)
  const location = artifactLocation === undefined ? undefined : absoluteLocation(artifactLocation)
  return await inTransaction(context, async (tx) => {
    await checkNameFree(tx, name)
    const now = context.clock()
    const { experiment_id } = await tx
      .insertInto('experiments')
      .values({
        name,
        artifact_location: location ?? '',
        lifecycle_stage: 'active',
        creation_time: now,
        last_update_time: now,
      })
      .returning('experiment_id')
      .executeTakeFirstOrThrow()
    if (location === undefined) {
      const artifact_location = `${context.artifactRoot}/${experiment_id}`
      await tx
        .updateTable('experiments')
        .set({ artifact_location })
        .where('experiment_id', '=', experiment_id)
        .execute()
    }
    const rows = Object.entries(tags).map(([key, value]) => ({ experiment_id, key, value }))
    if (rows.length > 0) await tx.insertInto('experiment_tags').values(rows).execute()
    return String(experiment_id)
  })
}

function absoluteLocation(location: string): string {
  if (location.startsWith('runs:')) {
    throw invalidParameter(`Artifact location cannot be a runs:/ URI. Given: '${location}'`)
  }
  const path = localPathOf(location)
  return path === undefined ? location : fileUriOf(path)
}

async function checkNameFree(tx: Database, name: string): Promise<void> {
  const taken = await tx.selectFrom('experiments').select(experimentColumns).where('name', '=', name).executeTakeFirst()
  if (taken === undefined) return
  const cure =
    taken.lifecycle_stage === 'deleted'
      ? ` It is deleted: restore it (id ${taken.experiment_id}) or choose another name.`
      : ''
  throw new MillraceError('RESOURCE_ALREADY_EXISTS', `Experiment(name=${name}) already exists.${cure}`)
}

async function renameExperiment(context: StoreContext, experimentId: string, newName: string): Promise<void> {
  checkExperimentName(newName)
  await inTransaction(context, async (tx) => {
    const row = await findExperiment(tx, experimentId)
    if (row.lifecycle_stage !== 'active') {
      throw new MillraceError('INVALID_STATE', 'Cannot rename a non-active experiment.')
    }
    if (row.name !== newName) await checkNameFree(tx, newName)
    await tx
      .updateTable('experiments')
      .set({ name: newName, last_update_time: context.clock() })
      .where('experiment_id', '=', row.experiment_id)
      .execute()
  })
}

/** Changes the stage of an experiment and, with it, of all its runs. */
async function setLifecycle(
  context: StoreContext,
  experimentId: string,
  from: LifecycleStage,
  to: LifecycleStage,
): Promise<void> {
  await inTransaction(context, async (tx) => {
    const { experiment_id } = await findExperiment(tx, experimentId, [from])
    const now = context.clock()
    await tx
      .updateTable('experiments')
      .set({ lifecycle_stage: to, last_update_time: now })
      .where('experiment_id', '=', experiment_id)
      .execute()
    await tx
      .updateTable('runs')
      .set({ lifecycle_stage: to, deleted_time: to === 'deleted' ? now : null })
      .where('experiment_id', '=', experiment_id)
      .execute()
  })
}
