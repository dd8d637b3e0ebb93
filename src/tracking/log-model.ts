/** Models as artifacts of a run, and as versions in the registry. */
import { join } from 'node:path'
import type { ObservedModel } from '../core/index.ts'
import type { ActiveRun } from './active-run.ts'
import type { ModelVersion } from './entities.ts'
import { hasCode, inTemporaryFolder, MillraceError } from '../core/index.ts'
import { joinUri } from './model-uri.ts'
import type { TrackingClient } from './open-tracking.ts'

/** What MLflow's page lists as the models of a run: all of them, in one tag. */
const histories = new WeakMap<ActiveRun, readonly object[]>()

/** Writes `model` to the run's artifacts as the folder `artifactPath` and returns its `runs:/` URI. */
export async function logModel(run: ActiveRun, model: ObservedModel, artifactPath = 'model'): Promise<string> {
  await logFolder(run, model, artifactPath)
  const logged = {
    run_id: run.runId,
    artifact_path: artifactPath,
    utc_time_created: new Date().toISOString().replace('T', ' ').replace('Z', ''),
    flavors: { onnx: {}, python_function: {} },
  }
  const history = [...(histories.get(run) ?? []), logged]
  histories.set(run, history)
  await run.setTags({ 'mlflow.log-model.history': JSON.stringify(history) })
  return `runs:/${run.runId}/${artifactPath}`
}

/** Lets `content` save itself, and logs what it wrote as the folder `artifactPath`. */
export async function logFolder(run: ActiveRun, content: ObservedModel, artifactPath: string): Promise<void> {
  await inTemporaryFolder(async (folder) => {
    await run.logArtifacts(await content.save(join(folder, 'model'), { runId: run.runId }), artifactPath)
  })
}

export interface RegisterModelOptions {
  readonly description?: string
  readonly tags?: Readonly<Record<string, string>>
  /** Aliases that are moved to the new version. */
  readonly aliases?: readonly string[]
}

/**
 * Makes the model that a run logged a new version of the registered model `name`, which is created if there is none.
 *
 * @throws MillraceError RESOURCE_DOES_NOT_EXIST when the run has no such artifact
 */
export async function registerModel(
  client: TrackingClient,
  name: string,
  { runId, artifactPath = 'model' }: { readonly runId: string; readonly artifactPath?: string },
  { description, tags, aliases = [] }: RegisterModelOptions = {},
): Promise<ModelVersion> {
  const run = await client.getRun(runId)
  if (!(await client.listArtifacts(runId, artifactPath)).some(({ path }) => path === `${artifactPath}/MLmodel`)) {
    throw new MillraceError(
      'RESOURCE_DOES_NOT_EXIST',
      `Run ${runId} has no model at "${artifactPath}". Log one with logModel() first.`,
    )
  }
  try {
    await client.createRegisteredModel(name)
  } catch (error) {
    if (!hasCode(error, 'RESOURCE_ALREADY_EXISTS')) throw error
  }
  const version = await client.createModelVersion(name, joinUri(run.info.artifactUri, artifactPath), {
    runId,
    ...(description === undefined ? {} : { description }),
    ...(tags === undefined ? {} : { tags }),
  })
  for (const alias of aliases) await client.setRegisteredModelAlias(name, alias, version.version)
  return version
}
