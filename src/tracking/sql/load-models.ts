/** Rows of the registry as the plain data callers get. */
import { type Selectable } from 'kysely'
import { type ModelStage, type ModelVersion, type RegisteredModel } from '../entities.ts'
import { groupBy, inChunks, type StoreContext, textMap } from './store-context.ts'
import { type Tables } from './tables.ts'

type Database = StoreContext['db']
type ModelRow = Selectable<Tables['registered_models']>
type VersionRow = Selectable<Tables['model_versions']>

/** The stage of versions that were deleted: the rows stay, so that their numbers are not used again. */
export const deletedStage = 'Deleted_Internal'

export const modelColumns = [
  'name',
  'creation_time',
  'last_updated_time',
  'description',
] as const satisfies readonly (keyof ModelRow)[]

export const versionColumns = [
  'name',
  'version',
  'creation_time',
  'last_updated_time',
  'description',
  'user_id',
  'current_stage',
  'source',
  'run_id',
  'status',
  'status_message',
  'run_link',
  'storage_location',
] as const satisfies readonly (keyof VersionRow)[]

/** The models of `rows`, in their order, with tags, aliases and the newest version of each stage. */
export async function loadModels(db: Database, rows: readonly ModelRow[]): Promise<readonly RegisteredModel[]> {
  const names = rows.map((row) => row.name)
  const tags = await inChunks(
    names,
    async (chunk) =>
      await db
        .selectFrom('registered_model_tags')
        .select(['name', 'key', 'value'])
        .where('name', 'in', chunk)
        .execute(),
  )
  const aliases = await loadAliases(db, names)
  const latest = groupBy(await loadVersions(db, await latestRows(db, names)), (version) => version.name)
  const tagsByName = groupBy(tags, (tag) => tag.name)
  return rows.map((row) => ({
    name: row.name,
    ...timesOf(row),
    description: row.description ?? '',
    tags: textMap(tagsByName.get(row.name)),
    aliases: Object.fromEntries((aliases.get(row.name) ?? []).map(({ alias, version }) => [alias, version])),
    latestVersions: latest.get(row.name) ?? [],
  }))
}

/** The versions of `rows`, in their order, with tags and aliases. */
export async function loadVersions(db: Database, rows: readonly VersionRow[]): Promise<readonly ModelVersion[]> {
  const tags = await inChunks(
    rows,
    async (chunk) =>
      await db
        .selectFrom('model_version_tags')
        .select(['name', 'version', 'key', 'value'])
        .where('name', 'in', [...new Set(chunk.map((row) => row.name))])
        .where('version', 'in', [...new Set(chunk.map((row) => row.version))])
        .execute(),
  )
  const tagsByVersion = groupBy(tags, keyOf)
  const aliases = await loadAliases(db, [...new Set(rows.map((row) => row.name))])
  return rows.map((row) => ({
    name: row.name,
    version: row.version,
    ...timesOf(row),
    description: row.description ?? '',
    userId: row.user_id ?? '',
    currentStage: (row.current_stage ?? 'None') as ModelStage,
    source: row.source ?? '',
    runId: row.run_id ?? '',
    runLink: row.run_link ?? '',
    status: row.status ?? 'READY',
    statusMessage: row.status_message ?? '',
    tags: textMap(tagsByVersion.get(keyOf(row))),
    aliases: (aliases.get(row.name) ?? []).filter(({ version }) => version === row.version).map(({ alias }) => alias),
  }))
}

/** The newest version of each model and stage. */
async function latestRows(db: Database, names: readonly string[]): Promise<readonly VersionRow[]> {
  return await inChunks(
    names,
    async (chunk) =>
      await db
        .selectFrom('model_versions')
        .select(versionColumns)
        .where((eb) =>
          eb(
            eb.refTuple('name', 'version'),
            'in',
            eb
              .selectFrom('model_versions')
              .select(({ fn }) => ['name', fn.max('version').as('version')])
              .where('name', 'in', chunk)
              .where('current_stage', '!=', deletedStage)
              .groupBy(['name', 'current_stage'])
              .$asTuple('name', 'version'),
          ),
        )
        .orderBy('version')
        .execute(),
  )
}

async function loadAliases(
  db: Database,
  names: readonly string[],
): Promise<ReadonlyMap<string, readonly Selectable<Tables['registered_model_aliases']>[]>> {
  const rows = await inChunks(
    names,
    async (chunk) =>
      await db
        .selectFrom('registered_model_aliases')
        .select(['name', 'alias', 'version'])
        .where('name', 'in', chunk)
        .orderBy('alias')
        .execute(),
  )
  return groupBy(rows, (row) => row.name)
}

function timesOf(row: Pick<ModelRow, 'creation_time' | 'last_updated_time'>): {
  creationTime?: number
  lastUpdatedTime?: number
} {
  return {
    ...(row.creation_time !== null && { creationTime: row.creation_time }),
    ...(row.last_updated_time !== null && { lastUpdatedTime: row.last_updated_time }),
  }
}

function keyOf({ name, version }: { readonly name: string; readonly version: number }): string {
  return `${version}/${name}`
}
