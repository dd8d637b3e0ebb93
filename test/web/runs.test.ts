/** The pages of experiments and runs, as somebody uses them. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTracking, type TrackingClient } from '../../src/tracking/index.ts'
import { accessibilityFaults } from './accessibility.ts'
import { openApp, type OpenApp } from './web-app.ts'

const hostileName = '<img src=x onerror="document.title=1"> 🐧 مرحبا'

let folder: string
let client: TrackingClient
let app: OpenApp | undefined
let experimentId: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-web-runs-'))
  const trackingUri = join(folder, 'mlflow.db')
  client = await openTracking({ trackingUri })
  experimentId = await client.createExperiment('birds')
  for (let i = 0; i < 60; i++) await finishedRun(`run ${i}`, { accuracy: i / 100 }, { lr: String(i % 3) })
  const parent = await finishedRun(hostileName, { accuracy: Number.NaN }, { lr: 'x'.repeat(5000) })
  for (const fold of [1, 2]) await finishedRun(`fold ${fold}`, {}, {}, { 'mlflow.parentRunId': parent })
  app = await openApp(trackingUri)
}, 60_000)

afterAll(async () => {
  await app?.[Symbol.asyncDispose]()
  await client[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

async function finishedRun(
  runName: string,
  metrics: Readonly<Record<string, number>>,
  params: Readonly<Record<string, string>>,
  tags: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { info } = await client.createRun(experimentId, { runName, tags })
  await client.logBatch(info.runId, {
    metrics: Object.entries(metrics).map(([key, value]) => ({ key, value, timestamp: 1, step: 0 })),
    params: Object.entries(params).map(([key, value]) => ({ key, value })),
  })
  await client.setTerminated(info.runId)
  return info.runId
}

test('goes from the experiments to the runs of one', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page, url } = app
  await page.goto(`${url}/`)
  await page.getByRole('link', { name: 'birds' }).click()
  await page.getByRole('link', { name: 'run 59', exact: true }).waitFor()
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('birds')
  expect(page.url()).toBe(`${url}/#/experiments/${experimentId}`)
  expect(await accessibilityFaults(page)).toEqual([])
})

test('shows names as they are, whatever is in them, and folds nested runs', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page, url } = app
  await page.goto(`${url}/#/experiments/${experimentId}`)
  await page.getByRole('link', { name: hostileName }).waitFor()
  expect(await page.title()).toBe('birds · Experiments · Millrace')
  expect(await page.getByRole('link', { name: 'fold 1' }).count()).toBe(0)
  await page.getByRole('button', { name: `Show the runs nested in ${hostileName}` }).click()
  await page.getByRole('link', { name: 'fold 1' }).waitFor()
  await page.getByText('NaN').waitFor()
})

test('keeps filter, order and columns in the address', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page, url } = app
  await page.goto(`${url}/#/experiments/${experimentId}`)
  const filter = page.getByRole('combobox', { name: 'Filter' })
  await filter.fill("params.lr = '1' AND accur")
  await page.getByRole('option', { name: 'metrics.accuracy' }).click()
  await filter.press('End')
  await filter.pressSequentially(' > 0.3')
  await filter.press('Enter')
  await page.getByText('10 runs').waitFor()
  await page.getByRole('button', { name: 'Sort by accuracy' }).click()
  await page.getByRole('button', { name: 'Columns' }).click()
  await page.getByRole('checkbox', { name: 'Show Duration' }).uncheck()
  await page.keyboard.press('Escape')

  await page.goto('about:blank')
  await page.goBack()
  await page.getByText('10 runs').waitFor()
  const rows = page.getByRole('row')
  expect(await rows.nth(1).textContent()).toContain('run 58')
  expect(await page.getByRole('columnheader', { name: 'Duration' }).count()).toBe(0)
  expect(await page.getByRole('columnheader', { name: 'accuracy' }).getAttribute('aria-sort')).toBe('descending')
})

test('says where a filter is wrong', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page, url } = app
  await page.goto(`${url}/#/experiments/${experimentId}?filter=${encodeURIComponent('metrics.accuracy > high')}`)
  await page.getByText('Expected numeric value type for metric. Found high').waitFor()
  expect(await page.locator('mark').textContent()).toBe('h')
})

test('exports, tags, deletes and restores the chosen runs', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page, url } = app
  await page.goto(`${url}/#/experiments/${experimentId}`)
  await page.getByRole('checkbox', { name: 'Select run 57' }).check()
  await page.getByRole('checkbox', { name: 'Select run 55' }).check()

  const [download] = await Promise.all([page.waitForEvent('download'), page.getByText('Export CSV').click()])
  expect(await readFile(await download.path(), 'utf8')).toMatch(/run_name[^]*run 57[^]*run 55/)

  await page.getByRole('button', { name: 'Tag', exact: true }).click()
  await page.getByLabel('Key').fill('team')
  await page.getByLabel('Value').fill('sea')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Tagged 2 runs.').waitFor()
  const tagged = await client.searchRuns({ experimentIds: [experimentId], filter: "tags.team = 'sea'" })
  expect(tagged.items.map(({ info }) => info.runName).toSorted()).toEqual(['run 55', 'run 57'])

  await page.getByRole('checkbox', { name: 'Select run 57' }).check()
  await page.getByRole('button', { name: 'Delete', exact: true }).click()
  await page.getByRole('dialog', { name: 'Delete run 57?' }).getByRole('button', { name: 'Delete' }).click()
  await page.getByText('Deleted 1 run.').waitFor()
  await page.getByText('Deleted', { exact: true }).click()
  await page.getByRole('checkbox', { name: 'Select run 57' }).check()
  await page.getByRole('button', { name: 'Restore' }).click()
  await page.getByText('Restored 1 run.').waitFor()
  await page.getByText('No run is deleted.').waitFor()
})

test('asks before it deletes, by name', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page, url } = app
  await page.goto(`${url}/#/experiments/${experimentId}`)
  for (const name of ['run 54', 'run 55']) await page.getByRole('checkbox', { name: `Select ${name}` }).check()
  await page.getByRole('button', { name: 'Delete', exact: true }).click()
  await page
    .getByRole('dialog', { name: 'Delete these 2 runs?' })
    .getByText(/^run 5[45], run 5[45]\./)
    .waitFor()
  await page.keyboard.press('Escape')

  const dialog = page.getByRole('dialog', { name: `Delete ${hostileName}?` })
  await client.createExperiment(hostileName)
  await page.goto(`${url}/#/experiments`)
  const open = page.getByRole('button', { name: `Actions for ${hostileName}` })
  for (const answer of ['Cancel', 'Delete']) {
    await open.click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await dialog.getByText('Its runs go with it.').waitFor()
    await page.getByRole('menu').waitFor({ state: 'detached' })
    expect(await accessibilityFaults(page)).toEqual([])
    await dialog.getByRole('button', { name: answer }).click()
    await dialog.waitFor({ state: 'detached' })
  }
  await open.waitFor({ state: 'detached' })
  await page.getByText('Deleted', { exact: true }).click()
  await open.click()
  await page.getByRole('menuitem', { name: 'Restore' }).click()
  await page.getByText(`Restored ${hostileName}.`).waitFor()
  await page.getByText('No experiment is deleted.').waitFor()
})

test('never complains and never asks another host', ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  // The wrong filter above is answered with status 400, which the browser notes.
  expect(app.complaints.filter((text) => !text.includes('status of 400'))).toEqual([])
})
