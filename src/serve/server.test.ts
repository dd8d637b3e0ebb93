/** The server as a whole: its paths, its limits, its port. */
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { describedBy } from '../../test/openapi.ts'
import { get, metric, type PenguinRegistry, penguin, penguinRegistry, post } from '../../test/served-penguins.ts'
import { createModelServer, listen, type LogEntry, type ModelServer, type ModelServerOptions } from './index.ts'

let registry: PenguinRegistry
let server: ModelServer

beforeAll(async () => {
  registry = await penguinRegistry()
  await registry.promote(await registry.register())
  server = await start()
})

afterAll(async () => {
  await server.close()
  await registry[Symbol.asyncDispose]()
})

async function start(options: Partial<ModelServerOptions> = {}): Promise<ModelServer> {
  return await createModelServer({
    models: [{ uri: 'models:/penguins@champion' }],
    trackingUri: registry.trackingUri,
    ...options,
  })
}

describe('the paths', () => {
  it.each(['/ping', '/health'])('%s says that the server is there', async (path) => {
    expect(await get(server, path)).toMatchObject({ status: 200, body: '\n' })
  })

  it('/version says which Millrace it is', async () => {
    expect((await get(server, '/version')).body).toBe(packageJson.version)
  })

  it('/model_info describes the model', async () => {
    const { body } = await get(server, '/model_info')
    expect(body).toMatchObject({
      name: 'penguins',
      version: 1,
      uri: 'models:/penguins@champion',
      run_id: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      task: 'classification',
      classes: ['Adelie', 'Chinstrap', 'Gentoo'],
      input_example: { data: expect.any(Array) as unknown[] },
      models: [{ name: 'penguins', version: 1, role: 'primary', share: 1, batched: true }],
    })
    expect(server.info()).toEqual(body)
  })

  it('/openapi.json describes rows by the signature, and what is answered, with examples that work', async () => {
    const { openapi, posts, gets } = await describedBy(server)
    expect(openapi).toBe('3.1.0')
    expect(posts.map(({ path }) => path)).toEqual(['/predict', '/invocations', '/v2/models/penguins/infer'])
    for (const { path, example, takes, gives } of posts) {
      const { status, body } = await post(server, path, example)
      expect([status, takes(JSON.parse(example!)), gives(200, body)]).toEqual([200, true, true])
      expect(gives(200, [])).toBe(false)
      const refused = await post(server, path, {})
      expect([refused.status, gives(400, refused.body)]).toEqual([400, true])
    }
    const [{ takes }] = posts as [(typeof posts)[0]]
    expect([takes(penguin), takes([{ ...penguin, sex: null }]), takes({ inputs: [penguin] })]).toEqual([
      true,
      true,
      true,
    ])
    expect([takes({ ...penguin, sex: 1 }), takes({ island: 'Dream' })]).toEqual([false, false])
    for (const path of gets) expect((await get(server, path)).status).toBe(200)
  })

  it('/openapi.json describes answers of rows that are skipped, and answers row by row', async () => {
    const params = { skip_bad_rows: true, answers: 'rows' }
    for (const { path, gives } of (await describedBy(server)).posts.slice(0, 2)) {
      const { status, body } = await post(server, path, { inputs: [penguin, { ...penguin, sex: 1 }], params })
      expect([status, gives(200, body)]).toEqual([200, true])
    }
  })

  it('answer HEAD as GET without the body', async () => {
    const response = await server.fetch(new Request('http://localhost/ping', { method: 'HEAD' }))
    expect([response.status, await response.text()]).toEqual([200, ''])
  })

  it('are named where there is none', async () => {
    const { status, body } = await get(server, '/predictions')
    expect(status).toBe(404)
    expect(body).toMatchObject({
      error_code: 'ENDPOINT_NOT_FOUND',
      message: expect.stringMatching(
        /nothing at \/predictions\. There are: POST \/invocations, POST \/predict/,
      ) as string,
    })
  })

  it('say which method they take', async () => {
    const { status, headers, body } = await get(server, '/invocations')
    expect([status, headers.get('allow')]).toEqual([405, 'POST'])
    expect(body).toMatchObject({ message: '/invocations does not take GET. Use POST.' })
  })
})

