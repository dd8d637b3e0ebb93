/** The page of a run, as somebody uses it: a real training. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTracking, type TrackingClient, withRun } from '../../src/tracking/index.ts'
import { penguinsModel, readPenguins } from '../penguins.ts'
import { accessibilityFaults } from './accessibility.ts'
import { openApp, type OpenApp } from './web-app.ts'

const harm = `<script>top.document.title = 'harmed'</script><img src="x" onerror="top.document.title = 'harmed'">`

let folder: string
let client: TrackingClient
let app: OpenApp | undefined
let address: string
let runId: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-web-run-'))
  const trackingUri = join(folder, 'mlflow.db')
  client = await openTracking({ trackingUri })
  const experimentId = await client.createExperiment('birds')
  runId = await withRun(client, { experiment: 'birds', name: 'first try' }, async (run) => {
    const { model } = await penguinsModel({ epochs: 4 }).train(await readPenguins())
    await model[Symbol.asyncDispose]()
    await client.logText(run.runId, 'name,value\n"a, b",1\n', 'table.csv')
    await client.logText(run.runId, 'epoch 1 of 4\n', 'logs/training.log')
    return run.runId
  })
  app = await openApp(trackingUri)
  address = `${app?.url ?? ''}/#/experiments/${experimentId}/runs/${runId}`
}, 60_000)

afterAll(async () => {
  await app?.[Symbol.asyncDispose]()
  await client[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

test('shows what a run was told and what it measured, and draws the metrics', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page } = app
  await page.goto(address)
  await page.getByRole('heading', { name: 'first try' }).waitFor()
  expect(await page.title()).toBe('first try · Runs · Millrace')
  await page.getByRole('region', { name: 'Parameters' }).getByRole('cell', { name: 'learningRate' }).waitFor()
  expect(await accessibilityFaults(page)).toEqual([])
  await page.getByRole('tab', { name: 'Metrics' }).click()
  await page
    .getByRole('img', { name: /^train_loss: first try, 4 points$/ })
    .locator('canvas')
    .waitFor()
  await page.getByText('Log scale').click()
  expect(await accessibilityFaults(page)).toEqual([])
})

test('keeps notes and tags', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page } = app
  await page.goto(address)
  await page.getByRole('button', { name: 'Edit: Notes' }).click()
  await page.getByRole('textbox', { name: 'Notes' }).fill(`A **good** one. ${harm}`)
  await page.getByRole('button', { name: 'Save' }).click()
  await page.locator('strong', { hasText: 'good' }).waitFor()
  await page.getByPlaceholder('Key').fill('team')
  await page.getByPlaceholder('Value').fill('sea')
  await page.getByRole('button', { name: 'Add a tag' }).click()
  await page.getByText('team: sea').waitFor()
  expect((await client.getRun(runId)).data.tags).toMatchObject({ team: 'sea' })
  await page.getByRole('button', { name: 'Remove the tag team' }).click()
  await page.getByText('team: sea').waitFor({ state: 'detached' })
})

test('looks into models, weights and tables', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page } = app
  await page.goto(`${address}?tab=artifacts`)
  await page.getByRole('button', { name: 'model', exact: true }).click()
  await page.getByRole('button', { name: /^model\.onnx/ }).click()
  await page
    .getByRole('group', { name: 'The graph of the model' })
    .locator('text', { hasText: 'flipper_length_mm' })
    .waitFor()
  await page.getByRole('button', { name: /^model\.safetensors/ }).click()
  await page
    .getByRole('img', { name: /^How the values of .*weight are spread$/ })
    .first()
    .waitFor()
  await page.getByRole('button', { name: /^table\.csv/ }).click()
  await page.getByRole('cell', { name: 'a, b' }).waitFor()
  await page.goto(`${address}?tab=artifacts&artifact=model%2FMLmodel`)
  await page.getByText('python_function').waitFor()
})

test('deletes a run and restores it', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page } = app
  await page.goto(address)
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('dialog', { name: 'Delete first try?' }).getByRole('button', { name: 'Delete' }).click()
  await page.getByText('This run is deleted.').waitFor()
  await page.getByRole('button', { name: 'Restore' }).click()
  await page.getByText('This run is deleted.').waitFor({ state: 'detached' })
  expect((await client.getRun(runId)).info.lifecycleStage).toBe('active')
})

test('shows what a run printed', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page } = app
  await page.goto(`${address}?tab=logs`)
  await page.getByText('epoch 1 of 4').waitFor()
  expect(await accessibilityFaults(page)).toEqual([])
})
