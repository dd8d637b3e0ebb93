/** Registered models of a file store, with their versions, tags and aliases. */
import { join } from 'node:path'
import type { StoreContext } from '../sql/store-context.ts'
import { deletedStage } from '../sql/load-models.ts'
import { deletedVersion } from '../sql/model-versions.ts'
import { badFile, foldersIn, readMeta, readTexts } from './files.ts'
import { modelVersionMeta, registeredModelMeta } from './meta.ts'
import type { Places } from './places.ts'

type Database = StoreContext['db']

/** @throws MillraceError STORE_CORRUPT naming the file that is not what it should be */
export async function importRegisteredModel(tx: Database, folder: string, places: Places): Promise<void> {
  const { name, ...meta } = await readMeta(folder, registeredModelMeta)
  const row = { name, creation_time: meta.creation_timestamp, last_updated_time: meta.last_updated_timestamp }
  await tx
    .insertInto('registered_models')
    .values({ ...row, description: meta.description ?? null })
    .execute()
  const tags = pairsOf(await readTexts(join(folder, 'tags'))).map(([key, value]) => ({ name, key, value }))
  if (tags.length > 0) await tx.insertInto('registered_model_tags').values(tags).execute()
  for (const version of (await foldersIn(folder)).filter((entry) => entry.startsWith('version-'))) {
    await importVersion(tx, name, join(folder, version), places)
  }
  const aliases = pairsOf(await readTexts(join(folder, 'aliases'))).map(([alias, text]) => {
    const version = Number(text)
    if (text.trim() !== '' && Number.isSafeInteger(version)) return { name, alias, version }
    throw badFile(join(folder, 'aliases', alias), 'it holds no number of a version')
  })
  if (aliases.length > 0) await tx.insertInto('registered_model_aliases').values(aliases).execute()
}

async function importVersion(tx: Database, name: string, folder: string, places: Places): Promise<void> {
  const meta = await readMeta(folder, modelVersionMeta)
  const { version, source, storage_location: location } = meta
  const isDeleted = meta.current_stage === deletedStage
  await tx
    .insertInto('model_versions')
    .values({
      name,
      version,
      creation_time: meta.creation_timestamp,
      last_updated_time: meta.last_updated_timestamp,
      description: meta.description ?? null,
      user_id: meta.user_id ?? null,
      current_stage: meta.current_stage ?? 'None',
      source: places.moved(source ?? ''),
      storage_location: location === source || typeof location !== 'string' ? null : places.moved(location),
      run_id: meta.run_id ?? null,
      run_link: meta.run_link ?? null,
      status: meta.status ?? 'READY',
      status_message: meta.status_message ?? null,
      ...(isDeleted && deletedVersion),
    })
    .execute()
  const tags = pairsOf(await readTexts(join(folder, 'tags'))).map(([key, value]) => ({ name, version, key, value }))
  if (tags.length > 0) await tx.insertInto('model_version_tags').values(tags).execute()
}

function pairsOf(texts: Readonly<Record<string, string>>): readonly [string, string][] {
  return Object.entries(texts)
}
