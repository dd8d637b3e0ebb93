/** MLflow's file store of test/reference/file-store.py, imported: everything reads as MLflow's client read it there. */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type FoundExperiment, writeFileStore } from '../../test/file-store.ts'
import { type SqlPlace, sqlPlaces } from '../../test/sql-places.ts'
import { fileUriOf } from '../storage/index.ts'
import { importFileStore, openTracking, resolveModelUri, type Run, type TrackingClient } from './index.ts'

let folder: string
let root: string
let places: SqlPlace[]
let found: Awaited<ReturnType<typeof writeFileStore>>

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-file-store-'))
  root = join(folder, 'mlruns')
  places = []
  found = await writeFileStore(root)
})

afterEach(async () => {
  for (const place of places) await place.remove()
  await rm(folder, { recursive: true, force: true })
})

async function newPlace({ prepare }: (typeof sqlPlaces)[number] = sqlPlaces[0]!): Promise<string> {
  const place = await prepare()
  places.push(place)
  return place.trackingUri
}

describe.each(sqlPlaces)('a file store imported into $kind (skipped without PostgreSQL)', (kind) => {
  it.skipIf(kind.missing !== undefined)('holds what MLflow found in it', async () => {
    const trackingUri = await newPlace(kind)
    const progress: number[] = []
    const imported = await importFileStore(root, trackingUri, { onProgress: ({ runs }) => progress.push(runs) })
    expect(imported).toEqual({
      experiments: 3,
      renumbered: 2,
      runs: 4,
      metricPoints: 8,
      loggedModels: 2,
      registeredModels: 2,
      tracesLeftOut: 0,
    })
    expect(progress.at(-1)).toBe(4)
    await using client = await openTracking({ trackingUri, create: false })
    const { experiments, registered } = found
    expect(await experimentsOf(client)).toEqual(expectedExperiments(experiments))
    expect(await registeredOf(client)).toEqual(registered)
    expect(await client.createExperiment('next')).toBe('3')
    expect((await client.createModelVersion('iris', 's3://bucket/next')).version).toBe(4)
  })
})

