import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ModelPackage } from 'millrace/model'
import { gateEvidence, openTracking, resolveModelUri, type TrackingClient } from 'millrace/tracking'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readPenguins } from './model.ts'

const program = fileURLToPath(new URL('start.ts', import.meta.url))
const data = fileURLToPath(new URL('data/penguins.csv', import.meta.url))

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function start(cwd: string, ...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--no-warnings', '--conditions=source', program, ...args], { cwd })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (piece) => (stdout += String(piece)))
    child.stderr.on('data', (piece) => (stderr += String(piece)))
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}

describe('npm start', () => {
  let folder: string
  let ended: Ended
  let client: TrackingClient

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-penguins-'))
    ended = await start(folder, '--once')
    client = await openTracking({ trackingUri: join(folder, 'mlflow.db') })
  })

  afterAll(async () => {
    await client[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  it('explains each stage and ends with what there is and what to try', () => {
    expect(ended.code, ended.stderr).toBe(0)
    expect(ended.stdout.match(/^\d\. .*$/gm)).toHaveLength(6)
    expect(ended.stdout).toMatch(/accuracy {3}0\.\d{3} ± 0\.\d{3}/)
    expect(ended.stdout).toContain('npx millrace predict models:/penguins@champion')
    expect(ended.stderr).toContain('epoch 50/50')
  })

  it('registers version 1 as champion, with the evidence of its gate', async () => {
    expect((await client.getModelVersionByAlias('penguins', 'champion')).version).toBe(1)
    const [gate] = await gateEvidence(client, 'penguins', 1)
    expect(gate).toMatchObject({ metric: 'accuracy', threshold: 0.7, comparison: '>=', passed: true })
    expect(gate!.interval!.low).toBeLessThan(gate!.value)
  })

  it('keeps five folds as nested runs, their means and population deviations on the parent', async () => {
    const experiment = await client.getExperimentByName('penguins')
    const { items } = await client.searchRuns({ experimentIds: [experiment!.experimentId] })
    const parent = items.find(({ data }) => data.tags['mlflow.parentRunId'] === undefined)!
    const folds = items.filter(({ data }) => data.tags['mlflow.parentRunId'] === parent.info.runId)
    expect(folds.map(({ info }) => info.runName).toSorted()).toEqual(
      [0, 1, 2, 3, 4].map((fold) => `cross-validation-fold-${fold}`),
    )
    for (const metric of ['accuracy', 'loss']) {
      const scores = folds.map(({ data }) => data.metrics[`test_${metric}`]!)
      const mean = scores.reduce((sum, score) => sum + score, 0) / 5
      const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / 5
      expect(parent.data.metrics[`test_${metric}`]).toBeCloseTo(mean, 12)
      expect(parent.data.metrics[`test_${metric}_std`]).toBeCloseTo(Math.sqrt(variance), 12)
    }
  })

  it('makes a model of 9 features on six raw columns that knows the penguins', async () => {
    const { path } = await resolveModelUri(client, 'models:/penguins@champion')
    await using model = await ModelPackage.load(path!)
    expect(model.inputs.map(({ name }) => name).toSorted()).toEqual(
      ['culmen_depth_mm', 'culmen_length_mm', 'flipper_length_mm', 'body_mass_g', 'island', 'sex'].toSorted(),
    )
    expect(model.content.weights.get('layers.0.weight')?.shape).toEqual([10, 9])
    const table = await readPenguins(data)
    const prediction = await model.predict(table)
    const species = table.strings('species')
    const right = prediction.task === 'classification' && prediction.labels.filter((label, i) => label === species[i])
    expect(right).toHaveProperty(
      'length',
      expect.toSatisfy((count: number) => count > 0.9 * 344),
    )
  })

  it('gives the same model again, as the next version', async () => {
    const again = await start(folder)
    expect(again.code, again.stderr).toBe(0)
    expect((await client.getModelVersionByAlias('penguins', 'champion')).version).toBe(2)
    const [first, second] = await Promise.all(
      ['models:/penguins/1', 'models:/penguins/2'].map(async (uri) => {
        await using model = await ModelPackage.load((await resolveModelUri(client, uri)).path!)
        return model.content.onnx
      }),
    )
    expect(Buffer.compare(first!, second!)).toBe(0)
  })
})

describe('npm start with a wrong argument', () => {
  it('says what is wrong and leaves nothing behind', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-penguins-'))
    try {
      const { code, stderr } = await start(folder, '--epochs', 'many')
      expect(code).toBe(1)
      expect(stderr).toContain('"epochs"')
      expect(existsSync(join(folder, 'mlflow.db'))).toBe(false)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
