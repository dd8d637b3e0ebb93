/** Servers in processes of their own, and sending them load by autocannon. */
import autocannon from 'autocannon'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readCsv } from 'millrace/data'
import { models } from 'millrace/model'
import { openTracking, registerModel, type TrackingClient, withRun } from 'millrace/tracking'
import { scriptPath } from './processes.ts'

const ROW = {
  island: 'Biscoe',
  culmen_length_mm: 48.6,
  culmen_depth_mm: 16,
  flipper_length_mm: 230,
  body_mass_g: 5800,
  sex: 'MALE',
}

/** What is posted. */
export interface Body {
  readonly type: string
  readonly content: string | Buffer
}

const ONE_PENGUIN: Body = { type: 'application/json', content: JSON.stringify({ dataframe_records: [ROW] }) }
const START_MS = 60_000
const DATA = scriptPath('../systems/penguins/data/penguins.csv')
const FOLDER = scriptPath('.data/serve')

/** A store with versions 1 and 2 of a penguins model, of which 1 is the champion. */
export interface ServedStore {
  readonly client: TrackingClient
  readonly trackingUri: string
}

export async function trainedStore(): Promise<ServedStore> {
  await rm(FOLDER, { recursive: true, force: true })
  const trackingUri = `${FOLDER}/mlflow.db`
  const client = await openTracking({ trackingUri })
  const table = await readCsv(DATA, { missing: ['NA', '.'] })
  for (const seed of [1, 2]) {
    const runId = await withRun(client, {}, async (run) => {
      const model = models.get('mlp-classifier')({ target: 'species', hidden: [10, 8], epochs: 50, seed })
      await (await model.train(table)).model[Symbol.asyncDispose]()
      return run.runId
    })
    await registerModel(client, 'penguins', { runId })
  }
  await client.setRegisteredModelAlias('penguins', 'champion', 1)
  return { client, trackingUri }
}

/** `millrace serve` of the champion. */
export async function startMillrace({ trackingUri }: ServedStore, port: number): Promise<RunningServer> {
  return await startServing(['models:/penguins@champion', '--tracking-uri', trackingUri], port)
}

/** `millrace serve` with `args`. */
export async function startServing(args: readonly string[], port: number): Promise<RunningServer> {
  const command = scriptPath('../bin/millrace.js')
  return await startServer(process.execPath, [command, 'serve', ...args, '--port', String(port)], port)
}

export interface RunningServer extends AsyncDisposable {
  readonly url: string
  /** Resident memory of the process and those it started. */
  memoryBytes(): number
}

/** Starts a server and waits until its port answers. */
export async function startServer(command: string, args: readonly string[], port: number): Promise<RunningServer> {
  // Python programs find those that were installed beside them.
  const env = { ...process.env, PATH: `${dirname(command)}:${process.env['PATH']}` }
  const child = spawn(command, args, { env, stdio: ['ignore', 'ignore', 'ignore'], detached: true })
  const url = `http://127.0.0.1:${port}`
  const group = child.pid!
  const stop = async (): Promise<void> => {
    if (child.exitCode === null) {
      process.kill(-group)
      await once(child, 'close')
    }
  }
  for (const started = performance.now(); (await fetch(url).catch(() => undefined)) === undefined; await sleep(100)) {
    if (child.exitCode === null && performance.now() - started < START_MS) continue
    await stop()
    throw new Error(`${command} ${args.join(' ')} does not answer on port ${port}.`)
  }
  return { url, memoryBytes: () => groupMemory(group), [Symbol.asyncDispose]: stop }
}

function groupMemory(group: number): number {
  const lines = execFileSync('ps', ['-A', '-o', 'pgid=,rss='], { encoding: 'utf8' }).trim().split('\n')
  const rows = lines.map((line) => line.trim().split(/\s+/).map(Number) as [number, number])
  return rows.filter(([pgid]) => pgid === group).reduce((sum, [, kilobytes]) => sum + kilobytes * 1024, 0)
}

export interface Load {
  readonly requestsPerSecond: number
  /** Of all requests, in milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly slowest: number
  readonly requests: number
  /** Requests without an answer, or with another status than 200. */
  readonly failed: number
}

/** Posts `body` to /invocations again and again, as fast as each of the connections is answered. Default: one penguin. */
export async function load(url: string, connections: number, seconds: number, body = ONE_PENGUIN): Promise<Load> {
  const times: number[] = []
  const run = autocannon({
    url: `${url}/invocations`,
    method: 'POST',
    headers: { 'content-type': body.type },
    body: body.content,
    connections,
    duration: seconds,
  })
  run.on('response', (_client, _status, _bytes, elapsedMs) => times.push(elapsedMs))
  const { errors, non2xx } = await run
  const sorted = Float64Array.from(times).sort()
  return {
    requestsPerSecond: times.length / seconds,
    p50: sorted[Math.floor(sorted.length * 0.5)]!,
    p99: sorted[Math.floor(sorted.length * 0.99)]!,
    slowest: sorted.at(-1) ?? NaN,
    requests: times.length,
    failed: errors + non2xx,
  }
}
