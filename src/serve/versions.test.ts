/** Several versions: swapped when their alias moves, shared out by weight, compared by shadows. */
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { metric, type PenguinRegistry, penguin, penguinRegistry, post } from '../../test/served-penguins.ts'
import { copyStore, openTracking } from '../tracking/index.ts'
import { createTrackingServer, listenTracking } from '../tracking/server/index.ts'
import { createModelServer, listen, type LogEntry, type ModelServer, type ModelServerOptions } from './index.ts'

let registry: PenguinRegistry
let server: ModelServer
let events: LogEntry[]

beforeAll(async () => {
  registry = await penguinRegistry()
  for (const seed of [1, 2, 3]) await registry.register({ seed })
})

afterAll(() => registry[Symbol.asyncDispose]())

beforeEach(async () => {
  events = []
  await registry.promote(1)
})

afterEach(() => server.close())

async function serve(options: Partial<ModelServerOptions> = {}): Promise<ModelServer> {
  server = await createModelServer({
    models: [{ uri: 'models:/penguins@champion' }],
    client: registry.client,
    pollMs: 20,
    log: (entry) => events.push(entry),
    ...options,
  })
  return server
}

async function versionOf(headers: Readonly<Record<string, string>> = {}, params = {}): Promise<number> {
  const { status, headers: found } = await post(server, '/predict', { inputs: [penguin], params }, headers)
  expect(status).toBe(200)
  return Number(found.get('x-model-version'))
}

async function untilVersion(version: number): Promise<void> {
  await vi.waitFor(async () => expect(await versionOf()).toBe(version), { timeout: 10_000, interval: 20 })
}

