/** Bodies that are packed, or in the camel case of protocol buffers' JSON, as MLflow's and OpenTelemetry's clients may send them. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OpenPort } from '../../core/index.ts'
import { type TrackingClient, openTracking } from '../index.ts'
import { createTrackingServer, listenTracking } from './index.ts'

const MAX_BYTES = 100_000
const SPANS = '/v1/traces'
const SEARCH = '/api/2.0/mlflow/experiments/search'

let folder: string
let server: OpenPort

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-bodies-'))
  const tracking = await createTrackingServer({ trackingUri: join(folder, 'mlflow.db'), maxBodyBytes: MAX_BYTES })
  server = await listenTracking(tracking, { port: 0 })
})

afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

interface Answer {
  readonly status: number
  readonly answer: unknown
}

async function post(
  path: string,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const json = { 'content-type': 'application/json', 'x-mlflow-experiment-id': '0' }
  const response = await fetch(`${server.url}${path}`, { method: 'POST', headers: { ...json, ...headers }, body })
  const text = await response.text()
  return { status: response.status, answer: text === '' ? {} : JSON.parse(text) }
}

const send = async (path: string, body: object): Promise<unknown> => {
  const { status, answer } = await post(path, JSON.stringify(body))
  expect([status, answer]).toEqual([200, answer])
  return answer
}

const span = (traceId: string, note = ''): string =>
  JSON.stringify({
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: [
              {
                traceId,
                spanId: '00000000000000a1',
                name: 'ask',
                startTimeUnixNano: '1700000000000000000',
                endTimeUnixNano: '1700000001000000000',
                attributes: [{ key: 'note', value: { stringValue: note } }],
              },
            ],
          },
        ],
      },
    ],
  })

describe('a packed body', () => {
  const ways = [
    ['gzip', gzipSync],
    ['GZIP', gzipSync],
    ['deflate', deflateSync],
    // What some senders take deflate to be.
    ['deflate', deflateRawSync],
    ['identity', (text: string): Buffer => Buffer.from(text)],
  ] as const

  it.each(ways)('as %s is taken, with fields or spans', async (encoding, pack) => {
    const packed = { 'content-encoding': encoding }
    const found = await post(SEARCH, pack(JSON.stringify({ max_results: 1 })), packed)
    expect(found).toMatchObject({ status: 200, answer: { experiments: [{ experiment_id: '0' }] } })
    const traceId = Buffer.from(encoding.padEnd(8) + pack.name.slice(0, 8).padEnd(8)).toString('hex')
    expect(await post(SPANS, pack(span(traceId)), packed)).toMatchObject({ status: 200 })
    await using client = await openTracking({ trackingUri: server.url })
    expect(await client.getTraceInfo(`tr-${traceId}`)).toMatchObject({ experimentId: '0', state: 'OK' })
  })

  it.each(ways.slice(0, -1))('as %s that is too large unpacked is refused', async (encoding, pack) => {
    const packed = { 'content-encoding': encoding }
    const bomb = pack(JSON.stringify({ filter: 'x'.repeat(50 * MAX_BYTES) }))
    expect(bomb.length).toBeLessThan(MAX_BYTES / 10)
    expect(await post(SEARCH, bomb, packed)).toEqual({
      status: 413,
      answer: {
        error_code: 'REQUEST_LIMIT_EXCEEDED',
        message: `The body is larger when unpacked; at most ${MAX_BYTES} are taken.`,
      },
    })
    const spans = pack(span('f'.repeat(32), 'x'.repeat(50 * MAX_BYTES)))
    expect(await post(SPANS, spans, packed)).toMatchObject({
      status: 413,
      answer: { detail: expect.any(String) as string },
    })
  })

  it.each([
    ['gzip', 'Failed to decompress gzip payload'],
    ['deflate', 'Failed to decompress deflate payload'],
    ['br', 'Unsupported Content-Encoding: br'],
    ['constructor', 'Unsupported Content-Encoding: constructor'],
  ])('that is not %s after all is refused', async (encoding, message) => {
    const packed = { 'content-encoding': encoding }
    expect(await post(SEARCH, '{"a": 1}', packed)).toMatchObject({ status: 400, answer: { message } })
    expect(await post(SPANS, span('f'.repeat(32)), packed)).toEqual({ status: 400, answer: { detail: message } })
  })

  it('that is cut off is refused', async () => {
    const half = gzipSync(JSON.stringify({ max_results: 1 })).subarray(0, -9)
    expect(await post(SEARCH, half, { 'content-encoding': 'gzip' })).toMatchObject({ status: 400 })
  })
})

describe('a body of text', () => {
  it('may begin with a mark of byte order', async () => {
    await send(SEARCH, { max_results: 1 })
    expect(await post(SEARCH, '\ufeff{"max_results": 1}')).toMatchObject({ status: 200 })
  })

  it('that is not UTF-8 is refused, rather than kept with other letters', async () => {
    const name = Buffer.from([0xfc])
    const body = Buffer.concat([Buffer.from('{"name": "'), name, Buffer.from('"}')])
    expect(await post('/api/2.0/mlflow/experiments/create', body)).toMatchObject({
      status: 400,
      answer: { error_code: 'INVALID_PARAMETER_VALUE', message: expect.stringContaining('UTF-8') as string },
    })
  })
})

it('refuses a source that is encoded many times over, rather than decode it', async () => {
  await send('/api/2.0/mlflow/registered-models/create', { name: 'net' })
  const version = JSON.stringify({ name: 'net', source: `s3://%${'25'.repeat(40_000)}` })
  expect(await post('/api/2.0/mlflow/model-versions/create', version)).toMatchObject({
    status: 400,
    answer: { message: expect.stringContaining('more than 4096 characters') as string },
  })
})

describe('a body in camel case', () => {
  let client: TrackingClient

  beforeAll(async () => {
    client = await openTracking({ trackingUri: server.url })
  })

  afterAll(async () => await client[Symbol.asyncDispose]())

  it('says the same as one in snake case: experiments and runs', async () => {
    const made = await send('/api/2.0/mlflow/experiments/create', {
      name: 'camel',
      artifactLocation: 'mlflow-artifacts:/here',
      tags: [{ key: 'myKey', value: 'myValue' }],
    })
    expect(made).toMatchObject({ experiment_id: expect.any(String) as string })
    const { experimentId, tags } = (await client.getExperimentByName('camel'))!
    expect(tags).toMatchObject({ myKey: 'myValue' })
    await send('/api/2.0/mlflow/runs/create', { experimentId, runName: 'camelRun', startTime: 17 })
    const { items } = await client.searchRuns({ experimentIds: [experimentId] })
    const { runId, runName, startTime } = items[0]!.info
    expect([runName, startTime]).toEqual(['camelRun', 17])
    await send('/api/2.0/mlflow/runs/log-batch', {
      runId,
      metrics: [{ key: 'valLoss', value: 0.5, timestamp: 1, step: 2 }],
      params: [{ key: 'learningRate', value: '0.1' }],
    })
    await send('/api/2.0/mlflow/runs/log-inputs', {
      runId,
      datasets: [
        {
          dataset: { name: 'd', digest: 'x', sourceType: 'local', source: '{"aB": 1}' },
          tags: [{ key: 'mlflow.data.context', value: 'training' }],
        },
      ],
    })
    const { data, inputs } = await client.getRun(runId)
    expect(data).toMatchObject({ metrics: { valLoss: 0.5 }, params: { learningRate: '0.1' } })
    expect(inputs).toMatchObject({ datasets: [{ dataset: { sourceType: 'local', source: '{"aB": 1}' } }] })
  })

  it("keeps keys that are the sender's own words", async () => {
    const traceId = `tr-${'c'.repeat(32)}`
    await send('/api/3.0/mlflow/traces', {
      trace: {
        traceInfo: {
          traceId,
          traceLocation: { type: 'MLFLOW_EXPERIMENT', mlflowExperiment: { experimentId: '0' } },
          requestTime: '2026-01-02T03:04:05.678Z',
          executionDuration: '1.5s',
          state: 'OK',
          traceMetadata: { 'my.camelKey': 'aB' },
          tags: { camelTag: 'cD' },
        },
      },
    })
    const info = await client.getTraceInfo(traceId)
    expect(info).toMatchObject({ tags: { camelTag: 'cD' }, experimentId: '0', state: 'OK' })
    expect(info.metadata).toMatchObject({ 'my.camelKey': 'aB' })
    await send(`/api/3.0/mlflow/traces/${traceId}/assessments`, {
      assessment: {
        assessmentName: 'quality',
        traceId,
        source: { sourceType: 'HUMAN', sourceId: 'ada' },
        createTime: '2026-01-02T03:04:05.678Z',
        lastUpdateTime: '2026-01-02T03:04:05.678Z',
        feedback: { value: { innerScore: 1 } },
      },
    })
    const [assessment] = (await client.getTraceInfo(traceId)).assessments
    expect(assessment).toMatchObject({
      name: 'quality',
      source: { type: 'HUMAN', id: 'ada' },
      value: { innerScore: 1 },
    })
  })
})
