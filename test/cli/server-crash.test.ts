/** `kill -9` under load: what the server has acknowledged is there when it starts again, and nothing by halves. */
import { type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startMillrace } from './run-millrace.ts'
import { openTracking, type TrackingClient } from '../../src/tracking/index.ts'

const ROUNDS = 3
const CLIENTS = 8
const CALLS_BEFORE_KILL = 100

let folder: string
let child: ChildProcessWithoutNullStreams | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-crash-'))
})

afterEach(async () => {
  child?.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

async function startServer(): Promise<string> {
  child = startMillrace(['server', '--port', '0', '--json'], { cwd: folder })
  let printed = ''
  for (;;) {
    const [piece] = (await once(child.stdout, 'data')) as [Buffer]
    printed += piece.toString()
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0]
    if (url !== undefined) return url
  }
}

/** A batch with a metric, a parameter and a tag that belong together. */
function batch(name: string): Parameters<TrackingClient['logBatch']>[1] {
  return {
    metrics: [{ key: name, value: 1, timestamp: 1, step: 0 }],
    params: [{ key: name, value: 'p' }],
    tags: [{ key: name, value: 't' }],
  }
}

describe.skipIf(process.platform === 'win32')('a server that is killed under load', () => {
  it('has all that it acknowledged, whole, in a sound database', { timeout: 60_000 }, async () => {
    const acknowledged = new Map<string, string[]>()
    for (let round = 0; round < ROUNDS; round++) {
      const trackingUri = await startServer()
      const server = child!
      let calls = 0
      const work = async (number: number): Promise<void> => {
        // No patience: the first call that gets no answer ends the work.
        const client = await openTracking({ trackingUri, lockTimeoutMs: 0 })
        const { info } = await client.createRun('0')
        const done: string[] = []
        acknowledged.set(info.runId, done)
        for (let i = 0; ; i++) {
          const name = `${round}-${number}-${i}`
          try {
            await client.logBatch(info.runId, batch(name))
          } catch {
            return
          }
          done.push(name)
          if (++calls === CALLS_BEFORE_KILL) server.kill('SIGKILL')
        }
      }
      await Promise.all(Array.from({ length: CLIENTS }, async (_, number) => await work(number)))
      expect(server.killed).toBe(true)
      expect(calls).toBeGreaterThanOrEqual(CALLS_BEFORE_KILL)
    }
    await expectAll(await openTracking({ trackingUri: await startServer() }), acknowledged)
    using database = new DatabaseSync(join(folder, 'mlflow.db'))
    expect(database.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' })
    expect(database.prepare('pragma foreign_key_check').all()).toEqual([])
  })
})

async function expectAll(client: TrackingClient, acknowledged: ReadonlyMap<string, readonly string[]>): Promise<void> {
  expect(acknowledged.size).toBe(ROUNDS * CLIENTS)
  for (const [runId, names] of acknowledged) {
    const { metrics, params, tags } = (await client.getRun(runId)).data
    const stored = Object.keys(metrics).sort()
    expect(stored).toEqual(Object.keys(params).sort())
    expect(stored).toEqual(
      Object.keys(tags)
        .filter((key) => /^\d+-\d+-\d+$/.test(key))
        .sort(),
    )
    for (const name of names) expect(metrics).toHaveProperty(name)
    // At most the one call that was under way has been stored without an answer.
    expect(stored.length - names.length).toBeLessThanOrEqual(1)
  }
}
