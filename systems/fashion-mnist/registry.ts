/** The model in production: putting one there, and getting it. */
import { hasCode } from 'millrace/core'
import { ImageModel } from 'millrace/model'
import {
  type ModelVersion,
  openTracking,
  registerModel,
  type ResolvedModel,
  resolveModelUri,
  type TrackingClient,
} from 'millrace/tracking'

/** The name of the experiment. */
export const EXPERIMENT = 'fashion-mnist'

/** The name of the registered model. */
export const MODEL = 'fashion-mnist-cnn'

const CHAMPION = 'champion'
const PRODUCTION = 'Production'

export interface RegistryOptions {
  /** The tracking store. Default: MLFLOW_TRACKING_URI, else sqlite:///mlflow.db. */
  readonly trackingUri?: string | undefined
}

/**
 * Puts the model of a run into production: its version, registered now if it is not yet, gets the stage Production and the
 * alias `champion`; the version before it is archived.
 *
 * @throws MillraceError RESOURCE_DOES_NOT_EXIST for a run there is none of, or one without a model
 */
export async function promoteModelToProduction(runId: string, options: RegistryOptions = {}): Promise<ModelVersion> {
  await using client = await openStore(options)
  const version = (await versionOf(client, runId)) ?? (await registerModel(client, MODEL, { runId }))
  await client.transitionModelVersionStage(MODEL, version.version, PRODUCTION, { archiveExistingVersions: true })
  await client.setRegisteredModelAlias(MODEL, CHAMPION, version.version)
  return await client.getModelVersion(MODEL, version.version)
}

export interface ProductionModel {
  readonly version: ModelVersion
  /** Dispose of it. */
  readonly model: ImageModel
}

/**
 * The model in production: the version with the alias `champion`, or where nobody has set that, the one in the stage
 * Production.
 *
 * @throws MillraceError RESOURCE_DOES_NOT_EXIST when there is neither, INVALID_MODEL when its files are damaged
 */
export async function getProductionModel(options: RegistryOptions = {}): Promise<ProductionModel> {
  await using client = await openStore(options)
  const { version, path } = await resolveProduction(client)
  return { version: await client.getModelVersion(MODEL, version!), model: await ImageModel.load(path!) }
}

/** The newest version that was made of a run. */
async function versionOf(client: TrackingClient, runId: string): Promise<ModelVersion | undefined> {
  const { items } = await client.searchModelVersions({
    filter: `name = '${MODEL}' and run_id = '${runId}'`,
    orderBy: ['version_number DESC'],
    maxResults: 1,
  })
  return items[0]
}

async function resolveProduction(client: TrackingClient): Promise<ResolvedModel> {
  try {
    return await resolveModelUri(client, `models:/${MODEL}@${CHAMPION}`)
  } catch (error) {
    if (!hasCode(error, 'RESOURCE_DOES_NOT_EXIST')) throw error
    return await resolveModelUri(client, `models:/${MODEL}/${PRODUCTION}`)
  }
}

async function openStore({ trackingUri }: RegistryOptions): Promise<TrackingClient> {
  return await openTracking(trackingUri === undefined ? {} : { trackingUri })
}
