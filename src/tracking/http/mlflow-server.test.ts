/** Our client with MLflow's own server. Needs a Python with mlflow. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { freePort } from '../../../test/free-port.ts'
import { python, pythonHas } from '../../../test/python.ts'
import { openTracking, resolveModelUri, type TrackingClient, withRun } from '../index.ts'

describe.skipIf(!pythonHas('mlflow'))(
  "MLflow's server (skipped without a Python that has mlflow; set MILLRACE_PYTHON)",
  () => {
    let folder: string
    let server: ChildProcess
    let client: TrackingClient

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'millrace-mlflow-server-'))
      const port = await freePort()
      const args = ['--backend-store-uri', 'sqlite:///mlflow.db', '--artifacts-destination', join(folder, 'artifacts')]
      server = spawn(python, ['-m', 'mlflow', 'server', ...args, '--port', String(port), '--workers', '1'], {
        cwd: folder,
        stdio: 'ignore',
        detached: true,
      })
      const trackingUri = `http://127.0.0.1:${port}`
      await vi.waitFor(async () => await fetch(`${trackingUri}/health`), { timeout: 120_000, interval: 100 })
      client = await openTracking({ trackingUri })
    }, 130_000)

    afterAll(async () => {
      // It has workers of its own, in its process group.
      if (server.pid !== undefined) process.kill(-server.pid, 'SIGKILL')
      await once(server, 'exit')
      await rm(folder, { recursive: true, force: true })
    })

    it('keeps experiments', async () => {
      const id = await client.createExperiment('birds', { tags: { team: 'blue' } })
      expect(await client.getExperimentByName('birds')).toMatchObject({ experimentId: id, tags: { team: 'blue' } })
      expect(await client.getExperimentByName('nothing')).toBeUndefined()
      await client.renameExperiment(id, 'penguins')
      await client.deleteExperiment(id)
      const { items } = await client.searchExperiments({ viewType: 'DELETED_ONLY' })
      expect(items.map(({ name }) => name)).toEqual(['penguins'])
      await client.restoreExperiment(id)
      await expect(client.createExperiment('penguins')).rejects.toMatchObject({ code: 'RESOURCE_ALREADY_EXISTS' })
      await expect(client.getExperiment('99')).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
    })

    it('keeps runs with all that is logged to them', async () => {
      const dataset = { name: 'iris', digest: 'abc', sourceType: 'local', source: '{}' }
      const { info } = await client.createRun('0', { runName: 'first', userId: 'ada', tags: { team: 'blue' } })
      await client.logBatch(info.runId, {
        metrics: [1, NaN, 3].map((value, step) => ({ key: 'loss', value, timestamp: step + 1, step })),
        params: [{ key: 'lr', value: '0.1' }],
      })
      await client.logMetric(info.runId, 'high', Infinity, { timestamp: 5 })
      await client.logInputs(info.runId, [{ dataset, tags: { 'mlflow.data.context': 'training' } }])
      await client.setTerminated(info.runId)
      const run = await client.getRun(info.runId)
      expect(run.info).toMatchObject({ runName: 'first', userId: 'ada', status: 'FINISHED', lifecycleStage: 'active' })
      expect(run.data).toMatchObject({ metrics: { loss: 3, high: Number.MAX_VALUE }, params: { lr: '0.1' } })
      expect(run.inputs.datasets).toEqual([{ dataset, tags: { 'mlflow.data.context': 'training' } }])
      const history = await client.getMetricHistory(info.runId, 'loss')
      expect(history.items.map(({ value }) => value)).toEqual([1, NaN, 3])
      const found = await client.searchRuns({ experimentIds: ['0'], filter: "params.lr = '0.1' AND metrics.loss > 2" })
      expect(found.items).toEqual([run])
      await expect(client.logParam(info.runId, 'lr', '0.2')).rejects.toThrow(/Changing param values is not allowed/)
    })

    it('pages through a long list', async () => {
      const id = await client.createExperiment('many')
      for (let i = 0; i < 5; i++) await client.createRun(id, { runName: `r${i}`, startTime: i + 1 })
      const first = await client.searchRuns({ experimentIds: [id], maxResults: 3 })
      const rest = await client.searchRuns({ experimentIds: [id], maxResults: 3, pageToken: first.nextPageToken })
      expect([...first.items, ...rest.items].map(({ info }) => info.runName)).toEqual(['r4', 'r3', 'r2', 'r1', 'r0'])
      expect(rest.nextPageToken).toBeUndefined()
    })

    it('keeps artifacts, and models that are fetched when they are asked for', async () => {
      const local = join(folder, 'model')
      await withRun(client, { experiment: 'artifacts' }, async (run) => {
        await run.logText('Ü', 'notes/a b ü.txt')
        await writeFile(join(folder, 'MLmodel'), 'flavors: {}')
        await client.logArtifact(run.runId, join(folder, 'MLmodel'), 'model')
        await client.logText(run.runId, 'x'.repeat(100_000), 'model/data/weights.bin')
        expect(await client.listArtifacts(run.runId)).toEqual([
          { path: 'model', isFolder: true },
          { path: 'notes', isFolder: true },
        ])
        expect(await client.listArtifacts(run.runId, 'model/data')).toEqual([
          { path: 'model/data/weights.bin', isFolder: false, sizeBytes: 100_000 },
        ])
        const note = await client.downloadArtifacts(run.runId, 'notes/a b ü.txt')
        expect(await readFile(note, 'utf8')).toBe('Ü')
        await client.downloadArtifacts(run.runId, 'model', local)
        expect(await readFile(join(local, 'model', 'data', 'weights.bin'), 'utf8')).toHaveLength(100_000)
        await client.createRegisteredModel('owls')
        await client.createModelVersion('owls', `runs:/${run.runId}/model`)
      })
      const { path = '', version } = await resolveModelUri(client, 'models:/owls/latest')
      expect(version).toBe(1)
      expect(await readFile(join(path, 'MLmodel'), 'utf8')).toBe('flavors: {}')
    })

    it('keeps the registry', async () => {
      await client.createRegisteredModel('iris', { tags: { a: '1' }, description: 'first' })
      await client.createRegisteredModel('prompt', { tags: { 'mlflow.prompt.is_prompt': 'true' } })
      for (const source of ['s3://b/1', 's3://b/2'])
        await client.createModelVersion('iris', source, { tags: { t: 'v' } })
      await client.setRegisteredModelAlias('iris', 'champion', 1)
      await client.transitionModelVersionStage('iris', 2, 'Production')
      await client.setModelVersionTag('iris', 2, 'k', 'v')
      expect(await client.getModelVersionByAlias('iris', 'champion')).toMatchObject({
        version: 1,
        source: 's3://b/1',
        tags: { t: 'v' },
        aliases: ['champion'],
      })
      const model = await client.getRegisteredModel('iris')
      expect(model).toMatchObject({ description: 'first', tags: { a: '1' }, aliases: { champion: 1 } })
      expect((await client.getLatestVersions('iris', ['Production'])).map(({ version }) => version)).toEqual([2])
      const { items } = await client.searchRegisteredModels({ filter: "name LIKE '%r%'" })
      expect(items.map(({ name }) => name)).toEqual(['iris'])
      expect(await client.getModelVersionDownloadUri('iris', 2)).toBe('s3://b/2')
      await client.renameRegisteredModel('iris', 'flowers')
      await client.deleteModelVersion('flowers', 2)
      expect((await client.searchModelVersions({ filter: "name = 'flowers'" })).items).toHaveLength(1)
      await client.deleteRegisteredModel('flowers')
      await expect(client.getRegisteredModel('flowers')).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
    })

    it('keeps logged models', async () => {
      const { info } = await client.createRun('0')
      const made = await client.createLoggedModel('0', { name: 'net', sourceRunId: info.runId, params: { depth: '3' } })
      expect(made).toMatchObject({ name: 'net', status: 'PENDING', sourceRunId: info.runId, params: { depth: '3' } })
      await client.setLoggedModelTags(made.modelId, { k: 'v' })
      expect(await client.finalizeLoggedModel(made.modelId, 'READY')).toMatchObject({
        status: 'READY',
        tags: { k: 'v' },
      })
      await client.logModelOutputs(info.runId, [{ modelId: made.modelId, step: 2 }])
      expect((await client.getRun(info.runId)).outputs.models).toEqual([{ modelId: made.modelId, step: 2 }])
      const { items } = await client.searchLoggedModels({ experimentIds: ['0'], filter: "name = 'net'" })
      expect(items.map(({ modelId }) => modelId)).toEqual([made.modelId])
    })
  },
)
