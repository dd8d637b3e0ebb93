/** The pages of serving, as somebody uses them: real models, served on ports of their own. */
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ModelServers, servingEndpoints } from '../../src/app/index.ts'
import { createModelServer, listen, type Listening } from '../../src/serve/index.ts'
import { registerModel, withRun } from '../../src/tracking/index.ts'
import { penguin, type PenguinRegistry, penguinRegistry } from '../served-penguins.ts'
import { stripeClassifier, stripeImage, stripes, stripeTraining } from '../stripes.ts'
import { accessibilityFaults } from './accessibility.ts'
import { openApp, type OpenApp } from './web-app.ts'

let registry: PenguinRegistry
let penguins: Listening
let images: Listening
let servers: ModelServers
let app: OpenApp | undefined

beforeAll(async () => {
  registry = await penguinRegistry()
  await registry.register({ epochs: 20 })
  await registry.register({ epochs: 30 })
  const { client, trackingUri } = registry
  const run = await withRun(client, {}, async ({ runId }) => {
    const { model } = await stripeClassifier.create({ training: stripeTraining }).train(stripes(100))
    await model[Symbol.asyncDispose]()
    return runId
  })
  await registerModel(client, 'stripes', { runId: run })
  const models = [
    { uri: 'models:/penguins/1' },
    { uri: 'models:/penguins/2', role: 'canary', weight: 0.5 },
    { uri: 'models:/penguins/2', role: 'shadow' },
  ] as const
  penguins = await listen(await createModelServer({ trackingUri, models }), { port: 0 })
  images = await listen(await createModelServer({ trackingUri, models: [{ uri: 'models:/stripes/1' }] }), { port: 0 })
  for (let i = 0; i < 8; i++) await ask()
  servers = new ModelServers([penguins.url, images.url, 'http://127.0.0.1:1'], { intervalMs: 100, lookTimeoutMs: 9000 })
  app = await openApp(trackingUri, { endpoints: servingEndpoints(servers) })
}, 60_000)

afterAll(async () => {
  await app?.[Symbol.asyncDispose]()
  await servers[Symbol.asyncDispose]()
  await Promise.all([penguins.close(), images.close()])
  await registry[Symbol.asyncDispose]()
})

async function ask(): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  await fetch(`${penguins.url}/predict`, { method: 'POST', headers, body: JSON.stringify(penguin) })
}

function idOf({ url }: Listening): string {
  return url.slice('http://'.length).replaceAll(/[.:]/g, '-')
}

test('shows what is served where, who answers, and what is away and why', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page, url, complaints } = app
  await page.goto(`${url}/`)
  await page.getByRole('link', { name: 'Serving' }).click()
  const card = page.getByRole('region', { name: /^penguins at/ })
  await card.getByRole('link', { name: 'penguins 1' }).waitFor()
  expect(await card.getByRole('row').allTextContents()).toEqual([
    expect.stringContaining('Version'),
    expect.stringMatching(/^penguins 1models:\/penguins\/1answers50 %\d/),
    expect.stringMatching(/^penguins 2models:\/penguins\/2canary50 %\d/),
    expect.stringMatching(/^penguins 2models:\/penguins\/2shadow\d+(\.\d)? %$/),
  ])
  await card.getByRole('img', { name: /^Latency in ms: p50, \d+ points/ }).waitFor()
  await page.getByRole('region', { name: '127.0.0.1:1', exact: true }).getByText('Start it: millrace serve').waitFor()
  expect(await accessibilityFaults(page)).toEqual([])
  await card.getByRole('link', { name: 'penguins 1' }).click()
  await page.getByRole('heading', { level: 1, name: 'Version 1' }).waitFor()
  expect(complaints).toEqual([])
}, 30_000)

