/** The same data, questions and mistakes as test/reference/tracking.py put to MLflow's own store; the same answers. */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { parseJson } from '../core/index.ts'
import { openTracking, type RunStatus, type TrackingClient } from './index.ts'

const answer = { found: z.unknown().optional(), error: z.string().optional(), crash: z.string().optional() }
const search = z.object({ filter: z.string(), orderBy: z.array(z.string()).nullable(), ...answer })
const texts = z.record(z.string(), z.string())

const referenceSchema = z.object({
  runs: z.array(
    z.object({
      name: z.string(),
      start: z.number(),
      metrics: z.record(z.string(), z.union([z.number(), z.string()])),
      params: texts,
      tags: texts,
      status: z.enum(['FINISHED', 'FAILED', 'RUNNING', 'KILLED']),
      user: z.string().optional(),
      dataset: z.tuple([z.string(), z.string(), z.string()]).optional(),
    }),
  ),
  runFilters: z.array(z.object({ filter: z.string(), ...answer })),
  runOrders: z.array(z.object({ orderBy: z.array(z.string()), ...answer })),
  experiments: z.array(z.object({ name: z.string(), tags: texts })),
  experimentSearches: z.array(search),
  models: z.array(
    z.object({
      name: z.string(),
      tags: texts,
      versions: z.array(z.object({ source: z.string(), run: z.string(), tags: texts })),
    }),
  ),
  modelSearches: z.array(search),
  versionSearches: z.array(search),
  mistakes: z.record(z.string(), z.object({ ...answer, message: z.string().optional() })),
})

const file = new URL('../../test/reference/tracking.json', import.meta.url)
const reference = parseJson(referenceSchema, readFileSync(file, 'utf8'), 'tracking.json')

let folder: string
let client: TrackingClient

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-answers-'))
  let now = 1_700_000_000_000
  client = await openTracking({ trackingUri: join(folder, 'mlflow.db'), clock: () => now++ })
  for (const { name, tags } of reference.experiments) await client.createExperiment(name, { tags })
  for (const run of reference.runs) await logRun(run)
  for (const { name, tags, versions } of reference.models) {
    await client.createRegisteredModel(name, { tags })
    for (const { source, run, tags } of versions) await client.createModelVersion(name, source, { runId: run, tags })
  }
})

