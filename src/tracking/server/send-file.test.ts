/** Artifacts in parts, as downloads that go on ask for them, from a folder and from a bucket. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type S3Server, startS3 } from '../../../test/s3-server.ts'
import type { OpenPort } from '../../core/index.ts'
import { openTracking } from '../open-tracking.ts'
import { createTrackingServer, listenTracking } from './index.ts'

const SIZE = 300_000
const content = randomBytes(SIZE)
const PROXY = '/api/2.0/mlflow-artifacts/artifacts'

const bytesOf = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer())

let s3: S3Server

beforeAll(async () => {
  s3 = await startS3()
  for (const [name, value] of Object.entries(s3.env)) vi.stubEnv(name, value)
})

afterAll(async () => {
  await s3[Symbol.asyncDispose]()
  vi.unstubAllEnvs()
})

describe.each(['folder', 'bucket'])('an artifact in a %s', (kind) => {
  let folder: string
  let server: OpenPort
  let file: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-ranges-'))
    const artifactsDestination = kind === 'folder' ? join(folder, 'artifacts') : 's3://models/artifacts'
    const tracking = await createTrackingServer({ trackingUri: join(folder, 'mlflow.db'), artifactsDestination })
    server = await listenTracking(tracking, { port: 0 })
    file = `${server.url}${PROXY}/0/weights.bin`
    await fetch(file, { method: 'PUT', body: content })
    await fetch(`${server.url}${PROXY}/0/empty`, { method: 'PUT', body: '' })
  })

  afterAll(async () => {
    await server.close()
    await rm(folder, { recursive: true, force: true })
  })

  const get = async (headers: Record<string, string>, url = file): Promise<Response> => await fetch(url, { headers })

  it.each([
    ['bytes=0-0', 0, 0],
    ['bytes=100000-200000', 100_000, 200_000],
    ['bytes=299990-', 299_990, SIZE - 1],
    ['bytes=299990-999999999', 299_990, SIZE - 1],
    ['bytes=-10', SIZE - 10, SIZE - 1],
    ['bytes=-999999999', 0, SIZE - 1],
    ['Bytes=1-2 ', 1, 2],
  ])('gives %s', async (range, first, last) => {
    const response = await get({ range })
    expect(response.status).toBe(206)
    expect(response.headers.get('content-range')).toBe(`bytes ${first}-${last}/${SIZE}`)
    expect(response.headers.get('content-length')).toBe(String(last - first + 1))
    expect((await bytesOf(response)).equals(content.subarray(first, last + 1))).toBe(true)
  })

  it.each(['bytes=0-1,5-6', 'bytes=2-1', 'bytes=-', 'bytes=a-b', 'rows=0-1', ''])(
    'is sent as a whole to %j, which is not one range',
    async (range) => {
      const response = await get({ range })
      expect(response.status).toBe(200)
      expect([...response.headers.keys()]).not.toContain('content-range')
      expect((await bytesOf(response)).equals(content)).toBe(true)
    },
  )

  it.each([
    [`bytes=${SIZE}-`, '0/weights.bin', SIZE],
    ['bytes=-0', '0/weights.bin', SIZE],
    ['bytes=0-', '0/empty', 0],
  ])('has no %s in %s', async (range, path, size) => {
    const response = await get({ range }, `${server.url}${PROXY}/${path}`)
    expect(response.status).toBe(416)
    expect(response.headers.get('content-range')).toBe(`bytes */${size}`)
    expect(await response.json()).toMatchObject({ error_code: 'INVALID_PARAMETER_VALUE' })
  })

  it('says that there is no such file, whatever the range', async () => {
    const response = await get({ range: 'bytes=0-1' }, `${file}.none`)
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ error_code: 'RESOURCE_DOES_NOT_EXIST' })
  })

  it('tells what it is before it is read', async () => {
    const response = await fetch(file, { method: 'HEAD', headers: { range: 'bytes=0-1' } })
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'accept-ranges': 'bytes',
      'content-length': String(SIZE),
      etag: expect.stringMatching(/^".+"$/) as string,
    })
  })

  it('is sent as a whole again when it has changed', async () => {
    const changing = `${server.url}${PROXY}/0/changing`
    const put = async (body: string): Promise<string> => {
      await fetch(changing, { method: 'PUT', body })
      return (await get({}, changing)).headers.get('etag') ?? ''
    }
    const etag = await put('first')
    const rest = { range: 'bytes=2-', 'if-range': etag }
    expect(await (await get(rest, changing)).text()).toBe('rst')
    await put('another')
    const whole = await get(rest, changing)
    expect([whole.status, await whole.text()]).toEqual([200, 'another'])
  })

  it.runIf(kind === 'folder')('is refused for good where there can be no such file', async () => {
    const put = async (path: string): Promise<unknown> => {
      const response = await fetch(`${server.url}${PROXY}/${path}`, { method: 'PUT', body: 'x' })
      const answer = (await response.json()) as { message: string }
      return [response.status, answer.message]
    }
    expect(await put('0/weights.bin/below')).toEqual([
      400,
      "Cannot write the artifact '0/weights.bin/below': a part of the path is a file, not a folder.",
    ])
    expect(await put('0')).toEqual([400, "Cannot write the artifact '0': there is a folder of that name."])
    expect(await put(`0/${'x'.repeat(256)}`)).toEqual([400, expect.stringContaining('too long')])
    expect((await fetch(`${server.url}${PROXY}/0/${'x'.repeat(255)}`, { method: 'PUT', body: 'x' })).status).toBe(200)
  })

  it("is read in parts by the artifacts of a run and by Millrace's client", async () => {
    await using client = await openTracking({ trackingUri: server.url })
    const { runId, artifactUri } = (await client.createRun('0')).info
    const artifacts = client.openArtifacts(artifactUri)
    await artifacts.write('notes.txt', 'one two three')
    const { pieces, range, sizeBytes } = await artifacts.openRead('notes.txt', { first: 4, last: 6 })
    expect([String(await buffer(pieces)), range, sizeBytes]).toEqual(['two', { first: 4, last: 6 }, 13])
    expect(await artifacts.stat('notes.txt')).toEqual({ sizeBytes: 13 })
    const response = await get({ range: 'bytes=-5' }, `${server.url}/get-artifact?path=notes.txt&run_uuid=${runId}`)
    expect([response.status, await response.text()]).toEqual([206, 'three'])
  })
})
