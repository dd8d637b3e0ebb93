/** Traces whose spans MLflow 2 left in a file (test/reference/traces-file-2.py): read as MLflow reads them. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { parseJson } from '../core/index.ts'
import { openTracking, type TrackingClient } from './index.ts'
import { createTrackingServer, listenTracking } from './server/index.ts'

const recorded = parseJson(
  z.object({ traceId: z.string(), file: z.string(), spans: z.array(z.record(z.string(), z.unknown())) }),
  await readFile(new URL('../../test/reference/traces-file-2.json', import.meta.url), 'utf8'),
  'traces-file-2.json',
)

let folder: string
let trackingUri: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-traces-'))
  trackingUri = join(folder, 'mlflow.db')
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

async function traceWith(client: TrackingClient, file: string): Promise<string> {
  const { traceId, tags } = await client.startTrace({ experimentId: '0', requestTime: 1 })
  await client.openArtifacts(tags['mlflow.artifactLocation']!).write('traces.json', file)
  return traceId
}

async function spansOf(client: TrackingClient, traceId: string): Promise<readonly unknown[]> {
  const { spans } = await client.getTrace(traceId)
  return spans.map((span) => ({
    name: span.name,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId ?? null,
    startTimeNs: String(span.startTimeNs),
    endTimeNs: String(span.endTimeNs),
    status: [span.status.code, span.status.message],
    attributes: span.attributes,
    events: span.events.map(({ name, timeNs }) => [name, String(timeNs)]),
  }))
}

describe('the traces.json of MLflow 2', () => {
  it('is read from the artifacts, to the nanosecond', async () => {
    await using client = await openTracking({ trackingUri })
    const traceId = await traceWith(client, recorded.file)
    expect(await spansOf(client, traceId)).toEqual(recorded.spans)
    expect((await client.getTrace(traceId)).spans[0]!.traceId).toBe(recorded.traceId)
  })

  it('is read through a server', async () => {
    const server = await listenTracking(await createTrackingServer({ trackingUri }), { port: 0 })
    await using client = await openTracking({ trackingUri: server.url })
    const traceId = await traceWith(client, recorded.file)
    expect(await spansOf(client, traceId)).toEqual(recorded.spans)
    await server.close()
  })

  it('is refused, by name, when it is damaged', async () => {
    await using client = await openTracking({ trackingUri })
    const traceId = await traceWith(client, '{"spans": [{"name": "ask", "context": {}}]}')
    await expect(client.getTrace(traceId)).rejects.toThrow(`traces.json of trace ${traceId}`)
  })
})
