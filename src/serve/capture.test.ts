/** Keeping requests and answers: behind the answers, and never in their way. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { metric, type PenguinRegistry, penguin, penguinRegistry, post } from '../../test/served-penguins.ts'
import { type Capture, type CapturedBatch, createModelServer, type LogEntry, type ModelServer } from './index.ts'

let registry: PenguinRegistry

beforeAll(async () => {
  registry = await penguinRegistry()
  await registry.register({ epochs: 10 })
})

afterAll(() => registry[Symbol.asyncDispose]())

interface Kept extends Capture {
  readonly batches: CapturedBatch[]
  closed: boolean
}

/** Keeps batches in memory, after `before` has had its say. */
function keeper(before: (batch: CapturedBatch) => Promise<void> | void = () => undefined): Kept {
  const batches: CapturedBatch[] = []
  const kept: Kept = {
    batches,
    closed: false,
    save: async (batch) => {
      await before(batch)
      batches.push(batch)
    },
    close: async () => {
      kept.closed = true
    },
  }
  return kept
}

async function serving(
  capture: Capture,
  options: { readonly clock?: () => number } = {},
): Promise<{ server: ModelServer; events: LogEntry[] }> {
  const events: LogEntry[] = []
  const server = await createModelServer({
    models: [{ uri: 'models:/penguins/1' }],
    client: registry.client,
    capture,
    log: (entry) => events.push(entry),
    ...options,
  })
  return { server, events }
}

const answersOf = ({ batches }: Kept): CapturedBatch['answers'] => batches.flatMap(({ answers }) => answers)

describe('capture', () => {
  it('keeps inputs in full precision with their answers, model, request and time', async () => {
    const kept = keeper()
    const { server } = await serving(kept, { clock: () => 1_700_000_000_000 })
    const { body } = await post(server, '/predict', [penguin, { ...penguin, sex: null }], { 'x-request-id': 'first' })
    await server.close()
    const [batch] = kept.batches
    expect(batch!.input.toRecords()[0]).toEqual(penguin)
    expect(batch!.input.toRecords()[1]).toEqual({ ...penguin, sex: null })
    const [{ prediction, confidence }] = (body as { predictions: [{ prediction: string; confidence: number }] })
      .predictions
    expect(batch!.answers[0]).toEqual({
      prediction,
      confidence,
      requestId: 'first',
      model: 'penguins',
      version: 1,
      timeMs: 1_700_000_000_000,
    })
    expect(kept.closed).toBe(true)
  })

  it('keeps rows that were skipped without an answer, what did not fit being missing', async () => {
    const kept = keeper()
    const { server } = await serving(kept)
    const bad = { ...penguin, body_mass_g: 'heavy' }
    await post(server, '/predict', { inputs: [bad, penguin], params: { skip_bad_rows: true } })
    await server.close()
    expect(kept.batches[0]!.input.toRecords()[0]).toEqual({ ...penguin, body_mass_g: null })
    expect(answersOf(kept)[0]).toMatchObject({ prediction: null, confidence: null })
    expect(answersOf(kept)[1]!.confidence).toBeGreaterThan(0)
  })

  it('gathers the rows of several requests, in their order, and loses none at the end', async () => {
    const kept = keeper()
    const { server } = await serving(kept)
    const ids = Array.from({ length: 50 }, (_, position) => `request-${position}`)
    await Promise.all(ids.map((id) => post(server, '/predict', penguin, { 'x-request-id': id })))
    await server.close()
    expect(answersOf(kept).map(({ requestId }) => requestId)).toEqual(ids)
    expect(kept.batches.length).toBeLessThan(50)
  })

  it('goes on when the clock goes back', async () => {
    const kept = keeper()
    let now = 2_000_000_000_000
    const { server } = await serving(kept, { clock: () => (now -= 3_600_000) })
    for (let request = 0; request < 3; request++) expect((await post(server, '/predict', penguin)).status).toBe(200)
    await server.close()
    expect(answersOf(kept).map(({ timeMs }) => timeMs)).toEqual([
      1_999_996_400_000, 1_999_992_800_000, 1_999_989_200_000,
    ])
  })
})

describe('a store that fails', () => {
  it('is tried again; answers go on and nothing is lost', async () => {
    let failures = 2
    const kept = keeper(() => {
      if (failures-- > 0) throw new Error('database is locked')
    })
    const { server, events } = await serving(kept)
    for (let request = 0; request < 5; request++) expect((await post(server, '/predict', penguin)).status).toBe(200)
    await vi.waitFor(() => expect(answersOf(kept)).toHaveLength(5), 5000)
    expect(await metric(server, 'millrace_capture_rows_total')).toMatchObject({
      '{outcome="saved"}': 5,
      '{outcome="failed"}': 0,
    })
    await server.close()
    expect(events).toMatchObject([
      { event: 'capture_failed', message: expect.stringContaining('database is locked') as string },
    ])
  })

  it('for good is said once and counted, and does not stop the server or its end', async () => {
    const { server, events } = await serving(
      keeper(() => {
        throw new Error('disk is full')
      }),
    )
    // Sent together, so that they are kept, or given up, together.
    const replies = await Promise.all(Array.from({ length: 5 }, async () => await post(server, '/predict', penguin)))
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    await server.close()
    expect(events.map(({ event }) => event)).toEqual(['capture_failed', 'capture_lost'])
  })

  it('or hangs does not hold up answers; the oldest rows are given up, counted and said', async () => {
    const [begun, stuck] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const kept = keeper(async () => {
      begun.resolve()
      await stuck.promise
    })
    const { server, events } = await serving(kept)
    await post(server, '/predict', penguin, { 'x-request-id': 'first' })
    await begun.promise
    const rows = Array.from({ length: 2500 }, () => penguin)
    for (const id of ['a', 'b', 'c', 'd', 'e']) {
      expect((await post(server, '/predict', rows, { 'x-request-id': id })).status).toBe(200)
    }
    expect(await metric(server, 'millrace_capture_rows_total')).toMatchObject({ '{outcome="dropped"}': 5000 })
    expect((await metric(server, 'millrace_capture_waiting_rows'))['']).toBe(7501)
    stuck.resolve()
    await server.close()
    expect([...new Set(answersOf(kept).map(({ requestId }) => requestId))]).toEqual(['first', 'c', 'd', 'e'])
    expect(events.map(({ event }) => event)).toEqual(['capture_dropped'])
  })
})
