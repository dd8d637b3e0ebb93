/**
 * `npm run screenshots`: takes the pictures of the web app that the docs show, in light and in dark colours, of penguins
 * trained for them, and of a part of Fashion-MNIST where that is (MILLRACE_DATASETS names the folder of data sets).
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { columnFrom, kFold } from 'millrace/data'
import { runFlow } from 'millrace/flow'
import { createReport, trackCheck } from 'millrace/monitor'
import { createModelServer, listen } from 'millrace/serve'
import { openTracking, type TrackingClient, trainAndRegister } from 'millrace/tracking'
import { flowEndpoints, ModelServers, servingEndpoints } from '../../src/app/index.ts'
import { freePort } from '../free-port.ts'
import { penguinsModel, readPenguins } from '../penguins.ts'
import { penguin } from '../served-penguins.ts'
import { sharedDataset } from '../shared-datasets.ts'
import { takeFashion } from './fashion-screenshots.ts'
import { type Shot, take } from './picture.ts'
import { openApp } from './web-app.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const experiment = 'penguins'

const folder = await mkdtemp(join(tmpdir(), 'millrace-screenshots-'))
async function takeAll(): Promise<void> {
  // Flows show the path of their data as they were given it.
  process.chdir(root)
  const flows = join(folder, 'flows')
  const port = await freePort()
  await using servers = new ModelServers([`http://127.0.0.1:${port}`], { intervalMs: 250 })
  const endpoints = [...flowEndpoints({ root: flows }), ...servingEndpoints(servers)]
  await using app = await openApp(join(folder, 'mlflow.db'), { endpoints })
  if (app === undefined)
    throw new Error('No browser is here. MILLRACE_BROWSER names the program of a Chrome or Chromium.')
  await using client = await openTracking({ trackingUri: app.url })
  const runIds = await train(client)
  const { runId } = await runFlow(new URL('../../systems/penguins/flows/training.ts', import.meta.url), {
    root: flows,
    parameters: { mlflowTrackingUri: app.url, dataset: 'systems/penguins/data/penguins.csv' },
  })
  await check(client)
  await using served = await serve(app.url, port)
  const experimentId = (await client.getExperimentByName(experiment))!.experimentId
  const shots = [...shotsOfServing(port), ...shotsOf(experimentId, runIds, runId)]
  const names = { [`127.0.0.1:${served.port}`]: '127.0.0.1:8080', [new URL(app.url).host]: '127.0.0.1:5000' }
  for (const shot of shots) await take(app, shot, names)
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

/** Checks of penguins that grow heavier by the week, and are known less well. */
async function check(client: TrackingClient): Promise<void> {
  const penguins = await readPenguins()
  const species = penguins.strings('species')
  const rows = penguins.withColumn('prediction', penguins.column('species'))
  const columns = ['body_mass_g', 'sex']
  for (const week of [1, 2, 3, 4, 5, 6]) {
    const masses = rows.numbers('body_mass_g').map((mass) => mass + 40 * week ** 1.5)
    const predictions = species.map((one, i) => (i % 40 < week ? 'Chinstrap' : one))
    const weekly = rows
      .withColumn('body_mass_g', columnFrom('double', [...masses]))
      .withColumn('prediction', columnFrom('string', predictions))
    const report = createReport(weekly, { reference: rows, columns, target: 'species', prediction: 'prediction' })
    await trackCheck(client, report, { model: 'penguins/3', data: `week ${week}`, reference: 'train.csv' })
  }
}

/** Serves the champion, beside it a version that some get, and asks both for a while. */
async function serve(trackingUri: string, port: number): Promise<AsyncDisposable & { readonly port: number }> {
  const models = [
    { uri: 'models:/penguins@champion' },
    { uri: 'models:/penguins/2', role: 'canary', weight: 0.2 },
  ] as const
  const server = await listen(await createModelServer({ trackingUri, models }), { port })
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify(penguin)
  for (let round = 0; round < 60; round++) {
    const asked = 4 + Math.round(3 * Math.sin(round / 6))
    await Promise.all(
      Array.from(
        { length: asked },
        async () => await fetch(`${server.url}/predict`, { method: 'POST', headers, body }),
      ),
    )
    await pause(100)
  }
  return { port, [Symbol.asyncDispose]: async () => await server.close() }
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

function shotsOfServing(port: number): readonly Shot[] {
  return [
    { name: 'serving', address: '/serving', shown: async (page) => await page.locator('canvas').nth(3).waitFor() },
    {
      name: 'playground',
      address: `/serving/127-0-0-1-${port}`,
      shown: async (page) => {
        await page.getByRole('button', { name: 'Predict' }).click()
        await page
          .getByText(/^Version \d|\d %$/)
          .first()
          .waitFor()
      },
    },
    { name: 'monitoring', address: '/monitoring', shown: text('week 6') },
  ]
}

try {
  await takeAll()
  const fashion = sharedDataset('fashion-mnist')
  if (fashion !== undefined) await takeFashion(folder, fashion)
  else process.stdout.write('Fashion-MNIST is not here: its pictures stay as they were.\n')
} finally {
  await rm(folder, { recursive: true, force: true })
}