afterAll(async () => {
  await client[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

async function logRun(run: z.infer<typeof referenceSchema>['runs'][number]): Promise<void> {
  const { info } = await client.createRun('1', {
    runName: run.name,
    startTime: run.start,
    userId: run.user,
    tags: run.tags,
  })
  await client.logBatch(info.runId, {
    metrics: Object.entries(run.metrics).map(([key, value]) => ({ key, value: Number(value), timestamp: 1, step: 0 })),
    params: Object.entries(run.params).map(([key, value]) => ({ key, value })),
  })
  if (run.dataset !== undefined) {
    const [name, digest, context] = run.dataset
    const dataset = { name, digest, sourceType: 'local', source: '{}' }
    await client.logInputs(info.runId, [{ dataset, tags: { 'mlflow.data.context': context } }])
  }
  if (run.status !== 'RUNNING') await client.setTerminated(info.runId, run.status satisfies RunStatus, run.start + 500)
}

/** What MLflow answered, or that it refused; where it crashed or called a mistake an internal error, it meant to refuse. */
async function expectSame(
  asked: { found?: unknown; error?: string | undefined },
  call: () => Promise<unknown>,
): Promise<void> {
  if (asked.found !== undefined) expect(await call()).toEqual(asked.found)
  else await expect(call()).rejects.toMatchObject({ code: 'INVALID_PARAMETER_VALUE' })
}

/** What MLflow refuses and this room takes: OR and parentheses. */
const extensions: ReadonlySet<string> = new Set(['metrics.acc > 0.5 OR metrics.acc < 0.1', '(metrics.acc > 0.5)'])

describe("searches answer as MLflow's do", () => {
  it.each(reference.runFilters.filter(({ filter }) => !extensions.has(filter)))(
    'runs: $filter',
    async ({ filter, ...asked }) => {
      await expectSame(asked, async () => {
        const page = await client.searchRuns({ experimentIds: ['1'], filter, orderBy: ['run_name'] })
        return page.items.map(({ info }) => info.runName)
      })
    },
  )

  it.each(reference.runOrders)('runs by $orderBy', async ({ orderBy, ...asked }) => {
    await expectSame(asked, async () => {
      const page = await client.searchRuns({ experimentIds: ['1'], orderBy })
      return page.items.map(({ info }) => info.runName)
    })
  })

  it.each(reference.experimentSearches)('experiments: $filter by $orderBy', async ({ filter, orderBy, ...asked }) => {
    await expectSame(asked, async () => {
      const page = await client.searchExperiments({ filter, orderBy: orderBy ?? [] })
      return page.items.map(({ name }) => name).filter((name) => name !== 'Default')
    })
  })

  it.each(reference.modelSearches)('models: $filter by $orderBy', async ({ filter, orderBy, ...asked }) => {
    await expectSame(asked, async () => {
      const page = await client.searchRegisteredModels({ filter, orderBy: orderBy ?? [] })
      return page.items.map(({ name }) => name)
    })
  })

  it.each(reference.versionSearches)('versions: $filter by $orderBy', async ({ filter, orderBy, ...asked }) => {
    await expectSame(asked, async () => {
      const page = await client.searchModelVersions({ filter, orderBy: orderBy ?? [] })
      return page.items.map(({ name, version }) => `${name}/${version}`)
    })
  })
})

describe("mistakes get MLflow's codes and messages", () => {
  const ids: Record<string, string> = {}

  beforeAll(async () => {
    ids['RUN'] = (await client.createRun('2')).info.runId
    ids['DELETED'] = (await client.createRun('2')).info.runId
    ids['GONE'] = await client.createExperiment('gone')
    await client.logParam(ids['RUN'], 'lr', '0.1')
    await client.deleteRun(ids['DELETED'])
    await client.deleteExperiment(ids['GONE'])
    await client.createRegisteredModel('taken')
    await client.createModelVersion('taken', 's3://x')
  })

  const run = (): string => ids['RUN']!
  const calls: Readonly<Record<string, () => Promise<unknown>>> = {
    getExperiment: async () => await client.getExperiment('999'),
    getExperimentNoNumber: async () => await client.getExperiment('abc'),
    createExperimentTaken: async () => await client.createExperiment('alpha'),
    createExperimentEmpty: async () => await client.createExperiment(''),
    createExperimentLong: async () => await client.createExperiment('x'.repeat(501)),
    renameDeletedExperiment: async () => await client.renameExperiment(ids['GONE']!, 'other'),
    createRunInDeletedExperiment: async () => await client.createRun(ids['GONE']!),
    restoreActiveExperiment: async () => await client.restoreExperiment('2'),
    getRun: async () => await client.getRun('0'.repeat(32)),
    logParamOtherValue: async () => await client.logParam(run(), 'lr', '0.2'),
    logParamSameValue: async () => await client.logParam(run(), 'lr', '0.1'),
    logBatchOtherValues: async () => await client.logBatch(run(), { params: [{ key: 'lr', value: '1' }] }),
    logBatchDoubleParam: async () =>
      await client.logBatch(run(), {
        params: [
          { key: 'q', value: '1' },
          { key: 'q', value: '2' },
        ],
      }),
    logMetricToDeleted: async () => await client.logMetric(ids['DELETED']!, 'a', 1),
    logMetricBadKey: async () => await client.logMetric(run(), 'a?b', 1),
    logMetricPathKey: async () => await client.logMetric(run(), '../a', 1),
    logMetricEmptyKey: async () => await client.logMetric(run(), '', 1),
    logMetricLongKey: async () => await client.logMetric(run(), 'k'.repeat(251), 1),
    logMetricNegativeTime: async () => await client.logMetric(run(), 'a', 1.5, { timestamp: -1 }),
    setTagLongKey: async () => await client.setTag(run(), 'k'.repeat(251), 'v'),
    deleteMissingTag: async () => await client.deleteTag(run(), 'nothing'),
    createModelTaken: async () => await client.createRegisteredModel('taken'),
    createModelEmpty: async () => await client.createRegisteredModel(''),
    createModelSlash: async () => await client.createRegisteredModel('a/b'),
    createModelColon: async () => await client.createRegisteredModel('a:b'),
    getModel: async () => await client.getRegisteredModel('none'),
    createVersionOfNothing: async () => await client.createModelVersion('none', 's3://x'),
    getVersion: async () => await client.getModelVersion('taken', '7'),
    getVersionNoNumber: async () => await client.getModelVersion('taken', 'x'),
    unknownStage: async () => await client.transitionModelVersionStage('taken', '1', 'Live'),
    aliasLatest: async () => await client.setRegisteredModelAlias('taken', 'latest', '1'),
    aliasVersion: async () => await client.setRegisteredModelAlias('taken', 'v1', '1'),
    aliasOdd: async () => await client.setRegisteredModelAlias('taken', 'a b', '1'),
    aliasEmpty: async () => await client.setRegisteredModelAlias('taken', '', '1'),
    aliasToMissingVersion: async () => await client.setRegisteredModelAlias('taken', 'champion', '9'),
    getAlias: async () => await client.getModelVersionByAlias('taken', 'none'),
    searchTooMany: async () => await client.searchRuns({ experimentIds: ['2'], maxResults: 50_001 }),
    searchZero: async () => await client.searchRuns({ experimentIds: ['2'], maxResults: 0 }),
  }

  it.each(Object.entries(calls))('%s', async (name, call) => {
    const { error, message = '' } = reference.mistakes[name]!
    if (error === undefined) return await expect(call()).resolves.toBeUndefined()
    // MLflow adds the SQL that failed, which says nothing more.
    const ours = message.replace(/ Error: \(sqlite3.*/, '').replace(/<(\w+)>/g, (_, id: string) => ids[id]!)
    const stated = ours.replace(/experiment \d+ must/, `experiment ${ids['GONE']} must`)
    await expect(call()).rejects.toMatchObject({ code: error, message: stated })
  })
})
