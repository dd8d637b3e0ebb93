/**
 * `millrace server` beside `mlflow server --workers 1`, as whole programs on SQLite, asked the same by one program: single
 * calls, batches, searches, the start, memory at rest, and eight clients at once for a while.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rm } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openTracking } from 'millrace/tracking'
import { type Comparison, measurePairs, type PairedFigures } from './pairs.ts'
import { pythonWith, scriptPath } from './processes.ts'
import { type RunningServer, startServer } from './servers.ts'

const FOLDER = scriptPath('.data/tracking-server')
const API = '/api/2.0/mlflow'
const ROUNDS = 3
const CLIENTS = 8
const CLIENT_SECONDS = 60
const MANY_RUNS = 100_000

/** @throws PeerMissing when the Python interpreter lacks MLflow */
export async function compare(): Promise<Comparison[]> {
  const python = await pythonWith(['mlflow'])
  await rm(FOLDER, { recursive: true, force: true })
  await mkdir(FOLDER, { recursive: true })
  const starts = await measurePairs(
    ROUNDS,
    async () => await startSeconds(process.execPath, millraceArgs('start-ours', 5621), 5621),
    async () => await startSeconds(python, mlflowArgs('start-theirs', 5622), 5622),
  )
  await using ours = await startServer(process.execPath, millraceArgs('ours', 5623), 5623)
  await using theirs = await startServer(python, mlflowArgs('theirs', 5624), 5624)
  await sleep(3000)
  const rest = { ours: ours.memoryBytes(), theirs: theirs.memoryBytes() }
  const [a, b] = [await prepare(ours), await prepare(theirs)]
  const pair = async (ask: (target: Target) => Promise<number>): Promise<PairedFigures> =>
    await measurePairs(
      ROUNDS,
      async () => await ask(a),
      async () => await ask(b),
    )
  return [
    faster('log-metric, one after the other', await pair(logMetrics), 8),
    faster('log-batch of 1,000 metrics', await pair(logBatches), 15),
    faster('runs/search that returns 1,000 runs', await pair(searchAll), 20),
    faster('runs/search, filter and order, 100 runs', await pair(searchSome), 10),
    startLine(starts),
    memoryLine(rest.ours, rest.theirs),
    await manyRuns(),
    await crowd(a),
  ]
}

function millraceArgs(name: string, port: number): readonly string[] {
  return [scriptPath('../bin/millrace.js'), 'server', ...storeArgs(name, port)]
}

function mlflowArgs(name: string, port: number): readonly string[] {
  return ['-m', 'mlflow', 'server', '--workers', '1', ...storeArgs(name, port)]
}

function storeArgs(name: string, port: number): readonly string[] {
  const store = ['--backend-store-uri', `sqlite:///${FOLDER}/${name}.db`]
  return [...store, '--artifacts-destination', `${FOLDER}/${name}`, '--port', String(port)]
}

/** Seconds from the start of the process to its first answer. */
async function startSeconds(command: string, args: readonly string[], port: number): Promise<number> {
  const env = { ...process.env, PATH: `${dirname(command)}:${process.env['PATH']}` }
  const started = performance.now()
  const child = spawn(command, args, { env, stdio: 'ignore', detached: true })
  while ((await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined)) === undefined) await sleep(10)
  const seconds = (performance.now() - started) / 1000
  process.kill(-child.pid!)
  await once(child, 'close')
  return seconds
}

/** A server with 1,000 runs of 10 metrics, 10 params and 3 tags each in one experiment, and a run to log to. */
interface Target {
  readonly port: number
  readonly agent: Agent
  readonly experimentId: string
  readonly runId: string
}

