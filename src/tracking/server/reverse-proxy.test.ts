/** The server behind a reverse proxy at a path of its own, as nginx or Caddy would be set up. */
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, request as httpRequest, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { OpenPort } from '../../core/index.ts'
import { openTracking, resolveModelUri, withRun } from '../index.ts'
import { createTrackingServer, listenTracking } from './index.ts'

const PREFIX = '/tools/mlflow'
let folder: string
let server: OpenPort
let proxy: Server

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-proxy-'))
})

afterEach(async () => {
  proxy.close()
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

/** A proxy that passes what is below the prefix on, under the same path or with the prefix cut off. */
async function startBehindProxy({ cutsPrefix }: { readonly cutsPrefix: boolean }): Promise<string> {
  const options = cutsPrefix ? {} : { staticPrefix: PREFIX }
  const tracking = await createTrackingServer({ trackingUri: join(folder, 'mlflow.db'), ...options })
  server = await listenTracking(tracking, { port: 0 })
  proxy = createServer((incoming, answer) => {
    const { url = '', method, headers } = incoming
    if (!url.startsWith(`${PREFIX}/`)) return void answer.writeHead(404).end()
    const forwarded = {
      ...headers,
      host: `127.0.0.1:${server.port}`,
      'x-forwarded-for': '192.0.2.1',
      'x-forwarded-host': headers.host,
      'x-forwarded-proto': 'https',
      'x-forwarded-prefix': PREFIX,
    }
    const path = cutsPrefix ? url.slice(PREFIX.length) : url
    const passed = httpRequest({ port: server.port, host: '127.0.0.1', method, path, headers: forwarded }, (reply) => {
      answer.writeHead(reply.statusCode ?? 500, reply.headers)
      reply.pipe(answer)
    })
    incoming.pipe(passed)
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}${PREFIX}`
}

describe.each([
  { cutsPrefix: false, name: 'that keeps the path, with --static-prefix' },
  { cutsPrefix: true, name: 'that cuts the prefix off' },
])('behind a proxy $name', ({ cutsPrefix }) => {
  it('runs, artifacts and models work', async () => {
    const trackingUri = await startBehindProxy({ cutsPrefix })
    await using client = await openTracking({ trackingUri })
    await withRun(client, { experiment: 'proxied' }, async (run) => {
      await run.logMetrics({ acc: 0.5 })
      await run.logText('flavors: {}', 'model/MLmodel')
      await run.logText('x'.repeat(300_000), 'model/ü b.bin')
      await client.createRegisteredModel('owl')
      await client.createModelVersion('owl', `runs:/${run.runId}/model`, { runId: run.runId })
    })
    const { path = '' } = await resolveModelUri(client, 'models:/owl/1')
    expect(await readFile(join(path, 'ü b.bin'), 'utf8')).toHaveLength(300_000)
    expect(await (await fetch(`${trackingUri}/health`)).text()).toBe('OK')
    expect((await fetch(`${trackingUri}/ajax-api/2.0/mlflow/experiments/search?max_results=5`)).status).toBe(200)
  })

  it('pages of the proxy may write, others may not', async () => {
    const trackingUri = await startBehindProxy({ cutsPrefix })
    const create = async (origin: string, name: string): Promise<number> => {
      const headers = { 'content-type': 'application/json', origin }
      const body = JSON.stringify({ name })
      const url = `${trackingUri}/ajax-api/2.0/mlflow/experiments/create`
      return (await fetch(url, { method: 'POST', headers, body })).status
    }
    expect(await create(new URL(trackingUri).origin, 'own')).toBe(200)
    expect(await create('https://elsewhere.example', 'foreign')).toBe(403)
  })
})
