/** Runs and artifacts that are too large, too odd or hostile: the app shows what it can, and nothing of theirs runs. */
import { readFile, truncate, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { flowEndpoints } from '../../src/app/index.ts'
import { flow, runFlow } from '../../src/flow/index.ts'
import { forAccess, jsonEndpoint } from '../../src/tracking/server/index.ts'
import { openTracking, type TrackingClient } from '../../src/tracking/index.ts'
import { temporaryFlowFolder } from '../flow/temporary.ts'
import { openApp, type OpenApp } from './web-app.ts'

const many = 10_000
const gibibyte = 2 ** 30
const hostileName = `<img src=x onerror="document.title='harmed'"> 🐧 مرحبا`
const long = 'x'.repeat(5000)

const folder = await temporaryFlowFolder()
let client: TrackingClient
let app: OpenApp | undefined
let experimentId: string
let large: string
let odd: string
let hostile: string
let flowRun: string

/** Another server of this machine, which nothing of the app may ever ask for anything. */
let elsewhere: Server
/** How often that one was asked, or the app's own in the name of who looks. */
let connections = 0

beforeAll(async () => {
  elsewhere = createServer((_, response) => response.end()).on('connection', () => connections++)
  await new Promise<void>((listens) => elsewhere.listen(0, '127.0.0.1', listens))
  const trackingUri = join(folder, 'mlflow.db')
  client = await openTracking({ trackingUri })
  experimentId = await client.createExperiment('birds')
  large = await largeRun()
  odd = await oddRun()
  hostile = await hostileRun()
  flowRun = await hostileFlow()
  const harmed = jsonEndpoint(
    'GET',
    '/api/2.0/harm',
    {},
    async () => await Promise.resolve({ connections: connections++ }),
  )
  const endpoints = [...flowEndpoints({ root: join(folder, 'flows') }), ...forAccess('any user', [harmed])]
  app = await openApp(trackingUri, { endpoints })
}, 90_000)

afterAll(async () => {
  await app?.[Symbol.asyncDispose]()
  await client[Symbol.asyncDispose]()
  elsewhere.close()
})

/** Each test begins with a page that was never told to run anything. */
beforeEach(async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  await app.page.goto('about:blank')
})

async function run(name: string, batches: readonly Parameters<TrackingClient['logBatch']>[1][]): Promise<string> {
  const { info } = await client.createRun(experimentId, { runName: name })
  for (const batch of batches) await client.logBatch(info.runId, batch)
  await client.setTerminated(info.runId)
  return info.runId
}

async function largeRun(): Promise<string> {
  const names = Array.from({ length: many }, (_, i) => `value ${i}`)
  const hundreds = Array.from({ length: many / 100 }, (_, i) => names.slice(100 * i, 100 * (i + 1)))
  return await run(
    'large',
    hundreds.map((keys) => ({
      metrics: keys.map((key) => ({ key, value: 0.5, timestamp: 1, step: 0 })),
      params: keys.map((key) => ({ key, value: 'v' })),
      tags: keys.map((key) => ({ key, value: 'v' })),
    })),
  )
}

async function oddRun(): Promise<string> {
  const metrics = { constructor: 1, loss: Number.NaN, up: Infinity, down: -Infinity }
  return await run(hostileName, [
    {
      metrics: Object.entries(metrics).map(([key, value]) => ({ key, value, timestamp: 1, step: 0 })),
      params: [
        { key: 'toString', value: long },
        { key: 'name', value: hostileName },
      ],
      tags: [{ key: 'toString', value: long }],
    },
  ])
}

/** What a page can try to reach `elsewhere` by, and to run. */
function harm(): string {
  const other = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`
  const script = `top.document.title = 'harmed'; fetch('${other}/script')`
  return `<script>${script}</script><img src="x" onerror="${script}"><img src="${other}/image"><svg onload="${script}"/>
    <link rel="stylesheet" href="${other}/style"><link rel="preconnect" href="${other}"><link rel="prefetch" href="${other}/next">
    <meta http-equiv="refresh" content="0; url=${other}/refresh"><iframe src="${other}/frame"></iframe>
    <object data="${other}/object"></object><video src="${other}/video"></video><form action="${other}/form"></form>
    <style>@import '${other}/import'; body { background: url(${other}/background) }</style>
    <img src="/api/2.0/harm"><a href="javascript:${script}">press</a>`
}

async function hostileRun(): Promise<string> {
  const id = await run('hostile', [{ tags: [{ key: 'mlflow.note.content', value: markdown() }] }])
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9">
    <foreignObject>${harm().replaceAll(/<(img|link|meta)([^>]*)>/g, '<$1$2/>')}</foreignObject>
    <image xlink:href="http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/image"/></svg>`
  const files = {
    'report.html': `<!doctype html><h1>A report</h1>${harm()}`,
    'picture.svg': svg,
    'notes.md': markdown(),
    'wide.csv': `${Array.from({ length: 5000 }, (_, i) => `column ${i}`).join(',')}\n${'1,'.repeat(4999)}1\n`,
    'huge.csv': 'a,b\n',
    'huge.png': '',
    'huge.bin': '',
  }
  for (const [path, text] of Object.entries(files)) await client.logText(id, text, path)
  for (const name of ['huge.csv', 'huge.png', 'huge.bin']) {
    await truncate(join(folder, 'mlartifacts', experimentId, id, 'artifacts', name), 2 * gibibyte)
  }
  return id
}

