/** Serving containers by the contract. */
import { cp } from 'node:fs/promises'
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServing, type StartServingOptions } from '../../src/container/index.ts'
import type { Listening, LogEntry } from '../../src/serve/index.ts'
import { outcomeOf } from '../cli/run-millrace.ts'
import { penguin, type PenguinRegistry, penguinRegistry } from '../served-penguins.ts'
import { type OptMl, optMl } from './opt-ml.ts'

let registry: PenguinRegistry
let container: OptMl
beforeAll(async () => {
  registry = await penguinRegistry()
  container = await optMl()
  await cp(await registry.folderOf(await registry.register()), container.path('model'), { recursive: true })
})
afterAll(async () => {
  await container[Symbol.asyncDispose]()
  await registry[Symbol.asyncDispose]()
})

async function serving(
  environment: Record<string, string> = {},
  options: Partial<StartServingOptions> = {},
): Promise<Listening & AsyncDisposable> {
  const open = await startServing({
    root: container.root,
    environment: { SAGEMAKER_BIND_TO_PORT: '0', ...environment },
    ...options,
  })
  return { ...open, [Symbol.asyncDispose]: () => open.close() }
}

const json = { method: 'POST', headers: { 'content-type': 'application/json' } }
const body = JSON.stringify({ inputs: [penguin] })

