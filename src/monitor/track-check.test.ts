import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readPenguins } from '../../test/penguins.ts'
import { Table } from '../data/index.ts'
import { openTracking, type Run, type TrackingClient } from '../tracking/index.ts'
import { createReport } from './report.ts'
import { trackCheck } from './track-check.ts'

let folder: string
let client: TrackingClient

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-checks-'))
  client = await openTracking({ trackingUri: join(folder, 'mlflow.db') })
})

afterAll(async () => {
  await client[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

async function tracked(
  ...given: Parameters<typeof trackCheck> extends [unknown, ...infer Rest] ? Rest : never
): Promise<Run> {
  return await client.getRun(await trackCheck(client, ...given))
}

test('keeps a check with its scores, limits, quality and report', async () => {
  const penguins = await readPenguins()
  const rows = penguins.withColumn('prediction', penguins.column('species'))
  const report = createReport(rows.slice(152), {
    reference: rows,
    columns: ['body_mass_g', 'sex'],
    target: 'species',
    prediction: 'prediction',
  })
  const run = await tracked(report, {
    experiment: 'watch',
    model: 'penguins/3',
    data: 'production.csv',
    reference: 'train.csv',
    tags: { week: '47' },
  })
  expect(run.info.status).toBe('FINISHED')
  expect(run.data.tags).toMatchObject({
    'millrace.check': 'drift',
    'millrace.check.model': 'penguins/3',
    'millrace.check.data': 'production.csv',
    'millrace.check.reference': 'train.csv',
    week: '47',
  })
  expect(run.data.metrics).toMatchObject({
    rows: 192,
    drift: 1,
    drift_share: 0.5,
    drift_share_limit: 0.5,
    drifted_columns: 1,
    'drift_score/body_mass_g': report.drift!.columns['body_mass_g']!.score,
    'drift_threshold/body_mass_g': 0.05,
    'drifted/body_mass_g': 1,
    'drifted/sex': 0,
    'quality/accuracy': 1,
    failed_tests: report.tests.filter(({ status }) => status === 'FAIL').length,
  })
  expect(run.data.params).toMatchObject({ 'drift_method/body_mass_g': 'K-S p_value' })
  expect((await client.getExperiment(run.info.experimentId)).name).toBe('watch')
  const html = await readFile(join(fileURLToPath(run.info.artifactUri), 'report.html'), 'utf8')
  expect(html).toContain('production.csv against train.csv')
})

test('keeps a look at one table as a summary', async () => {
  const { data } = await tracked(createReport(Table.fromRecords([{ a: 1 }, { a: null }])))
  expect(data.tags['millrace.check']).toBe('summary')
  expect(data.metrics).toMatchObject({ rows: 2, tests: expect.any(Number) as number })
  expect(data.metrics).not.toHaveProperty('drift')
})

test('takes names of columns that no metric may have, and tells them apart', async () => {
  const names = ['a/b', 'a.b', '..', '<b>🐧</b>', 'مرحبا', 'x'.repeat(300)]
  const table = Table.fromRecords(
    Array.from({ length: 20 }, (_, i) => Object.fromEntries(names.map((name) => [name, i + 0.5]))),
  )
  const { data } = await tracked(createReport(table, { reference: table }))
  const scores = Object.keys(data.metrics).filter((name) => name.startsWith('drift_score/'))
  expect(scores.toSorted()).toEqual(
    ['a_b', 'a_b 2', '__', '_b____b_', 'مرحبا', 'x'.repeat(200)].map((name) => `drift_score/${name}`).toSorted(),
  )
})
