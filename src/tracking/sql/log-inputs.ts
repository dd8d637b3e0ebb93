import { randomUUID } from 'node:crypto'
import { type DatasetInput } from '../entities.ts'
import { checkDatasetInputs } from '../validation.ts'
import { type StoreContext } from './store-context.ts'

type Database = StoreContext['db']

/**
 * Links data sets to a run. A data set is stored once per experiment, name and digest; one that is linked already
 * keeps its link and tags. Of two in one call with the same name and digest the first counts.
 */
export async function insertInputs(
  tx: Database,
  runId: string,
  experimentId: number,
  inputs: readonly DatasetInput[],
): Promise<void> {
  checkDatasetInputs(inputs)
  const distinct = [...new Map(inputs.toReversed().map((input) => [keyOf(input.dataset), input])).values()].toReversed()
  if (distinct.length === 0) return
  const uuids = await ensureDatasets(tx, experimentId, distinct)
  const linked = await tx
    .selectFrom('inputs')
    .select('source_id')
    .where('source_type', '=', 'DATASET')
    .where('destination_type', '=', 'RUN')
    .where('destination_id', '=', runId)
    .execute()
  const known = new Set(linked.map((row) => row.source_id))
  const added = distinct
    .map((input) => ({ input, input_uuid: newId(), source_id: uuids.get(keyOf(input.dataset))! }))
    .filter(({ source_id }) => !known.has(source_id))
  if (added.length === 0) return
  const link = { source_type: 'DATASET', destination_type: 'RUN', destination_id: runId }
  await tx
    .insertInto('inputs')
    .values(added.map(({ input_uuid, source_id }) => ({ input_uuid, source_id, ...link })))
    .execute()
  const tags = added.flatMap(({ input, input_uuid }) =>
    Object.entries(input.tags).map(([name, value]) => ({ input_uuid, name, value })),
  )
  if (tags.length > 0) await tx.insertInto('input_tags').values(tags).execute()
}

async function ensureDatasets(
  tx: Database,
  experiment_id: number,
  inputs: readonly DatasetInput[],
): Promise<ReadonlyMap<string, string>> {
  const names = inputs.map(({ dataset }) => dataset.name)
  const rows = await tx
    .selectFrom('datasets')
    .select(['dataset_uuid', 'name', 'digest'])
    .where('experiment_id', '=', experiment_id)
    .where('name', 'in', names)
    .execute()
  const uuids = new Map(rows.map((row) => [keyOf(row), row.dataset_uuid]))
  const added = inputs
    .filter(({ dataset }) => !uuids.has(keyOf(dataset)))
    .map(({ dataset }) => ({
      dataset_uuid: newId(),
      experiment_id,
      name: dataset.name,
      digest: dataset.digest,
      dataset_source_type: dataset.sourceType,
      dataset_source: dataset.source,
      dataset_schema: dataset.schema ?? null,
      dataset_profile: dataset.profile ?? null,
    }))
  if (added.length > 0) await tx.insertInto('datasets').values(added).execute()
  for (const row of added) uuids.set(keyOf(row), row.dataset_uuid)
  return uuids
}

function keyOf({ name, digest }: { readonly name: string; readonly digest: string }): string {
  return JSON.stringify([name, digest])
}

function newId(): string {
  return randomUUID().replaceAll('-', '')
}
