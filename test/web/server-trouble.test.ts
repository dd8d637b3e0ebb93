/** The web app before a server that is away, slow, unwell or of another version. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openTracking, type TrackingClient } from '../../src/tracking/index.ts'
import { accessibilityFaults } from './accessibility.ts'
import { openApp, type OpenApp } from './web-app.ts'

const away = 'The server cannot be reached. Check that it runs: npx millrace server'
const trying = 'The server is in trouble. Trying again …'

let folder: string
let client: TrackingClient
let app: OpenApp | undefined
let runs: string
let runId: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-web-trouble-'))
  const trackingUri = join(folder, 'mlflow.db')
  client = await openTracking({ trackingUri })
  const experimentId = await client.createExperiment('birds')
  for (const [name, lr] of [
    ['auk', '0.1'],
    ['wren', '0.2'],
  ] as const) {
    const { info } = await client.createRun(experimentId, { runName: name })
    await client.logParam(info.runId, 'lr', lr)
    runId = info.runId
  }
  await client.createRegisteredModel('penguins')
  app = await openApp(trackingUri)
  runs = `${app?.url ?? ''}/#/experiments/${experimentId}`
}, 60_000)

afterAll(async () => {
  await app?.[Symbol.asyncDispose]()
  await client[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

/** Each test begins with the app freshly loaded. */
beforeEach(async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  await app.page.unrouteAll()
  await app.page.goto('about:blank')
})

test('shows a page that was not loaded yet as soon as the server is back', async () => {
  const { page, url, withoutServer } = app!
  await page.goto(`${url}/#/experiments`)
  await page.getByRole('link', { name: 'birds' }).waitFor()
  await withoutServer(async () => {
    await page.getByRole('link', { name: 'Models' }).click()
    await page.getByRole('alert').getByText(away).waitFor()
    await page.getByRole('status').getByText(trying).waitFor()
    await page.getByRole('button', { name: 'Try again' }).waitFor()
  })
  await page.getByRole('link', { name: 'penguins' }).waitFor()
  await page.getByRole('status').getByText(trying).waitFor({ state: 'detached' })
})

test('leaves what it shows while the server is away, and goes on when it is back', async () => {
  const { page, withoutServer } = app!
  await page.goto(runs)
  await page.getByRole('link', { name: 'wren' }).waitFor()
  await withoutServer(async () => {
    await page.getByRole('status').getByText(trying).waitFor()
    expect(await page.getByRole('link', { name: 'wren' }).count()).toBe(1)
    expect(await page.getByRole('alert').count()).toBe(0)
  })
  await client.setTag(runId, 'mlflow.runName', 'eagle')
  await page.getByRole('link', { name: 'eagle' }).waitFor()
  await page.getByRole('status').getByText(trying).waitFor({ state: 'detached' })
  await client.setTag(runId, 'mlflow.runName', 'wren')
})

test('says in the title, too, what there is not', async () => {
  const { page, url } = app!
  await page.goto(`${url}/#/nowhere`)
  await page.getByRole('heading', { name: 'There is no such page' }).waitFor()
  expect(await page.title()).toBe('There is no such page · Millrace')
  expect(await accessibilityFaults(page)).toEqual([])
  await page.goto(`${url}/#/experiments/77`)
  await page.getByRole('alert').getByText('No Experiment with id=77 exists').waitFor()
  expect(await page.title()).toBe('That did not work · Experiments · Millrace')
  await page.goto(`${url}/#/models/nobody`)
  await page.getByText('Registered Model with name=nobody not found').waitFor()
  expect(await page.title()).toBe('That did not work · Models · Millrace')
  expect(await accessibilityFaults(page)).toEqual([])
  await page.getByRole('link', { name: 'Models' }).click()
  await page.getByRole('link', { name: 'penguins' }).click()
  await page.getByRole('heading', { name: 'penguins' }).waitFor()
  expect(await page.title()).toBe('penguins · Models · Millrace')
})

test('says that the server is unwell, and shows the page once it is well', async () => {
  const { page, url } = app!
  await page.route('**/registered-models/search*', async (route) => await route.fulfill({ status: 500, body: 'oops' }))
  await page.goto(`${url}/#/models`)
  await page.getByText('The server answered with status 500. Its log says why.').waitFor()
  await page.unrouteAll()
  await page.getByRole('link', { name: 'penguins' }).waitFor()
})