describe('an alias that moves', () => {
  it('changes the version that answers', async () => {
    await serve()
    expect(await versionOf()).toBe(1)
    await registry.promote(2)
    await untilVersion(2)
    expect(events).toMatchObject([{ event: 'model_swapped', from: 1, to: 2 }])
    expect(await metric(server, 'millrace_model_swaps_total')).toEqual({ '{outcome="swapped"}': 1 })
    expect(server.info().version).toBe(2)
  })

  it('is followed when the registry is a tracking server', async () => {
    const tracking = await createTrackingServer({ trackingUri: registry.trackingUri })
    const listening = await listenTracking(tracking, { port: 0 })
    const remote = await openTracking({ trackingUri: listening.url })
    try {
      await serve({ client: remote })
      expect(await versionOf()).toBe(1)
      // Somebody else moves it, by that server.
      await remote.setRegisteredModelAlias('penguins', 'champion', 2)
      await untilVersion(2)
      // And in the database itself.
      await registry.promote(3)
      await untilVersion(3)
      await server.close()
    } finally {
      await remote[Symbol.asyncDispose]()
      await listening.close()
    }
  })

  it('is told once to be out of sight while the tracking server is away, and once to be back', async () => {
    const tracking = await createTrackingServer({ trackingUri: registry.trackingUri })
    const before = await listenTracking(tracking, { port: 0 })
    await using remote = await openTracking({ trackingUri: before.url, lockTimeoutMs: 50 })
    await serve({ client: remote })
    await before.close()
    await vi.waitFor(() => expect(events).not.toEqual([]), { timeout: 10_000, interval: 10 })
    // Many looks later there is no further word.
    await sleep(500)
    expect(events).toMatchObject([
      {
        level: 'warning',
        event: 'store_unavailable',
        message: expect.stringMatching(
          /^Cannot see which version models:\/penguins@champion is set to: .* Version 1 goes on\.$/s,
        ) as string,
      },
    ])
    expect(await versionOf()).toBe(1)
    await registry.promote(2)
    const again = await createTrackingServer({ trackingUri: registry.trackingUri })
    const after = await listenTracking(again, { port: Number(new URL(before.url).port) })
    try {
      await untilVersion(2)
      expect(events.map(({ event }) => event)).toEqual(['store_unavailable', 'alias_seen_again', 'model_swapped'])
      await server.close()
    } finally {
      await after.close()
    }
  })

  it('says once that the file of the registry is another one now, and goes on', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-replaced-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const file = join(folder, 'mlflow.db')
    await copyStore(registry.trackingUri, file)
    server = await createModelServer({
      models: [{ uri: 'models:/penguins@champion' }, { uri: 'models:/penguins/latest' }],
      trackingUri: `sqlite:///${file}`,
      pollMs: 20,
      log: (entry) => events.push(entry),
    })
    await sleep(100)
    expect(events).toEqual([])
    await rename(file, `${file}.old`)
    await vi.waitFor(() => expect(events).not.toEqual([]), { timeout: 10_000, interval: 10 })
    await copyStore(registry.trackingUri, file)
    await sleep(100)
    expect(events).toMatchObject([{ level: 'warning', event: 'store_replaced', file }])
    expect(server.info().version).toBe(1)
  })

  it('does so under traffic without a failed request, again and again', async () => {
    const listening = await listen(await serve(), { port: 0 })
    const stop = new AbortController()
    const seen = new Map<string, number>()
    const body = JSON.stringify({ inputs: [penguin] })
    const client = async (): Promise<void> => {
      while (!stop.signal.aborted) {
        const headers = { 'content-type': 'application/json' }
        const response = await fetch(`${listening.url}/invocations`, { method: 'POST', headers, body })
        await response.text()
        const key = `${response.status} by ${response.headers.get('x-model-version')}`
        seen.set(key, (seen.get(key) ?? 0) + 1)
      }
    }
    const clients = Array.from({ length: 8 }, client)
    for (const version of [2, 3, 1, 2, 3, 1]) {
      await registry.promote(version)
      await vi.waitFor(() => expect(server.info().version).toBe(version), { timeout: 10_000, interval: 10 })
      await sleep(100)
    }
    stop.abort()
    await Promise.all(clients)
    await listening.close()
    expect([...seen.keys()].toSorted()).toEqual(['200 by 1', '200 by 2', '200 by 3'])
  })

  it('to a version that cannot be loaded leaves the old one serving, and says so once', async () => {
    await serve()
    const broken = await registry.register({ seed: 9 })
    await rm(await registry.folderOf(broken), { recursive: true })
    await registry.promote(broken)
    await vi.waitFor(() => expect(events).toHaveLength(1), { timeout: 10_000 })
    await sleep(100)
    expect(events).toMatchObject([
      {
        level: 'error',
        event: 'model_swap_failed',
        message: expect.stringMatching(/version 1 goes on: There is no model at/) as string,
      },
    ])
    expect(await versionOf()).toBe(1)
    expect(await metric(server, 'millrace_model_swaps_total')).toEqual({ '{outcome="failed"}': 1 })
    await registry.promote(2)
    await untilVersion(2)
  })

  it('is not missed when the files of the version that serves are gone', async () => {
    const doomed = await registry.register({ seed: 8 })
    await registry.promote(doomed)
    await serve()
    await rm(await registry.folderOf(doomed), { recursive: true })
    await sleep(60)
    expect(await versionOf()).toBe(doomed)
    await registry.promote(3)
    await untilVersion(3)
  })

  it('and is then deleted leaves the version serving, with a warning', async () => {
    await serve()
    await registry.client.deleteRegisteredModelAlias('penguins', 'champion')
    await vi.waitFor(() => expect(events).toHaveLength(1), { timeout: 10_000 })
    await sleep(60)
    expect(events).toMatchObject([{ level: 'warning', event: 'alias_gone' }])
    expect(await versionOf()).toBe(1)
    await registry.promote(2)
    await untilVersion(2)
  })

  it.each(['models:/penguins/Production', 'models:/penguins/latest'])('is followed as %s too', async (uri) => {
    await registry.client.transitionModelVersionStage('penguins', 1, 'Production', { archiveExistingVersions: true })
    await serve({ models: [{ uri }] })
    const next = await registry.register({ seed: 4 })
    await registry.client.transitionModelVersionStage('penguins', next, 'Production', { archiveExistingVersions: true })
    await untilVersion(next)
  })
})

