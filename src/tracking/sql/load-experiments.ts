/** Rows of experiments as the plain data callers get. */
import { type Selectable } from 'kysely'
import { type Experiment } from '../entities.ts'
import { groupBy, inChunks, type StoreContext, textMap } from './store-context.ts'
import { type Tables } from './tables.ts'

type Database = StoreContext['db']
export type ExperimentRow = Selectable<Tables['experiments']>

export const experimentColumns = [
  'experiment_id',
  'name',
  'artifact_location',
  'lifecycle_stage',
  'creation_time',
  'last_update_time',
] as const

/** The experiments of `rows`, in their order, with their tags. */
export async function loadExperiments(db: Database, rows: readonly ExperimentRow[]): Promise<readonly Experiment[]> {
  const ids = rows.map((row) => row.experiment_id)
  const tags = await inChunks(
    ids,
    async (chunk) => await db.selectFrom('experiment_tags').selectAll().where('experiment_id', 'in', chunk).execute(),
  )
  const tagsById = groupBy(tags, (tag) => tag.experiment_id)
  return rows.map((row) => ({
    experimentId: String(row.experiment_id),
    name: row.name,
    artifactLocation: row.artifact_location ?? '',
    lifecycleStage: row.lifecycle_stage === 'deleted' ? 'deleted' : 'active',
    ...(row.creation_time !== null && { creationTime: row.creation_time }),
    ...(row.last_update_time !== null && { lastUpdateTime: row.last_update_time }),
    tags: textMap(tagsById.get(row.experiment_id)),
  }))
}
