/** The part of the SQL store that keeps logged models. */
import { randomUUID } from 'node:crypto'
import { MillraceError } from '../../core/index.ts'
import { type LoggedModel, type TextMap } from '../entities.ts'
import { generateRunName } from '../run-name.ts'
import { type CreateLoggedModelOptions, type LoggedModelStore } from '../tracking-store.ts'
import { invalidParameter } from '../validation.ts'
import { findActiveExperiment } from './experiments.ts'
import { findActiveLoggedModel, findLoggedModel, loadLoggedModels, statusNumbers } from './load-logged-models.ts'
import { inputLink, insertModelLinks, outputLink } from './model-links.ts'
import { findActiveRun } from './runs.ts'
import { searchLoggedModels } from './search-logged-models.ts'
import { inTransaction, type StoreContext } from './store-context.ts'

type Database = StoreContext['db']

export function loggedModelStore(context: StoreContext): LoggedModelStore {
  const { db, clock } = context
  return {
    createLoggedModel: async (experimentId, options = {}) => await createModel(context, experimentId, options),
    getLoggedModel: async (modelId, { allowDeleted = false } = {}) => {
      if (!allowDeleted) await findActiveLoggedModel(db, modelId)
      return await loadModel(db, modelId)
    },
    finalizeLoggedModel: async (modelId, status) =>
      await inTransaction(context, async (tx) => {
        await findLoggedModel(tx, modelId)
        await updateModel(tx, modelId, { status: statusNumbers[status], last_updated_timestamp_ms: clock() })
        return await loadModel(tx, modelId)
      }),
    deleteLoggedModel: async (modelId) =>
      await inTransaction(context, async (tx) => {
        await findLoggedModel(tx, modelId)
        await updateModel(tx, modelId, { lifecycle_stage: 'deleted', last_updated_timestamp_ms: clock() })
      }),
    logLoggedModelParams: async (modelId, params) =>
      await inTransaction(context, async (tx) => {
        const { experiment_id } = await findLoggedModel(tx, modelId)
        await insertParams(tx, modelId, experiment_id, params)
      }),
    setLoggedModelTags: async (modelId, tags) =>
      await inTransaction(context, async (tx) => {
        const { experiment_id } = await findLoggedModel(tx, modelId)
        await upsertTags(tx, modelId, experiment_id, tags)
      }),
    deleteLoggedModelTag: async (modelId, key) =>
      await inTransaction(context, async (tx) => {
        await findLoggedModel(tx, modelId)
        const deleted = await tx
          .deleteFrom('logged_model_tags')
          .where('model_id', '=', modelId)
          .where('tag_key', '=', key)
          .executeTakeFirst()
        if (deleted.numDeletedRows > 0n) return
        const message = `No tag with key '${key}' found for model with ID '${modelId}'.`
        throw new MillraceError('RESOURCE_DOES_NOT_EXIST', message)
      }),
    searchLoggedModels: async (request) => await searchLoggedModels(context, request),
    logModelInputs: async (runId, modelIds) =>
      await inTransaction(context, async (tx) => {
        await findActiveRun(tx, runId)
        const links = modelIds.map((modelId) => ({ modelId, step: 0 }))
        await insertModelLinks(tx, runId, inputLink, links)
      }),
    logModelOutputs: async (runId, models) =>
      await inTransaction(context, async (tx) => {
        await findActiveRun(tx, runId)
        await insertModelLinks(tx, runId, outputLink, models)
      }),
  }
}

async function createModel(
  context: StoreContext,
  experimentId: string,
  options: CreateLoggedModelOptions,
): Promise<LoggedModel> {
  const name = options.name ?? generateRunName()
  if (name === '' || /[/:.%"']/.test(name)) {
    throw invalidParameter(
      `Invalid model name ('${name}') provided. Model name must be a non-empty string and cannot contain the ` +
        `following characters: ('/', ':', '.', '%', '"', "'")`,
    )
  }
  const model_id = `m-${randomUUID().replaceAll('-', '')}`
  return await inTransaction(context, async (tx) => {
    const { experiment_id, artifact_location } = await findActiveExperiment(tx, experimentId)
    const now = context.clock()
    await tx
      .insertInto('logged_models')
      .values({
        model_id,
        experiment_id,
        name,
        artifact_location: `${artifact_location ?? `${context.artifactRoot}/${experiment_id}`}/models/${model_id}/artifacts`,
        creation_timestamp_ms: now,
        last_updated_timestamp_ms: now,
        status: statusNumbers.PENDING,
        lifecycle_stage: 'active',
        model_type: options.modelType ?? null,
        source_run_id: options.sourceRunId ?? null,
        status_message: null,
      })
      .execute()
    await insertParams(tx, model_id, experiment_id, options.params ?? {})
    await upsertTags(tx, model_id, experiment_id, options.tags ?? {})
    return await loadModel(tx, model_id)
  })
}

async function loadModel(db: Database, modelId: string): Promise<LoggedModel> {
  return (await loadLoggedModels(db, [await findLoggedModel(db, modelId)]))[0]!
}

interface Changes {
  readonly status?: number
  readonly lifecycle_stage?: string
  readonly last_updated_timestamp_ms: number
}

async function updateModel(tx: Database, modelId: string, changes: Changes): Promise<void> {
  await tx.updateTable('logged_models').set(changes).where('model_id', '=', modelId).execute()
}

/** @throws INVALID_PARAMETER_VALUE when a parameter has another value already */
async function insertParams(tx: Database, model_id: string, experiment_id: number, params: TextMap): Promise<void> {
  const logged = await tx
    .selectFrom('logged_model_params')
    .select(['param_key', 'param_value'])
    .where('model_id', '=', model_id)
    .execute()
  for (const { param_key: key, param_value: old } of logged) {
    if (!Object.hasOwn(params, key) || params[key] === old) continue
    throw invalidParameter(
      `Changing param values is not allowed. Param with key='${key}' was already logged with value='${old}' for ` +
        `model ID='${model_id}'. Attempted logging new value '${params[key]}'.`,
    )
  }
  const rows = Object.entries(params).map(([param_key, param_value]) => ({
    model_id,
    experiment_id,
    param_key,
    param_value,
  }))
  if (rows.length === 0) return
  await tx
    .insertInto('logged_model_params')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

async function upsertTags(tx: Database, model_id: string, experiment_id: number, tags: TextMap): Promise<void> {
  const rows = Object.entries(tags).map(([tag_key, tag_value]) => ({ model_id, experiment_id, tag_key, tag_value }))
  if (rows.length === 0) return
  await tx
    .insertInto('logged_model_tags')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['model_id', 'tag_key']).doUpdateSet((eb) => ({ tag_value: eb.ref('excluded.tag_value') })),
    )
    .execute()
}
