/** The part of the SQL store that keeps the versions of registered models. */
import { MillraceError } from '../../core/index.ts'
import { type ModelStage, type ModelVersion } from '../entities.ts'
import { isPromptTags } from '../prompt-tags.ts'
import {
  type ChangeNote,
  type CreateModelVersionOptions,
  type RegistryStore,
  type VersionNumber,
} from '../tracking-store.ts'
import { checkAlias, checkRegistryTags, parseStage, parseVersion } from '../registry-validation.ts'
import { checkKey, invalidParameter } from '../validation.ts'
import { findModel, findVersion } from './find-models.ts'
import { deletedStage, loadModels, loadVersions } from './load-models.ts'
import { resolveSource } from './model-source.ts'
import { noteChanges } from './registry-history.ts'
import { searchModelVersions } from './search-model-versions.ts'
import { inTransaction, type StoreContext } from './store-context.ts'

type Database = StoreContext['db']

type ModelVersionStore = Pick<
  RegistryStore,
  | 'createModelVersion'
  | 'getModelVersion'
  | 'getModelVersionByAlias'
  | 'getLatestVersions'
  | 'searchModelVersions'
  | 'updateModelVersion'
  | 'deleteModelVersion'
  | 'transitionModelVersionStage'
  | 'setModelVersionTag'
  | 'deleteModelVersionTag'
  | 'getModelVersionDownloadUri'
>

/** Versions: numbered in the transaction that adds them, hidden rather than erased when deleted. */
export function modelVersionStore(context: StoreContext): ModelVersionStore {
  const { db } = context
  return {
    createModelVersion: async (name, source, options = {}) => await createVersion(context, name, source, options),
    getModelVersion: async (name, version) => await loadVersion(db, name, version),
    getModelVersionByAlias: async (name, alias) => await loadByAlias(db, name, alias),
    getLatestVersions: async (name, stages = []) => {
      const [model] = await loadModels(db, [await findModel(db, name)])
      const wanted = stages.map(parseStage)
      return model!.latestVersions.filter((version) => wanted.length === 0 || wanted.includes(version.currentStage))
    },
    searchModelVersions: async (request = {}) => await searchModelVersions(context, request),
    updateModelVersion: async (name, version, { description }) =>
      await inTransaction(context, async (tx) => {
        const row = await findVersion(tx, name, version)
        await updateVersion(tx, name, row.version, { description, last_updated_time: context.clock() })
        return await loadVersion(tx, name, version)
      }),
    deleteModelVersion: async (name, version, note) => await deleteVersion(context, name, version, note),
    transitionModelVersionStage: async (name, version, stage, { archiveExistingVersions = false, ...note } = {}) =>
      await transitionStage(context, { name, version, stage: parseStage(stage), archiveExistingVersions, note }),
    setModelVersionTag: async (name, version, key, value) => {
      checkRegistryTags({ [key]: value })
      await inTransaction(context, async (tx) => {
        const row = await findVersion(tx, name, version)
        await deleteTag(tx, name, row.version, key)
        await tx.insertInto('model_version_tags').values({ name, version: row.version, key, value }).execute()
      })
    },
    deleteModelVersionTag: async (name, version, key) => {
      checkKey(key, 'key')
      await inTransaction(context, async (tx) => {
        const row = await findVersion(tx, name, version)
        await deleteTag(tx, name, row.version, key)
      })
    },
    getModelVersionDownloadUri: async (name, version) => {
      const row = await findVersion(db, name, version)
      return row.storage_location ?? row.source ?? ''
    },
  }
}

async function createVersion(
  context: StoreContext,
  name: string,
  source: string,
  options: CreateModelVersionOptions,
): Promise<ModelVersion> {
  const { tags = {}, runLink = null, description = null } = options
  checkRegistryTags(tags)
  return await inTransaction(context, async (tx) => {
    await findModel(tx, name)
    const resolved = isPromptTags(tags) ? { location: source } : await resolveSource(tx, source)
    const now = context.clock()
    const { highest } = await tx
      .selectFrom('model_versions')
      .select(({ fn }) => fn.max('version').as('highest'))
      .where('name', '=', name)
      .executeTakeFirstOrThrow()
    const version = (highest ?? 0) + 1
    const row = {
      name,
      version,
      creation_time: now,
      last_updated_time: now,
      description,
      user_id: null,
      current_stage: 'None',
      source,
      storage_location: resolved.location === source ? null : resolved.location,
      run_id: options.runId ?? resolved.runId ?? null,
      run_link: runLink,
      status: 'READY',
      status_message: null,
    }
    await tx.insertInto('model_versions').values(row).execute()
    const tagRows = Object.entries(tags).map(([key, value]) => ({ name, version, key, value }))
    if (tagRows.length > 0) await tx.insertInto('model_version_tags').values(tagRows).execute()
    await touchModel(tx, name, now)
    return (await loadVersions(tx, [row]))[0]!
  })
}

