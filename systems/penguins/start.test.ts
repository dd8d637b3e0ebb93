import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { sqliteBackend } from 'millrace/backend'
import { ModelPackage } from 'millrace/model'
import { gateEvidence, openTracking, resolveModelUri, type TrackingClient } from 'millrace/tracking'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readPenguins } from './model.ts'

const program = fileURLToPath(new URL('start.ts', import.meta.url))
const data = fileURLToPath(new URL('data/penguins.csv', import.meta.url))

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function start(cwd: string, ...args: readonly string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, ['--no-warnings', '--conditions=source', program, '--port', '0', ...args], {
    cwd,
  })
  const ended = new Promise<Ended>((resolve) => {
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (piece) => (stdout += String(piece)))
    child.stderr.on('data', (piece) => (stderr += String(piece)))
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
  return { child, ended }
}

describe('the circle', () => {
  let folder: string
  let ended: Ended
  let client: TrackingClient

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-penguins-'))
    ended = await start(folder, '--once').ended
    client = await openTracking({ trackingUri: join(folder, 'mlflow.db') })
  }, 60_000)

  afterAll(async () => {
    await client[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  it('explains each stage and ends with what happened and what to try', () => {
    expect(ended.code, ended.stderr).toBe(0)
    expect(ended.stdout.match(/^\d\. .*$/gm)).toHaveLength(8)
    const [, table = ''] = ended.stdout.split('The circle is closed')
    expect(table.match(/^ {2}\w.* {2}\d+\.\d s {2}.*$/gm)).toHaveLength(8)
    expect(table).toMatch(/Train .* accuracy 0\.\d{3} ± 0\.\d{3}, gate passed, version 1/)
    expect(table).toContain('npx millrace models show penguins')
  })

  it('finds no drift in penguins like those it learned from, and drift in heavier ones', () => {
    const watched = ended.stdout.match(/^ {2}Watch .*$/gm) ?? []
    expect(watched).toEqual([
      expect.stringMatching(/no drift; accuracy 0\.9\d\d$/),
      expect.stringMatching(/drift in body_mass_g \(K-S p_value [\d.e-]+\); accuracy 0\.9\d\d$/),
    ])
  })

  it('swaps a challenger that is not worse in, and turns nobody away', async () => {
    expect(ended.stdout).toMatch(/version 2 is the champion; \d+ visitors answered by version 1, then 2, 0 turned away/)
    expect((await client.getModelVersionByAlias('penguins', 'champion')).version).toBe(2)
    const [first] = await gateEvidence(client, 'penguins', 1)
    expect(first).toMatchObject({ metric: 'accuracy', threshold: 0.7, comparison: '>=', passed: true })
    const [second] = await gateEvidence(client, 'penguins', 2)
    expect(second).toMatchObject({ gate: 'not-worse-than-champion', threshold: -0.02, passed: true })
    expect(second!.interval!.low).toBeGreaterThanOrEqual(-0.02)
  })

  it('keeps what was asked and answered, the rows that were labelled among it', async () => {
    await using backend = sqliteBackend({ database: join(folder, 'penguins.db') })
    const labelled = await backend.load({ labelled: true })
    expect(labelled.rowCount).toBe(400)
    expect(labelled.columnNames.slice(6)).toEqual(['prediction', 'confidence', 'target', 'date', 'uuid'])
    // The visitors' rows came later, and nobody has labelled them.
    expect((await backend.load({ limit: 1 })).strings('target')).toEqual([null])
  })

  it('keeps five folds as nested runs, their means and population deviations on the parent', async () => {
    const experiment = await client.getExperimentByName('penguins')
    const { items } = await client.searchRuns({ experimentIds: [experiment!.experimentId] })
    const folded = items.find(({ data }) => data.tags['mlflow.parentRunId'] !== undefined)!
    const parent = items.find(({ info }) => info.runId === folded.data.tags['mlflow.parentRunId'])!
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

  it('serves on without --once, goes round again with what there is, and ends when it is told to', async () => {
    const { child, ended } = start(folder)
    const url = await new Promise<string>((resolve) => {
      let text = ''
      child.stdout?.on('data', (piece) => {
        text += String(piece)
        const found = /Serving at (\S+):/.exec(text)
        if (found !== null) resolve(found[1]!)
      })
      void ended.then(({ stderr }) => resolve(`it ended: ${stderr}`))
    })
    const ping = await fetch(`${url}/ping`)
    expect(ping.status).toBe(200)
    child.kill('SIGINT')
    expect(await ended).toMatchObject({ code: 0, stdout: expect.stringContaining('Stopping') as string })
    await expect(fetch(`${url}/ping`)).rejects.toThrow()
    // The same data and seed give the same model, bit for bit.
    expect((await client.getModelVersionByAlias('penguins', 'champion')).version).toBe(4)
    const [first, third] = await Promise.all(
      ['models:/penguins/1', 'models:/penguins/3'].map(async (uri) => {
        await using model = await ModelPackage.load((await resolveModelUri(client, uri)).path!)
        return model.content.onnx
      }),
    )
    expect(Buffer.compare(first!, third!)).toBe(0)
  })
})

describe('npm start', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-penguins-'))
  })

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true })
  })

  it.each([
    ['--epochs', 'many', '"trainingEpochs"'],
    ['--port', 'http', 'is no port: expected a whole number from 0 to 65535'],
  ])('says what is wrong with an argument and leaves nothing behind: %s %s', async (option, value, message) => {
    const { code, stderr } = await start(folder, option, value).ended
    expect(code).toBe(1)
    expect(stderr).toContain(message)
    expect(existsSync(join(folder, 'mlflow.db'))).toBe(false)
  })

  it('says what to do when another program has the port', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const { code, stderr } = await start(folder, '--once', '--port', String(port)).ended
    server.close()
    expect(code).toBe(1)
    expect(stderr).toMatch(new RegExp(`${port}.*--port`))
  })

  it('stops everything it has started on Ctrl-C', async () => {
    const { child, ended } = start(folder, '--once', '--epochs', '5000')
    const runs = join(folder, '.millrace/flows/training')
    while (!existsSync(runs)) await pause(20)
    await pause(700)
    child.kill('SIGINT')
    expect((await ended).code).toBe(130)
  })
})
