/** What the flows do where there is nothing to be done, or something is missing. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteBackend } from 'millrace/backend'
import { Table } from 'millrace/data'
import { type Chain, type FinishedRun, openFlows, runFlow, type RunFlowOptions } from 'millrace/flow'
import { gateEvidence, openTracking } from 'millrace/tracking'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import deployment from './flows/deployment.ts'
import monitoring from './flows/monitoring.ts'
import retrain from './flows/retrain.ts'
import traffic from './flows/traffic.ts'
import training from './flows/training.ts'
import { featuresOf, readPenguins } from './model.ts'

const penguins = await readPenguins(new URL('data/penguins.csv', import.meta.url).pathname)

let folder: string
let trackingUri: string
let database: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-flows-'))
  trackingUri = join(folder, 'mlflow.db')
  database = join(folder, 'penguins.db')
  // JSON is YAML too. Nothing answers on port 9.
  const backend = {
    module: 'backend.Local',
    database: '${PENGUINS_DATABASE}',
    target: 'http://127.0.0.1:9/invocations',
  }
  await writeFile(join(folder, 'config.yml'), JSON.stringify({ mlflow_tracking_uri: trackingUri, backend }))
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

const options = (parameters: Readonly<Record<string, unknown>>): RunFlowOptions => ({
  root: join(folder, 'flows'),
  configFile: join(folder, 'config.yml'),
  environment: { PENGUINS_DATABASE: database },
  parameters,
})

async function run<R>(
  flow: Chain<R, string>,
  parameters: Readonly<Record<string, unknown>> = {},
): Promise<FinishedRun<R>> {
  return await runFlow(flow, options(parameters))
}

/** Runs a flow in processes of its own and gives what its steps printed. */
async function printedBy(name: string, parameters: Readonly<Record<string, unknown>>): Promise<string> {
  let printed = ''
  await runFlow(new URL(`flows/${name}.ts`, import.meta.url), {
    ...options(parameters),
    onEvent: (event) => {
      if (event.kind === 'task output') printed += event.text
    },
  })
  return printed
}

/** Keeps the first 60 penguins as production rows, labelled, with `shift` more grams. */
async function produce(shift: number): Promise<void> {
  await using backend = sqliteBackend({ database })
  const rows = featuresOf(penguins).slice(0, 60).toRecords()
  const shifted = rows.map((row) => ({
    ...row,
    body_mass_g: row['body_mass_g'] === null ? null : Number(row['body_mass_g']) + shift,
  }))
  await backend.save(
    Table.fromRecords(shifted, featuresOf(penguins).types),
    shifted.map(() => ({ prediction: 'Adelie', confidence: 0.9 })),
  )
  await backend.label({ quality: 1 })
}

describe('training', () => {
  it('registers nothing when the accuracy is too low, and says so', async () => {
    const parameters = { trainingEpochs: 1, folds: 2, accuracyThreshold: 0.99 }
    const printed = await printedBy('training', parameters)
    expect(printed).toMatch(/Not registered: the accuracy is 0\.\d+, below 0\.99/)
    await using client = await openTracking({ trackingUri })
    expect((await client.searchRegisteredModels()).items).toEqual([])
  })
})

describe('deployment', () => {
  it('says that there is no version, and how to make one', async () => {
    await expect(run(deployment)).rejects.toThrow(/no registered version of "penguins".*flows\/training\.ts/s)
  })

  it('moves the alias although nothing is served yet', async () => {
    await run(training, { trainingEpochs: 1, folds: 2, accuracyThreshold: 0 })
    const { artifacts } = await run(deployment)
    expect(artifacts).toMatchObject({ version: 1, deployment: { state: 'not running' }, answers: [] })
    await using client = await openTracking({ trackingUri })
    expect((await client.getModelVersionByAlias('penguins', 'champion')).version).toBe(1)
  })
})

describe('traffic', () => {
  it('stops at the first call that fails, and tells how many were sent', async () => {
    const printed = await printedBy('traffic', { samples: 20 })
    expect(printed).toMatch(/Stopped after 0 penguins\. The endpoint .* failed/)
    expect((await run(traffic, { samples: 20 })).artifacts).toMatchObject({ sent: 0 })
  })

  it('labels nothing where nothing was asked', async () => {
    expect((await run(traffic, { mode: 'labels' })).artifacts).toMatchObject({ labelled: 0 })
  })
})