test('comes back although it was never told whether the server is well', async () => {
  const { page, url } = app!
  const experimentId = await client.createExperiment('without runs')
  let isWell = false
  await page.route('**/experiments/get?*', async (route) => {
    await (isWell ? route.continue() : route.fulfill({ status: 500, body: 'oops' }))
  })
  await page.route('**/health', async (route) => {
    if (isWell) return await route.continue()
    isWell = true
  })
  await page.goto(`${url}/#/experiments/${experimentId}`)
  await page.getByText('The server answered with status 500. Its log says why.').waitFor()
  await page.getByRole('heading', { name: 'without runs' }).waitFor()
})

test('loads itself anew where the server has another build of it', async () => {
  const { page, url } = app!
  await page.goto(`${url}/#/experiments`)
  await page.getByRole('link', { name: 'birds' }).waitFor()
  await page.route('**/assets/flows-page*', async (route) => await route.fulfill({ status: 404 }))
  await page.getByRole('link', { name: 'Flows' }).click()
  await page.getByText('A part of the app cannot be loaded').waitFor()
  await page.unrouteAll()
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('heading', { name: 'Flows' }).waitFor()
})

test('never lets a late answer take the place of a newer one', async () => {
  const { page } = app!
  await page.goto(`${runs}?filter=${encodeURIComponent("params.lr = '0.1'")}`)
  await page.getByRole('link', { name: 'auk' }).waitFor()
  const late = Promise.withResolvers<undefined>()
  await page.route('**/runs/search', async (route) => {
    if (route.request().postData()?.includes('0.2') === true) await late.promise
    await route.continue().catch(() => undefined)
  })
  const filter = page.getByRole('combobox', { name: 'Filter' })
  await filter.fill("params.lr = '0.2'")
  await Promise.all([page.waitForRequest('**/runs/search'), filter.press('Enter')])
  await filter.fill("params.lr LIKE '%.1'")
  await Promise.all([page.waitForResponse('**/runs/search'), filter.press('Enter')])
  late.resolve(undefined)
  await page.getByText('1 run', { exact: true }).waitFor()
  // Whatever the late answer would do, it has done before the page draws again.
  await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))')
  expect(await page.getByRole('link', { name: 'auk' }).count()).toBe(1)
  expect(await page.getByRole('link', { name: 'wren' }).count()).toBe(0)
})

/** Chromium's measure of how far the content of the page was moved about: the sum of the shares of the page that moved. */
const addUpShifts = `window.shifts = 0
  new PerformanceObserver((list) => { for (const { value } of list.getEntries()) window.shifts += value })
    .observe({ type: 'layout-shift', buffered: true })`

test('moves nothing when slow answers come in', async () => {
  const { page, url } = app!
  await page.route('**/ajax-api/**', async (route) => {
    await setTimeout(300)
    await route.continue()
  })
  await page.addInitScript(addUpShifts)
  for (const [address, shown] of [
    [`${url}/#/experiments`, page.getByRole('link', { name: 'birds' })],
    [runs, page.getByRole('link', { name: 'wren' })],
    [`${runs}/runs/${runId}`, page.getByRole('cell', { name: 'lr' })],
    [`${url}/#/models`, page.getByRole('link', { name: 'penguins' })],
  ] as const) {
    await page.goto('about:blank')
    await page.goto(address)
    await shown.waitFor()
    expect(await page.evaluate<number>('window.shifts'), address).toBeLessThan(0.02)
  }
})

test('works on a machine that has no network', async () => {
  const { page, url } = app!
  await page.goto(`${url}/#/experiments`)
  await page.evaluate("window.dispatchEvent(new Event('offline'))")
  await page.getByRole('link', { name: 'birds' }).click()
  await page.getByRole('link', { name: 'wren' }).waitFor()
})

test('never complains of anything else', () => {
  const expected = /status of (404|500)|ERR_CONNECTION_REFUSED|ERR_FAILED/
  expect(app!.complaints.filter((text) => !expected.test(text))).toEqual([])
})
