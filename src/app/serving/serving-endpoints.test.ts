/** The endpoints of serving, on real servers of real models. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { penguin, type PenguinRegistry, penguinRegistry } from '../../../test/served-penguins.ts'
import { createModelServer, listen, type Listening } from '../../serve/index.ts'
import {
  createTrackingServer,
  openUsers,
  type TrackingServer,
  type TrackingServerOptions,
} from '../../tracking/server/index.ts'
import { ModelServers, servingEndpoints } from '../index.ts'

let registry: PenguinRegistry
let serving: Listening
let id: string

beforeAll(async () => {
  registry = await penguinRegistry()
  await registry.register()
  await registry.register({ epochs: 3 })
  const models = [
    { uri: 'models:/penguins/1' },
    { uri: 'models:/penguins/2', role: 'canary', weight: 0.25 },
    { uri: 'models:/penguins/2', role: 'shadow' },
  ] as const
  serving = await listen(await createModelServer({ trackingUri: registry.trackingUri, models }), { port: 0 })
  id = serving.url.slice('http://'.length).replaceAll(/[.:]/g, '-')
})

afterAll(async () => {
  await serving.close()
  await registry[Symbol.asyncDispose]()
})

type Answer = Readonly<Record<string, unknown>>

/** A tracking server that looks at model servers, for the time of a test. */
async function looking(
  urls: readonly string[],
  options: Pick<TrackingServerOptions, 'auth' | 'trackingUri' | 'defaultPermission' | 'maxBodyBytes'> = {},
  timeouts: { readonly lookTimeoutMs?: number; readonly predictTimeoutMs?: number } = {},
): Promise<TrackingServer> {
  const servers = new ModelServers(urls, { intervalMs: 20, lookTimeoutMs: 20_000, ...timeouts })
  const { trackingUri = `${registry.folder}/looking.db` } = options
  const server = await createTrackingServer({ ...options, trackingUri, endpoints: servingEndpoints(servers) })
  onTestFinished(async () => {
    await servers[Symbol.asyncDispose]()
    await server.close()
  })
  return server
}

async function ask(
  server: TrackingServer,
  path: string,
  init: RequestInit = {},
): Promise<{ readonly status: number; readonly answer: Answer }> {
  const response = await server.fetch(new Request(`http://localhost/api/2.0/millrace/serving/${path}`, init))
  return { status: response.status, answer: (await response.json()) as Answer }
}

function json(body: unknown, headers: Readonly<Record<string, string>> = {}): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }
}