describe('models beside each other', () => {
  const two = [{ uri: 'models:/penguins/1' }, { uri: 'models:/penguins/2', weight: 3 }] as const

  it('share requests by weight', async () => {
    const points = [0, 0.2, 0.3, 0.9, 0.24, 0.26]
    await serve({ models: two, random: () => points.shift()! })
    const versions: number[] = []
    while (points.length > 0) versions.push(await versionOf())
    expect(versions).toEqual([1, 1, 2, 2, 1, 2])
    expect(server.info().models).toMatchObject([{ share: 0.25 }, { share: 0.75 }])
  })

  it('answer the same key by the same model, sent as header or parameter, and spread keys by weight', async () => {
    await serve({ models: two })
    const keys = Array.from({ length: 400 }, (_, position) => `user-${position}`)
    const versions = await Promise.all(keys.map((key) => versionOf({ 'x-routing-key': key })))
    expect(await Promise.all(keys.map((key) => versionOf({}, { routing_key: key })))).toEqual(versions)
    const share = versions.filter((version) => version === 2).length / keys.length
    // Four standard deviations of 400 draws with the share 0.75.
    expect(Math.abs(share - 0.75)).toBeLessThan(4 * Math.sqrt((0.75 * 0.25) / 400))
  })

  it('are counted by version', async () => {
    await serve({ models: two })
    for (let key = 0; key < 20; key++) await versionOf({ 'x-routing-key': String(key) })
    const counts = await metric(server, 'millrace_model_requests_total')
    expect(Object.keys(counts).toSorted()).toEqual(['{model="penguins",version="1"}', '{model="penguins",version="2"}'])
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(20)
  })

  it('give a canary its share of all', async () => {
    const points = [0.05, 0.94, 0.95, 0.99]
    await serve({
      models: [{ uri: 'models:/penguins@champion' }, { uri: 'models:/penguins/3', role: 'canary', weight: 0.05 }],
      random: () => points.shift()!,
    })
    const versions: number[] = []
    while (points.length > 0) versions.push(await versionOf())
    expect(versions).toEqual([1, 1, 3, 3])
  })

  it.each([
    [[{ uri: 'models:/penguins/1', role: 'shadow' as const }], /No model answers requests/],
    [[{ uri: 'models:/penguins/1', weight: -1 }], /A weight is -1/],
    [
      [{ uri: 'models:/penguins/1' }, { uri: 'models:/penguins/2', role: 'canary' as const, weight: 2 }],
      /take 2 of all/,
    ],
  ])('are refused when nothing is left to answer: %j', async (models, message) => {
    await serve()
    await expect(createModelServer({ models: models as never, client: registry.client })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(message) as string,
    })
  })
})

describe('a shadow', () => {
  it('answers nobody, and is compared with the answers that were given', async () => {
    await serve({
      models: [
        { uri: 'models:/penguins/1' },
        { uri: 'models:/penguins/1', role: 'shadow' },
        { uri: 'models:/penguins/2', role: 'shadow' },
      ],
    })
    for (let request = 0; request < 10; request++) expect(await versionOf()).toBe(1)
    await vi.waitFor(async () => {
      const rows = await metric(server, 'millrace_shadow_rows_total')
      expect(rows['{model="penguins",version="1",agrees="true"}']).toBe(10)
      expect(rows['{model="penguins",version="1",agrees="false"}']).toBe(0)
      const [yes, no] = ['true', 'false'].map((agrees) => rows[`{model="penguins",version="2",agrees="${agrees}"}`]!)
      expect(yes! + no!).toBe(10)
    }, 10_000)
    expect(Object.keys(await metric(server, 'millrace_model_requests_total'))).toEqual([
      '{model="penguins",version="1"}',
    ])
  })
})
