/** Where the files of a model version are, from the URI it was registered with. */
import { MillraceError } from '../../core/index.ts'
import { fileUriOf, localPathOf } from '../../storage/index.ts'
import { joinUri, parseModelUri } from '../model-uri.ts'
import { invalidParameter } from '../validation.ts'
import { findActiveLoggedModel } from './load-logged-models.ts'
import { findVersion } from './find-models.ts'
import { deletedStage } from './load-models.ts'
import { type StoreContext } from './store-context.ts'

type Database = StoreContext['db']

interface ResolvedSource {
  readonly location: string
  readonly runId?: string | undefined
}

/**
 * The location that `source` means now: of a run's artifact, of a logged model, of another model version, of a local folder (made
 * absolute), or `source` itself.
 *
 * @throws RESOURCE_DOES_NOT_EXIST for a run or version there is none of, INVALID_PARAMETER_VALUE for ''
 */
export async function resolveSource(db: Database, source: string): Promise<ResolvedSource> {
  if (source === '') throw invalidParameter("Missing value for required parameter 'source'.")
  const uri = parseModelUri(source)
  switch (uri.kind) {
    case 'run': {
      const run = await db
        .selectFrom('runs')
        .select('artifact_uri')
        .where('run_uuid', '=', uri.runId)
        .executeTakeFirst()
      if (run === undefined) throw new MillraceError('RESOURCE_DOES_NOT_EXIST', `Run with id=${uri.runId} not found`)
      return { location: joinUri(run.artifact_uri ?? '', uri.path), runId: uri.runId }
    }
    case 'logged': {
      const model = await findActiveLoggedModel(db, uri.modelId)
      return { location: model.artifact_location, runId: model.source_run_id ?? undefined }
    }
    case 'version':
      return await versionLocation(db, uri.name, uri.version)
    case 'alias':
      return await aliasLocation(db, uri.name, uri.alias)
    case 'stage':
    case 'latest':
      return await newestLocation(db, uri.name, uri.kind === 'stage' ? uri.stage : undefined)
    case 'location': {
      const path = localPathOf(source)
      return { location: path === undefined || source.startsWith('file:') ? source : fileUriOf(path) }
    }
    default:
      return uri satisfies never
  }
}

async function versionLocation(db: Database, name: string, version: number): Promise<ResolvedSource> {
  const row = await findVersion(db, name, version)
  return { location: row.storage_location ?? row.source ?? '', runId: row.run_id ?? undefined }
}

async function aliasLocation(db: Database, name: string, alias: string): Promise<ResolvedSource> {
  const row = await db
    .selectFrom('registered_model_aliases')
    .select('version')
    .where('name', '=', name)
    .where('alias', '=', alias)
    .executeTakeFirst()
  if (row === undefined) throw invalidParameter(`Registered model alias ${alias} not found.`)
  return await versionLocation(db, name, row.version)
}

async function newestLocation(db: Database, name: string, stage: string | undefined): Promise<ResolvedSource> {
  let query = db
    .selectFrom('model_versions')
    .select('version')
    .where('name', '=', name)
    .where('current_stage', '!=', deletedStage)
  if (stage !== undefined) query = query.where('current_stage', '=', stage)
  const row = await query.orderBy('version', 'desc').executeTakeFirst()
  if (row !== undefined) return await versionLocation(db, name, row.version)
  throw new MillraceError(
    'RESOURCE_DOES_NOT_EXIST',
    `Model Version (name=${name}, ${stage === undefined ? 'latest' : `stage=${stage}`}) not found`,
  )
}
