/** The page of monitoring, as somebody uses it: checks of real rows, kept as runs. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { columnFrom, type Table } from '../../src/data/index.ts'
import { createReport, trackCheck } from '../../src/monitor/index.ts'
import { openTracking, type TrackingClient, withRun } from '../../src/tracking/index.ts'
import { readPenguins } from '../penguins.ts'
import { accessibilityFaults } from './accessibility.ts'
import { openApp, type OpenApp } from './web-app.ts'

const hostile = `<img src=x onerror="document.title='harmed'"> 🐧 مرحبا`

let folder: string
let client: TrackingClient
let app: OpenApp | undefined

/** A check of the first hundred penguins, each heavier by so many grams. */
async function look(penguins: Table, grams: number): Promise<string> {
  const rows = penguins.withColumn('prediction', penguins.column('species'))
  const some = rows.slice(0, 100)
  const masses = some.numbers('body_mass_g').map((mass) => mass + grams)
  const report = createReport(some.withColumn('body_mass_g', columnFrom('double', [...masses])), {
    reference: rows,
    columns: ['body_mass_g', 'sex'],
    target: 'species',
    prediction: 'prediction',
  })
  return await trackCheck(client, report, { model: 'penguins/3', data: `week ${grams}`, reference: 'train.csv' })
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-web-monitoring-'))
  const trackingUri = join(folder, 'mlflow.db')
  client = await openTracking({ trackingUri })
  const penguins = await readPenguins()
  for (const grams of [500, 600, 3000]) await look(penguins, grams)
  await withRun(client, { experiment: 'monitoring' }, async () => await Promise.resolve())
  const tags = { 'millrace.check': 'drift', 'millrace.check.data': hostile, 'millrace.check.model': hostile }
  await withRun(client, { experiment: hostile, tags }, async (run) => {
    await run.logMetrics({ drift: Number.NaN, 'drift_score/x': Infinity, 'drifted/x': 1, drift_share: Number.NaN })
    await run.logText(`<script>parent.document.title='harmed'</script><p>A report of others</p>`, 'report.html')
  })
  app = await openApp(trackingUri)
}, 60_000)

afterAll(async () => {
  await app?.[Symbol.asyncDispose]()
  await client[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

test('draws drift and quality over time, and shows the report of a check', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page, url, complaints } = app
  await page.goto(`${url}/`)
  await page.getByRole('link', { name: 'Monitoring', exact: true }).click()
  await page.getByRole('combobox', { name: 'Which checks' }).click()
  await page.getByRole('option', { name: 'monitoring · penguins' }).click()
  const table = page.getByRole('table', { name: 'Checks' })
  await table.getByRole('row').nth(3).waitFor()
  expect(await table.getByRole('row').nth(1).textContent()).toMatch(
    /Drift.*body_mass_g.*\d+(\.\d)? %\d+ of \d+1100week 3000penguins 3$/,
  )
  await page.getByRole('img', { name: 'Share of drifted columns: share, 3 points; limit, 3 points' }).waitFor()
  await page.getByRole('img', { name: 'body_mass_g: score, 3 points; threshold, 3 points' }).waitFor()
  await page.getByRole('img', { name: 'Quality: accuracy, 3 points; f1, 3 points' }).waitFor()
  await page.getByText('K-S p_value').waitFor()
  expect(await accessibilityFaults(page)).toEqual([])

  await table.getByRole('row').nth(1).getByRole('button').click()
  await page.frameLocator('iframe').getByText('week 3000 against train.csv').waitFor()
  expect(await accessibilityFaults(page)).toEqual([])
  expect(page.url()).toContain('check=')
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await table.getByRole('row').nth(1).getByRole('button').and(page.locator(':focus')).waitFor()
  expect(complaints).toEqual([])
}, 40_000)

test('shows a check while the page is open', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page, url } = app
  await page.goto(`${url}/#/monitoring?watch=monitoring%20%C2%B7%20penguins`)
  await page.getByRole('cell', { name: 'week 3000' }).waitFor()
  await look(await readPenguins(), 700)
  await page.getByRole('cell', { name: 'week 700' }).waitFor({ timeout: 20_000 })
}, 40_000)

test('shows what others wrote as it is, and runs nothing of it', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page, url } = app
  await page.goto(`${url}/#/monitoring?watch=${encodeURIComponent(`${hostile} · ${hostile}`)}`)
  await page.getByRole('cell', { name: hostile }).first().waitFor()
  await page.getByRole('table', { name: 'Checks' }).getByRole('button').click()
  await page.frameLocator('iframe').getByText('A report of others').waitFor()
  expect(await page.title()).toBe('Monitoring · Millrace')
})

test('says how to keep the first check', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  await using empty = (await openApp(join(folder, 'empty.db')))!
  await empty.page.goto(`${empty.url}/#/monitoring`)
  await empty.page.getByText('npx millrace monitor compare train.csv production.csv --track monitoring').waitFor()
  expect(await accessibilityFaults(empty.page)).toEqual([])
})