describe('metrics', () => {
  it('count requests, rows and predictions by version', async () => {
    const counted = await start()
    await post(counted, '/predict', [penguin, penguin])
    await post(counted, '/predict', { inputs: [penguin, { ...penguin, sex: 1 }], params: { skip_bad_rows: true } })
    await post(counted, '/predict', 'no JSON')
    expect(await metric(counted, 'millrace_requests_total')).toMatchObject({
      '{route="/predict",status="200"}': 2,
      '{route="/predict",status="400"}': 1,
    })
    const labels = '{model="penguins",version="1"}'
    expect(await metric(counted, 'millrace_model_requests_total')).toEqual({ [labels]: 2 })
    expect(await metric(counted, 'millrace_model_rows_total')).toEqual({ [labels]: 4 })
    expect(await metric(counted, 'millrace_model_bad_rows_total')).toEqual({ [labels]: 1 })
    const classes = Object.values(await metric(counted, 'millrace_model_predictions_total'))
    expect(classes.reduce((sum, count) => sum + count, 0)).toBe(4)
    const { confidence } = (
      (await post(counted, '/predict', penguin)).body as { predictions: [{ confidence: number }] }
    ).predictions[0]
    const sum = (await metric(counted, 'millrace_model_confidence_total'))[labels]!
    expect(sum / 5).toBeGreaterThan(0.3)
    expect(sum / 5).toBeLessThanOrEqual(Math.max(confidence, 1))
    expect((await metric(counted, 'process_resident_memory_bytes'))['']).toBeGreaterThan(1e6)
    await counted.close()
  })
})

describe('limits', () => {
  it.each([
    [{ maxBodyBytes: 0 }, 'The limit maxBodyBytes is 0, expected a whole number above zero.'],
    [{ maxRequests: -1 }, 'The limit maxRequests is -1, expected a whole number above zero.'],
    [{ timeoutMs: 0 }, 'The limit timeoutMs is 0, expected a time above zero, of at most 24 days.'],
    [{ timeoutMs: 1e12 }, 'The limit timeoutMs is 1000000000000, expected'],
  ])('that let nothing through are refused: %j', async (limits, message) => {
    await expect(start({ limits })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining(message) as string,
    })
  })

  it('refuse a body that is too large, whether it says so or not', async () => {
    const small = await start({ limits: { maxBodyBytes: 1000 } })
    const rows = Array.from({ length: 20 }, () => penguin)
    const { status, body } = await post(small, '/predict', rows)
    expect(status).toBe(413)
    expect(body).toMatchObject({
      error_code: 'REQUEST_LIMIT_EXCEEDED',
      message: expect.stringContaining('larger than 1000 bytes') as string,
    })
    const stream = new Blob([JSON.stringify(rows)]).stream()
    const headers = { 'content-type': 'application/json' }
    const request = new Request('http://localhost/predict', { method: 'POST', headers, body: stream, duplex: 'half' })
    expect((await small.fetch(request)).status).toBe(413)
    expect((await post(small, '/predict', penguin)).status).toBe(200)
    await small.close()
  })

  it('ask those to come again that are too many at once', async () => {
    const narrow = await start({ limits: { maxRequests: 3 } })
    const replies = await Promise.all(Array.from({ length: 5 }, () => post(narrow, '/predict', penguin)))
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 503, 503])
    expect(replies[4]!.headers.get('retry-after')).toBe('1')
    expect(replies[4]!.body).toMatchObject({ error_code: 'TEMPORARILY_UNAVAILABLE' })
    await narrow.close()
  })

  it('give up what cannot be scored in time', async () => {
    const hasty = await start({ limits: { timeoutMs: 1e-6 } })
    const { status, body } = await post(hasty, '/predict', penguin)
    expect(status).toBe(504)
    expect(body).toMatchObject({ error_code: 'DEADLINE_EXCEEDED' })
    await hasty.close()
  })
})

describe('starting', () => {
  it.each([
    ['models:/penguin@champion', 'RESOURCE_DOES_NOT_EXIST', /Did you mean "penguins"/],
    ['models:/penguins@champio', 'RESOURCE_DOES_NOT_EXIST', /Did you mean "champion"/],
    ['models:/penguins/7', 'RESOURCE_DOES_NOT_EXIST', /There are these versions: 1/],
    ['./nowhere', 'RESOURCE_DOES_NOT_EXIST', /There is no model at .*nowhere/],
    ['./src', 'INVALID_MODEL', /MLmodel is missing/],
  ])('fails for %s', async (uri, code, message) => {
    await expect(start({ models: [{ uri }] })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    })
  })

  it('serves a folder, for which no store is needed', async () => {
    const folder = await registry.folderOf(1)
    const plain = await createModelServer({ models: [{ uri: folder }] })
    const { headers, body } = await post(plain, '/predict', penguin)
    expect(headers.has('x-model-version')).toBe(false)
    expect(body).toMatchObject({ model: { name: 'model' } })
    expect((await get(plain, '/model_info')).body).toMatchObject({ name: 'model', version: null })
    await plain.close()
  })
})

