/** Our client with MLflow's own server. Needs a Python with mlflow. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
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

    it('keeps artifacts, and models that are fetched when they are asked for', { timeout: 60_000 }, async () => {
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

    it('changes its mind about experiments and runs', async () => {
      const id = await client.createExperiment('moods')
      for (const key of ['a', 'b']) await client.setExperimentTag(id, key, '1')
      await client.deleteExperimentTag(id, 'a')
      const found = await client.searchExperiments({ filter: "name = 'moods'", orderBy: ['name ASC'] })
      expect(found.items).toEqual([expect.objectContaining({ experimentId: id, tags: { b: '1' } })])
      const { info } = await client.createRun(id)
      const { runId } = info
      await client.logParam(runId, 'depth', '3')
      for (const key of ['a', 'b']) await client.setTag(runId, key, '1')
      await client.deleteTag(runId, 'a')
      for (let step = 0; step < 3; step++) await client.logMetric(runId, 'loss', step, { step, timestamp: step + 1 })
      const first = await client.getMetricHistory(runId, 'loss', { maxResults: 2 })
      const rest = await client.getMetricHistory(runId, 'loss', { maxResults: 2, pageToken: first.nextPageToken })
      expect([...first.items, ...rest.items].map(({ step }) => step)).toEqual([0, 1, 2])
      expect(await client.updateRun(runId, { status: 'FAILED', endTime: 9, runName: 'sad' })).toMatchObject({
        status: 'FAILED',
        endTime: 9,
        runName: 'sad',
      })
      const { data } = await client.getRun(runId)
      expect(data).toMatchObject({ params: { depth: '3' }, tags: { b: '1', 'mlflow.runName': 'sad' } })
      expect(data.tags).not.toHaveProperty('a')
      await client.deleteRun(runId)
      const { items } = await client.searchRuns({ experimentIds: [id], viewType: 'DELETED_ONLY' })
      expect(items.map((run) => run.info.runId)).toEqual([runId])
      await client.restoreRun(runId)
      expect((await client.getRun(runId)).info.lifecycleStage).toBe('active')
    })

    it('writes, reads and removes artifacts in every way', async () => {
      const { info } = await client.createRun('0')
      const local = join(folder, 'tree')
      await mkdir(join(local, 'deep'), { recursive: true })
      await writeFile(join(local, 'deep', 'a.txt'), 'abc')
      await client.logArtifacts(info.runId, local, 'tree')
      await client.logDict(info.runId, { a: [1] }, 'd.json')
      await client.logDict(info.runId, { a: [1] }, 'd.yaml')
      const files = client.openArtifacts(info.artifactUri)
      await files.writeFrom('pieces.bin', Readable.from([Buffer.from('01234'), Buffer.from('56789')]))
      expect(await files.stat('pieces.bin')).toEqual({ sizeBytes: 10 })
      const { pieces, range } = await files.openRead('pieces.bin', { first: 2, last: 4 })
      expect([await text(pieces), range]).toEqual(['234', { first: 2, last: 4 }])
      for (const [path, content] of [
        ['tree/deep/a.txt', 'abc'],
        ['d.json', '{\n  "a": [\n    1\n  ]\n}\n'],
        ['d.yaml', 'a:\n  - 1\n'],
      ] as const) {
        expect(Buffer.from(await files.read(path)).toString()).toBe(content)
      }
      await files.delete('pieces.bin')
      expect([await files.exists('pieces.bin'), await files.exists('tree/deep')]).toEqual([false, true])
      await expect(files.read('pieces.bin')).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
    })

    it('changes its mind about models and versions', async () => {
      await client.createRegisteredModel('moody')
      await client.updateRegisteredModel('moody', { description: 'new' })
      for (const key of ['a', 'b']) await client.setRegisteredModelTag('moody', key, '1')
      await client.deleteRegisteredModelTag('moody', 'a')
      const { version } = await client.createModelVersion('moody', 's3://b/1', {
        description: 'old',
        runLink: 'https://a/b',
      })
      await client.updateModelVersion('moody', version, { description: 'newer' })
      for (const key of ['a', 'b']) await client.setModelVersionTag('moody', version, key, '1')
      await client.deleteModelVersionTag('moody', version, 'a')
      for (const alias of ['left', 'right']) await client.setRegisteredModelAlias('moody', alias, version)
      await client.deleteRegisteredModelAlias('moody', 'left')
      expect(await client.getRegisteredModel('moody')).toMatchObject({
        description: 'new',
        tags: { b: '1' },
        aliases: { right: version },
      })
      expect(await client.getModelVersion('moody', version)).toMatchObject({
        description: 'newer',
        runLink: 'https://a/b',
        tags: { b: '1' },
        aliases: ['right'],
      })
      await expect(client.getModelVersionByAlias('moody', 'left')).rejects.toMatchObject({
        code: 'INVALID_PARAMETER_VALUE',
      })
    })

    it('changes its mind about logged models', async () => {
      const { info } = await client.createRun('0')
      const { modelId } = await client.createLoggedModel('0', { tags: { a: '1', b: '1' } })
      await client.logLoggedModelParams(modelId, { depth: '3' })
      await client.deleteLoggedModelTag(modelId, 'a')
      await client.finalizeLoggedModel(modelId, 'READY')
      await client.logModelInputs(info.runId, [modelId])
      await client.logMetric(info.runId, 'acc', 0.5, { modelId })
      expect((await client.getRun(info.runId)).inputs.modelIds).toEqual([modelId])
      const model = await client.getLoggedModel(modelId)
      expect(model).toMatchObject({ params: { depth: '3' }, tags: { b: '1' }, lifecycleStage: 'active' })
      expect(model.tags).not.toHaveProperty('a')
      expect(model.metrics).toMatchObject([{ key: 'acc', value: 0.5, runId: info.runId }])
      await client.deleteLoggedModel(modelId)
      await expect(client.getLoggedModel(modelId)).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
      expect(await client.getLoggedModel(modelId, { allowDeleted: true })).toMatchObject({ lifecycleStage: 'deleted' })
    })

    it('keeps traces with their spans', async () => {
      const experimentId = await client.createExperiment('agents')
      const traceId = `tr-${'a1'.repeat(16)}`
      const span = {
        traceId,
        name: 'answer',
        startTimeNs: 1_700_000_000_000_000_001n,
        endTimeNs: 1_700_000_000_250_000_002n,
        status: { code: 'OK', message: '' },
        attributes: { 'mlflow.spanType': 'AGENT', 'mlflow.spanInputs': { question: 'Ü?' } },
        events: [{ name: 'thought', timeNs: 1_700_000_000_100_000_000n, attributes: { n: 1 } }],
        links: [],
      } as const
      await client.startTrace({
        traceId,
        experimentId,
        requestTime: 1_700_000_000_000,
        executionDuration: 250,
        state: 'OK',
        clientRequestId: 'c-1',
        requestPreview: 'Ü?',
        tags: { a: '1', b: '1' },
        metadata: { 'mlflow.user': 'ada' },
      })
      await client.logSpans(experimentId, [
        { ...span, spanId: '00000000000000a1' },
        { ...span, spanId: '00000000000000a2', parentSpanId: '00000000000000a1', name: 'search' },
      ])
      await client.deleteTraceTag(traceId, 'a')
      await client.setTraceTag(traceId, 'c', '1')
      const info = await client.getTraceInfo(traceId)
      expect(info).toMatchObject({ traceId, experimentId, state: 'OK', executionDuration: 250, clientRequestId: 'c-1' })
      expect(info).toMatchObject({ requestPreview: 'Ü?', tags: { b: '1', c: '1' }, metadata: { 'mlflow.user': 'ada' } })
      const trace = await client.getTrace(traceId)
      expect(trace.spans).toMatchObject([
        { ...span, spanId: '00000000000000a1' },
        { parentSpanId: '00000000000000a1', name: 'search' },
      ])
      expect(await client.getTraces([traceId])).toEqual([trace])

      const begun = await client.startTrace({ experimentId, requestTime: 1 })
      expect(begun.state).toBe('IN_PROGRESS')
      const ended = await client.endTrace(begun.traceId, { endTime: 5, state: 'ERROR', metadata: {}, tags: { d: '1' } })
      expect(ended).toMatchObject({ state: 'ERROR', executionDuration: 4, tags: { d: '1' } })
      expect((await client.getTraceInfos([begun.traceId, traceId])).map((one) => one.traceId).toSorted()).toEqual(
        [begun.traceId, traceId].toSorted(),
      )
      const { info: run } = await client.createRun(experimentId)
      await client.linkTracesToRun([traceId], run.runId)
      await client.linkPromptsToTrace(traceId, ['greeting/1'])
      const found = await client.searchTraces({ experimentIds: [experimentId], filter: `run_id = '${run.runId}'` })
      expect(found.items.map((one) => one.traceId)).toEqual([traceId])
      const all = await client.searchTraces({ experimentIds: [experimentId], orderBy: ['timestamp_ms ASC'] })
      expect(all.items.map((one) => one.traceId)).toEqual([begun.traceId, traceId])
      const counts = await client.countTraces([experimentId], { first: "trace.status = 'OK'", second: "tag.b = '1'" })
      expect(counts).toEqual({ total: 2, first: 1, second: 1, both: 1 })
      expect(await client.deleteTraces(experimentId, { traceIds: [traceId] })).toBe(1)
      expect(await client.deleteTraces(experimentId, { maxTime: 10, maxTraces: 5 })).toBe(1)
      await expect(client.getTraceInfo(traceId)).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
    })

    it('keeps what people and judges think of traces', async () => {
      const traceId = `tr-${'b2'.repeat(16)}`
      await client.startTrace({ traceId, experimentId: '0', requestTime: 1 })
      const source = { type: 'HUMAN', id: 'ada' } as const
      const first = await client.createAssessment(traceId, {
        kind: 'feedback',
        name: 'good',
        value: { score: 1 },
        source,
        rationale: 'short',
        metadata: { a: '1' },
      })
      const { assessmentId } = first
      expect(await client.getAssessment(traceId, assessmentId)).toEqual(first)
      expect(first).toMatchObject({
        name: 'good',
        value: { score: 1 },
        source,
        rationale: 'short',
        metadata: { a: '1' },
      })
      const changed = await client.updateAssessment(traceId, assessmentId, {
        value: { kind: 'feedback', value: false },
        rationale: 'too short',
        metadata: { b: '1' },
      })
      expect(changed).toMatchObject({ value: false, rationale: 'too short', metadata: { a: '1', b: '1' } })
      const expected = await client.createAssessment(traceId, {
        kind: 'expectation',
        name: 'answer',
        value: 42,
        source,
      })
      expect((await client.getTraceInfo(traceId)).assessments).toEqual(expect.arrayContaining([changed, expected]))
      await client.deleteAssessment(traceId, assessmentId)
      expect((await client.getTraceInfo(traceId)).assessments).toEqual([expected])
    })

    it('has no history of the registry, and says so', async () => {
      await client.createRegisteredModel('plain')
      await expect(client.getRegistryHistory('plain')).rejects.toMatchObject({
        code: 'RESOURCE_DOES_NOT_EXIST',
        message: expect.stringMatching(/^The server at http:\S+ keeps no history of models\./) as string,
      })
    })
  },
)