describe('monitoring', () => {
  it('has a card that says so when there are no production rows', async () => {
    const { artifacts, runId } = await run(monitoring)
    expect(artifacts).toMatchObject({ drift: undefined, accuracy: undefined })
    const task = await openFlows({ root: join(folder, 'flows') }).task(`monitoring/${runId}/no_rows/0`)
    expect(await task.card()).toContain('No production data.')
  })

  it('keeps each look at production as a run that says which features drift', async () => {
    await produce(3000)
    const { artifacts, runId } = await run(monitoring)
    await using client = await openTracking({ trackingUri })
    const experiment = await client.getExperimentByName('penguins-monitoring')
    const { items } = await client.searchRuns({ experimentIds: [experiment!.experimentId] })
    expect(items).toMatchObject([
      {
        data: {
          tags: {
            'millrace.check': 'drift',
            'millrace.check.model': 'penguins',
            'millrace.flow': `monitoring/${runId}/report/0`,
          },
          metrics: { 'drifted/body_mass_g': 1, 'quality/accuracy': artifacts.accuracy },
        },
      },
    ])
  })
})

describe('retraining', () => {
  beforeEach(async () => {
    await run(training, { trainingEpochs: 1, folds: 2, accuracyThreshold: 0 })
    await run(deployment)
  })

  it.each([
    ['there is no production', undefined, {}, /Nothing drifts/],
    ['there are too few new rows', 3000, { minimumRows: 61 }, /60 new labelled rows; retraining asks for 61/],
    ['the model cools down', 3000, {}, /cools down for another 60 minutes/],
  ])('waits while %s', async (_, shift, parameters, reason) => {
    if (shift !== undefined) await produce(shift)
    const { artifacts } = await run(retrain, parameters)
    expect(artifacts).toMatchObject({ promoted: false, version: 1, decision: { retrain: false } })
    expect(artifacts.decision.reason).toMatch(reason)
  })

  it('leaves a challenger that is worse where it is, with the evidence', async () => {
    await run(training, { trainingEpochs: 40, folds: 2 })
    await run(deployment)
    // The first penguins are of one species, so the features drift without any shift.
    await produce(0)
    const { artifacts } = await run(retrain, { coolDownMinutes: 0, trainingEpochs: 1 })
    expect(artifacts).toMatchObject({ promoted: false, version: 3, evidence: { passed: false, threshold: -0.02 } })
    await using client = await openTracking({ trackingUri })
    expect((await client.getModelVersionByAlias('penguins', 'champion')).version).toBe(2)
    expect((await client.getModelVersionByAlias('penguins', 'challenger')).version).toBe(3)
    expect(await gateEvidence(client, 'penguins', 3)).toMatchObject([
      { gate: 'not-worse-than-champion', passed: false },
    ])
    // That was a training: the next one waits for new rows, and for time to pass.
    const again = await run(retrain, { coolDownMinutes: 0 })
    expect(again.artifacts.decision.reason).toMatch(/0 new labelled rows/)
    await produce(0)
    expect((await run(retrain)).artifacts.decision.reason).toMatch(/cools down for another 60 minutes/)
  })

  it('judges on rows that the champion has not learned from', async () => {
    await produce(3000)
    const first = await run(retrain, { coolDownMinutes: 0, trainingEpochs: 1, delta: 1 })
    expect(first.artifacts).toMatchObject({ promoted: true, version: 2 })
    await produce(3000)
    const second = await run(retrain, { coolDownMinutes: 0, trainingEpochs: 1, delta: 1, heldOut: 0.5 })
    const history = await openFlows({ root: join(folder, 'flows') }).flow('retrain')
    const split = await (await (await history.latestRun())!.step('split')).task()
    const { judging, training } = (await split.data()) as { judging: Table; training: Table }
    // Half of the 60 new rows; the 60 old ones are learned from.
    expect([judging.rowCount, training.rowCount]).toEqual([30, penguins.rowCount + 90])
    expect(second.artifacts).toMatchObject({ promoted: true, version: 3 })
  })
})
