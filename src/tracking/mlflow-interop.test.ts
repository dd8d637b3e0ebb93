/** The real MLflow opens what this room writes, and this room what MLflow makes of it. Needs a Python with mlflow. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { postgresMissing } from '../../test/postgres-command.ts'
import { newPostgresDatabase } from '../../test/postgres.ts'
import { pythonHas, runPython } from '../../test/python.ts'
import { openTracking } from './index.ts'

const script = fileURLToPath(new URL('../../test/reference/tracking_interop.py', import.meta.url))

describe.skipIf(!pythonHas('mlflow'))(
  'MLflow itself (skipped without a Python that has mlflow; set MILLRACE_PYTHON)',
  () => {
    it('reads and continues a SQLite file, and the store goes on from there', { timeout: 180_000 }, async () => {
      await inFolder(async (folder) => await shareStore(`sqlite:///${join(folder, 'mlflow.db')}`, folder))
    })

    it.skipIf(postgresMissing !== undefined || !pythonHas('psycopg2'))(
      'reads and continues a PostgreSQL database (skipped without the server, or psycopg2)',
      { timeout: 180_000 },
      async () => {
        const { uri, remove } = await newPostgresDatabase()
        await inFolder(async (folder) => await shareStore(uri.replace('postgresql:', 'postgresql+psycopg2:'), folder))
        await remove()
      },
    )
  },
)

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-interop-'))
  try {
    await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Writes, lets MLflow read and write, reads what it wrote, and writes again. */
async function shareStore(trackingUri: string, folder: string): Promise<void> {
  const client = await openTracking({ trackingUri, artifactRoot: folder })
  const experiment = await client.createExperiment('from Millrace')
  const { info } = await client.createRun(experiment, { runName: 'ours', userId: 'ada', tags: { team: 'blue' } })
  await client.logBatch(info.runId, {
    metrics: [
      { key: 'loss', value: 0.5, timestamp: 1, step: 1 },
      { key: 'loss', value: 0.25, timestamp: 2, step: 2 },
      { key: 'nan', value: NaN, timestamp: 2, step: 2 },
    ],
    params: [{ key: 'lr', value: '0.1' }],
  })
  const schema = '{"mlflow_colspec": [{"name": "island", "type": "string"}]}'
  const dataset = { name: 'penguins', digest: 'abc', sourceType: 'local', source: '{"uri": "p.csv"}', schema }
  await client.logInputs(info.runId, [{ dataset, tags: { 'mlflow.data.context': 'training' } }])
  await client.logText(info.runId, 'text', 'notes/a b.txt')
  await client.setTerminated(info.runId)
  await client.createRegisteredModel('penguins')
  await client.createModelVersion('penguins', `runs:/${info.runId}/model`, { tags: { gate: 'passed' } })
  await client.setRegisteredModelAlias('penguins', 'champion', 1)
  await client.transitionModelVersionStage('penguins', 1, 'Production')
  await client[Symbol.asyncDispose]()

  const seen = runPython(folder, script, trackingUri, info.runId, 'penguins') as Record<string, unknown>
  expect(seen).toMatchObject({
    experiments: ['Default', 'from Millrace'],
    name: 'ours',
    status: 'FINISHED',
    metrics: { loss: '0.25', nan: 'nan' },
    history: [
      [1, 0.5],
      [2, 0.25],
    ],
    params: { lr: '0.1' },
    tags: { team: 'blue', 'mlflow.runName': 'ours' },
    datasets: [['penguins', 'abc', schema, 'training']],
    artifacts: ['notes'],
    text: 'text',
    download: `${info.artifactUri}/model`,
    found: ['ours'],
  })
  expect(JSON.stringify(seen['version'])).toBe(
    JSON.stringify([1, 'Production', ['champion'], { gate: 'passed' }, info.runId]),
  )

  await using after = await openTracking({ trackingUri, artifactRoot: folder })
  const theirs = await after.getRun(String(seen['made']))
  expect(theirs.info.runName).toBe('theirs')
  expect(theirs.data.metrics).toEqual({ acc: NaN })
  expect(theirs.data.params).toEqual({ depth: '3' })
  expect((await after.listArtifacts(theirs.info.runId)).map(({ path }) => path)).toEqual(['hello.txt'])
  expect(await after.getModelVersionByAlias('penguins', 'challenger')).toMatchObject({
    version: 2,
    tags: { by: 'mlflow' },
  })
  expect((await after.createModelVersion('penguins', 's3://bucket/ours')).version).toBe(3)
  await after.logMetric(theirs.info.runId, 'acc', 1, { step: 5 })
  expect((await after.getRun(theirs.info.runId)).data.metrics).toEqual({ acc: 1 })
}