async function prepare({ url }: RunningServer): Promise<Target> {
  const server = { port: Number(new URL(url).port), agent: new Agent({ keepAlive: true }) }
  const created = await post(server, '/experiments/create', { name: 'bench' })
  const experimentId = (created as { experiment_id: string }).experiment_id
  const newRun = async (): Promise<string> => {
    const answer = await post(server, '/runs/create', { experiment_id: experimentId, start_time: Date.now() })
    return (answer as { run: { info: { run_id: string } } }).run.info.run_id
  }
  for (let run = 0; run < 1000; run++) {
    const keys = Array.from({ length: 10 }, (_, i) => i)
    await post(server, '/runs/log-batch', {
      run_id: await newRun(),
      metrics: keys.map((i) => ({ key: `metric${i}`, value: (run * 7919 + i * 31) % 1000, timestamp: 1, step: 0 })),
      params: keys.map((i) => ({ key: `param${i}`, value: `value ${(run + i) % 10}` })),
      tags: ['a', 'b', 'c'].map((key) => ({ key, value: `tag ${run % 5}` })),
    })
  }
  return { ...server, experimentId, runId: await newRun() }
}

/** Milliseconds a call. */
async function logMetrics(target: Target): Promise<number> {
  return await each(200, async (i) => {
    const point = { key: 'loss', value: i, timestamp: Date.now(), step: i }
    await post(target, '/runs/log-metric', { run_id: target.runId, ...point })
  })
}

let batches = 0

async function logBatches(target: Target): Promise<number> {
  return await each(10, async () => {
    batches++
    const metrics = Array.from({ length: 1000 }, (_, i) => ({
      key: `m${i % 10}`,
      value: i / 7,
      timestamp: 1_700_000_000_000 + batches * 1000 + i,
      step: batches * 1000 + i,
    }))
    await post(target, '/runs/log-batch', { run_id: target.runId, metrics })
  })
}

async function searchAll(target: Target): Promise<number> {
  return await each(5, async () => {
    const found = await post(target, '/runs/search', { experiment_ids: [target.experimentId], max_results: 1000 })
    expectRuns(found, 1000)
  })
}

async function searchSome(target: Target): Promise<number> {
  return await each(10, async () => {
    const filter = "metrics.metric1 > 100 AND params.param1 = 'value 3'"
    const order_by = ['metrics.metric2 DESC']
    const request = { experiment_ids: [target.experimentId], filter, order_by, max_results: 100 }
    expectRuns(await post(target, '/runs/search', request), 50)
  })
}

function expectRuns(answer: unknown, atLeast: number): void {
  const { runs = [] } = answer as { runs?: unknown[] }
  if (runs.length < atLeast) throw new Error(`Found ${runs.length} runs, not ${atLeast}.`)
}

async function each(times: number, call: (i: number) => Promise<void>): Promise<number> {
  const started = performance.now()
  for (let i = 0; i < times; i++) await call(i)
  return (performance.now() - started) / times
}

/** 100,000 runs with three metrics each, written straight into the store; then the server is asked. */
async function manyRuns(): Promise<Comparison> {
  const trackingUri = `${FOLDER}/many.db`
  {
    await using client = await openTracking({ trackingUri })
    const { DatabaseSync } = await import('node:sqlite')
    const database = new DatabaseSync(trackingUri)
    await client.createExperiment('many')
    database.exec(`
      with recursive n(i) as (select 0 union all select i + 1 from n where i < ${MANY_RUNS - 1})
      insert into runs (run_uuid, name, source_type, status, start_time, lifecycle_stage, artifact_uri, experiment_id)
      select printf('%032x', i), 'run', 'UNKNOWN', 'FINISHED', i, 'active', '', 1 from n;
      insert into latest_metrics (key, value, timestamp, step, is_nan, run_uuid)
      select m.key, abs(random() % 100000) / 100000.0, 0, 0, 0, run_uuid
      from runs, (select 'acc' as key union select 'loss' union select 'auc') as m;`)
    database.close()
  }
  await using server = await startServer(process.execPath, millraceArgs('many', 5625), 5625)
  const target = { port: 5625, agent: new Agent({ keepAlive: true }) }
  const request = {
    experiment_ids: ['1'],
    filter: 'metrics.acc > 0.5',
    order_by: ['metrics.loss ASC'],
    max_results: 100,
  }
  const times: number[] = []
  for (let i = 0; i < 21; i++) {
    const started = performance.now()
    expectRuns(await post(target, '/runs/search', request), 100)
    times.push(performance.now() - started)
  }
  const p50 = times.toSorted((x, y) => x - y)[10]!
  return {
    what: 'metric filter and order among 100,000 runs, p50',
    millrace: `${p50.toFixed(0)} ms; ${megabytes(server.memoryBytes())}`,
    peer: '—',
    ratio: '—',
    goal: '< 100 ms',
    met: p50 < 100,
  }
}

