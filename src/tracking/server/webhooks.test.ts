/** Webhooks end to end: a real receiver is told, after the change, and nobody waits for it. */
import { createHmac } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { OpenPort } from '../../core/index.ts'
import { openTracking, type TrackingClient } from '../index.ts'
import { newFernetKey } from '../webhooks/fernet.ts'
import { createTrackingServer, listenTracking, type WebhookOptions } from './index.ts'

interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Answers to a path, one after the other; the last one for good. `undefined` is none at all. */
type Answers = Record<string, (number | undefined)[]>

let folder: string
let receiver: Server
let address: string
let answers: Answers
let received: Received[]
let arrivals: EventEmitter
let logged: string[]
let listening: OpenPort
let client: TrackingClient

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-webhooks-'))
  answers = {}
  received = []
  logged = []
  arrivals = new EventEmitter()
  receiver = createServer((request, response) => void receive(request, response))
  receiver.listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  address = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`
})

afterEach(async () => {
  await listening.close()
  receiver.closeAllConnections()
  receiver.close()
  await rm(folder, { recursive: true, force: true })
})

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { url: path = '', headers } = request
  const body = await text(request)
  const left = answers[path] ?? [200]
  const status = left.length > 1 ? left.shift() : left[0]
  if (status !== undefined) response.writeHead(status, { location: '/elsewhere' }).end('noted')
  received.push({ path, headers, body })
  arrivals.emit('arrival')
}

function log(line: string): void {
  logged.push(line)
  arrivals.emit('line')
}

async function start(webhooks: WebhookOptions = {}): Promise<void> {
  const local = { allowedSchemes: ['http'], allowPrivateAddresses: true, backoffMs: 1 }
  const options = { trackingUri: join(folder, 'mlflow.db'), log, webhooks: { ...local, ...webhooks } }
  listening = await listenTracking(await createTrackingServer(options), { port: 0 })
  client = await openTracking({ trackingUri: listening.url })
}

/** The first `count` requests, as soon as they are there. */
async function arrived(count: number): Promise<readonly Received[]> {
  while (received.length < count) await once(arrivals, 'arrival')
  return received
}

async function lineOf(pattern: RegExp): Promise<string> {
  for (;;) {
    const line = logged.find((one) => pattern.test(one))
    if (line !== undefined) return line
    await once(arrivals, 'line')
  }
}

async function call(method: string, path: string, body?: unknown): Promise<{ status: number; body: string }> {
  const headers = { 'content-type': 'application/json' }
  const init = body === undefined ? {} : { headers, body: JSON.stringify(body) }
  const response = await fetch(`${listening.url}/api/2.0/mlflow/${path}`, { method, ...init })
  return { status: response.status, body: await response.text() }
}

async function subscribe(path: string, fields: object = {}): Promise<string> {
  const events = [{ entity: 'REGISTERED_MODEL', action: 'CREATED' }]
  const answer = await call('POST', 'webhooks', { name: 'hook', url: `${address}${path}`, events, ...fields })
  expect(answer.status).toBe(200)
  return (JSON.parse(answer.body) as { webhook: { webhook_id: string } }).webhook.webhook_id
}

describe('a webhook', () => {
  it('is told with a signature that its secret proves, and the secret is not seen again', async () => {
    await start()
    const id = await subscribe('/hook', { secret: 'top secret' })
    await client.createRegisteredModel('iris', { tags: { k: 'v' } })
    const [first] = await arrived(1)
    const { headers, body } = first!
    expect(JSON.parse(body)).toEqual({
      entity: 'registered_model',
      action: 'created',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+\+00:00$/),
      data: { name: 'iris', tags: { k: 'v' }, description: '' },
    })
    const signed = `${String(headers['x-mlflow-delivery-id'])}.${String(headers['x-mlflow-timestamp'])}.${body}`
    const signature = createHmac('sha256', 'top secret').update(signed).digest('base64')
    expect(headers['x-mlflow-signature']).toBe(`v1,${signature}`)
    const seen = [await call('GET', `webhooks/${id}`), await call('GET', 'webhooks')]
    const changed = await call('PATCH', `webhooks/${id}`, { secret: 'other secret' })
    expect(JSON.stringify([...seen, changed])).not.toMatch(/secret/)
  })

  it('is told again, with growing pauses, while it is in trouble, and no longer than that', async () => {
    answers = { '/flaky': [503, 429, 200], '/broken': [500], '/refuses': [404] }
    await start({ maxRetries: 3 })
    for (const path of Object.keys(answers)) await subscribe(path)
    await client.createRegisteredModel('iris')
    await lineOf(/answered 500/)
    await lineOf(/answered 404/)
    await arrived(8)
    const counts = Object.keys(answers).map((path) => received.filter((one) => one.path === path).length)
    expect(counts).toEqual([3, 4, 1])
    const ids = received.filter(({ path }) => path === '/flaky').map(({ headers }) => headers['x-mlflow-delivery-id'])
    expect(new Set(ids).size).toBe(1)
    expect(logged.join('\n')).not.toMatch(/flaky|broken|refuses/)
  })

  it('is not followed when it sends elsewhere', async () => {
    answers = { '/moved': [307] }
    await start()
    const id = await subscribe('/moved')
    const { body } = await call('POST', `webhooks/${id}/test`, {})
    expect(JSON.parse(body)).toEqual({ result: { success: true, response_status: 307, response_body: 'noted' } })
    expect(received.map(({ path }) => path)).toEqual(['/moved'])
  })

  it('that never answers holds up neither requests nor the end of the server, and what is too much is dropped', async () => {
    answers = { '/hangs': [undefined] }
    await start({ workers: 1, capacity: 2 })
    await subscribe('/hangs')
    await client.createRegisteredModel('m0')
    await arrived(1)
    for (let i = 1; i <= 3; i++) await client.createRegisteredModel(`m${i}`)
    expect(await lineOf(/dropped/)).toBe(
      'Webhooks: dropped registered_model.created, because 2 deliveries are waiting already.',
    )
    expect((await client.searchRegisteredModels()).items).toHaveLength(4)
  })

  it('that stays silent for too long is given up', async () => {
    answers = { '/hangs': [undefined] }
    await start({ timeoutMs: 50, maxRetries: 1 })
    await subscribe('/hangs?token=hidden')
    answers['/hangs?token=hidden'] = [undefined]
    await client.createRegisteredModel('iris')
    expect(await lineOf(/did not get/)).toMatch(
      /^Webhooks: http:\/\/127\.0\.0\.1:\d+ did not get registered_model.created: /,
    )
    expect(received).toHaveLength(2)
  })

  it('is not told of a change that failed', async () => {
    await start()
    await subscribe('/hook')
    await client.createRegisteredModel('iris')
    await expect(client.createRegisteredModel('iris')).rejects.toThrow(/already exists/)
    await client.createRegisteredModel('later')
    const names = (await arrived(2)).map(({ body }) => (JSON.parse(body) as { data: { name: string } }).data.name)
    expect(names.toSorted()).toEqual(['iris', 'later'])
  })

  it('cannot be made to reach private addresses, now or after its name has changed what it means', async () => {
    await start()
    const id = await subscribe('/hook')
    const { port } = new URL(address)
    const byName = await subscribe('/hook', { url: `http://localhost:${port}/hook` })
    await listening.close()
    // The same store, with the rules as they are by default: the URLs are already in it.
    await start({ allowPrivateAddresses: false })
    for (const webhook of [id, byName]) {
      const { body } = await call('POST', `webhooks/${webhook}/test`, {})
      expect(body).toMatch(/"success":false.*is not a public IP address/)
    }
    const refused = await call('PATCH', `webhooks/${id}`, { url: `${address}/other` })
    expect(refused).toMatchObject({ status: 400, body: expect.stringMatching(/non-public IP address/) })
    expect(received).toEqual([])
  })

  it('whose secret cannot be read any more is not told unsigned, of which the log warns when it is stored', async () => {
    await start()
    await subscribe('/open')
    expect(logged).toEqual([])
    for (const secret of ['first', 's']) await subscribe('/hook', { secret })
    expect(logged).toEqual([
      'Webhooks: a secret is stored that cannot be read after a restart, when its webhook is no longer called: ' +
        'MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY is not set, so the key ends with this process. Set it to the output of ' +
        `node -p "crypto.randomBytes(32).toString('base64url')", start again, and give the webhook its secret again.`,
    ])
    await listening.close()
    await start()
    await client.createRegisteredModel('iris')
    expect(await lineOf(/did not get/)).toMatch(/stored with another key/)
    expect(received.filter(({ path }) => path === '/hook')).toEqual([])
  })

  it('is told by a later start that has the key its secret was stored with, and no warning is due', async () => {
    const secretKey = newFernetKey()
    await start({ secretKey })
    await subscribe('/hook', { secret: 's' })
    await listening.close()
    await start({ secretKey })
    await client.createRegisteredModel('iris')
    expect((await arrived(1))[0]?.headers['x-mlflow-signature']).toMatch(/^v1,/)
    expect(logged).toEqual([])
  })
})
