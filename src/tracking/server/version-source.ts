/** What may be registered over HTTP: nothing that would make the server read files that no run has given it. */
import { hasCode } from '../../core/index.ts'
import { decodeFully, localPathOf } from '../../storage/index.ts'
import { parseModelUri } from '../model-uri.ts'
import { promptSources } from '../prompt-tags.ts'
import type { TrackingStore } from '../tracking-store.ts'
import { invalidParameter } from '../validation.ts'
import type { ArtifactUris } from './artifact-uris.ts'

type SourceStore = Pick<TrackingStore, 'getRun' | 'getLoggedModel'>

interface VersionSource {
  readonly source: string
  /** The run, or the logged model, that the files belong to. */
  readonly runId: string | undefined
  readonly modelId: string | undefined
}

/**
 * @param source as the client gave it
 * @throws MillraceError INVALID_PARAMETER_VALUE for a path with a way up, and for a local place or a served artifact
 *   that is not one of the run or logged model named
 */
export async function checkVersionSource(
  { store, uris }: { readonly store: SourceStore; readonly uris: ArtifactUris },
  { source, runId, modelId }: VersionSource,
): Promise<void> {
  const kept = uris.kept(source)
  const isLocal = isLocalPlace(source)
  if (!isLocal && hasWayUp(source)) throw relative(source)
  if (source.startsWith('models:')) {
    const uri = parseModelUri(source)
    if (uri.kind === 'logged' && uri.modelId !== modelId) throw notOf(source, 'model_id')
    return
  }
  if (source.startsWith('runs:')) {
    const uri = parseModelUri(source)
    if (uri.kind === 'run' && uri.runId === runId) return
    throw notOf(source, 'run_id')
  }
  if (!isLocal && kept === source && !source.startsWith('mlflow-artifacts:')) return
  const root = await rootOf(store, runId, modelId)
  if (root !== undefined && isBelow(kept, root)) return
  throw isLocal ? localElsewhere(source) : notOf(source, modelId === undefined ? 'run_id' : 'model_id')
}

/** @throws MillraceError INVALID_PARAMETER_VALUE unless the source of a prompt says that it has none */
export function checkPromptSource(source: string): void {
  if (promptSources.has(source)) return
  throw invalidParameter(`Invalid prompt source: '${source}'. Prompt sources must use an MLflow placeholder.`)
}

/** Where the files of the run or logged model are that the request names. */
async function rootOf(
  store: SourceStore,
  runId: string | undefined,
  modelId: string | undefined,
): Promise<string | undefined> {
  try {
    if (modelId !== undefined) return (await store.getLoggedModel(modelId)).artifactLocation
    return runId === undefined ? undefined : (await store.getRun(runId)).info.artifactUri
  } catch (error) {
    if (hasCode(error, 'RESOURCE_DOES_NOT_EXIST')) return undefined
    throw error
  }
}

function isBelow(uri: string, rootUri: string): boolean {
  if (hasWayUp(uri)) return false
  const [place, root] = [plainPlace(uri), plainPlace(rootUri)]
  return place === root || place.startsWith(`${root}/`)
}

/** The same text for the same place, however it is written. */
function plainPlace(uri: string): string {
  const path = isLocalPlace(uri) ? localPathOf(uri) : undefined
  return (path ?? uri).replace(/\/+$/, '')
}

function isLocalPlace(uri: string): boolean {
  return /^file:/i.test(uri) || !/^[a-z][a-z0-9+.-]+:/i.test(uri)
}

/** Whether `..` or a zero character is in it, encoded any number of times. */
function hasWayUp(uri: string): boolean {
  const decoded = decodeFully(uri)
  return decoded.includes('\0') || decoded.split(/[/\\]/).includes('..')
}

function relative(source: string): Error {
  return invalidParameter(
    `Invalid model version source: '${source}'. If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references present. Please provide an absolute path.`,
  )
}

function localElsewhere(source: string): Error {
  return invalidParameter(
    `Invalid model version source: '${source}'. To use a local path as a model version source, the run_id request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the run_id.`,
  )
}

function notOf(source: string, owner: 'run_id' | 'model_id'): Error {
  return invalidParameter(
    `Invalid model version source: '${source}'. The ${owner} request parameter must identify the resource that contains the source.`,
  )
}
