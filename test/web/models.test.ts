/** The pages of models, as somebody uses them: real trainings, gated and registered. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { kFold } from '../../src/data/index.ts'
import { openTracking, recordGate, type TrackingClient, trainAndRegister } from '../../src/tracking/index.ts'
import { penguinsModel, readPenguins } from '../penguins.ts'
import { accessibilityFaults } from './accessibility.ts'
import { openApp, type OpenApp } from './web-app.ts'

const hostileName = `<img src=x onerror="document.title='harmed'"> 🐧 مرحبا`

let folder: string
let client: TrackingClient
let app: OpenApp | undefined

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-web-models-'))
  const trackingUri = join(folder, 'mlflow.db')
  client = await openTracking({ trackingUri, user: 'ada' })
  const table = await readPenguins()
  for (const learningRate of [0.01, 0.02]) {
    await trainAndRegister(client, {
      experiment: 'birds',
      runName: `rate ${learningRate}`,
      model: penguinsModel({ epochs: 4, learningRate }),
      table,
      target: 'species',
      folds: kFold(table.rowCount, 2, { seed: 1 }),
      gate: { metric: 'accuracy', comparison: '>=', threshold: 0.1 },
      register: { name: 'penguins' },
    })
  }
  await client.setRegisteredModelAlias('penguins', 'champion', 1, { reason: 'the first' })
  await client.createRegisteredModel(hostileName, { description: 'No <b>tags</b>, but **stars**.' })
  await client.createModelVersion(hostileName, 's3://elsewhere/model')
  await recordGate(client, hostileName, 1, {
    gate: 'loss',
    metric: 'loss',
    value: Number.NaN,
    threshold: 1,
    comparison: '<',
    passed: false,
    datasetDigest: '9f8e7d6c',
    runId: '',
    decidedAt: '2026-01-31T12:00:00Z',
  })
  await client.createRegisteredModel('greeting', { tags: { 'mlflow.prompt.is_prompt': 'true' } })
  app = await openApp(trackingUri)
}, 90_000)

afterAll(async () => {
  await app?.[Symbol.asyncDispose]()
  await client[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

test('lists models without prompts, and finds them by name', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page, url } = app
  await page.goto(`${url}/`)
  await page.getByRole('link', { name: 'Models' }).click()
  await page.getByRole('link', { name: hostileName }).waitFor()
  expect(await page.getByRole('row').count()).toBe(3)
  expect(await page.getByRole('row', { name: /^penguins/ }).textContent()).toMatch(/penguins2@champion: 1/)
  expect(await accessibilityFaults(page)).toEqual([])
  await page.getByRole('textbox', { name: 'Filter by name' }).fill('PENG')
  await page.getByRole('link', { name: hostileName }).waitFor({ state: 'detached' })
  expect(page.url()).toContain('name=PENG')
})

test('makes, renames and deletes a model', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page, url } = app
  await page.goto(`${url}/#/models`)
  await page.getByRole('button', { name: 'New model' }).click()
  await page.getByLabel('Name', { exact: true }).fill('otters/2')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText("Names cannot contain '/' or ':'").waitFor()
  await page.getByLabel('Name', { exact: true }).fill('otters')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('button', { name: 'Actions for otters' }).click()
  await page.getByRole('menuitem', { name: 'Rename' }).click()
  await page.getByLabel('Name', { exact: true }).fill('sea otters')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('button', { name: 'Actions for sea otters' }).click()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await page.getByLabel('Why').fill('no data')
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await page.getByText('Deleted sea otters.').waitFor()
  const { items } = await client.getRegistryHistory('sea otters')
  expect(items.map(({ action, reason }) => [action, reason])).toEqual([
    ['model_deleted', 'no data'],
    ['model_renamed', ''],
  ])
})

test('holds the versions of a model against the champion', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page, url } = app
  await page.goto(`${url}/#/models/penguins`)
  await page.getByText('Compared with version 1, the champion.').waitFor()
  await page.getByRole('columnheader', { name: 'test_accuracy' }).waitFor()
  expect(await page.getByRole('row', { name: /Version 2/ }).textContent()).toMatch(/0\.\d+ (±0|[+-]\d)/)
  const passed = page.getByRole('img', { name: 'passed' })
  await passed.nth(1).waitFor()
  expect(await passed.count()).toBe(2)
  await page.getByRole('button', { name: 'Edit: Description' }).click()
  await page.getByRole('textbox', { name: 'Description' }).fill('Tells *penguins* apart.')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.locator('em', { hasText: 'penguins' }).waitFor()
  expect(await accessibilityFaults(page)).toEqual([])
  expect((await client.getRegisteredModel('penguins')).description).toBe('Tells *penguins* apart.')
})

test('shows where a version comes from and what speaks for it', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page, url } = app
  await page.goto(`${url}/#/models/penguins/versions/2`)
  const lineage = page.getByRole('group', { name: 'Data, code and run this version comes from' })
  await lineage.locator('text', { hasText: 'penguins 2' }).waitFor()
  await lineage.locator('text', { hasText: 'data set' }).first().waitFor()
  await page.getByRole('cell', { name: '>= 0.1' }).waitFor()
  await page.getByRole('cell', { name: 'flipper_length_mm' }).waitFor()
  await page.getByRole('region', { name: 'Metrics of the runs' }).getByText('test_accuracy', { exact: true }).waitFor()
  expect(await accessibilityFaults(page)).toEqual([])
  await lineage.getByRole('link').click()
  await page.getByRole('heading', { name: 'rate 0.02' }).waitFor()
})

test('moves aliases and stages with a reason, and tells of it', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page, url } = app
  await page.goto(`${url}/#/models/penguins/versions/2`)
  await page.getByRole('button', { name: 'Set an alias' }).click()
  await page.getByRole('combobox', { name: 'Alias' }).fill('champion')
  await page.getByText('@champion moves here from version 1.').waitFor()
  expect(await accessibilityFaults(page)).toEqual([])
  await page.getByLabel('Why').fill('better on chinstraps')
  await page.getByRole('button', { name: 'Set', exact: true }).click()
  await page.getByRole('cell', { name: '@champion is version 2, was 1' }).waitFor()
  await page.getByRole('cell', { name: 'better on chinstraps' }).waitFor()

  await page.getByRole('button', { name: 'Move to a stage' }).click()
  await page.getByRole('combobox', { name: 'Stage' }).click()
  await page.getByRole('option', { name: 'Production' }).click()
  await page.getByLabel('Why').fill('tried for a week')
  await page.getByRole('button', { name: 'Move', exact: true }).click()
  await page.getByRole('cell', { name: 'Version 2 from None to Production' }).waitFor()
  const version = await client.getModelVersion('penguins', 2)
  expect([version.currentStage, version.aliases]).toEqual(['Production', ['champion']])

  await page.getByRole('button', { name: 'Remove the alias champion' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('cell', { name: '@champion removed' }).waitFor()
})

test('compares two versions, only where they differ', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page, url } = app
  await page.goto(`${url}/#/models/penguins`)
  await page.getByRole('checkbox', { name: 'Select Version 1' }).check()
  await page.getByRole('checkbox', { name: 'Select Version 2' }).check()
  await page.getByRole('button', { name: 'Compare two versions' }).click()
  const params = page.getByRole('region', { name: 'Parameters' }).getByRole('row')
  await params.filter({ hasText: 'learningRate' }).waitFor()
  expect(await params.filter({ hasText: 'learningRate' }).textContent()).toBe('model_learningRate0.010.02')
  expect(await params.filter({ hasText: 'epochs' }).count()).toBe(0)
  expect(await accessibilityFaults(page)).toEqual([])
  await page.getByRole('checkbox', { name: 'Only what differs' }).uncheck()
  await params.filter({ hasText: 'epochs' }).first().waitFor()
  await page.getByRole('region', { name: 'Signature' }).getByText('Inputs: island').waitFor()
})

test('shows what is in a name or a gate as it is', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page, url } = app
  await page.goto(`${url}/#/models/${encodeURIComponent(hostileName)}/versions/1`)
  await page.getByRole('cell', { name: 'NaN' }).waitFor()
  await page.getByText('failed').waitFor()
  await page.getByText('The model folder cannot be read').waitFor()
  await page.getByRole('link', { name: hostileName }).click()
  await page.locator('strong', { hasText: 'stars' }).waitFor()
  await page.getByRole('link', { name: 'Version 1' }).waitFor()
  expect(await page.title()).toBe(`${hostileName} · Models · Millrace`)
})

test('opens a model from the palette', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page, url } = app
  await page.goto(`${url}/#/experiments`)
  await page.getByRole('heading', { name: 'Experiments' }).waitFor()
  await page.keyboard.press('Control+k')
  await page.getByPlaceholder('Search pages').fill('penguins')
  await page.getByRole('dialog').getByText('penguins', { exact: true }).waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'penguins' }).waitFor()
})

test('says that the server is away, and shows the version once it is back', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page, url, withoutServer } = app
  await page.goto(`${url}/#/models/nobody`)
  await page.getByText('Registered Model with name=nobody not found').waitFor()
  await withoutServer(async () => {
    await page.goto(`${url}/#/models/penguins/versions/1`)
    await page.getByRole('status').getByText('The server is in trouble.').waitFor()
  })
  await page.getByRole('heading', { name: 'Version 1' }).waitFor()
  await page.getByText('The server is in trouble.').waitFor({ state: 'detached' })
})

test('never complains and never asks another host', ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  // The browser notes what the server refuses above, and that it was away.
  const expected = /status of 4\d\d|ERR_CONNECTION_REFUSED/
  expect(app.complaints.filter((text) => !expected.test(text))).toEqual([])
})
