/** What may be registered over HTTP: nothing that would make the server read files that no run has given it. */
import { localPathOf } from '../../storage/index.ts'
import { parseModelUri } from '../model-uri.ts'
import type { RunStore } from '../tracking-store.ts'
import { invalidParameter } from '../validation.ts'
import type { ArtifactUris } from './artifact-uris.ts'

/**
 * @param source as the client gave it
 * @throws MillraceError INVALID_PARAMETER_VALUE for a path with a way up, and for a local place or a served artifact
 *   that is not one of the run `runId`
 */
export async function checkVersionSource(
  store: Pick<RunStore, 'getRun'>,
  uris: ArtifactUris,
  source: string,
  runId: string | undefined,
): Promise<void> {
  const kept = uris.kept(source)
  const isLocal = isLocalPlace(source)
  if (!isLocal && hasWayUp(source)) throw relative(source)
  if (source.startsWith('models:')) return
  if (source.startsWith('runs:')) {
    const uri = parseModelUri(source)
    if (uri.kind === 'run' && uri.runId === runId) return
    throw notOfRun(source)
  }
  if (!isLocal && kept === source && !source.startsWith('mlflow-artifacts:')) return
  if (runId !== undefined && (await isInRun(store, runId, kept))) return
  throw isLocal ? localElsewhere(source) : notOfRun(source)
}

async function isInRun(store: Pick<RunStore, 'getRun'>, runId: string, kept: string): Promise<boolean> {
  const run = await store.getRun(runId).catch(() => undefined)
  if (run === undefined || hasWayUp(kept)) return false
  const [root, place] = [run.info.artifactUri, kept].map(plainPlace) as [string, string]
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

function decodeFully(text: string): string {
  const next = text.replace(/%[0-9a-f]{2}/gi, (code) => String.fromCharCode(parseInt(code.slice(1), 16)))
  return next === text ? text : decodeFully(next)
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

function notOfRun(source: string): Error {
  return invalidParameter(
    `Invalid model version source: '${source}'. The run_id request parameter must identify the resource that contains the source.`,
  )
}
