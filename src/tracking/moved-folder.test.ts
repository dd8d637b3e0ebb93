/** A store whose artifacts are kept by relative places: database and artifacts are moved together, and go on. */
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTracking, resolveModelUri, type TrackingClient, withRun } from './index.ts'
import { createTrackingServer, listenTracking } from './server/index.ts'

const RELATIVE = 'mlflow-artifacts:'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-moved-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

async function serve(place: string): ReturnType<typeof listenTracking> {
  const options = { trackingUri: join(place, 'mlflow.db'), defaultArtifactRoot: RELATIVE }
  return await listenTracking(await createTrackingServer(options), { port: 0 })
}

/** A run with a model, registered. */
async function fill(client: TrackingClient): Promise<string> {
  return await withRun(client, { experiment: 'birds' }, async (run) => {
    await run.logText('flavors: {}', 'model/MLmodel')
    await client.createRegisteredModel('owl')
    await client.createModelVersion('owl', `runs:/${run.runId}/model`, { runId: run.runId })
    await client.createModelVersion('owl', `${run.info.artifactUri}/model`, { runId: run.runId })
    return run.runId
  })
}

async function expectModels(client: TrackingClient, runId: string, place?: string): Promise<void> {
  for (const uri of ['models:/owl/1', 'models:/owl/2', `runs:/${runId}/model`]) {
    const { path = '' } = await resolveModelUri(client, uri)
    expect(await readFile(join(path, 'MLmodel'), 'utf8')).toBe('flavors: {}')
    if (place !== undefined) expect(path.startsWith(place)).toBe(true)
  }
}

describe('a store with relative artifacts', () => {
  it('opens its models after its folder has been moved, and logs on', async () => {
    const [before, after] = [join(folder, 'before'), join(folder, 'after')]
    let runId: string
    {
      await using client = await openTracking({ trackingUri: join(before, 'mlflow.db'), artifactRoot: RELATIVE })
      runId = await fill(client)
      expect((await client.getRun(runId)).info.artifactUri).toBe(`mlflow-artifacts:/1/${runId}/artifacts`)
      await expectModels(client, runId, before)
    }
    await rename(before, after)
    await using client = await openTracking({ trackingUri: join(after, 'mlflow.db'), artifactRoot: RELATIVE })
    await expectModels(client, runId, after)
    await client.logText(runId, 'more', 'notes.txt')
    expect(await readFile(join(after, 'mlartifacts', '1', runId, 'artifacts', 'notes.txt'), 'utf8')).toBe('more')
    await expect(client.logText(runId, 'x', '../../../out.txt')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it('is served from where it is, and stays movable by what clients write', async () => {
    const [before, after] = [join(folder, 'before'), join(folder, 'after')]
    const first = await serve(before)
    const runId = await fill(await openTracking({ trackingUri: first.url }))
    await first.close()
    await rename(before, after)
    const second = await serve(after)
    await expectModels(await openTracking({ trackingUri: second.url }), runId)
    await second.close()
    await using local = await openTracking({ trackingUri: join(after, 'mlflow.db') })
    await expectModels(local, runId, after)
  })
})