function markdown(): string {
  return `# Read me\n\n${harm()}\n\n![](http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/image)\n\n[press](javascript:alert(1))`
}

/** A flow whose card somebody wrote anew. */
async function hostileFlow(): Promise<string> {
  const chain = flow('hostile').step('load', { card: true }, () => ({ name: hostileName }))
  const { runId } = await runFlow(chain, { root: join(folder, 'flows') })
  const card = join(folder, 'flows', 'hostile', runId, 'load/0/0.card.html')
  expect(await readFile(card, 'utf8')).toContain('<html')
  await writeFile(card, `<h1>A card</h1>${harm()}`)
  return runId
}

/** The page is as it was, and nobody else was asked for anything. */
async function nothingRan(): Promise<void> {
  // What the content asked for when it was drawn was asked before this.
  await app!.page.evaluate("new Promise((drawn) => requestAnimationFrame(() => fetch('./health').then(drawn)))")
  expect(await app!.page.title()).toMatch(/ · Millrace$/)
  expect(connections).toBe(0)
}

function address(runId: string, search = ''): string {
  return `${app!.url}/#/experiments/${experimentId}/runs/${runId}${search}`
}

test('shows a run with ten thousand metrics, parameters and tags', async () => {
  const { page } = app!
  await page.goto(address(large))
  const metrics = page.getByRole('region', { name: 'Metrics' })
  await metrics.getByRole('cell', { name: 'value 0', exact: true }).waitFor()
  await page.getByRole('textbox', { name: 'Find: Metrics' }).fill('value 9999')
  await metrics.getByRole('cell', { name: 'value 9999' }).waitFor()
  await page.getByRole('button', { name: 'Show 9,950 more' }).waitFor()
  expect(await page.locator('*').count()).toBeLessThan(2000)
  await page.getByRole('tab', { name: 'Metrics' }).click()
  await page.getByRole('button', { name: 'Show 9,976 more' }).waitFor()
  expect(await page.locator('*').count()).toBeLessThan(2000)
})

test('finds one of its columns, and compares it', async () => {
  const { page, url } = app!
  await page.goto(`${url}/#/experiments/${experimentId}`)
  await page.getByRole('button', { name: 'Columns' }).click()
  await page
    .getByText(/: type to find them$/)
    .first()
    .waitFor()
  expect(await page.getByRole('checkbox').count()).toBeLessThan(500)
  await page.getByRole('textbox', { name: 'Find a column' }).fill('value 9999')
  await page.getByRole('checkbox', { name: 'Show value 9999' }).first().check()
  await page.keyboard.press('Escape')
  await page.getByRole('columnheader', { name: 'value 9999' }).waitFor()
  await page.goto(`${url}/#/compare-runs?runs=${encodeURIComponent(JSON.stringify([large, odd]))}&tab=differences`)
  await page.getByRole('region', { name: 'Metrics' }).getByRole('cell', { name: 'constructor' }).waitFor()
  expect(await page.locator('*').count()).toBeLessThan(2000)
})

