/** The comparison of runs, as somebody uses it: real trainings, and runs with odd names and values. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { confusionMatrix } from '../../src/metrics/index.ts'
import {
  type ActiveRun,
  openTracking,
  type TrackingClient,
  trainAndRegister,
  withRun,
} from '../../src/tracking/index.ts'
import { penguinsModel, readPenguins } from '../penguins.ts'
import { accessibilityFaults } from './accessibility.ts'
import { openApp, type OpenApp } from './web-app.ts'

const hostileName = '<img src=x onerror="document.title=1"> 🐧 مرحبا'

let folder: string
let client: TrackingClient
let app: OpenApp | undefined
let experimentId: string
let runIds: readonly string[]
let oddIds: readonly string[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-web-compare-'))
  const trackingUri = join(folder, 'mlflow.db')
  client = await openTracking({ trackingUri })
  experimentId = await client.createExperiment('birds')
  runIds = await trainedRuns()
  oddIds = await oddRuns()
  app = await openApp(trackingUri)
}, 90_000)

afterAll(async () => {
  await app?.[Symbol.asyncDispose]()
  await client[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

async function trainedRuns(): Promise<readonly string[]> {
  const table = await readPenguins()
  const ids: string[] = []
  for (const [learningRate, epochs] of [
    [0.01, 4],
    [0.02, 4],
    [0.03, 8],
  ] as const) {
    const model = penguinsModel({ epochs, learningRate })
    const plan = { experiment: 'birds', runName: `rate ${learningRate}`, model, table, target: 'species', folds: [] }
    ids.push((await trainAndRegister(client, plan)).runId)
  }
  return ids
}

async function oddRuns(): Promise<readonly string[]> {
  const image = join(folder, 'roc.png')
  await sharp({ create: { width: 8, height: 8, channels: 3, background: 'teal' } }).toFile(image)
  const first = await withRun(client, { experiment: 'birds', name: hostileName }, async (run) => {
    await run.logArtifact(image, 'plots')
    await run.logDict(confusionMatrix(['a', 'b'], ['b', 'b']), 'confusion_matrix.json')
    return await logOdd(run, 'adam', Number.NaN)
  })
  const second = await withRun(client, { experiment: 'birds', name: hostileName }, async (run) => {
    await run.logText('{"classes": 3}', 'report.json')
    return await logOdd(run, 'sgd', 0.5)
  })
  return [first, second]
}

async function logOdd(run: ActiveRun, optimizer: string, loss: number): Promise<string> {
  await run.logParams({ optimizer, note: 'x'.repeat(5000) })
  await run.logMetrics({ loss }, 1)
  return run.runId
}

function address(ids: readonly string[], tab = ''): string {
  const runs = encodeURIComponent(JSON.stringify(ids))
  return `${app?.url ?? ''}/#/compare-runs?runs=${runs}&experiments=${encodeURIComponent(`["${experimentId}"]`)}${tab}`
}

test('goes from the table of runs to their metrics over each other', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page, url } = app
  await page.goto(`${url}/#/experiments/${experimentId}`)
  for (const rate of ['0.01', '0.02', '0.03']) {
    await page.getByRole('checkbox', { name: `Select rate ${rate}` }).check()
  }
  await page.getByRole('button', { name: 'Compare' }).click()
  await page.getByRole('heading', { name: 'Compare 3 runs' }).waitFor()
  await page
    .getByRole('img', { name: /^train_loss: rate .*, 8 points/ })
    .locator('canvas')
    .waitFor()
  expect(await accessibilityFaults(page)).toEqual([])
  await page.getByRole('button', { name: 'Leave out rate 0.01' }).click()
  await page.getByRole('heading', { name: 'Compare 2 runs' }).waitFor()
})

test('shows where runs differ', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page } = app
  await page.goto(address(runIds))
  await page.getByRole('tab', { name: 'Differences' }).click()
  const rows = page.getByRole('region', { name: 'Parameters' }).getByRole('row')
  await rows.filter({ hasText: 'model_learningRate' }).waitFor()
  expect(await rows.filter({ hasText: 'model_learningRate' }).textContent()).toBe('model_learningRate0.010.020.03')
  expect(await rows.filter({ hasText: 'seed' }).count()).toBe(0)
  expect(await accessibilityFaults(page)).toEqual([])
  await page.getByRole('checkbox', { name: 'Only what differs' }).uncheck()
  await rows.filter({ hasText: 'seed' }).first().waitFor()
  expect(page.url()).toContain('all=true')
})

test('draws runs across their parameters and metrics', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page } = app
  await page.goto(address(runIds, '&tab=parallel'))
  const chart = page.getByRole('img', { name: /^The runs as lines across .*model_learningRate/ })
  await chart.locator('canvas').waitFor()
  expect(await accessibilityFaults(page)).toEqual([])
  await page.goto(address(oddIds, `&tab=parallel&axes=${encodeURIComponent('["params.optimizer","metrics.loss"]')}`))
  await page.getByRole('img', { name: 'The runs as lines across optimizer, loss' }).locator('canvas').waitFor()
})

test('draws points and a contour', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page } = app
  await page.goto(address(runIds, '&tab=scatter&x=params.model_learningRate&y=params.model_epochs'))
  const drawn = page.getByRole('img', { name: 'model_epochs by model_learningRate', exact: true })
  await drawn.locator('circle').first().waitFor()
  expect(await drawn.locator('circle').count()).toBe(3)
  await page.getByRole('combobox', { name: 'Contour of' }).click()
  await page.getByRole('option', { name: 'metrics.training_accuracy' }).click()
  await page
    .getByRole('img', { name: /with the contour of training_accuracy/ })
    .locator('[aria-label="contour"] path')
    .first()
    .waitFor()
  expect(await accessibilityFaults(page)).toEqual([])
  await page.goto(address(oddIds, '&tab=scatter&x=params.optimizer&y=metrics.loss&z=metrics.loss'))
  await page.getByText('A contour needs numbers on all three axes').waitFor()
  const odd = page.getByRole('img', { name: 'loss by optimizer' }).locator('circle')
  await odd.first().waitFor()
  expect(await odd.count()).toBe(1)
})

test('shows confusion matrices of trainings and of programs', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page } = app
  await page.goto(address([runIds[0]!, ...oddIds], '&tab=confusion'))
  await page.getByRole('table', { name: 'training_report.json of rate 0.01' }).waitFor()
  await page.getByRole('table', { name: /^confusion_matrix.json of <img/ }).waitFor()
  expect(await page.getByRole('table').count()).toBe(2)
  expect(await accessibilityFaults(page)).toEqual([])
  await page.goto(address([oddIds[1]!], '&tab=confusion'))
  await page.getByRole('heading', { name: 'No confusion matrix' }).waitFor()
})

test('lays images side by side and shows names as they are', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page } = app
  await page.goto(address(oddIds, '&tab=images'))
  await page.getByRole('img', { name: /^plots\/roc\.png of <img src=x/ }).waitFor()
  await page.getByRole('link', { name: `${hostileName} (${oddIds[0]!.slice(0, 6)})` }).waitFor()
  expect(await accessibilityFaults(page)).toEqual([])
  expect(await page.title()).toBe('Compare 2 runs · Millrace')
  await page.goto(address([runIds[0]!], '&tab=images'))
  await page.getByRole('heading', { name: 'No images' }).waitFor()
})

test('says what is missing, and that the server is away', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page, withoutServer } = app
  await page.goto(address([]))
  await page.getByRole('heading', { name: 'No runs to compare' }).waitFor()
  const unknown = 'f'.repeat(32)
  await page.goto(address([unknown, runIds[1]!]))
  await page
    .getByText(`Run with id=${unknown} not found`)
    .or(page.getByText(`Run '${unknown}' not found`))
    .waitFor()
  await page.getByRole('link', { name: 'rate 0.02' }).waitFor()
  await withoutServer(async () => {
    await page.goto(address([unknown.replaceAll('f', 'e')]))
    await page.getByText('The server cannot be reached.').waitFor()
  })
  await page.getByText('The server cannot be reached.').waitFor({ state: 'detached' })
})

test('never complains and never asks another host', ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const expected = /status of 404|ERR_CONNECTION_REFUSED/
  expect(app.complaints.filter((text) => !expected.test(text))).toEqual([])
})