test('scores a row by a form, by the server and in the browser', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page, url, complaints } = app
  await page.goto(`${url}/#/serving`)
  await page.getByRole('link', { name: `Try it: ${penguins.url}` }).click()
  await page.getByRole('heading', { level: 1, name: 'Try penguins 1' }).waitFor()
  await page.getByLabel('Run the model in this browser too').check()
  const field = (name: string) => page.locator('form').locator('input').and(page.getByLabel(name))
  for (const [name, value] of Object.entries(penguin)) await field(name).fill(String(value))
  await field('sex').fill('')
  await field('body_mass_g').press('Enter')
  await page.getByText(/^Answered by penguins [12] in \d+ ms$/).waitFor()
  const answers = page.locator('output')
  await page.getByText('Both give the same answer.').waitFor()
  const [served, here] = await answers.allTextContents()
  expect(here).toBe(served)
  const [, difference] = /The largest difference is ([\d.e-]+)\./.exec(
    (await page.getByText('The largest difference is').textContent())!,
  )!
  expect(Number(difference)).toBeLessThan(1e-5)
  expect(await page.getByRole('list', { name: 'Probability of each class' }).count()).toBe(2)
  expect(await accessibilityFaults(page)).toEqual([])
  expect(complaints).toEqual([])

  await field('body_mass_g').fill('heavy')
  await page.getByRole('button', { name: 'Predict' }).click()
  await page.getByText('Expected a number, found the text "heavy".', { exact: true }).waitFor()
  await page.reload()
  await expect.poll(() => field('body_mass_g').inputValue()).toBe('heavy')
}, 60_000)

test('scores an image that is chosen and one that is drawn', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page, url } = app
  await page.goto(`${url}/#/serving/${idOf(images)}?here=true`)
  const buffer = await sharp(stripeImage(1, 3), { raw: { width: 8, height: 8, channels: 1 } })
    .png()
    .toBuffer()
  await page.locator('input[type=file]').setInputFiles({ name: 'lying.png', mimeType: 'image/png', buffer })
  await page.getByText('Both give the same answer.').waitFor()
  expect(await page.locator('output').allTextContents()).toEqual(['lies', 'lies'])
  const text = await page.getByText('The largest difference is').textContent()
  expect(Number(/is ([\d.e-]+)\./.exec(text!)![1])).toBeLessThan(1e-5)
  expect(await accessibilityFaults(page)).toEqual([])

  await page.getByRole('tab', { name: 'Draw one' }).click()
  const pad = (await page.getByRole('img', { name: 'Draw with the mouse or a finger.' }).boundingBox())!
  await page.mouse.move(pad.x + 98, pad.y + 8)
  await page.mouse.down()
  await page.mouse.move(pad.x + 98, pad.y + 216, { steps: 8 })
  await page.mouse.up()
  await page.locator('output').getByText('stands').first().waitFor()
  expect(await accessibilityFaults(page)).toEqual([])
}, 60_000)

test('never lets a late answer take the place of a newer one', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page, url } = app
  await page.goto(`${url}/#/serving/${idOf(images)}`)
  const choose = async (column: 0 | 1): Promise<void> => {
    const raw = { width: 8, height: 8, channels: 1 } as const
    const buffer = await sharp(stripeImage(column, 3), { raw }).png().toBuffer()
    await page.locator('input[type=file]').setInputFiles({ name: `${column}.png`, mimeType: 'image/png', buffer })
  }
  const late = Promise.withResolvers<undefined>()
  let count = 0
  await page.route('**/predict', async (route) => {
    if (count++ === 0) await late.promise
    await route.continue()
  })
  await Promise.all([page.waitForRequest('**/predict'), choose(1)])
  await choose(0)
  await page.locator('output').getByText('stands').waitFor()
  const answered = page.waitForResponse('**/predict')
  late.resolve(undefined)
  await answered
  // Whatever the late answer would do, it has done before the page draws again.
  await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))')
  expect(await page.locator('output').allTextContents()).toEqual(['stands'])
  await page.unrouteAll()
})

test('says what to do where nothing is known or nothing answers', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page, url } = app
  await page.goto(`${url}/#/serving/127-0-0-1-1`)
  await page.getByText('It has not answered yet').waitFor()
  await page.goto(`${url}/#/serving/elsewhere`)
  await page.getByText('There is no model server "elsewhere" here.').waitFor()
  await using without = (await openApp(registry.trackingUri, { endpoints: servingEndpoints(new ModelServers([])) }))!
  await without.page.goto(`${without.url}/#/serving`)
  await without.page.getByText('npx millrace server --serving http://127.0.0.1:8080').waitFor()
  expect(await accessibilityFaults(without.page)).toEqual([])
}, 30_000)

test('finds a model server by its model in the palette', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page, url } = app
  await page.goto(`${url}/#/serving`)
  await page.keyboard.press('Control+k')
  await page.getByRole('searchbox').or(page.getByPlaceholder('Search pages')).first().fill('stripes at')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'Try stripes 1' }).waitFor()
})
