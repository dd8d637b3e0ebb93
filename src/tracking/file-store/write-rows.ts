/** Rows of a database from what a file store holds. */
import type { StoreContext } from '../sql/store-context.ts'
import { insertMetrics, insertParams, upsertTags } from '../sql/log-batch.ts'
import { insertInputs } from '../sql/log-inputs.ts'
import { addModelPoints } from '../sql/model-metrics.ts'
import { inputLink, insertModelLinks, outputLink } from '../sql/model-links.ts'
import type { ExperimentFolder } from './find-experiments.ts'
import type { Places } from './places.ts'
import type { StoredModel, StoredRun } from './read-runs.ts'

type Database = StoreContext['db']

/** The tag that keeps the number an experiment had in the file store, where it has another now. */
const formerIdTag = 'millrace.fileStoreId'

/** Databases limit how many values a statement has. */
const rowsAtOnce = 500

export async function writeExperiment(
  tx: Database,
  { id, newId, meta }: ExperimentFolder,
  tags: Readonly<Record<string, string>>,
  places: Places,
): Promise<void> {
  await tx
    .insertInto('experiments')
    .values({
      experiment_id: newId,
      name: meta.name,
      artifact_location: places.moved(meta.artifact_location ?? ''),
      lifecycle_stage: meta.lifecycle_stage,
      creation_time: meta.creation_time,
      last_update_time: meta.last_update_time,
    })
    .execute()
  const all = { ...tags, ...(String(newId) !== id && { [formerIdTag]: id }) }
  const rows = Object.entries(all).map(([key, value]) => ({ experiment_id: newId, key, value }))
  if (rows.length > 0) await tx.insertInto('experiment_tags').values(rows).execute()
}

export async function writeRun(
  tx: Database,
  experimentId: number,
  runId: string,
  run: StoredRun,
  places: Places,
): Promise<void> {
  const { meta, metrics, params, tags } = run
  await tx
    .insertInto('runs')
    .values({
      run_uuid: runId,
      name: meta.run_name ?? tags['mlflow.runName'] ?? meta.name ?? '',
      source_type: meta.source_type,
      source_name: meta.source_name ?? '',
      entry_point_name: meta.entry_point_name ?? '',
      source_version: meta.source_version ?? '',
      user_id: meta.user_id ?? null,
      status: meta.status,
      start_time: meta.start_time,
      end_time: meta.end_time,
      deleted_time: meta.deleted_time,
      lifecycle_stage: meta.lifecycle_stage,
      artifact_uri: places.moved(meta.artifact_uri ?? ''),
      experiment_id: experimentId,
    })
    .execute()
  await insertMetrics(tx, runId, metrics)
  await inParts(pairsOf(params), async (part) => await insertParams(tx, runId, part))
  await inParts(pairsOf(tags), async (part) => await upsertTags(tx, runId, part))
  await insertInputs(tx, runId, experimentId, run.datasets)
  await insertModelLinks(tx, runId, inputLink, run.modelInputs)
  await insertModelLinks(tx, runId, outputLink, run.modelOutputs)
}

export async function writeLoggedModel(
  tx: Database,
  experiment_id: number,
  model_id: string,
  { meta, params, tags, metrics }: StoredModel,
  places: Places,
): Promise<void> {
  const model = { model_id, experiment_id }
  await tx
    .insertInto('logged_models')
    .values({
      ...model,
      name: meta.name,
      artifact_location: places.moved(meta.artifact_location),
      creation_timestamp_ms: meta.creation_timestamp,
      last_updated_timestamp_ms: meta.last_updated_timestamp,
      status: meta.status,
      lifecycle_stage: meta.lifecycle_stage,
      model_type: meta.model_type ?? null,
      source_run_id: meta.source_run_id ?? null,
      status_message: meta.status_message ?? null,
    })
    .execute()
  const paramRows = pairsOf(params).map(({ key, value }) => ({ ...model, param_key: key, param_value: value }))
  await inParts(paramRows, async (part) => await tx.insertInto('logged_model_params').values(part).execute())
  const tagRows = pairsOf(tags).map(({ key, value }) => ({ ...model, tag_key: key, tag_value: value }))
  await inParts(tagRows, async (part) => await tx.insertInto('logged_model_tags').values(part).execute())
  await inParts(metrics, async (part) => await addModelPoints(tx, model, part))
}

function pairsOf(texts: Readonly<Record<string, string>>): { key: string; value: string }[] {
  return Object.entries(texts).map(([key, value]) => ({ key, value }))
}

async function inParts<T>(items: readonly T[], write: (part: readonly T[]) => Promise<unknown>): Promise<void> {
  for (let start = 0; start < items.length; start += rowsAtOnce) await write(items.slice(start, start + rowsAtOnce))
}