describe('a serving container', () => {
  it('answers /ping and /invocations, also with headers it does not know', async () => {
    await using server = await serving()
    expect((await fetch(`${server.url}/ping`)).status).toBe(200)
    const headers = {
      ...json.headers,
      'X-Amzn-SageMaker-Custom-Attributes': 'trace=1',
      'X-Amzn-SageMaker-Inference-Id': 'a',
    }
    const answer = await fetch(`${server.url}/invocations`, { ...json, headers, body })
    expect([answer.status, await answer.json()]).toMatchObject([200, { predictions: { label: [expect.any(String)] } }])
  })

  it('takes bodies up to the limit of the platform, and says how batches may come', async () => {
    await using usual = await serving()
    const large = 'x'.repeat(6 * 2 ** 20 + 1)
    expect((await fetch(`${usual.url}/invocations`, { ...json, body: large })).status).toBe(413)
    expect(await (await fetch(`${usual.url}/execution-parameters`)).json()).toEqual({
      MaxConcurrentTransforms: expect.any(Number) as number,
      BatchStrategy: 'MULTI_RECORD',
      MaxPayloadInMB: 6,
    })
    await using batch = await serving({
      SAGEMAKER_BATCH: 'true',
      SAGEMAKER_MAX_PAYLOAD_IN_MB: '7',
      SAGEMAKER_BATCH_STRATEGY: 'SINGLE_RECORD',
      SAGEMAKER_MAX_CONCURRENT_TRANSFORMS: '3',
    })
    expect((await fetch(`${batch.url}/invocations`, { ...json, body: large })).status).toBe(400)
    expect(await (await fetch(`${batch.url}/execution-parameters`)).json()).toEqual({
      MaxConcurrentTransforms: 3,
      BatchStrategy: 'SINGLE_RECORD',
      MaxPayloadInMB: 7,
    })
  })

  it('answers what it cannot take shortly and without a stack', async () => {
    await using server = await serving()
    const answer = await fetch(`${server.url}/invocations`, { ...json, body: '{"inputs": [{"island": 1}]}' })
    expect(answer.status).toBe(400)
    const message = await answer.text()
    expect(message.length).toBeLessThan(1024)
    expect(message).not.toMatch(/\n\s+at /)
  })

  it('needs a model, or one that was baked in', async () => {
    await using empty = await optMl()
    await expect(startServing({ root: empty.root, environment: {} })).rejects.toMatchObject({
      code: 'RESOURCE_DOES_NOT_EXIST',
      message: expect.stringMatching(/no model in .*model: the file MLmodel is not there/) as string,
    })
    await using server = await serving({ MILLRACE_CONTAINER_MODEL: container.path('model') }, { root: empty.root })
    expect((await fetch(`${server.url}/invocations`, { ...json, body })).status).toBe(200)
  })

  it('refuses a port that is none', async () => {
    await expect(serving({ SAGEMAKER_BIND_TO_PORT: 'x' })).rejects.toThrow('SAGEMAKER_BIND_TO_PORT is "x"')
  })

  describe('may be a program that answers itself', () => {
    let server: Listening
    const logged: LogEntry[] = []
    beforeAll(async () => {
      const program = await container.write(
        'serve.ts',
        `import { defineServing } from 'millrace/container'
        import { DataError } from 'millrace/core'
        export default defineServing({
          start: async ({ modelDir }) => ({
            routes: {
              'GET /ping': () => Response.json({ status: 'ok' }),
              'POST /invocations': async (request) => {
                const { length } = new Uint8Array(await request.arrayBuffer())
                return Response.json({ length, type: request.headers.get('content-type'), modelDir }, { status: 201 })
              },
              'POST /echo': async (request) => new Response(await request.bytes()),
              'POST /refuse': () => { throw new DataError({ file: 'image' }, 'no image') },
              'POST /fail': () => { throw new Error('no such thing') },
            },
          }),
        })`,
      )
      server = await serving({}, { program, log: (entry) => logged.push(entry) })
    })
    afterAll(() => server.close())

    const image = {
      method: 'POST',
      headers: { 'content-type': 'application/x-image' },
      body: new Uint8Array([0, 255, 7]),
    }
    const send = async (path: string, init: RequestInit = image): Promise<readonly [number, unknown]> => {
      const answer = await fetch(`${server.url}${path}`, init)
      return [answer.status, await answer.json()]
    }

    it('by path, /ping too, and in bytes', async () => {
      const modelDir = container.path('model')
      expect(await send('/ping', {})).toEqual([200, { status: 'ok' }])
      expect(await send('/invocations')).toEqual([201, { length: 3, type: 'application/x-image', modelDir }])
      const echo = await fetch(`${server.url}/echo`, image)
      expect(new Uint8Array(await echo.arrayBuffer())).toEqual(image.body)
    })

    it('its mistakes, those of who asks, and what it has no path for included', async () => {
      expect(await send('/fail')).toEqual([
        500,
        { error_code: 'INTERNAL_ERROR', message: 'The request could not be answered: no such thing' },
      ])
      expect(logged).toMatchObject([
        { level: 'error', message: 'POST /fail failed: no such thing', stack: expect.stringContaining('serve.ts') },
      ])
      expect(await send('/refuse')).toEqual([400, { error_code: 'BAD_REQUEST', message: 'image: no image' }])
      expect(await send('/other')).toMatchObject([
        404,
        { message: expect.stringMatching(/nothing at \/other\. .*GET \/ping, POST \/invocations/) as string },
      ])
      expect(await send('/invocations', {})).toMatchObject([
        405,
        { message: expect.stringContaining('Use POST') as string },
      ])
      expect(logged).toHaveLength(1)
      expect((await send('/execution-parameters', {}))[0]).toBe(200)
    })

    it('whose /ping says nothing unless it is among its paths', async () => {
      const start = `start: async () => ({ routes: {} })`
      const program = await container.write(
        'silent.ts',
        `import { defineServing } from 'millrace/container'\nexport default defineServing({ ${start} })`,
      )
      await using silent = await serving({}, { program })
      const ping = await fetch(`${silent.url}/ping`)
      expect([ping.status, await ping.text()]).toEqual([200, '\n'])
    })
  })

  it.skipIf(process.platform === 'win32')('finishes requests under way on SIGTERM and ends with 0', async () => {
    const child = container.start('serve', undefined, { SAGEMAKER_BIND_TO_PORT: '0' })
    const ended = outcomeOf(child)
    let printed = ''
    while (!printed.includes('\n')) printed += String((await once(child.stdout, 'data'))[0])
    const url = /http:\S+/.exec(printed)![0]
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    await once(socket, 'connect')
    const reply = text(socket)
    const head = `POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`
    socket.write(head + body.slice(0, 9))
    await fetch(`${url}/ping`)
    child.kill('SIGTERM')
    // A new connection is refused once it has heard of it; the old one is not.
    while (
      await fetch(`${url}/ping`).then(
        ({ ok }) => ok,
        () => false,
      )
    );
    socket.write(body.slice(9))
    expect(await reply).toMatch(/^HTTP\/1.1 200 OK[^]*"label"/)
    expect((await ended).code).toBe(0)
  })
})
