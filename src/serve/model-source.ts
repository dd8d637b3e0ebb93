/** Where models come from: what a model URI means now, and which version an alias or stage is set to. */
import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { hasCode, MillraceError } from '../core/index.ts'
import { localPathOf } from '../storage/index.ts'
import {
  type Experiment,
  type ModelVersion,
  parseModelUri,
  resolveModelUri,
  type Run,
  type TrackingClient,
} from '../tracking/index.ts'
import type { ModelIdentity } from './served-model.ts'

/** What a tracking store knows of a model. What it does not is undefined, and so is all of a folder. */
export interface ModelOrigin {
  readonly version: ModelVersion | undefined
  /** The run that made the model. */
  readonly run: Run | undefined
  readonly experiment: Experiment | undefined
}

export interface ModelSource {
  /**
   * The model that `uri` means now.
   *
   * @throws MillraceError RESOURCE_DOES_NOT_EXIST for a model, version, alias or folder there is none of
   */
  resolve(uri: string): Promise<ModelIdentity>
  /** Whether `uri` may come to mean another version. */
  moves(uri: string): boolean
  /** The version that `uri` means now, at little cost; undefined when its alias or stage is gone. */
  currentVersion(uri: string): Promise<number | undefined>
  /** What is known of the model now. */
  origin(identity: ModelIdentity): Promise<ModelOrigin>
}

/**
 * @param client may be absent when all URIs are folders
 * @param beforeLook called before each look at the registry
 */
export function modelSource(client: TrackingClient | undefined, beforeLook: () => void): ModelSource {
  return {
    resolve: async (uri) => (isPlace(uri) ? folderIdentity(uri) : await registeredIdentity(require(client), uri)),
    moves: (uri) => ['alias', 'stage', 'latest'].includes(parseModelUri(uri).kind),
    currentVersion: async (uri) => {
      beforeLook()
      return await currentVersion(require(client), uri)
    },
    origin: async (identity) => await originOf(client, identity),
  }
}

/** Whether the URI names a folder, for which no tracking store is needed. */
export function isPlace(uri: string): boolean {
  return parseModelUri(uri).kind === 'location'
}

function folderIdentity(uri: string): ModelIdentity {
  const path = localPathOf(uri)
  if (path === undefined) throw notHere(uri)
  if (!existsSync(path)) {
    throw new MillraceError(
      'RESOURCE_DOES_NOT_EXIST',
      `There is no model at ${path}. Name a model folder, models:/name@alias, models:/name/version or runs:/id/model.`,
    )
  }
  return { name: basename(path), version: undefined, uri, path, runId: undefined }
}

async function registeredIdentity(client: TrackingClient, uri: string): Promise<ModelIdentity> {
  const { path, name, version, runId } = await resolveModelUri(client, uri)
  if (path === undefined) throw notHere(uri)
  return { name: name ?? basename(path), version, uri, path, runId }
}

async function currentVersion(client: TrackingClient, uri: string): Promise<number | undefined> {
  const parsed = parseModelUri(uri)
  if (parsed.kind === 'version') return parsed.version
  if (parsed.kind === 'run' || parsed.kind === 'location' || parsed.kind === 'logged') return undefined
  const { aliases, latestVersions } = await client.getRegisteredModel(parsed.name)
  if (parsed.kind === 'alias') return Object.hasOwn(aliases, parsed.alias) ? aliases[parsed.alias] : undefined
  const versions = latestVersions
    .filter(({ currentStage }) => parsed.kind === 'latest' || currentStage === parsed.stage)
    .map(({ version }) => version)
  return versions.length === 0 ? undefined : Math.max(...versions)
}

async function originOf(
  client: TrackingClient | undefined,
  { name, version: number, runId }: ModelIdentity,
): Promise<ModelOrigin> {
  const version = client && number !== undefined ? await ifThere(client.getModelVersion(name, number)) : undefined
  const run = client && runId ? await ifThere(client.getRun(runId)) : undefined
  const experiment = client && run ? await ifThere(client.getExperiment(run.info.experimentId)) : undefined
  return { version, run, experiment }
}

/** What was asked for; undefined where it has been deleted. */
async function ifThere<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (hasCode(error, 'RESOURCE_DOES_NOT_EXIST')) return undefined
    throw error
  }
}

function require(client: TrackingClient | undefined): TrackingClient {
  if (client !== undefined) return client
  throw new MillraceError('INVALID_ARGUMENT', 'A model of the registry needs a tracking store: give trackingUri.')
}

function notHere(uri: string): MillraceError {
  return new MillraceError('INVALID_ARGUMENT', `The model "${uri}" is not on this machine. Download it first.`)
}
