/** Large files in parts, past the server, into a bucket. S3rver cannot abort uploads and refuses none; moto does both. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type AwsServer, hasMoto, startAws } from '../../../test/aws-server.ts'
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

async function create(path: string, num_parts: number, at = url): Promise<Created> {
  const { status, answer } = await post('create/0/run', { path, num_parts }, at)
  expect(status).toBe(200)
  return answer as Created
}

function refusal(status: number, error_code: string, reason: string): object {
  return { status, answer: { error_code, message: expect.stringContaining(reason) as string } }
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
    expect(await post(step, body)).toMatchObject(refusal(400, 'INVALID_PARAMETER_VALUE', message))
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

describe.skipIf(!hasMoto)('an upload in parts that cannot be finished (skipped where moto is not)', () => {
  let aws: AwsServer
  let server: Awaited<ReturnType<typeof start>>

  beforeAll(async () => {
    aws = await startAws()
    for (const [name, value] of Object.entries({ ...aws.env, AWS_ENDPOINT_URL_S3: aws.url })) vi.stubEnv(name, value)
    await fetch(`${aws.url}/parts`, { method: 'PUT' })
    server = await start('s3://parts/artifacts')
  }, 60_000)

  afterAll(async () => {
    await server.close()
    await aws[Symbol.asyncDispose]()
  })

  /** Begins an upload and sends its parts. */
  const begin = async (path: string, ...contents: string[]): Promise<{ path: string; id: string; etags: string[] }> => {
    const { upload_id, credentials } = await create(path, contents.length, server.url)
    const etags = credentials.map(async ({ url }, i) => {
      const { headers } = await fetch(url, { method: 'PUT', body: contents[i]! })
      return headers.get('etag') ?? ''
    })
    return { path, id: upload_id, etags: await Promise.all(etags) }
  }
  const complete = async (path: string, upload_id: string, etags: readonly string[]): ReturnType<typeof post> => {
    const parts = etags.map((etag, i) => ({ part_number: i + 1, etag }))
    return await post('complete/0/run', { path, upload_id, parts }, server.url)
  }

  it('is aborted, and then no more there', async () => {
    const { path, id } = await begin('a.bin', 'one')
    const abort = async (): ReturnType<typeof post> => await post('abort/0/run', { path, upload_id: id }, server.url)
    expect(await abort()).toEqual({ status: 200, answer: {} })
    const gone = 'Upload of 0/run/a.bin in parts: there is no such upload'
    expect(await abort()).toMatchObject(refusal(404, 'RESOURCE_DOES_NOT_EXIST', gone))
    expect(await openStorage('s3://parts/artifacts').exists('0/run/a.bin')).toBe(false)
  })

  it('is refused with a part that is another or too small, and stays open', async () => {
    const { path, id, etags } = await begin('b.bin', 'one', 'two')
    const other = await complete(path, id, ['"0123456789abcdef0123456789abcdef"'])
    expect(other).toMatchObject(refusal(400, 'INVALID_PARAMETER_VALUE', 'has another ETag'))
    const small = await complete(path, id, etags)
    expect(small).toMatchObject(refusal(400, 'INVALID_PARAMETER_VALUE', 'less than 5 MiB'))
    expect(await complete(path, id, etags.slice(0, 1))).toEqual({ status: 200, answer: {} })
  })
})
