/**
 * `npm run screenshots`: takes the pictures of the web app that the docs show, in light and in dark colours, of penguins
 * trained for them.
 */
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { kFold } from 'millrace/data'
import { runFlow } from 'millrace/flow'
import { openTracking, type TrackingClient, trainAndRegister } from 'millrace/tracking'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { flowEndpoints } from '../../src/app/index.ts'
import { penguinsModel, readPenguins } from '../penguins.ts'
import { openApp, type OpenApp } from './web-app.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const images = join(root, 'docs/images')
const experiment = 'penguins'

/** A page with what has to be seen on it before its picture is taken. */
interface Shot {
  readonly name: string
  readonly address: string
  readonly shown: (page: Page) => Promise<unknown>
}

const folder = await mkdtemp(join(tmpdir(), 'millrace-screenshots-'))
async function takeAll(): Promise<void> {
  // Flows show the path of their data as they were given it.
  process.chdir(root)
  const flows = join(folder, 'flows')
  await using app = await openApp(join(folder, 'mlflow.db'), { endpoints: flowEndpoints({ root: flows }) })
  if (app === undefined)
    throw new Error('No browser is here. MILLRACE_BROWSER names the program of a Chrome or Chromium.')
  await using client = await openTracking({ trackingUri: app.url })
  const runIds = await train(client)
  const { runId } = await runFlow(new URL('../../systems/penguins/flows/training.ts', import.meta.url), {
    root: flows,
    parameters: { mlflowTrackingUri: app.url, dataset: 'systems/penguins/data/penguins.csv' },
  })
  await mkdir(images, { recursive: true })
  const experimentId = (await client.getExperimentByName(experiment))!.experimentId
  for (const shot of shotsOf(experimentId, runIds, runId)) await take(app, shot)
}

/** Trainings that differ, three of them registered, the last of these the champion. */
async function train(client: TrackingClient): Promise<readonly string[]> {
  const table = await readPenguins()
  const runIds: string[] = []
  for (const [place, learningRate] of [0.002, 0.005, 0.01, 0.02].entries()) {
    for (const hidden of [[4], [10, 8], [32, 16]]) {
      const isRegistered = place > 0 && hidden.length === 2 && hidden[0] === 10
      const { runId } = await trainAndRegister(client, {
        experiment,
        runName: `rate ${learningRate}, ${hidden.join(' and ')} units`,
        model: penguinsModel({ epochs: 30, learningRate, hidden }),
        table,
        target: 'species',
        folds: kFold(table.rowCount, 3, { seed: 1 }),
        gate: { metric: 'accuracy', comparison: '>=', threshold: 0.9 },
        ...(isRegistered && { register: { name: 'penguins' } }),
      })
      await client.setTag(runId, 'mlflow.source.name', 'train.ts')
      runIds.push(runId)
    }
  }
  await client.setRegisteredModelAlias('penguins', 'champion', 1, { reason: 'the first' })
  await client.setRegisteredModelAlias('penguins', 'champion', 3, { reason: 'better on chinstraps' })
  return runIds
}

const canvas: Shot['shown'] = async (page) => await page.locator('canvas').first().waitFor()

function text(shown: string): Shot['shown'] {
  return async (page) => await page.getByText(shown).first().waitFor()
}

function shotsOf(experimentId: string, runIds: readonly string[], flowRun: string): readonly Shot[] {
  const runs = `/experiments/${experimentId}`
  const compared = encodeURIComponent(JSON.stringify(runIds))
  const axes = ['params.model_learningRate', 'params.model_hidden', 'metrics.training_loss', 'metrics.test_accuracy']
  return [
    { name: 'runs', address: runs, shown: text('rate 0.002, 4 units') },
    { name: 'run', address: `${runs}/runs/${runIds[0]!}?tab=charts`, shown: canvas },
    {
      name: 'compare',
      address: `/compare-runs?runs=${compared}&tab=parallel&axes=${encodeURIComponent(JSON.stringify(axes))}`,
      shown: canvas,
    },
    { name: 'model', address: '/models/penguins', shown: text('Compared with version 3') },
    { name: 'version', address: '/models/penguins/versions/2', shown: text('flipper_length_mm') },
    { name: 'flow', address: `/flows/training/${flowRun}`, shown: text('Completed: 5') },
  ]
}

async function take({ page, url }: OpenApp, { name, address, shown }: Shot): Promise<void> {
  await page.goto(`${url}/#${address}`)
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`).waitFor()
    await shown(page)
    await page.evaluate(nameless, { [userInfo().username]: 'ada', [root]: '' })
    const file = join(images, `${name}-${colorScheme}.png`)
    await sharp(await page.screenshot())
      .png({ palette: true, quality: 90, effort: 10 })
      .toFile(file)
    process.stdout.write(`${name}-${colorScheme}.png ${Math.round((await stat(file)).size / 1000)} kB\n`)
  }
}

/** Run in the page: puts other texts in the place of those that tell of this machine. */
const nameless = `(names) => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    for (const [name, other] of Object.entries(names)) {
      if (text.data === name || name.includes('/')) text.data = text.data.replaceAll(name, other)
    }
  }
}`

try {
  await takeAll()
} finally {
  await rm(folder, { recursive: true, force: true })
}
