/** The pages of flows, as somebody uses them: runs of a real program, started from the page. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { flowEndpoints, FlowPrograms } from '../../src/app/index.ts'
import { flow, runFlow } from '../../src/flow/index.ts'
import { openTracking, withRun } from '../../src/tracking/index.ts'
import { temporaryFlowFolder } from '../flow/temporary.ts'
import { accessibilityFaults } from './accessibility.ts'
import { openApp, type OpenApp } from './web-app.ts'

const harm = `<img src=x onerror="document.title='harmed'"> 🐧 مرحبا`
const folder = await temporaryFlowFolder()
const root = join(folder, 'runs')
const trackingUri = join(folder, 'mlflow.db')
const programs = new FlowPrograms(fileURLToPath(new URL('../app/programs', import.meta.url)), { root })

let app: OpenApp | undefined
let hostile: string

beforeAll(async () => {
  const chain = flow('hostile').step('load', () => ({ name: harm }))
  hostile = (await runFlow(chain, { root, tags: [harm] })).runId
  app = await openApp(trackingUri, { endpoints: flowEndpoints({ root, programs }) })
}, 60_000)

afterAll(async () => {
  await programs[Symbol.asyncDispose]()
  await app?.[Symbol.asyncDispose]()
})

test('starts a flow by a form, follows it, and looks into its tasks', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page, url } = app
  await page.goto(`${url}/#/flows`)
  await page.getByRole('button', { name: 'Start' }).click()
  await page.getByRole('menuitem', { name: 'deep/birds.ts' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('folds').fill('0')
  await dialog.getByLabel('folds').fill('3')
  await dialog.getByRole('button', { name: 'Start' }).click()
  await page.getByRole('heading', { level: 1, name: /^birds\/\d+$/ }).waitFor()
  await page.getByRole('button', { name: /^fit Completed: 3$/ }).click()
  await page.getByRole('button', { name: /^fit\/0 +Completed/ }).click()
  await page.getByText('Try 1').last().click()
  await page.getByText('Error: once').waitFor()
  expect(await accessibilityFaults(page)).toEqual([])

  await page.getByRole('button', { name: /^load Completed$/ }).click()
  await page.getByRole('log').getByText('loading ünïcode').waitFor()
  await page.getByRole('tab', { name: 'Artifacts' }).click()
  await page.getByRole('cell', { name: 'list of 2' }).waitFor()
  await page.getByRole('tab', { name: 'Card' }).click()
  await page.frameLocator('iframe').getByText('A card').waitFor()
  expect(await page.title()).toMatch(/^birds\/\d+ · Flows · Millrace$/)
}, 30_000)

test('says what is wrong with a parameter, and resumes a run that failed', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page, url } = app
  await page.goto(`${url}/#/flows?start=deep%2Fbirds.ts`)
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('options').fill('no JSON')
  await dialog.getByRole('button', { name: 'Start' }).click()
  await dialog.getByText('The parameter "options" is not valid').waitFor()
  await dialog.getByLabel('options').fill('{}')
  await dialog.getByLabel('fail').check()
  await dialog.getByRole('button', { name: 'Start' }).click()
  await page.getByRole('button', { name: 'Resume' }).click()
  await page.getByText(/^goes on from \d+$/).waitFor()
}, 30_000)

test('shows names as they are, whatever is in them', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page, url } = app
  await page.goto(`${url}/#/flows`)
  await page.getByRole('cell', { name: harm }).waitFor()
  expect(await accessibilityFaults(page)).toEqual([])
  await page.goto(`${url}/#/flows/hostile/${hostile}?step=load&task=%220%22&tab=artifacts`)
  await page.getByRole('cell', { name: 'name', exact: true }).waitFor()
  expect(await page.title()).toBe(`hostile/${hostile} · Flows · Millrace`)
})

test('shows with a run what the task that it came from printed', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page, url } = app
  const { flow, run_id: id } = await programs.start('deep/birds.ts', { parameters: {}, tags: [] })
  await using client = await openTracking({ trackingUri })
  const tags = { 'millrace.flow': `${flow}/${id}/load/0` }
  const { experimentId, runId } = await withRun(client, { tags }, async ({ info }) => await Promise.resolve(info))
  await page.goto(`${url}/#/experiments/${experimentId}/runs/${runId}?tab=logs`)
  await page.getByRole('log').getByText('loading ünïcode').waitFor()
  expect(await accessibilityFaults(page)).toEqual([])
  await page.getByRole('link', { name: 'To the task of the flow' }).click()
  await page.getByRole('heading', { level: 1, name: `${flow}/${id}` }).waitFor()
})

test('says when the server is away, and comes back with it', async ({ skip }) => {
  if (app === undefined) return skip('there is no browser here')
  const { page, url, withoutServer } = app
  await page.goto(`${url}/#/flows`)
  await page.getByRole('link', { name: `hostile/${hostile}` }).waitFor()
  await withoutServer(async () => {
    await page.goto(`${url}/#/flows?flow=hostile`)
    await page.getByText('The server cannot be reached').waitFor()
  })
  await page.getByText('The server cannot be reached').waitFor({ state: 'detached' })
  await page.getByRole('link', { name: `hostile/${hostile}` }).waitFor()
})