describe('closing', () => {
  it('finishes what is under way, and refuses what comes then', async () => {
    const closing = await start()
    const underWay = Array.from({ length: 20 }, () => post(closing, '/predict', penguin))
    const closed = closing.close()
    expect((await Promise.all(underWay)).map(({ status }) => status)).toEqual(underWay.map(() => 200))
    await closed
    expect((await post(closing, '/predict', penguin)).status).toBe(503)
  })
})

describe('a port', () => {
  it('gives the answers that fetch gives', async () => {
    const listening = await listen(await start(), { port: 0 })
    const response = await fetch(`${listening.url}/predict?from=test`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(penguin),
    })
    expect(await response.json()).toEqual((await post(server, '/predict', penguin)).body)
    expect((await fetch(`${listening.url}/nothing`)).status).toBe(404)
    await listening.close()
    await expect(fetch(`${listening.url}/ping`)).rejects.toThrow()
  })

  it('is given up only when every request that has begun is answered, on connections that would go on too', async () => {
    const listening = await listen(await start(), { port: 0 })
    const body = JSON.stringify(penguin)
    const socket = connect(listening.port, '127.0.0.1')
    await once(socket, 'connect')
    const reply = text(socket)
    socket.write(
      `POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 9)}`,
    )
    await sleep(20)
    const closed = listening.close()
    await sleep(20)
    socket.write(body.slice(9))
    expect(await reply).toMatch(/^HTTP\/1.1 200 OK\r\n[^]*connection: close[^]*"prediction"/)
    await closed
  })

  it('that another program has is named, with what to do', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    await expect(listen(server, { port })).rejects.toMatchObject({
      code: 'PORT_UNAVAILABLE',
      message: `Cannot listen on 127.0.0.1:${port}: another program has the port. Choose another (--port ${port + 1}, or --port 0 for any free one), or stop that program.`,
    })
    other.close()
  })

  it('on an address that is not here is refused', async () => {
    await expect(listen(server, { port: 0, host: '192.0.2.1' })).rejects.toMatchObject({
      message: expect.stringContaining('this machine has no such address') as string,
    })
  })

  it('lets a client with too large a body see why', async () => {
    const listening = await listen(await start({ limits: { maxBodyBytes: 1000 } }), { port: 0 })
    const headers = { 'content-type': 'application/json' }
    const send = async (body: string | ReadableStream): Promise<number> =>
      (await fetch(`${listening.url}/predict`, { method: 'POST', headers, body, duplex: 'half' })).status
    expect(await send('x'.repeat(3_000_000))).toBe(413)
    expect(await send(new Blob(['x'.repeat(3_000_000)]).stream())).toBe(413)
    await listening.close()
  })

  it('outlives clients that go away in the middle of their request, or talk nonsense', async () => {
    const events: LogEntry[] = []
    const listening = await listen(await start({ log: (entry) => events.push(entry) }), { port: 0 })
    for (const text of ['POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{"isl', 'nonsense\r\n\r\n']) {
      const socket = connect(listening.port, '127.0.0.1')
      await once(socket, 'connect')
      socket.write(text)
      await sleep(20)
      socket.destroy()
    }
    const impatient = new AbortController()
    const asked = fetch(`${listening.url}/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(Array.from({ length: 2000 }, () => penguin)),
      signal: impatient.signal,
    })
    await sleep(5)
    impatient.abort()
    await asked.catch(() => undefined)
    expect((await fetch(`${listening.url}/ping`)).status).toBe(200)
    await listening.close()
    expect(events).toEqual([])
  })

  it('logs requests when asked to', async () => {
    const events: LogEntry[] = []
    const logged = await start({ accessLog: true, log: (entry) => events.push(entry) })
    await get(logged, '/ping')
    expect(events).toMatchObject([{ event: 'request', method: 'GET', path: '/ping', status: 200 }])
    await logged.close()
  })
})