describe('a file store', () => {
  it('is read where it is now, when its folder has been moved', async () => {
    const trackingUri = await newPlace()
    const moved = join(folder, 'elsewhere', 'runs')
    await mkdir(dirname(moved))
    await rename(root, moved)
    await importFileStore(moved, trackingUri)
    await using client = await openTracking({ trackingUri, create: false })
    const { path = '' } = await resolveModelUri(client, 'models:/iris@champion')
    expect(path.startsWith(moved)).toBe(true)
    expect(await readFile(join(path, 'MLmodel'), 'utf8')).toBe('flavors: {}\n')
  })

  it('has its artifacts copied on request, and is needed no more', async () => {
    const trackingUri = await newPlace()
    await importFileStore(root, trackingUri, { artifacts: 'copy', artifactRoot: join(folder, 'artifacts') })
    await rm(root, { recursive: true })
    await using client = await openTracking({ trackingUri, create: false })
    const { path = '' } = await resolveModelUri(client, 'models:/iris/2')
    expect(await readFile(join(path, 'MLmodel'), 'utf8')).toBe('flavors: {}\n')
    const run = await firstRun(client)
    expect(run.info.artifactUri).toBe(`${fileUriOf(join(folder, 'artifacts', '1'))}/${run.info.runId}/artifacts`)
    const notes = await client.downloadArtifacts(run.info.runId, 'notes ü/a b.txt')
    expect(await readFile(notes, 'utf8')).toBe('hello')
  })

  it('of an early MLflow is read too', async () => {
    const old = join(folder, 'old', 'mlruns')
    const id = 'a'.repeat(32)
    const run = join(old, '3', id)
    await mkdir(join(run, 'metrics'), { recursive: true })
    await mkdir(join(run, 'artifacts'))
    await writeFile(join(old, '3', 'meta.yaml'), 'artifact_location: ./mlruns/3\nexperiment_id: 3\nname: old\n')
    const meta = `run_uuid: ${id}\nname: early\nstatus: 3\nsource_type: 4\nstart_time: 5\nartifact_uri: ./mlruns/3/${id}/artifacts\n`
    await writeFile(join(run, 'meta.yaml'), meta)
    await writeFile(join(run, 'metrics', 'acc'), '1500000000 0.5\n1500000001 0.75\n')
    const trackingUri = await newPlace()
    await importFileStore(old, trackingUri)
    await using client = await openTracking({ trackingUri, create: false })
    const { info, data } = await client.getRun(id)
    expect(info).toMatchObject({ experimentId: '3', runName: 'early', status: 'FINISHED', lifecycleStage: 'active' })
    expect(info.artifactUri).toBe(fileUriOf(join(run, 'artifacts')))
    expect(data.metrics).toEqual({ acc: 0.75 })
    expect((await client.getExperiment('0')).name).toBe('Default')
  })

  it('is refused as a whole when files are damaged, each named by its path', async () => {
    const trackingUri = await newPlace()
    const { experiments } = found
    const [plain, alpha] = [experiments[0]!.runs[0]!, experiments[1]!]
    const bad = [
      join(root, '0', plain.run_id, 'metrics', 'acc'),
      join(root, alpha.id, alpha.runs[0]!.run_id, 'meta.yaml'),
      join(root, 'models', 'iris', 'aliases', 'champion'),
    ]
    await writeFile(bad[0]!, '1700000000500 high 0\n')
    await writeFile(bad[1]!, 'status: 3\nlifecycle_stage: gone\n')
    await writeFile(bad[2]!, 'first')
    await mkdir(join(root, alpha.id, 'f'.repeat(32)))
    const failure = await importFileStore(root, trackingUri).then(
      () => undefined,
      (error: unknown) => error,
    )
    expect(failure).toMatchObject({ code: 'STORE_CORRUPT' })
    const { message } = failure as Error
    for (const path of [...bad, join(root, alpha.id, 'f'.repeat(32), 'meta.yaml')]) expect(message).toContain(path)
    expect(message).toContain('line 1 is no point of a metric')
    await using client = await openTracking({ trackingUri, create: false })
    expect((await client.searchExperiments()).items.map(({ name }) => name)).toEqual(['Default'])
    expect((await client.searchRuns({ experimentIds: ['0'] })).items).toEqual([])
  })

  it('goes into a new store only, and a folder without one is refused', async () => {
    const trackingUri = await newPlace()
    await expect(importFileStore(join(folder, 'nothing'), trackingUri)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
    await importFileStore(root, trackingUri)
    await expect(importFileStore(root, trackingUri)).rejects.toThrow(/not empty/)
    expect(existsSync(join(folder, 'mlartifacts'))).toBe(false)
  })
})

async function firstRun(client: TrackingClient): Promise<Run> {
  const { items } = await client.searchRuns({ experimentIds: ['1'], filter: "run_name = 'first'" })
  return items[0]!
}

const historySchema = z.record(z.string(), z.array(z.tuple([z.number(), z.number(), z.string()])))

/** Numbers are new; and MLflow reads points that have a data set as if they were of step 0. */
function expectedExperiments(experiments: readonly FoundExperiment[]): unknown {
  return experiments.map(({ id, ...experiment }, number) => ({
    ...experiment,
    id: String(number),
    tags: number === 0 ? experiment.tags : { ...experiment.tags, 'millrace.fileStoreId': id },
    runs: experiment.runs.map((run) => {
      const history = historySchema.parse(run['history'])
      return 'score' in history ? { ...run, history: { ...history, score: [[2, 1700000004000, '0.5']] } } : run
    }),
  }))
}

async function experimentsOf(client: TrackingClient): Promise<unknown> {
  const { items } = await client.searchExperiments({ viewType: 'ALL', orderBy: ['creation_time ASC'] })
  return await Promise.all(
    items.map(async (experiment) => ({
      id: experiment.experimentId,
      name: experiment.name,
      location: experiment.artifactLocation,
      stage: experiment.lifecycleStage,
      created: experiment.creationTime,
      updated: experiment.lastUpdateTime,
      tags: experiment.tags,
      runs: await runsOf(client, experiment.experimentId),
      models: await modelsOf(client, experiment.experimentId),
    })),
  )
}

async function runsOf(client: TrackingClient, experimentId: string): Promise<unknown> {
  const request = { experimentIds: [experimentId], viewType: 'ALL', orderBy: ['start_time ASC'] } as const
  const { items } = await client.searchRuns(request)
  return await Promise.all(
    items.map(async ({ info, data, inputs, outputs }) => ({
      run_id: info.runId,
      name: info.runName,
      user: info.userId,
      status: info.status,
      start: info.startTime,
      end: info.endTime ?? null,
      stage: info.lifecycleStage,
      artifacts: info.artifactUri,
      params: data.params,
      tags: data.tags,
      history: await historyOf(client, info.runId, Object.keys(data.metrics).sort()),
      latest: Object.fromEntries(Object.entries(data.metrics).map(([key, value]) => [key, pythonNumber(value)])),
      datasets: inputs.datasets
        .toSorted((a, b) => (a.dataset.name < b.dataset.name ? -1 : 1))
        .map(({ dataset, tags }) => {
          const { name, digest, sourceType, source, schema = null, profile = null } = dataset
          return [name, digest, sourceType, source, schema, profile, tags]
        }),
      modelInputs: inputs.modelIds,
      modelOutputs: outputs.models.map(({ modelId, step }) => [modelId, step]),
    })),
  )
}

async function historyOf(client: TrackingClient, runId: string, keys: readonly string[]): Promise<unknown> {
  const histories: Record<string, unknown> = {}
  for (const key of keys) {
    const { items } = await client.getMetricHistory(runId, key)
    histories[key] = items.map(({ step, timestamp, value }) => [step, timestamp, pythonNumber(value)])
  }
  return histories
}

/** As Python writes it; infinity is the greatest number there is in a database. */
function pythonNumber(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (value === Number.MAX_VALUE) return 'inf'
  return value === 1e-12 ? '1e-12' : Number.isInteger(value) ? `${value}.0` : String(value)
}

async function modelsOf(client: TrackingClient, experimentId: string): Promise<unknown> {
  const { items } = await client.searchLoggedModels({ experimentIds: [experimentId] })
  return items.map((model) => ({
    model_id: model.modelId,
    name: model.name,
    location: model.artifactLocation,
    created: model.creationTime,
    updated: model.lastUpdatedTime,
    status: model.status,
    type: model.modelType,
    run: model.sourceRunId,
    params: model.params,
    tags: model.tags,
    metrics: model.metrics.map((metric) => [
      metric.key,
      metric.value,
      metric.timestamp,
      metric.step,
      metric.datasetName,
      metric.datasetDigest,
      metric.runId,
    ]),
  }))
}

async function registeredOf(client: TrackingClient): Promise<unknown> {
  const { items } = await client.searchRegisteredModels()
  return await Promise.all(
    items.map(async (model) => ({
      name: model.name,
      created: model.creationTime,
      updated: model.lastUpdatedTime,
      description: model.description,
      tags: model.tags,
      aliases: model.aliases,
      versions: (
        await client.searchModelVersions({ filter: `name = '${model.name}'`, orderBy: ['version_number ASC'] })
      ).items.map((version) => ({
        version: version.version,
        created: version.creationTime,
        updated: version.lastUpdatedTime,
        description: version.description,
        stage: version.currentStage,
        source: version.source,
        run: version.runId,
        link: version.runLink,
        status: version.status,
        tags: version.tags,
        aliases: version.aliases.toSorted(),
      })),
    })),
  )
}
