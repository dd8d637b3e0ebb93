/** Large files in parts, past the server, into a bucket. The S3 server of the tests cannot abort an upload. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { pythonHas, runPythonBeside } from '../../../test/python.ts'
import { type S3Server, startS3 } from '../../../test/s3-server.ts'
import { openStorage } from '../../storage/index.ts'
import { createTrackingServer, listenTracking } from './index.ts'

const PROXY = '/api/2.0/mlflow-artifacts'
const PART = 5 * 2 ** 20

let s3: S3Server
let folder: string
let url: string
let asked: string[]
let close: () => Promise<void>

beforeAll(async () => {
  s3 = await startS3()
  for (const [name, value] of Object.entries(s3.env)) vi.stubEnv(name, value)
  folder = await mkdtemp(join(tmpdir(), 'millrace-multipart-'))
  ;({ url, close } = await start('s3://models/artifacts'))
})

afterAll(async () => {
  await close()
  await s3[Symbol.asyncDispose]()
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

beforeEach(() => void (asked = []))

async function start(artifactsDestination: string): Promise<{ url: string; close: () => Promise<void> }> {
  const server = await createTrackingServer({ trackingUri: join(folder, 'mlflow.db'), artifactsDestination })
  const noting = {
    ...server,
    handle: async (request: Parameters<typeof server.handle>[0]) => {
      asked.push(`${request.method} ${request.path.replace(PROXY, '').split('/').slice(0, 3).join('/')}`)
      return await server.handle(request)
    },
  }
  return await listenTracking(noting, { port: 0 })
}

async function post(step: string, body: object, at = url): Promise<{ status: number; answer: unknown }> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  const response = await fetch(`${at}${PROXY}/mpu/${step}`, init)
  return { status: response.status, answer: await response.json() }
}

interface Created {
  readonly upload_id: string
  readonly credentials: readonly { readonly url: string; readonly part_number: number }[]
}

async function create(path: string, num_parts: number): Promise<Created> {
  const { status, answer } = await post('create/0/run', { path, num_parts })
  expect(status).toBe(200)
  return answer as Created
}

describe('an upload in parts', () => {
  it('is one file when it is complete', { timeout: 30_000 }, async () => {
    const contents = [Buffer.alloc(PART, 'a'), Buffer.from('the rest')]
    const { upload_id, credentials } = await create('C:\\data\\weights.bin', 2)
    const parts = await Promise.all(
      credentials.map(async ({ url, part_number }, i) => {
        const { headers } = await fetch(url, { method: 'PUT', body: contents[i]! })
        return { part_number, etag: headers.get('etag'), url }
      }),
    )
    const stored = openStorage('s3://models/artifacts')
    expect(await stored.exists('0/run/weights.bin')).toBe(false)
    const completed = await post('complete/0/run', { path: '/home/ada/weights.bin', upload_id, parts })
    expect(completed).toEqual({ status: 200, answer: {} })
    expect(Buffer.from(await stored.read('0/run/weights.bin')).equals(Buffer.concat(contents))).toBe(true)
  })

  it.each([
    ['create/0/run', {}, "Missing value for required parameter 'path'"],
    ['create/0/run', { path: 'a', num_parts: 10_001 }, 'It must be from 1 to 10000'],
    ['create/0/run', { path: 'a', num_parts: 0 }, 'It must be from 1 to 10000'],
    ['create/0%2f..%2f..%2frun', { path: 'a' }, 'Invalid path'],
    ['create/0/run', { path: '..' }, 'Invalid path'],
    ['complete/0/run', { path: 'a', upload_id: 'x' }, "Missing value for required parameter 'parts'"],
    ['abort/0/run', { path: 'a' }, "Missing value for required parameter 'upload_id'"],
  ])('is refused: %s of %j', async (step, body, message) => {
    expect(await post(step, body)).toMatchObject({
      status: 400,
      answer: { error_code: 'INVALID_PARAMETER_VALUE', message: expect.stringContaining(message) as string },
    })
  })

  it('is not there for a folder, in the words that make clients send the whole file', async () => {
    const local = await start(join(folder, 'artifacts'))
    const { status, answer } = await post('create/0/run', { path: 'a', num_parts: 1 }, local.url)
    await local.close()
    expect(status).toBe(501)
    expect(answer).toMatchObject({ message: 'Multipart upload is not supported for the current artifact repository' })
  })

  it.skipIf(!pythonHas('mlflow'))(
    "is what MLflow's client makes when it is told to (skipped without mlflow)",
    { timeout: 120_000 },
    async () => {
      const script = fileURLToPath(new URL('../../../test/reference/multipart-client.py', import.meta.url))
      expect(await runPythonBeside(folder, script, url)).toBe(true)
      expect(asked).toEqual(expect.arrayContaining(['POST /mpu/create', 'POST /mpu/complete']))
      expect(asked).not.toContainEqual(expect.stringMatching(/^PUT/))
    },
  )
})
