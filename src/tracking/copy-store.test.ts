/** Moving a whole store between databases. */
import { afterEach, describe, expect, it } from 'vitest'
import { type SqlPlace, sqlPlaces } from '../../test/sql-places.ts'
import { copyStore, openTracking } from './index.ts'

const ways = sqlPlaces.flatMap((from) => sqlPlaces.map((to) => ({ from, to, name: `${from.kind} to ${to.kind}` })))

const places: SqlPlace[] = []

afterEach(async () => {
  for (const place of places.splice(0)) await place.remove()
})

async function newPlace({ prepare }: (typeof sqlPlaces)[number]): Promise<string> {
  const place = await prepare()
  places.push(place)
  return place.trackingUri
}

/** Writes some of everything, more metrics than go at once. */
async function fill(trackingUri: string): Promise<void> {
  await using client = await openTracking({ trackingUri, artifactRoot: '/data/artifacts' })
  const id = await client.createExperiment('birds', { tags: { team: 'blü' } })
  const { info } = await client.createRun(id, { runName: 'first', userId: 'ada' })
  for (const key of ['a', 'b', 'c']) {
    const metrics = Array.from({ length: 1000 }, (_, i) => ({ key, value: i / 3, timestamp: i, step: i }))
    await client.logBatch(info.runId, { metrics: withNaN(metrics) })
  }
  await client.logBatch(info.runId, { params: [{ key: 'p', value: '"\n%' }], tags: [{ key: 't', value: '' }] })
  const dataset = { name: 'iris', digest: 'abc', sourceType: 'local', source: '{}' }
  await client.logInputs(info.runId, [{ dataset, tags: { context: 'training' } }])
  const { modelId } = await client.createLoggedModel(id, { params: { depth: '3' }, tags: { k: 'v' } })
  await client.logModelOutputs(info.runId, [{ modelId, step: 7 }])
  await client.createRegisteredModel('iris', { tags: { a: '1' }, description: 'd' })
  for (const source of ['s3://1', 's3://2']) await client.createModelVersion('iris', source, { tags: { t: 'v' } })
  await client.setRegisteredModelAlias('iris', 'champion', 1)
  await client.deleteModelVersion('iris', 2)
  await client.deleteRun((await client.createRun('0')).info.runId)
}

/** One NaN among the points. */
function withNaN<T extends { value: number }>(metrics: readonly T[]): readonly T[] {
  return metrics.map((metric, i) => (i === 3 ? { ...metric, value: NaN } : metric))
}

async function contents(trackingUri: string): Promise<unknown> {
  await using client = await openTracking({ trackingUri, create: false })
  const experiments = (await client.searchExperiments({ viewType: 'ALL' })).items
  const experimentIds = experiments.map(({ experimentId }) => experimentId)
  const runs = (await client.searchRuns({ experimentIds, viewType: 'ALL' })).items
  const byKey = runs.map(({ data, ...run }) => ({
    ...run,
    data: { ...data, latestMetrics: data.latestMetrics.toSorted((a, b) => (a.key < b.key ? -1 : 1)) },
  }))
  const histories = await Promise.all(
    runs.map(async ({ info }) => (await client.getMetricHistory(info.runId, 'b')).items),
  )
  const loggedModels = (await client.searchLoggedModels({ experimentIds })).items
  return { experiments, runs: byKey, histories, loggedModels, models: (await client.searchRegisteredModels()).items }
}

describe.each(ways)('a store copied from $name (skipped without PostgreSQL)', ({ from, to }) => {
  it.skipIf((from.missing ?? to.missing) !== undefined)('holds all that was in it, and goes on counting', async () => {
    const [source, target] = [await newPlace(from), await newPlace(to)]
    await fill(source)
    expect(await copyStore(source, target)).toEqual({
      experiments: 2,
      runs: 2,
      metricPoints: 3000,
      registeredModels: 1,
    })
    expect(await contents(target)).toEqual(await contents(source))
    await using client = await openTracking({ trackingUri: target })
    expect(await client.createExperiment('next')).toBe('2')
    expect((await client.createModelVersion('iris', 's3://3')).version).toBe(3)
  })
})

describe('copying a store', () => {
  const [sqlite] = sqlPlaces

  it('refuses a target that holds something, and changes nothing', async () => {
    const [source, target] = [await newPlace(sqlite!), await newPlace(sqlite!)]
    await fill(source)
    await fill(target)
    const before = await contents(target)
    await expect(copyStore(source, target)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    expect(await contents(target)).toEqual(before)
    await expect(copyStore(source, source)).rejects.toThrow(/into itself/)
  })

  it.skipIf(sqlPlaces[1]!.missing !== undefined)('says which rows PostgreSQL does not take', async () => {
    const [source, target] = [await newPlace(sqlite!), await newPlace(sqlPlaces[1]!)]
    await using client = await openTracking({ trackingUri: source })
    const { runId } = (await client.createRun('0')).info
    await client.logParam(runId, 'odd', 'a\0b')
    await expect(copyStore(source, target)).rejects.toThrow(
      `Cannot copy rows of the table params (key "odd", run_uuid "${runId}"): `,
    )
  })

  it('says so where there is no source, and makes none', async () => {
    const [source, target] = [await newPlace(sqlite!), await newPlace(sqlite!)]
    await expect(copyStore(source, target)).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
    await expect(contents(source)).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
  })
})