/** A server on loopback that is none of ours. */
async function stranger(answer: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('what is served', () => {
  it('is told with roles and shares of all its models', async () => {
    const { answer } = await ask(await looking([serving.url]), 'list')
    expect(answer).toMatchObject({
      servers: [
        {
          id,
          url: serving.url,
          status: 'up',
          models: [
            { name: 'penguins', version: 1, role: 'primary', share: 0.75, uri: 'models:/penguins/1' },
            { name: 'penguins', version: 2, role: 'canary', share: 0.25 },
            { name: 'penguins', version: 2, role: 'shadow', share: 0 },
          ],
        },
      ],
    })
  })

  it('is told with what a form is made from', async () => {
    const { answer } = await ask(await looking([serving.url]), `${id}/get`)
    expect(answer).toMatchObject({
      server: { id },
      model: {
        task: 'classification',
        classes: ['Adelie', 'Chinstrap', 'Gentoo'],
        inputs: expect.arrayContaining([{ name: 'island', type: 'string' }]) as unknown,
        input_example: { columns: expect.arrayContaining(['island']) as unknown },
      },
    })
  })

  it('names what is away and why, beside what is there', async () => {
    const html = await stranger((_, response) => response.end('<html>'))
    const server = await looking([serving.url, 'http://127.0.0.1:1', html])
    const { servers } = (await ask(server, 'list')).answer as { servers: Answer[] }
    expect(servers.map(({ status, error }) => [status, error])).toEqual([
      ['up', undefined],
      ['away', expect.stringMatching(/127\.0\.0\.1:1 cannot be reached: .*Start it: millrace serve/)],
      ['away', expect.stringContaining('no model server of Millrace')],
    ])
  })

  it('does not wait for what never answers', async () => {
    const server = await looking([await stranger(() => {})], {}, { lookTimeoutMs: 50 })
    expect((await ask(server, 'list')).answer).toMatchObject({
      servers: [{ status: 'away', error: expect.stringContaining('no answer within 0.05 seconds') as unknown }],
    })
  })

  it('is looked at nowhere but where it was said to be', async () => {
    const redirecting = await stranger((_, response) => {
      response.writeHead(302, { location: `${serving.url}/model_info` }).end()
    })
    const server = await looking([redirecting])
    expect((await ask(server, 'list')).answer).toMatchObject({
      servers: [{ status: 'away', error: expect.stringContaining('status 302') as unknown }],
    })
    for (const other of [encodeURIComponent(serving.url), id, '..']) {
      expect((await ask(server, `${other}/predict`, json(penguin))).status).toBe(404)
    }
  })

  it('is nothing without an address, and asking for one says how to name it', async () => {
    const server = await looking([])
    expect((await ask(server, 'list')).answer).toEqual({ servers: [] })
    expect((await ask(server, `${id}/get`)).answer['message']).toContain('millrace server --serving')
  })

  it.each(['127.0.0.1:8080', 'file:///etc/passwd', ''])('cannot be at %j', (url) => {
    expect(() => new ModelServers([url])).toThrow(/expected an address such as http:\/\/127\.0\.0\.1:8080/)
  })

  it('is named once', async () => {
    expect(() => new ModelServers([`${serving.url}/`, serving.url])).toThrow(/given twice/)
    await Promise.resolve()
  })
})

describe('a prediction', () => {
  it('is what the model server answers, for rows as JSON and as CSV', async () => {
    const server = await looking([serving.url])
    const { status, answer } = await ask(server, `${id}/predict`, json(penguin))
    expect(status).toBe(200)
    expect(answer).toMatchObject({ predictions: [{ probabilities: { Gentoo: expect.any(Number) as unknown } }] })
    const csv = `${Object.keys(penguin).join(',')}\n${Object.values(penguin).join(',')}\n`
    const body = { method: 'POST', headers: { 'content-type': 'text/csv' }, body: csv }
    expect((await ask(server, `${id}/predict`, body)).status).toBe(200)
  })

  it('that does not fit is refused in the words of the model server', async () => {
    const server = await looking([serving.url])
    const { status, answer } = await ask(server, `${id}/predict`, json({ ...penguin, body_mass_g: 'heavy' }))
    expect(status).toBe(400)
    expect(answer).toMatchObject({ errors: [{ row: 1, field: 'body_mass_g' }] })
  })

  it('is not passed on in other forms, larger than is taken, or to nobody', async () => {
    const server = await looking([serving.url, 'http://127.0.0.1:1'], { maxBodyBytes: 1000 })
    const form = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{}' }
    expect((await ask(server, `${id}/predict`, form)).status).toBe(415)
    expect((await ask(server, `${id}/predict`, json({ island: 'x'.repeat(1000) }))).status).toBe(413)
    const nobody = await ask(server, '127-0-0-1-1/predict', json(penguin))
    expect(nobody).toMatchObject({ status: 503, answer: { message: expect.stringContaining('Start it') as unknown } })
  })

  it('that takes too long or is no JSON says so', async () => {
    const url = await stranger((request, response) => {
      if (request.url === '/predict') response.end('<html>')
    })
    const server = await looking([url], {}, { lookTimeoutMs: 50 })
    const [{ id: other }] = ((await ask(server, 'list')).answer as { servers: [{ id: string }] }).servers
    expect((await ask(server, `${other}/predict`, json({}))).answer['message']).toContain('no JSON')
    const slow = await stranger(() => {})
    const waiting = await looking([slow], {}, { lookTimeoutMs: 50, predictTimeoutMs: 50 })
    const slowId = slow.slice('http://'.length).replaceAll(/[.:]/g, '-')
    expect((await ask(waiting, `${slowId}/predict`, json({}))).answer['message']).toContain('no answer within 0.05')
  })
})

describe('traffic', () => {
  it('is told look by look, with who answered and how long it took', async () => {
    const server = await looking([serving.url])
    await ask(server, 'list')
    for (let i = 0; i < 20; i++) await ask(server, `${id}/predict`, json(penguin))
    const traffic = await vi.waitUntil(async () => {
      const { answer } = await ask(server, `${id}/traffic`)
      const { p50_ms: p50 } = answer as { p50_ms: (number | null)[] }
      return p50.at(-1) === null || p50.length === 0 ? undefined : answer
    })
    const { time, requests_per_second: requests, p99_ms: p99, versions } = traffic as Record<string, unknown[]>
    expect(requests).toHaveLength(time!.length)
    expect(requests!.some((rate) => (rate as number) > 0)).toBe(true)
    expect(p99!.at(-1)).toBeGreaterThan(0)
    expect(versions).toContainEqual(expect.objectContaining({ model: 'penguins', version: 1 }))
    const { servers } = (await ask(server, 'list')).answer as { servers: [{ counts: Answer[] }] }
    const counts = servers[0].counts.find(({ version }) => version === 2)!
    expect(counts['shadow_agreement']).toBeGreaterThan(0)
    expect(counts['mean_confidence']).toBeGreaterThan(0.3)
  })
})

describe('a server with users', () => {
  it('lets them look who may read, and ask who may use', async () => {
    const trackingUri = `${registry.folder}/users.db`
    await using users = await openUsers(trackingUri)
    await users.createUser('bob', 'correct horse battery')
    const authorization = `Basic ${Buffer.from('bob:correct horse battery').toString('base64')}`
    const reading = await looking([serving.url], { trackingUri, auth: true })
    expect((await ask(reading, 'list')).status).toBe(401)
    expect((await ask(reading, 'list', { headers: { authorization } })).status).toBe(200)
    expect((await ask(reading, `${id}/predict`, json(penguin, { authorization }))).status).toBe(403)
    const using = await looking([serving.url], { trackingUri, auth: true, defaultPermission: 'USE' })
    expect((await ask(using, `${id}/predict`, json(penguin, { authorization }))).status).toBe(200)
    const strict = await looking([serving.url], { trackingUri, auth: true, defaultPermission: 'NO_PERMISSIONS' })
    expect((await ask(strict, 'list', { headers: { authorization } })).status).toBe(403)
  })
})
