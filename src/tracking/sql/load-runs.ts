/** Rows of runs and what belongs to them, as the plain data callers get. */
import { type Selectable } from 'kysely'
import { type DatasetInput, type Metric, type Run, type RunInfo, type RunStatus } from '../entities.ts'
import { inputLink, loadModelLinks, outputLink } from './model-links.ts'
import { groupBy, inChunks, type StoreContext, textMap } from './store-context.ts'
import { type Tables } from './tables.ts'

type Database = StoreContext['db']
type RunRow = Selectable<Tables['runs']>

export const runColumns = [
  'run_uuid',
  'name',
  'source_type',
  'source_name',
  'entry_point_name',
  'source_version',
  'user_id',
  'status',
  'start_time',
  'end_time',
  'deleted_time',
  'lifecycle_stage',
  'artifact_uri',
  'experiment_id',
] as const satisfies readonly (keyof Tables['runs'])[]

/** The runs of `rows`, in their order, with data and inputs: one statement a table, however many runs. */
export async function loadRuns(db: Database, rows: readonly RunRow[]): Promise<readonly Run[]> {
  const ids = rows.map((row) => row.run_uuid)
  const load = async <R extends { run_uuid: string }>(
    table: (chunk: readonly string[]) => Promise<readonly R[]>,
  ): Promise<ReadonlyMap<string, readonly R[]>> => groupBy(await inChunks(ids, table), (row) => row.run_uuid)

  const metrics = await load(
    async (chunk) =>
      await db
        .selectFrom('latest_metrics')
        .select(['run_uuid', 'key', 'value', 'timestamp', 'step', 'is_nan'])
        .where('run_uuid', 'in', chunk)
        .execute(),
  )
  const params = await load(
    async (chunk) =>
      await db.selectFrom('params').select(['run_uuid', 'key', 'value']).where('run_uuid', 'in', chunk).execute(),
  )
  const tags = await load(
    async (chunk) =>
      await db.selectFrom('tags').select(['run_uuid', 'key', 'value']).where('run_uuid', 'in', chunk).execute(),
  )
  const inputs = await load(async (chunk) => await loadInputs(db, chunk))
  const links = await load(async (chunk) => await loadModelLinks(db, chunk))
  return rows.map((row) => {
    const linked = links.get(row.run_uuid) ?? []
    const latestMetrics = (metrics.get(row.run_uuid) ?? []).map(metricOf)
    return {
      info: runInfoOf(row),
      data: {
        metrics: Object.fromEntries(latestMetrics.map(({ key, value }) => [key, value])),
        latestMetrics,
        params: textMap(params.get(row.run_uuid)),
        tags: textMap(tags.get(row.run_uuid)),
      },
      inputs: {
        datasets: (inputs.get(row.run_uuid) ?? []).map(({ input }) => input),
        modelIds: linked
          .filter(({ source_type }) => source_type === inputLink.source_type)
          .map(({ model_id }) => model_id),
      },
      outputs: {
        models: linked
          .filter(({ source_type }) => source_type === outputLink.source_type)
          .map(({ model_id, step }) => ({ modelId: model_id, step })),
      },
    }
  })
}

export function runInfoOf(row: RunRow): RunInfo {
  return {
    runId: row.run_uuid,
    experimentId: String(row.experiment_id ?? 0),
    runName: row.name ?? '',
    userId: row.user_id ?? '',
    status: (row.status ?? 'SCHEDULED') as RunStatus,
    ...(row.start_time !== null && { startTime: row.start_time }),
    ...(row.end_time !== null && { endTime: row.end_time }),
    artifactUri: row.artifact_uri ?? '',
    lifecycleStage: row.lifecycle_stage === 'deleted' ? 'deleted' : 'active',
  }
}

interface MetricRow {
  readonly key: string
  readonly value: number
  readonly timestamp: number | null
  readonly step: number
  readonly is_nan: number
}

/** NaN is a mark in the table, since SQL has no value for it. */
export function metricOf({ key, value, timestamp, step, is_nan }: MetricRow): Metric {
  return { key, value: is_nan ? NaN : value, timestamp: timestamp ?? 0, step }
}

async function loadInputs(
  db: Database,
  runIds: readonly string[],
): Promise<readonly { run_uuid: string; input: DatasetInput }[]> {
  const rows = await db
    .selectFrom('inputs')
    .innerJoin('datasets', 'datasets.dataset_uuid', 'inputs.source_id')
    .select([
      'inputs.input_uuid',
      'inputs.destination_id',
      'name',
      'digest',
      'dataset_source_type',
      'dataset_source',
      'dataset_schema',
      'dataset_profile',
    ])
    .where('inputs.source_type', '=', 'DATASET')
    .where('inputs.destination_type', '=', 'RUN')
    .where('inputs.destination_id', 'in', runIds)
    .orderBy('name')
    .orderBy('digest')
    .execute()
  const inputIds = rows.map((row) => row.input_uuid)
  const tags = await inChunks(
    inputIds,
    async (chunk) => await db.selectFrom('input_tags').selectAll().where('input_uuid', 'in', chunk).execute(),
  )
  const tagsByInput = groupBy(tags, (tag) => tag.input_uuid)
  return rows.map((row) => ({
    run_uuid: row.destination_id,
    input: {
      dataset: {
        name: row.name,
        digest: row.digest,
        sourceType: row.dataset_source_type,
        source: row.dataset_source,
        ...(row.dataset_schema !== null && { schema: row.dataset_schema }),
        ...(row.dataset_profile !== null && { profile: row.dataset_profile }),
      },
      tags: textMap((tagsByInput.get(row.input_uuid) ?? []).map(({ name, value }) => ({ key: name, value }))),
    },
  }))
}
