/** From a model URI to the folder of the model. */
import { hasCode, MillraceError, suggest } from '../core/index.ts'
import { localPathOf, type ObjectStorage, openStorage } from '../storage/index.ts'
import { type ModelVersion, type RegisteredModel } from './entities.ts'
import { joinUri, type ModelUri, parseModelUri } from './model-uri.ts'
import { fetchModel } from './fetch-model.ts'
import { isServedPlace } from './served-place.ts'
import { type TrackingStore } from './tracking-store.ts'

/** A store that may know how to open the artifacts it speaks of, as every TrackingClient does. */
type ModelStore = TrackingStore & { readonly openArtifacts?: (uri: string) => ObjectStorage }

/** Where a model is, and what is known about it. */
export interface ResolvedModel {
  /** The folder of the model: a `file://` URI, or one of a remote storage. */
  readonly uri: string
  /** The same as a path, when it is on this machine. */
  readonly path?: string
  readonly name?: string
  readonly version?: number
  readonly runId?: string
}

/**
 * The folder that `uri` means now (see parseModelUri for the forms), after looking that it exists if it is on this
 * machine; one that a tracking server keeps is copied here for the time of the process. Stage and `latest` mean the
 * highest version there is; an alias the version it is set to.
 *
 * @throws MillraceError RESOURCE_DOES_NOT_EXIST for a model, version, alias, run or folder there is none of, listing
 *   what there is; INVALID_PARAMETER_VALUE for a URI of no known form
 */
export async function resolveModelUri(store: ModelStore, uri: string): Promise<ResolvedModel> {
  const parsed = parseModelUri(uri)
  if (parsed.kind === 'location') return await existing(store, { uri: parsed.uri }, uri)
  if (parsed.kind === 'run') return await resolveRun(store, parsed.runId, parsed.path)
  if (parsed.kind === 'logged') {
    const { artifactLocation, sourceRunId: runId } = await store.getLoggedModel(parsed.modelId)
    return await existing(store, { uri: artifactLocation, ...(runId !== '' && { runId }) }, uri)
  }
  const { name, version, runId } = await findModelVersion(store, parsed)
  const location = await store.getModelVersionDownloadUri(name, version)
  return await existing(store, { uri: location, name, version, ...(runId !== '' && { runId }) }, uri)
}

async function resolveRun(store: ModelStore, runId: string, path: string): Promise<ResolvedModel> {
  const run = await orElse(store.getRun(runId), async () =>
    notFound(`Run with id=${runId} not found`, await latestRuns(store)),
  )
  const storage = (store.openArtifacts ?? openStorage)(run.info.artifactUri)
  if (!(await storage.exists(path))) {
    const artifacts = (await storage.list()).map((entry) => entry.path)
    throw notFound(`Run ${runId} has no artifact "${path}"`, suggest(path, artifacts, 'artifacts'))
  }
  return await existing(store, { uri: joinUri(run.info.artifactUri, path), runId }, `runs:/${runId}/${path}`)
}

/** The registered model. @throws MillraceError RESOURCE_DOES_NOT_EXIST listing those there are, for people to read */
export async function findRegisteredModel(store: TrackingStore, name: string): Promise<RegisteredModel> {
  return await orElse(store.getRegisteredModel(name), async () =>
    notFound(`Registered Model with name=${name} not found`, suggest(name, await modelNames(store), 'models')),
  )
}

/** The version that a URI means. @throws MillraceError RESOURCE_DOES_NOT_EXIST listing what there is, for people to read */
export async function findModelVersion(
  store: TrackingStore,
  uri: Exclude<ModelUri, { kind: 'run' | 'location' | 'logged' }>,
): Promise<ModelVersion> {
  const { name } = uri
  const model = await findRegisteredModel(store, name)
  if (uri.kind === 'alias') {
    const version = Object.hasOwn(model.aliases, uri.alias) ? model.aliases[uri.alias] : undefined
    if (version !== undefined) return await store.getModelVersion(name, version)
    const aliases = Object.keys(model.aliases)
    throw notFound(`Model ${name} has no alias "${uri.alias}"`, suggest(uri.alias, aliases, 'aliases'))
  }
  if (uri.kind === 'version') {
    return await orElse(store.getModelVersion(name, uri.version), async () =>
      notFound(`Model Version (name=${name}, version=${uri.version}) not found`, await versionList(store, name)),
    )
  }
  const candidates =
    uri.kind === 'latest' ? model.latestVersions : model.latestVersions.filter((v) => v.currentStage === uri.stage)
  const newest = candidates.toSorted((a, b) => b.version - a.version)[0]
  if (newest !== undefined) return newest
  const wanted = uri.kind === 'latest' ? 'version' : `version in stage ${uri.stage}`
  throw notFound(`Model ${name} has no ${wanted}`, await versionList(store, name))
}

/** `model` with its path, after looking whether there is anything. What a tracking server keeps is copied here. */
async function existing(store: ModelStore, model: ResolvedModel, asked: string): Promise<ResolvedModel> {
  const isServed = isServedPlace(model.uri)
  const served = isServed ? store.openArtifacts?.(model.uri) : undefined
  const path = isServed ? served?.localPath() : localPathOf(model.uri)
  if (path === undefined) return served === undefined ? model : { ...model, path: await fetchModel(served) }
  const storage = served ?? openStorage(model.uri)
  if (await storage.exists('')) return { ...model, uri: storage.uri, path }
  const owner =
    model.name === undefined ? '' : ` The registry knows version ${model.version} of ${model.name}, but not its files.`
  throw new MillraceError('RESOURCE_DOES_NOT_EXIST', `There is no model at ${path}, which "${asked}" means.${owner}`)
}

async function modelNames(store: TrackingStore): Promise<readonly string[]> {
  return (await store.searchRegisteredModels({ maxResults: 1000 })).items.map((model) => model.name)
}

async function versionList(store: TrackingStore, name: string): Promise<string> {
  const { items } = await store.searchModelVersions({
    filter: `name = ${name.includes("'") ? `"${name}"` : `'${name}'`}`,
    orderBy: ['version_number DESC'],
    maxResults: 100,
  })
  const versions = items.map(({ version, currentStage, aliases }) => {
    const marks = [...(currentStage === 'None' ? [] : [currentStage]), ...aliases.map((alias) => `@${alias}`)]
    return marks.length === 0 ? String(version) : `${version} (${marks.join(', ')})`
  })
  return suggest(undefined, versions, 'versions')
}

async function latestRuns(store: TrackingStore): Promise<string> {
  const experiments = await store.searchExperiments({ maxResults: 1000 })
  const experimentIds = experiments.items.map((experiment) => experiment.experimentId)
  const runs = await store.searchRuns({ experimentIds, maxResults: 5 })
  return suggest(
    undefined,
    runs.items.map(({ info }) => `${info.runId} (${info.runName})`),
    'latest runs',
  )
}

/** What `found` gives, or the error that `missing` makes when there is no such thing. */
async function orElse<T>(found: Promise<T>, missing: () => Promise<Error>): Promise<T> {
  try {
    return await found
  } catch (error) {
    if (hasCode(error, 'RESOURCE_DOES_NOT_EXIST')) throw await missing()
    throw error
  }
}

function notFound(what: string, advice: string): MillraceError {
  return new MillraceError('RESOURCE_DOES_NOT_EXIST', `${what}. ${advice}`)
}