test('shows odd names and values as they are, in table, charts, comparison and CSV', async () => {
  const { page, url } = app!
  const columns = [
    'metrics.loss',
    'metrics.up',
    'metrics.down',
    'metrics.constructor',
    'params.toString',
    'tags.toString',
  ]
  await page.goto(`${url}/#/experiments/${experimentId}?columns=${encodeURIComponent(JSON.stringify(columns))}`)
  const row = page.getByRole('row', { name: hostileName })
  await row.getByRole('cell', { name: '-Infinity' }).waitFor()
  expect((await row.textContent())!.replace(/x{200}/g, 'xx')).toBe(`${hostileName}NaNInfinity-Infinity1xxxx`)
  await page.getByRole('checkbox', { name: `Select ${hostileName}` }).check()
  await page.getByRole('checkbox', { name: 'Select large' }).check()
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByText('Export CSV').click()])
  const csv = await readFile(await download.path(), 'utf8')
  expect(csv).toContain(`,NaN,Infinity,-Infinity,1,${long},${long}`)
  expect(csv).toMatch(/large,FINISHED,,,,,,\r\n/)

  await page.goto(address(odd, '?tab=charts'))
  for (const value of ['NaN', 'Infinity', '-Infinity']) await page.getByText(value, { exact: true }).waitFor()
  await page.goto(`${url}/#/compare-runs?runs=${encodeURIComponent(JSON.stringify([odd, large]))}&tab=differences`)
  await page.getByRole('region', { name: 'Metrics' }).getByRole('cell', { name: '-Infinity' }).waitFor()
  await nothingRan()
})

test('does not load an artifact of two gigabytes, and saves it as a stream', async () => {
  const { page } = app!
  const asked: string[] = []
  page.on('request', (request) => {
    if (request.url().includes('get-artifact')) asked.push(request.url())
  })
  for (const name of ['huge.csv', 'huge.png']) {
    await page.goto(address(hostile, `?tab=artifacts&artifact=${name}`))
    await page.getByRole('heading', { name: /^With 2\.1 GB it is too large to show here/ }).waitFor()
  }
  await page.goto(address(hostile, '?tab=artifacts&artifact=huge.bin'))
  await page.getByText('There is no view for this kind of file').waitFor()
  expect(asked).toEqual([])
  const before = process.memoryUsage().rss
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByText('Save', { exact: true }).click()])
  expect(download.suggestedFilename()).toBe('huge.bin')
  await download.cancel()
  expect(process.memoryUsage().rss - before).toBeLessThan(gibibyte / 4)
})

test('reads of a table only what can be looked at', async () => {
  const { page } = app!
  await page.goto(address(hostile, '?tab=artifacts&artifact=wide.csv'))
  await page.getByText('1 rows, 5000 columns · the first 200 are shown').waitFor()
  expect(await page.locator('*').count()).toBeLessThan(2000)
})

test('runs nothing of pages, pictures, notes and cards, and lets them ask nobody', async () => {
  const { page, url } = app!
  await page.goto(address(hostile, '?tab=artifacts&artifact=report.html'))
  await page.frameLocator('iframe').getByRole('heading', { name: 'A report' }).waitFor()
  await nothingRan()
  await page.goto(address(hostile, '?tab=artifacts&artifact=picture.svg'))
  const picture = page.getByRole('img', { name: 'picture.svg' })
  await picture.waitFor()
  // It is there before it is loaded.
  const width = async (): Promise<number> =>
    await picture.evaluate((image: unknown) => (image as { naturalWidth: number }).naturalWidth)
  await expect.poll(width).toBe(9)
  await nothingRan()
  for (const notes of [address(hostile), address(hostile, '?tab=artifacts&artifact=notes.md')]) {
    await page.goto(notes)
    await page.getByRole('heading', { name: 'Read me' }).waitFor()
    expect(await page.getByText('press', { exact: true }).first().getAttribute('href')).not.toContain('javascript')
    await nothingRan()
  }
  await page.goto(`${url}/#/compare-runs?runs=${encodeURIComponent(JSON.stringify([hostile, odd]))}&tab=images`)
  await page.getByRole('img', { name: 'picture.svg of hostile' }).waitFor()
  await nothingRan()
  await page.goto(`${url}/#/flows/hostile/${flowRun}?step=load&task=%220%22&tab=card`)
  await page.frameLocator('iframe').getByRole('heading', { name: 'A card' }).waitFor()
  await nothingRan()
})

test('has artifacts opened by their address saved, not shown', async () => {
  const { page, url } = app!
  for (const name of ['report.html', 'picture.svg']) {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.goto(`${url}/get-artifact?run_id=${hostile}&path=${name}`).catch(() => undefined),
    ])
    expect(download.suggestedFilename()).toBe(name)
  }
  expect(connections).toBe(0)
})

test('complains of what it keeps hostile content from, and of nothing else', () => {
  const expected = /Blocked script execution|Content Security Policy|Refused to|net::ERR_BLOCKED|status of 404/
  expect(app!.complaints.filter((text) => !expected.test(text))).toEqual([])
})
