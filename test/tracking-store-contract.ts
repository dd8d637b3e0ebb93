/** What every tracking store keeps to, wherever it keeps it: the suite that a new one has to pass. */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Metric, OpenTrackingOptions, TrackingClient } from 'millrace/tracking'
import { registryContract } from './registry-contract.ts'
import { traceContract } from './trace-contract.ts'

export interface TrackingPlace {
  /** A client of the store at this place; each call gives another one of the same store. */
  readonly open: (options: Omit<OpenTrackingOptions, 'trackingUri'>) => Promise<TrackingClient>
  readonly remove: () => Promise<void>
}

/**
 * Runs the suite on places that `prepare` makes, a fresh one with experiment 0 for each test. A server does not let its
 * clients name folders of its own machine: `localFiles` false leaves that out.
 */
export function trackingStoreContract(
  name: string,
  prepare: () => Promise<TrackingPlace>,
  { localFiles = true } = {},
): void {
  describe(`a tracking store in ${name}`, () => {
    let place: TrackingPlace
    let client: TrackingClient
    let now: number

    beforeEach(async () => {
      now = 1_700_000_000_000
      place = await prepare()
      client = await place.open({ clock: () => now })
    })

    afterEach(async () => {
      await client[Symbol.asyncDispose]()
      await place.remove()
    })

    const newRun = async (): Promise<string> => (await client.createRun('0')).info.runId
    const runNames = async (filter: string, order = 'run_name'): Promise<readonly string[]> =>
      (await client.searchRuns({ experimentIds: ['0'], filter, orderBy: [order] })).items.map(
        ({ info }) => info.runName,
      )
    /** A model with a parameter and, where given, a metric. */
    const loggedModel = async (name: string, acc?: number): Promise<string> => {
      const runId = await newRun()
      now += 1
      const { modelId } = await client.createLoggedModel('0', { name, sourceRunId: runId, params: { depth: '3' } })
      if (acc !== undefined)
        await client.logMetric(runId, 'acc', acc, { modelId, datasetName: 'd', datasetDigest: '1' })
      return modelId
    }
    const modelNames = async (filter: string): Promise<readonly string[]> =>
      (await client.searchLoggedModels({ experimentIds: ['0'], filter })).items.map(({ name }) => name)

    describe('experiments', () => {
      it('starts with experiment 0, "Default", and numbers the next ones from 1', async () => {
        expect((await client.getExperiment('0')).name).toBe('Default')
        expect(await client.createExperiment('one')).toBe('1')
        expect(await client.createExperiment('two')).toBe('2')
      })

      it('gives back what was created, with an artifact folder of its own', async () => {
        const id = await client.createExperiment('one', { tags: { team: 'blue', ['__proto__']: 'odd' } })
        const experiment = await client.getExperiment(id)
        expect(experiment).toMatchObject({
          experimentId: '1',
          name: 'one',
          lifecycleStage: 'active',
          creationTime: now,
          lastUpdateTime: now,
        })
        expect(new Map(Object.entries(experiment.tags))).toEqual(
          new Map([
            ['team', 'blue'],
            ['__proto__', 'odd'],
          ]),
        )
        expect(experiment.artifactLocation).toMatch(localFiles ? /^file:\/\/.*\/mlartifacts\/1$/ : /:\/1$/)
        expect(await client.getExperimentByName('one')).toEqual(experiment)
        expect(await client.getExperimentByName('nothing')).toBeUndefined()
      })

      it.runIf(localFiles)('keeps a remote artifact location as it is and makes a local one absolute', async () => {
        const remote = await client.createExperiment('remote', { artifactLocation: 's3://bucket/x' })
        const local = await client.createExperiment('local', { artifactLocation: 'some/folder' })
        expect((await client.getExperiment(remote)).artifactLocation).toBe('s3://bucket/x')
        expect((await client.getExperiment(local)).artifactLocation).toMatch(/^file:\/\/\/.*some\/folder$/)
      })

      it('renames, and refuses a name that is taken', async () => {
        const id = await client.createExperiment('one')
        now += 5
        await client.renameExperiment(id, 'uno')
        expect(await client.getExperiment(id)).toMatchObject({ name: 'uno', lastUpdateTime: now })
        await expect(client.renameExperiment(id, 'Default')).rejects.toMatchObject({ code: 'RESOURCE_ALREADY_EXISTS' })
      })

      it('deletes and restores with all runs, and shows them by view', async () => {
        const id = await client.createExperiment('one')
        const { info } = await client.createRun(id)
        await client.deleteExperiment(id)
        expect((await client.getExperiment(id)).lifecycleStage).toBe('deleted')
        expect((await client.getRun(info.runId)).info.lifecycleStage).toBe('deleted')
        const names = async (viewType: 'ACTIVE_ONLY' | 'DELETED_ONLY' | 'ALL'): Promise<readonly string[]> =>
          (await client.searchExperiments({ viewType, orderBy: ['name'] })).items.map((found) => found.name)
        expect(await names('ACTIVE_ONLY')).toEqual(['Default'])
        expect(await names('DELETED_ONLY')).toEqual(['one'])
        expect(await names('ALL')).toEqual(['Default', 'one'])
        await expect(client.createExperiment('one')).rejects.toThrow(
          /already exists\. It is deleted: restore it \(id 1\)/,
        )
        await client.restoreExperiment(id)
        expect((await client.getRun(info.runId)).info.lifecycleStage).toBe('active')
      })

      it('sets, replaces and deletes tags', async () => {
        await client.setExperimentTag('0', 'k', 'v')
        await client.setExperimentTag('0', 'k', 'w')
        expect((await client.getExperiment('0')).tags).toEqual({ k: 'w' })
        await client.deleteExperimentTag('0', 'k')
        expect((await client.getExperiment('0')).tags).toEqual({})
        await expect(client.deleteExperimentTag('0', 'k')).rejects.toThrow(
          'No tag with name: k in experiment with id 0',
        )
      })
    })

    describe('runs', () => {
      it('begin running, with a name in both places and artifacts in a folder of their own', async () => {
        const run = await client.createRun('0', { tags: { team: 'blue' }, userId: 'ada' })
        expect(run.info).toMatchObject({ status: 'RUNNING', startTime: now, userId: 'ada', lifecycleStage: 'active' })
        expect(run.info.runId).toMatch(/^[0-9a-f]{32}$/)
        expect(run.info.artifactUri.endsWith(`/${run.info.runId}/artifacts`)).toBe(true)
        expect(run.data.tags).toEqual({ team: 'blue', 'mlflow.runName': run.info.runName })
        expect(await client.getRun(run.info.runId)).toEqual(run)
      })

      it('may begin with tags whose keys are any text, as with MLflow', async () => {
        const { data } = await client.createRun('0', { runName: 'r', tags: { 'git@branch?': 'main' } })
        expect(data.tags).toEqual({ 'git@branch?': 'main', 'mlflow.runName': 'r' })
        await expect(client.createRun('0', { tags: { ['k'.repeat(251)]: 'v' } })).rejects.toThrow(/maximum length/)
      })

      it('refuse two different names', async () => {
        const made = client.createRun('0', { runName: 'a', tags: { 'mlflow.runName': 'b' } })
        await expect(made).rejects.toThrow(/Both 'run_name' argument and 'mlflow.runName' tag are specified/)
      })

      it('change status, end and name', async () => {
        const runId = await newRun()
        expect(await client.updateRun(runId, { runName: 'new' })).toMatchObject({ runName: 'new', status: 'RUNNING' })
        now += 10
        await client.setTerminated(runId, 'FAILED')
        const { info, data } = await client.getRun(runId)
        expect(info).toMatchObject({ runName: 'new', status: 'FAILED', endTime: now })
        expect(data.tags['mlflow.runName']).toBe('new')
        await client.setTag(runId, 'mlflow.runName', 'newer')
        expect((await client.getRun(runId)).info.runName).toBe('newer')
        await client.setTag(runId, 'mlflow.runName', '')
        expect((await client.getRun(runId)).info.runName).toBe('newer')
      })

      it('take nothing any more once deleted, until they are restored', async () => {
        const runId = await newRun()
        await client.deleteRun(runId)
        const attempts = [
          async () => await client.logMetric(runId, 'a', 1),
          async () => await client.logParam(runId, 'a', '1'),
          async () => await client.setTag(runId, 'a', '1'),
          async () => await client.logBatch(runId, {}),
          async () => await client.logInputs(runId, []),
          async () => await client.updateRun(runId, { status: 'FINISHED' }),
          async () => await client.logText(runId, 'x', 'a.txt'),
        ]
        for (const attempt of attempts) {
          await expect(attempt()).rejects.toMatchObject({
            code: 'INVALID_PARAMETER_VALUE',
            message: `The run ${runId} must be in the 'active' state. Current state is deleted.`,
          })
        }
        await client.restoreRun(runId)
        await client.logMetric(runId, 'a', 1)
        expect((await client.getRun(runId)).data.metrics).toEqual({ a: 1 })
      })

      it('set and delete tags', async () => {
        const runId = await newRun()
        await client.setTag(runId, 'k', 'v')
        await client.logBatch(runId, {
          tags: [
            { key: 'k', value: 'w' },
            { key: 'k', value: 'x' },
          ],
        })
        expect((await client.getRun(runId)).data.tags['k']).toBe('x')
        await client.deleteTag(runId, 'k')
        expect((await client.getRun(runId)).data.tags['k']).toBeUndefined()
      })
    })

    describe('metrics', () => {
      it('keep their history by time and the latest by step, time and value', async () => {
        const runId = await newRun()
        await client.logMetric(runId, 'loss', 3, { timestamp: 10, step: 5 })
        await client.logMetric(runId, 'loss', 9, { timestamp: 20, step: 4 })
        await client.logMetric(runId, 'loss', 2, { timestamp: 10, step: 5 })
        expect((await client.getMetricHistory(runId, 'loss')).items.map(({ value }) => value)).toEqual([2, 3, 9])
        expect((await client.getRun(runId)).data.latestMetrics).toEqual([
          { key: 'loss', value: 3, timestamp: 10, step: 5 },
        ])
      })

      it('keep NaN, and infinities as the greatest numbers', async () => {
        const runId = await newRun()
        await client.logMetric(runId, 'nan', NaN)
        await client.logMetric(runId, 'high', Infinity)
        await client.logMetric(runId, 'low', -Infinity)
        expect((await client.getRun(runId)).data.metrics).toEqual({
          nan: NaN,
          high: Number.MAX_VALUE,
          low: -Number.MAX_VALUE,
        })
      })

      it('drop an exact repetition', async () => {
        const runId = await newRun()
        const metric = { key: 'a', value: NaN, timestamp: 1, step: 1 }
        await client.logBatch(runId, { metrics: [metric, metric] })
        await client.logBatch(runId, { metrics: [metric] })
        expect((await client.getMetricHistory(runId, 'a')).items).toEqual([metric])
      })

      it('come page by page', async () => {
        const runId = await newRun()
        await client.logBatch(runId, {
          metrics: Array.from({ length: 5 }, (_, i) => ({ key: 'a', value: i, timestamp: i, step: i })),
        })
        const first = await client.getMetricHistory(runId, 'a', { maxResults: 3 })
        const second = await client.getMetricHistory(runId, 'a', { maxResults: 3, pageToken: first.nextPageToken })
        expect([first, second].map((page) => page.items.map(({ step }) => step))).toEqual([
          [0, 1, 2],
          [3, 4],
        ])
        expect(second.nextPageToken).toBeUndefined()
      })

      it('have as latest the greatest of what was logged, however it was split into batches', async () => {
        const point = fc.record({
          key: fc.constantFrom('a', 'b'),
          value: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noDefaultInfinity: true, noNaN: true })),
          timestamp: fc.integer({ min: 0, max: 3 }),
          step: fc.integer({ min: -2, max: 2 }),
        })
        await fc.assert(
          fc.asyncProperty(fc.array(fc.array(point, { maxLength: 6 }), { maxLength: 4 }), async (batches) => {
            const runId = await newRun()
            for (const metrics of batches) await client.logBatch(runId, { metrics })
            const { data } = await client.getRun(runId)
            expect(data.latestMetrics.toSorted(byKey)).toEqual(greatest(batches.flat()))
          }),
          { numRuns: 25 },
        )
      })
    })

    describe('parameters and batches', () => {
      it('take the same value again and refuse another', async () => {
        const runId = await newRun()
        await client.logParam(runId, 'lr', '0.1')
        await client.logParam(runId, 'lr', '0.1')
        await expect(client.logParam(runId, 'lr', '0.2')).rejects.toThrow(/Changing param values is not allowed/)
        expect((await client.getRun(runId)).data.params).toEqual({ lr: '0.1' })
      })

      it('store all of a batch or nothing', async () => {
        const runId = await newRun()
        await client.logParam(runId, 'lr', '0.1')
        const batch = {
          metrics: [{ key: 'a', value: 1, timestamp: 1, step: 1 }],
          params: [
            { key: 'new', value: '1' },
            { key: 'lr', value: '0.2' },
          ],
          tags: [{ key: 't', value: 'v' }],
        }
        await expect(client.logBatch(runId, batch)).rejects.toThrow(/already logged/)
        const { data } = await client.getRun(runId)
        expect([data.metrics, data.params, data.tags['t']]).toEqual([{}, { lr: '0.1' }, undefined])
      })

      it('keep to the limits of one batch', async () => {
        const runId = await newRun()
        const metrics = Array.from({ length: 1001 }, (_, i) => ({ key: 'a', value: i, timestamp: i, step: i }))
        const params = Array.from({ length: 101 }, (_, i) => ({ key: `p${i}`, value: '1' }))
        await expect(client.logBatch(runId, { metrics })).rejects.toThrow(
          'A batch logging request can contain at most 1000 metrics. Got 1001 metrics. Please split up metrics across multiple requests and try again.',
        )
        await expect(client.logBatch(runId, { params })).rejects.toThrow(/at most 100 params\. Got 101/)
        await expect(
          client.logBatch(runId, { metrics: metrics.slice(0, 950), params: params.slice(0, 51) }),
        ).rejects.toThrow(/at most 1000 metrics, params, and tags/)
        await client.logBatch(runId, { metrics: metrics.slice(0, 1000) })
        expect((await client.getMetricHistory(runId, 'a')).items).toHaveLength(1000)
      })

      it('refuse a status, time or number of data sets there cannot be', async () => {
        const runId = await newRun()
        const status = 'DONE' as 'FINISHED'
        await expect(client.updateRun(runId, { status })).rejects.toThrow(/Could not get run status .* string DONE/)
        await expect(client.updateRun(runId, { endTime: 1.5 })).rejects.toThrow(
          "'end_time' must be an integer, got '1.5'",
        )
        await expect(client.createRun('0', { startTime: NaN })).rejects.toThrow("'start_time' must be an integer")
        const dataset = { name: 'a', digest: 'b', sourceType: 'local', source: '' }
        const many = Array.from({ length: 1001 }, () => ({ dataset, tags: {} }))
        await expect(client.logInputs(runId, many)).rejects.toThrow(/at most 1000 datasets/)
      })

      it('refuse values that are too long where cutting is not wanted', async () => {
        await using strict = await place.open({ truncateLongValues: false })
        const runId = await newRun()
        await expect(strict.logParam(runId, 'a', 'x'.repeat(6001))).rejects.toThrow(
          "'Param value' exceeds the maximum length of 6000 characters",
        )
        await expect(strict.setTag(runId, 'a', 'x'.repeat(8001))).rejects.toThrow(
          "'value' exceeds the maximum length of 8000 characters",
        )
      })

      it('do not cut a character in two', async () => {
        const runId = await newRun()
        await client.logParam(runId, 'a', `${'x'.repeat(5999)}\u{1f980}`)
        expect((await client.getRun(runId)).data.params['a']).toBe('x'.repeat(5999))
      })

      it('cut values that are too long, and keep every text as it is otherwise', async () => {
        const runId = await newRun()
        const odd = 'Ü "quoted" \'x\' \n \u{1f980} %_'
        await client.logBatch(runId, {
          params: [
            { key: 'long', value: 'x'.repeat(6001) },
            { key: 'odd/key: 1.0-a_b', value: odd },
          ],
          tags: [{ key: 'long', value: 'x'.repeat(8001) }],
        })
        const { data } = await client.getRun(runId)
        expect([data.params['long']?.length, data.tags['long']?.length]).toEqual([6000, 8000])
        expect(data.params['odd/key: 1.0-a_b']).toBe(odd)
      })
    })

    describe('data set inputs', () => {
      const iris = {
        name: 'iris',
        digest: 'abc',
        sourceType: 'local',
        source: 'iris.csv',
        schema: '{"mlflow_colspec": []}',
      }

      it('come back with their tags, once for each name and digest', async () => {
        const runId = await newRun()
        await client.logInputs(runId, [
          { dataset: iris, tags: { 'mlflow.data.context': 'training' } },
          { dataset: iris, tags: { 'mlflow.data.context': 'ignored' } },
          { dataset: { ...iris, digest: 'def', profile: '{"num_rows": 3}' }, tags: {} },
        ])
        await client.logInputs(runId, [{ dataset: iris, tags: {} }])
        expect((await client.getRun(runId)).inputs.datasets).toEqual([
          { dataset: iris, tags: { 'mlflow.data.context': 'training' } },
          { dataset: { ...iris, digest: 'def', profile: '{"num_rows": 3}' }, tags: {} },
        ])
      })

      it('refuse a digest that is too long', async () => {
        const input = { dataset: { ...iris, digest: 'x'.repeat(37) }, tags: {} }
        await expect(client.logInputs(await newRun(), [input])).rejects.toThrow(
          "'digest' exceeds the maximum length of 36",
        )
      })
    })

    describe('searching runs', () => {
      it('goes page by page without losing or doubling one', async () => {
        for (let i = 0; i < 7; i++) await client.createRun('0', { runName: `r${i}`, startTime: Math.floor(i / 3) })
        const seen: string[] = []
        let pageToken: string | undefined
        do {
          const page = await client.searchRuns({ experimentIds: ['0'], maxResults: 3, pageToken })
          seen.push(...page.items.map(({ info }) => info.runName))
          pageToken = page.nextPageToken
        } while (pageToken !== undefined)
        expect(seen.toSorted()).toEqual(['r0', 'r1', 'r2', 'r3', 'r4', 'r5', 'r6'])
        expect(seen[0]).toBe('r6')
      })

      it('finds nested runs by their parent and nothing without an experiment', async () => {
        const parent = await newRun()
        await client.createRun('0', { runName: 'child', tags: { 'mlflow.parentRunId': parent } })
        const filter = `tags.mlflow.parentRunId = '${parent}'`
        const found = await client.searchRuns({ experimentIds: ['0'], filter })
        expect(found.items.map(({ info }) => info.runName)).toEqual(['child'])
        expect((await client.searchRuns({ experimentIds: [] })).items).toEqual([])
      })

      it('takes alternatives, parentheses and regular expressions beyond what MLflow does', async () => {
        for (const [runName, acc] of [
          ['alpha', 0.1],
          ['beta', 0.5],
          ['gamma', 0.9],
        ] as const) {
          const { info } = await client.createRun('0', { runName })
          await client.logMetric(info.runId, 'acc', acc)
        }
        expect(await runNames("run_name = 'alpha' OR metrics.acc > 0.8")).toEqual(['alpha', 'gamma'])
        expect(await runNames("(run_name = 'alpha' OR metrics.acc > 0.4) AND metrics.acc < 0.6")).toEqual([
          'alpha',
          'beta',
        ])
        expect(await runNames("run_name RLIKE '^(al|ga)' AND status = 'RUNNING'")).toEqual(['alpha', 'gamma'])
        expect(await runNames("params.none RLIKE '.'")).toEqual([])
        await expect(runNames("run_name RLIKE '('")).rejects.toMatchObject({ code: 'INVALID_PARAMETER_VALUE' })
      })

      it('orders parameters as numbers when asked to', async () => {
        for (const rate of ['10', '9', 'auto', '1e-3', '-2.5']) {
          const { info } = await client.createRun('0', { runName: rate })
          await client.logParam(info.runId, 'rate', rate)
        }
        await client.createRun('0', { runName: 'none' })
        expect(await runNames('', 'params.rate NUMERIC')).toEqual(['-2.5', '1e-3', '9', '10', 'auto', 'none'])
        expect(await runNames('', 'params.rate NUMERIC DESC')).toEqual(['10', '9', '1e-3', '-2.5', 'auto', 'none'])
        expect(await runNames('', 'params.rate')).toEqual(['-2.5', '10', '1e-3', '9', 'auto', 'none'])
      })

      it('refuses a page token it did not give', async () => {
        for (const pageToken of ['nonsense', Buffer.from('{"offset": -1}').toString('base64')]) {
          await expect(client.searchRuns({ experimentIds: ['0'], pageToken })).rejects.toThrow(/Invalid page token/)
        }
      })
    })

    describe('the registry', () => {
      it('creates, describes, tags and deletes models', async () => {
        const model = await client.createRegisteredModel('iris', { tags: { a: '1' }, description: 'first' })
        expect(model).toEqual({
          name: 'iris',
          creationTime: now,
          lastUpdatedTime: now,
          description: 'first',
          tags: { a: '1' },
          aliases: {},
          latestVersions: [],
        })
        await client.setRegisteredModelTag('iris', 'a', '2')
        await client.setRegisteredModelTag('iris', 'b', '3')
        await client.deleteRegisteredModelTag('iris', 'b')
        await client.deleteRegisteredModelTag('iris', 'never there')
        now += 1
        expect(await client.updateRegisteredModel('iris', { description: 'second' })).toMatchObject({
          description: 'second',
          tags: { a: '2' },
          lastUpdatedTime: now,
        })
        await client.createModelVersion('iris', 's3://b/1', { tags: { t: 'v' } })
        await client.setRegisteredModelAlias('iris', 'champion', 1)
        await client.deleteRegisteredModel('iris')
        await expect(client.getRegisteredModel('iris')).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
        await client.createRegisteredModel('iris')
        expect((await client.createModelVersion('iris', 's3://b/1')).version).toBe(1)
      })

      it('renames a model with all that hangs on it', async () => {
        await client.createRegisteredModel('iris', { tags: { a: '1' } })
        await client.createModelVersion('iris', 's3://b/1', { tags: { t: 'v' } })
        await client.setRegisteredModelAlias('iris', 'champion', 1)
        await client.createRegisteredModel('taken')
        await expect(client.renameRegisteredModel('iris', 'taken')).rejects.toMatchObject({
          code: 'RESOURCE_ALREADY_EXISTS',
        })
        const renamed = await client.renameRegisteredModel('iris', 'flowers')
        expect(renamed).toMatchObject({ name: 'flowers', tags: { a: '1' }, aliases: { champion: 1 } })
        expect(await client.getModelVersion('flowers', 1)).toMatchObject({ tags: { t: 'v' }, aliases: ['champion'] })
        await expect(client.getRegisteredModel('iris')).rejects.toThrow('Registered Model with name=iris not found')
      })

      it('numbers versions from 1 and never uses a number again', async () => {
        await client.createRegisteredModel('iris')
        const first = await client.createModelVersion('iris', 's3://b/1', {
          runId: 'r1',
          description: 'd',
          tags: { t: 'v' },
        })
        expect(first).toMatchObject({
          version: 1,
          source: 's3://b/1',
          runId: 'r1',
          description: 'd',
          currentStage: 'None',
          status: 'READY',
          tags: { t: 'v' },
        })
        await client.createModelVersion('iris', 's3://b/2')
        await client.deleteModelVersion('iris', 2)
        expect((await client.createModelVersion('iris', 's3://b/3')).version).toBe(3)
        expect((await client.searchModelVersions()).items.map(({ version }) => version)).toEqual([3, 1])
        await expect(client.getModelVersion('iris', 2)).rejects.toThrow(
          'Model Version (name=iris, version=2) not found',
        )
      })

      it('takes the aliases of a deleted version away', async () => {
        await client.createRegisteredModel('iris')
        await client.createModelVersion('iris', 's3://secret/1', { runId: 'r1', description: 'd' })
        await client.setRegisteredModelAlias('iris', 'champion', 1)
        await client.deleteModelVersion('iris', '1')
        expect((await client.getRegisteredModel('iris')).aliases).toEqual({})
      })

      it('moves versions between stages and archives those that were there', async () => {
        await client.createRegisteredModel('iris')
        for (const source of ['s3://1', 's3://2', 's3://3']) await client.createModelVersion('iris', source)
        await client.transitionModelVersionStage('iris', 1, 'production')
        await client.transitionModelVersionStage('iris', 2, 'PRODUCTION', { archiveExistingVersions: true })
        const latest = await client.getLatestVersions('iris')
        expect(latest.map(({ version, currentStage }) => [version, currentStage])).toEqual([
          [1, 'Archived'],
          [2, 'Production'],
          [3, 'None'],
        ])
        expect((await client.getLatestVersions('iris', ['production'])).map(({ version }) => version)).toEqual([2])
        await expect(
          client.transitionModelVersionStage('iris', 1, 'None', { archiveExistingVersions: true }),
        ).rejects.toThrow(/'None' is not an Active stage/)
      })

      it('moves an alias from version to version', async () => {
        await client.createRegisteredModel('iris')
        for (const source of ['s3://1', 's3://2']) await client.createModelVersion('iris', source)
        await client.setRegisteredModelAlias('iris', 'champion', 1)
        await client.setRegisteredModelAlias('iris', 'champion', '2')
        expect(await client.getModelVersionByAlias('iris', 'champion')).toMatchObject({
          version: 2,
          aliases: ['champion'],
        })
        expect((await client.getModelVersion('iris', 1)).aliases).toEqual([])
        expect((await client.getModelVersionByAlias('iris', 'latest')).version).toBe(2)
        await client.deleteRegisteredModelAlias('iris', 'champion')
        await expect(client.getModelVersionByAlias('iris', 'Champion')).rejects.toThrow(
          'Registered model alias Champion not found.',
        )
      })

      it('sets, replaces and deletes tags of a version', async () => {
        await client.createRegisteredModel('iris')
        await client.createModelVersion('iris', 's3://1')
        await client.setModelVersionTag('iris', 1, 'k', 'v')
        await client.setModelVersionTag('iris', 1, 'k', 'w')
        expect((await client.getModelVersion('iris', 1)).tags).toEqual({ k: 'w' })
        await client.deleteModelVersionTag('iris', 1, 'k')
        expect((await client.updateModelVersion('iris', 1, { description: 'x' })).tags).toEqual({})
        await expect(client.setModelVersionTag('iris', 1, 'k', 'x'.repeat(100_001))).rejects.toThrow(
          "'value' exceeds the maximum length of 100000 characters",
        )
      })

      it.runIf(localFiles)('knows where the files are, whatever a version was registered by', async () => {
        const run = await client.createRun('0')
        await client.createRegisteredModel('iris')
        await client.createModelVersion('iris', `runs:/${run.info.runId}/my model`)
        await client.createModelVersion('iris', 'models:/iris/1')
        await client.createModelVersion('iris', join(tmpdir(), 'model'))
        await client.createModelVersion('iris', 's3://bucket/model')
        const uris = await Promise.all(
          [1, 2, 3, 4].map(async (version) => await client.getModelVersionDownloadUri('iris', version)),
        )
        expect(uris).toEqual([
          `${run.info.artifactUri}/my%20model`,
          `${run.info.artifactUri}/my%20model`,
          `file://${join(tmpdir(), 'model')}`,
          's3://bucket/model',
        ])
        expect(await client.getModelVersion('iris', 2)).toMatchObject({
          source: 'models:/iris/1',
          runId: run.info.runId,
        })
        await expect(client.createModelVersion('iris', 'runs:/nothing/model')).rejects.toThrow(
          'Run with id=nothing not found',
        )
        await expect(client.createModelVersion('iris', '')).rejects.toThrow(
          "Missing value for required parameter 'source'.",
        )
      })

      it('lists models page by page', async () => {
        for (const name of ['c', 'a', 'b']) await client.createRegisteredModel(name)
        const first = await client.searchRegisteredModels({ maxResults: 2 })
        const second = await client.searchRegisteredModels({ maxResults: 2, pageToken: first.nextPageToken })
        expect([first, second].map((page) => page.items.map((model) => model.name))).toEqual([['a', 'b'], ['c']])
        await expect(client.searchRegisteredModels({ maxResults: 1001 })).rejects.toThrow(/at most 1000/)
      })

      it('keeps prompts out of the search for models', async () => {
        await client.createRegisteredModel('prompt', { tags: { 'mlflow.prompt.is_prompt': 'true' } })
        await client.createRegisteredModel('model')
        const names = async (filter?: string): Promise<readonly string[]> =>
          (await client.searchRegisteredModels({ filter })).items.map((model) => model.name)
        expect(await names()).toEqual(['model'])
        expect(await names("tags.`mlflow.prompt.is_prompt` = 'true'")).toEqual(['prompt'])
        expect(await names("name = 'model' OR name = 'prompt'")).toEqual(['model'])
        expect(await names("name = 'x' OR name = 'model' AND tag.`mlflow.prompt.is_prompt` != 'true'")).toEqual([
          'model',
        ])
      })
    })

    registryContract(() => client)
    traceContract(() => client)

    describe('logged models', () => {
      it('start pending, have a place of their own, and become ready', async () => {
        const model = await client.createLoggedModel('0', { name: 'm', modelType: 'agent', tags: { a: 'b' } })
        expect(model).toMatchObject({ name: 'm', status: 'PENDING', modelType: 'agent', tags: { a: 'b' }, metrics: [] })
        expect(model.modelId).toMatch(/^m-[0-9a-f]{32}$/)
        expect(model.artifactLocation).toMatch(new RegExp(`/0/models/${model.modelId}/artifacts$`))
        now += 5
        await client.finalizeLoggedModel(model.modelId, 'READY')
        expect(await client.getLoggedModel(model.modelId)).toEqual({ ...model, status: 'READY', lastUpdatedTime: now })
        await expect(client.createLoggedModel('0', { name: 'a/b' })).rejects.toThrow(/Invalid model name/)
      })

      it('keep parameters, tags, and the metrics that were logged about them', async () => {
        const modelId = await loggedModel('m', 0.5)
        await client.logLoggedModelParams(modelId, { depth: '3', width: '4' })
        await expect(client.logLoggedModelParams(modelId, { height: '2', depth: '9' })).rejects.toThrow(
          /already logged with value='3'/,
        )
        await client.setLoggedModelTags(modelId, { a: '1', b: '1' })
        await client.setLoggedModelTags(modelId, { a: '2' })
        await client.deleteLoggedModelTag(modelId, 'b')
        const model = await client.getLoggedModel(modelId)
        expect([model.params, model.tags]).toEqual([{ depth: '3', width: '4' }, { a: '2' }])
        expect(model.metrics).toEqual([
          {
            key: 'acc',
            value: 0.5,
            timestamp: now,
            step: 0,
            runId: model.sourceRunId,
            datasetName: 'd',
            datasetDigest: '1',
          },
        ])
        expect((await client.getRun(model.sourceRunId)).data.metrics).toEqual({ acc: 0.5 })
        await expect(client.deleteLoggedModelTag(modelId, 'b')).rejects.toMatchObject({
          code: 'RESOURCE_DOES_NOT_EXIST',
        })
        await expect(
          client.logMetric(model.sourceRunId, 'lost', 1, { modelId: `m-${'0'.repeat(32)}` }),
        ).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
        expect((await client.getRun(model.sourceRunId)).data.metrics).toEqual({ acc: 0.5 })
      })

      it('are found by attributes, metrics, parameters and tags, in any order', async () => {
        const good = await loggedModel('good', 0.9)
        await loggedModel('poor', 0.2)
        await loggedModel('new')
        await client.finalizeLoggedModel(good, 'READY')
        expect(await modelNames('')).toEqual(['new', 'poor', 'good'])
        expect(await modelNames('metrics.acc > 0.5')).toEqual(['good'])
        expect(await modelNames("params.depth = '3' AND name != 'new'")).toEqual(['poor', 'good'])
        expect(await modelNames("status = 'READY'")).toEqual(['good'])
        const orderBy = [{ field: 'metrics.acc' }]
        const first = await client.searchLoggedModels({ experimentIds: ['0'], orderBy, maxResults: 2 })
        const pageToken = first.nextPageToken
        const second = await client.searchLoggedModels({ experimentIds: ['0'], orderBy, maxResults: 2, pageToken })
        expect([first, second].map(({ items }) => items.map(({ name }) => name))).toEqual([['poor', 'good'], ['new']])
      })

      it('are found by what was measured on a data set', async () => {
        const modelId = await loggedModel('good', 0.9)
        const { sourceRunId } = await client.getLoggedModel(modelId)
        await client.logMetric(sourceRunId, 'acc', 0.1, {
          step: 1,
          modelId,
          datasetName: 'hard',
          datasetDigest: '2',
        })
        await loggedModel('poor', 0.2)
        await loggedModel('new')
        const measuredOn = async (datasetName: string, datasetDigest?: string, filter?: string): Promise<unknown> => {
          const datasets = [{ datasetName, datasetDigest }]
          const { items } = await client.searchLoggedModels({ experimentIds: ['0'], filter, datasets })
          return items.map(({ name }) => name)
        }
        expect(await measuredOn('d')).toEqual(['poor', 'good'])
        expect(await measuredOn('hard', '2')).toEqual(['good'])
        expect(await measuredOn('hard', '1')).toEqual([])
        expect(await measuredOn('d', '1', 'metrics.acc > 0.5')).toEqual(['good'])
        expect(await measuredOn('hard', undefined, 'metrics.acc > 0.5')).toEqual([])
      })

      it('are hidden when deleted', async () => {
        const modelId = await loggedModel('m')
        await client.deleteLoggedModel(modelId)
        expect(await modelNames('')).toEqual([])
        await expect(client.getLoggedModel(modelId)).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
        const deleted = await client.getLoggedModel(modelId, { allowDeleted: true })
        expect(deleted.lifecycleStage).toBe('deleted')
      })

      it('take changes when deleted, as in MLflow', async () => {
        const modelId = await loggedModel('m')
        await client.deleteLoggedModel(modelId)
        await client.deleteLoggedModel(modelId)
        await client.setLoggedModelTags(modelId, { late: '1' })
        await client.logMetric(await newRun(), 'late', 1, { modelId })
        const { tags, metrics } = await client.getLoggedModel(modelId, { allowDeleted: true })
        expect([tags, metrics]).toMatchObject([
          { late: '1' },
          expect.arrayContaining([expect.objectContaining({ key: 'late' })]),
        ])
      })

      it('are found by experiment and place', async () => {
        const modelId = await loggedModel('m')
        const other = await client.createExperiment('other')
        await client.createLoggedModel(other, { name: 'n' })
        const found = async (filter: string): Promise<readonly string[]> =>
          (await client.searchLoggedModels({ experimentIds: ['0', other], filter })).items.map(({ name }) => name)
        expect(await found(`experiment_id = '${other}'`)).toEqual(['n'])
        expect(await found(`experiment_id NOT IN ('${other}')`)).toEqual(['m'])
        expect(await found("experiment_id LIKE 'x%'")).toEqual([])
        expect(await found(`artifact_location LIKE '%/${modelId}/artifacts'`)).toEqual(['m'])
      })

      it('are linked to the runs that used them and that made them', async () => {
        const [used, made] = [await loggedModel('used'), await loggedModel('made')]
        const runId = await newRun()
        await client.logModelInputs(runId, [used])
        for (const step of [3, 3]) await client.logModelOutputs(runId, [{ modelId: made, step }])
        const { inputs, outputs } = await client.getRun(runId)
        expect([inputs.modelIds, outputs.models]).toEqual([[used], [{ modelId: made, step: 3 }]])
        await expect(client.logModelOutputs(runId, [{ modelId: made, step: 4 }])).rejects.toMatchObject({
          code: 'INVALID_PARAMETER_VALUE',
        })
      })

      it('can be registered', async () => {
        const { modelId, artifactLocation, sourceRunId } = await client.getLoggedModel(await loggedModel('m'))
        await client.createRegisteredModel('iris')
        const version = await client.createModelVersion('iris', `models:/${modelId}`)
        expect(version).toMatchObject({ source: `models:/${modelId}`, runId: sourceRunId })
        expect(await client.getModelVersionDownloadUri('iris', 1)).toBe(artifactLocation)
      })
    })
  })
}

function byKey(a: Metric, b: Metric): number {
  return a.key < b.key ? -1 : 1
}

function greatest(metrics: readonly Metric[]): readonly Metric[] {
  const sorted = metrics.toSorted((a, b) => a.step - b.step || a.timestamp - b.timestamp || a.value - b.value)
  return [...new Map(sorted.map((metric) => [metric.key, metric])).values()].toSorted(byKey)
}