/** Eight clients that log and search as fast as they are answered; every metric is counted afterwards. */
async function crowd(target: Target): Promise<Comparison> {
  const until = performance.now() + CLIENT_SECONDS * 1000
  const times: number[] = []
  const work = async (client: number): Promise<number> => {
    const server = { port: target.port, agent: new Agent({ keepAlive: true }) }
    let logged = 0
    for (; performance.now() < until; logged++) {
      const started = performance.now()
      const point = { key: `client${client}`, value: logged, timestamp: logged, step: logged }
      await post(server, '/runs/log-metric', { run_id: target.runId, ...point })
      if (logged % 50 === 0) {
        await post(server, '/runs/search', { experiment_ids: [target.experimentId], max_results: 10 })
      }
      times.push(performance.now() - started)
    }
    const path = `/metrics/get-history?run_id=${target.runId}&metric_key=client${client}`
    const { metrics = [] } = (await ask(server, 'GET', path)) as { metrics?: unknown[] }
    return logged - metrics.length
  }
  const lost = await Promise.all(Array.from({ length: CLIENTS }, async (_, client) => await work(client)))
  const sorted = Float64Array.from(times).sort()
  const missing = lost.reduce((sum, count) => sum + count, 0)
  return {
    what: `${CLIENTS} clients for ${CLIENT_SECONDS} s: calls, errors, lost writes`,
    millrace: `${(times.length / CLIENT_SECONDS).toFixed(0)}/s, p99 ${sorted[Math.floor(sorted.length * 0.99)]!.toFixed(1)} ms; no error, ${missing} lost`,
    peer: '—',
    ratio: '—',
    goal: 'none lost',
    met: missing === 0,
  }
}

type Server = Pick<Target, 'port' | 'agent'>

async function post(server: Server, path: string, body: object): Promise<unknown> {
  return await ask(server, 'POST', path, JSON.stringify(body))
}

/** @throws Error unless the answer is 200 */
async function ask({ port, agent }: Server, method: string, path: string, body = ''): Promise<unknown> {
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
  return await new Promise((resolve, reject) => {
    const asked = request({ port, host: '127.0.0.1', agent, method, path: `${API}${path}`, headers }, (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => pieces.push(piece))
      response.on('end', () => {
        const text = Buffer.concat(pieces).toString()
        if (response.statusCode === 200) resolve(JSON.parse(text))
        else reject(new Error(`${path}: ${response.statusCode} ${text}`))
      })
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

function faster(what: string, { ours, theirs, ratio }: PairedFigures, goal: number): Comparison {
  return {
    what,
    millrace: `${ours.toPrecision(3)} ms`,
    peer: `${theirs.toPrecision(3)} ms`,
    ratio: `${(1 / ratio).toFixed(1)} ×`,
    goal: `≥ ${goal} ×`,
    met: 1 / ratio >= goal,
  }
}

function startLine({ ours, theirs, ratio }: PairedFigures): Comparison {
  return {
    what: 'start to first answer',
    millrace: `${ours.toFixed(2)} s`,
    peer: `${theirs.toFixed(2)} s`,
    ratio: `${(1 / ratio).toFixed(1)} ×`,
    goal: '< 0.5 s',
    met: ours < 0.5,
  }
}

function memoryLine(ours: number, theirs: number): Comparison {
  return {
    what: 'memory at rest',
    millrace: megabytes(ours),
    peer: megabytes(theirs),
    ratio: `${(ours / theirs).toFixed(2)} ×`,
    goal: '≤ 0.25 ×',
    met: ours <= theirs / 4,
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`
}