async function loadByAlias(db: Database, name: string, alias: string): Promise<ModelVersion> {
  checkAlias(alias)
  await findModel(db, name)
  const query =
    alias.toLowerCase() === 'latest'
      ? db
          .selectFrom('model_versions')
          .select(({ fn }) => fn.max('version').as('version'))
          .where('name', '=', name)
          .where('current_stage', '!=', deletedStage)
      : db.selectFrom('registered_model_aliases').select('version').where('name', '=', name).where('alias', '=', alias)
  const found = await query.executeTakeFirst()
  if (typeof found?.version === 'number') return await loadVersion(db, name, found.version)
  if (alias.toLowerCase() !== 'latest') throw invalidParameter(`Registered model alias ${alias} not found.`)
  throw new MillraceError('RESOURCE_DOES_NOT_EXIST', `Latest version not found for model ${name}.`)
}

/** What is left of a version that was deleted: its number. */
export const deletedVersion = {
  current_stage: deletedStage,
  description: null,
  user_id: null,
  source: 'REDACTED-SOURCE-PATH',
  storage_location: null,
  run_id: 'REDACTED-RUN-ID',
  run_link: 'REDACTED-RUN-LINK',
  status_message: null,
} as const

async function deleteVersion(
  context: StoreContext,
  name: string,
  version: VersionNumber,
  note: ChangeNote | undefined,
): Promise<void> {
  await inTransaction(context, async (tx) => {
    const row = await findVersion(tx, name, version)
    const now = context.clock()
    const aliases = await tx
      .deleteFrom('registered_model_aliases')
      .where('name', '=', name)
      .where('version', '=', row.version)
      .returning('alias')
      .execute()
    await updateVersion(tx, name, row.version, { ...deletedVersion, last_updated_time: now })
    await touchModel(tx, name, now)
    const change = { name, version: row.version }
    await noteChanges(context, tx, note, [
      ...aliases.map(({ alias }) => ({
        ...change,
        action: 'alias_deleted' as const,
        alias,
        from: String(row.version),
      })),
      { ...change, action: 'version_deleted' },
    ])
  })
}

interface StageTransition {
  readonly name: string
  readonly version: VersionNumber
  readonly stage: ModelStage
  readonly archiveExistingVersions: boolean
  readonly note: ChangeNote
}

async function transitionStage(context: StoreContext, transition: StageTransition): Promise<ModelVersion> {
  const { name, version, stage, archiveExistingVersions, note } = transition
  if (archiveExistingVersions && stage !== 'Staging' && stage !== 'Production') {
    throw invalidParameter(
      'Model version transition cannot archive existing model versions because ' +
        `'${stage}' is not an Active stage. Valid stages are ['Staging', 'Production']`,
    )
  }
  return await inTransaction(context, async (tx) => {
    const row = await findVersion(tx, name, version)
    const last_updated_time = context.clock()
    const archived = archiveExistingVersions
      ? await tx
          .updateTable('model_versions')
          .set({ current_stage: 'Archived', last_updated_time })
          .where('name', '=', name)
          .where('version', '!=', row.version)
          .where('current_stage', '=', stage)
          .returning('version')
          .execute()
      : []
    await updateVersion(tx, name, row.version, { current_stage: stage, last_updated_time })
    await touchModel(tx, name, last_updated_time)
    const moves = [
      ...archived.map((other) => ({ version: other.version, from: stage, to: 'Archived' })),
      { version: row.version, from: row.current_stage ?? 'None', to: stage },
    ]
    const changes = moves.map((move) => ({ name, action: 'stage_changed' as const, ...move }))
    await noteChanges(context, tx, note, changes)
    return await loadVersion(tx, name, parseVersion(version))
  })
}

async function loadVersion(db: Database, name: string, version: VersionNumber): Promise<ModelVersion> {
  return (await loadVersions(db, [await findVersion(db, name, version)]))[0]!
}

type VersionChanges = Partial<
  Record<'description' | 'user_id' | 'current_stage' | 'source' | 'run_id', string | null>
> &
  Partial<Record<'run_link' | 'storage_location' | 'status_message', string | null>> & { last_updated_time: number }

async function updateVersion(tx: Database, name: string, version: number, changes: VersionChanges): Promise<void> {
  await tx.updateTable('model_versions').set(changes).where('name', '=', name).where('version', '=', version).execute()
}

async function touchModel(tx: Database, name: string, last_updated_time: number): Promise<void> {
  await tx.updateTable('registered_models').set({ last_updated_time }).where('name', '=', name).execute()
}

async function deleteTag(tx: Database, name: string, version: number, key: string): Promise<void> {
  await tx
    .deleteFrom('model_version_tags')
    .where('name', '=', name)
    .where('version', '=', version)
    .where('key', '=', key)
    .execute()
}
