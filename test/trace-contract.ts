/** The part of the contract of tracking stores that is about traces. */
import { describe, expect, it, vi } from 'vitest'
import {
  type SpanToLog,
  type TraceInfo,
  type TraceToLog,
  type TrackingClient,
  withSpan,
  withTrace,
} from 'millrace/tracking'

const start = 1_700_000_000_000

function idOf(n: number): string {
  return `tr-${n.toString(16).padStart(32, '0')}`
}

function span(n: number, id: number, more: Partial<SpanToLog> = {}): SpanToLog {
  return {
    traceId: idOf(n),
    spanId: id.toString(16).padStart(16, '0'),
    ...(id > 1 && { parentSpanId: '0000000000000001' }),
    name: `span ${id}`,
    startTimeNs: BigInt(start + n) * 1_000_000n + BigInt(id),
    endTimeNs: BigInt(start + n + 5) * 1_000_000n + 123n,
    status: { code: 'OK', message: '' },
    attributes: { 'mlflow.traceRequestId': idOf(n), 'mlflow.spanType': 'CHAIN' },
    events: [],
    links: [],
    ...more,
  }
}

function usage(n: number): object {
  return { input_tokens: n, output_tokens: 1, total_tokens: n + 1 }
}

/** A tool with a span inside its own. */
async function work(name: string): Promise<string> {
  return await withSpan({ name, type: 'TOOL', inputs: { name } }, async (span) => {
    await withSpan({ name: `${name} inside` }, () => span.setAttributes({ seen: true }))
    return name.toUpperCase()
  })
}

/** Runs inside the suite of trackingStoreContract, on the store that `open` tells. */
export function traceContract(client: () => TrackingClient): void {
  const trace = async (n: number, more: Partial<TraceToLog> = {}): Promise<TraceInfo> =>
    await client().startTrace({
      traceId: idOf(n),
      experimentId: '0',
      requestTime: start + n,
      executionDuration: n * 10,
      state: 'OK',
      tags: { 'mlflow.traceName': `agent ${n}`, team: n % 2 === 0 ? 'blue' : 'red' },
      metadata: { 'mlflow.trace.session': `s${n}` },
      ...more,
    })
  const found = async (filter: string, orderBy = ['timestamp_ms']): Promise<readonly number[]> =>
    (await client().searchTraces({ experimentIds: ['0'], filter, orderBy })).items.map(({ traceId }) =>
      parseInt(traceId.slice(3), 16),
    )

  const only = async (): Promise<TraceInfo> => (await client().searchTraces({ experimentIds: ['1'] })).items[0]!

  describe('traces', () => {
    it('give back what was stored, with a place for artifacts', async () => {
      await trace(1, { clientRequestId: 'mine', requestPreview: 'why?', responsePreview: 'ü' })
      const info = await client().getTraceInfo(idOf(1))
      expect(info).toMatchObject({
        traceId: idOf(1),
        experimentId: '0',
        requestTime: start + 1,
        executionDuration: 10,
        state: 'OK',
        clientRequestId: 'mine',
        requestPreview: 'why?',
        responsePreview: 'ü',
        tags: { 'mlflow.traceName': 'agent 1', team: 'red' },
        metadata: { 'mlflow.trace.session': 's1' },
        assessments: [],
      })
      expect(info.tags['mlflow.artifactLocation']).toMatch(new RegExp(`/0/traces/${idOf(1)}/artifacts$`))
      expect(await client().getTraceInfos([idOf(2), idOf(1)])).toEqual([info])
      await expect(client().getTraceInfo(idOf(2))).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
      await expect(trace(3, { experimentId: '99' })).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
    })

    it('may begin without an id and end later', async () => {
      const { traceId, state } = await client().startTrace({ experimentId: '0', requestTime: start, tags: { a: '1' } })
      expect(state).toBe('IN_PROGRESS')
      await client().endTrace(traceId, { endTime: start + 7, state: 'ERROR', metadata: { m: '1' }, tags: { b: '2' } })
      expect(await client().getTraceInfo(traceId)).toMatchObject({
        executionDuration: 7,
        state: 'ERROR',
        metadata: { m: '1' },
        tags: { a: '1', b: '2' },
      })
    })

    it('keep spans to the nanosecond, roots first, and replace those that come again', async () => {
      await trace(1)
      const event = { name: 'exception', timeNs: 1_700_000_000_000_000_001n, attributes: { 'exception.message': 'oh' } }
      const link = { traceId: idOf(9), spanId: '00000000000000ff', attributes: { why: 'same' } }
      const child = span(1, 2, {
        status: { code: 'ERROR', message: 'broken' },
        attributes: { ...span(1, 2).attributes, text: 'ü"\\', list: [1, 2.5, true], map: { a: { b: 'c' } } },
        events: [event],
        links: [link],
      })
      await client().logSpans('0', [child, span(1, 1)])
      expect((await client().getTrace(idOf(1))).spans).toEqual([span(1, 1), child])
      await client().logSpans('0', [span(1, 2)])
      expect((await client().getTraces([idOf(1)]))[0]?.spans).toEqual([span(1, 1), span(1, 2)])
    })

    it('keep numbers that JSON has no way to write', async () => {
      await trace(1)
      const numbers = { id: 1_234_567_890_123_456_789n, none: NaN, low: -Infinity, text: '1234567890123456789 NaN' }
      const attributes = { ...span(1, 1).attributes, ...numbers, inside: [{ ...numbers }] }
      const event = { name: 'seen', timeNs: 1_700_000_000_000_000_001n, attributes: { timestamp: numbers.id } }
      const odd = span(1, 1, { attributes, events: [event] })
      await client().logSpans('0', [odd])
      expect((await client().getTrace(idOf(1))).spans).toEqual([odd])
      expect(await found('span.attributes.id = "1234567890123456789"')).toEqual([1])
    })

    it('are made of spans that come first, and counted again with those that follow', async () => {
      const used = (id: number, n: number): SpanToLog =>
        span(1, id, { attributes: { ...span(1, id).attributes, 'mlflow.chat.tokenUsage': usage(n) } })
      await client().logSpans('0', [used(2, 10)])
      expect(await client().getTraceInfo(idOf(1))).toMatchObject({ state: 'IN_PROGRESS', requestTime: start + 1 })
      const io = { 'mlflow.spanInputs': { q: 'why?' }, 'mlflow.spanOutputs': 'so', 'session.id': 's', 'user.id': 'ada' }
      await client().logSpans('0', [used(3, 20), span(1, 1, { attributes: { ...span(1, 1).attributes, ...io } })])
      const info = await client().getTraceInfo(idOf(1))
      expect(info).toMatchObject({
        state: 'OK',
        executionDuration: 5,
        requestPreview: '{"q": "why?"}',
        responsePreview: '"so"',
        metadata: { 'mlflow.trace.session': 's', 'mlflow.trace.user': 'ada' },
      })
      expect(JSON.parse(info.metadata['mlflow.trace.tokenUsage'] ?? '')).toEqual({
        input_tokens: 30,
        output_tokens: 2,
        total_tokens: 32,
      })
    })

    it('have tags that are set, replaced and deleted, their name among them', async () => {
      await trace(1)
      await client().setTraceTag(idOf(1), 'k', 'v')
      await client().setTraceTag(idOf(1), 'k', 'w')
      await client().setTraceTag(idOf(1), 'mlflow.traceName', 'renamed')
      expect((await client().getTraceInfo(idOf(1))).tags).toMatchObject({ k: 'w', 'mlflow.traceName': 'renamed' })
      for (const key of ['k', 'mlflow.traceName']) await client().deleteTraceTag(idOf(1), key)
      const { tags } = await client().getTraceInfo(idOf(1))
      expect([tags['k'], tags['mlflow.traceName'], tags['team']]).toEqual([undefined, undefined, 'red'])
      await expect(client().deleteTraceTag(idOf(1), 'k')).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
      await expect(client().setTraceTag(idOf(9), 'k', 'v')).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
    })

    it.each([
      ["status = 'ERROR' OR tags.team = 'red'", [1, 2, 3]],
      [`timestamp_ms > ${start + 1} AND execution_time_ms < 30`, [2]],
      ["name RLIKE 'agent [13]$'", [1, 3]],
      ["name IN ('agent 1', 'agent 3')", [1, 3]],
      ["metadata.mlflow.trace.session = 's2'", [2]],
      ['metadata.nothing IS NOT NULL', []],
      ["tags.team != 'red'", [2]],
      ["span.name = 'span 2' AND span.type = 'LLM'", [1]],
      ["span.name = 'span 2' AND span.type = 'CHAIN'", [2]],
      ["span.attributes.`odd key` = 'yes' AND span.status != 'ERROR'", [2]],
      ["(span.type = 'LLM' OR span.status = 'ERROR') AND tags.team = 'red'", [1]],
      ["text LIKE '%yes%'", [2]],
      ['feedback.score > 0.5', [3]],
      ["feedback.mood = 'güt' AND feedback.score IS NULL", [2]],
      ["expectation.answer LIKE '%4%'", [1]],
    ] as const)('are found by %s', async (filter, expected) => {
      for (const n of [1, 2, 3]) await trace(n, { state: n === 2 ? 'ERROR' : 'OK' })
      const llm = { attributes: { ...span(1, 2).attributes, 'mlflow.spanType': 'LLM' } }
      const odd = { attributes: { ...span(2, 2).attributes, 'odd key': 'yes' } }
      await client().logSpans('0', [span(1, 2, llm), span(1, 1), span(2, 2, odd)])
      const source = { type: 'HUMAN', id: 'ada' } as const
      await client().createAssessment(idOf(3), { name: 'score', kind: 'feedback', value: 0.75, source })
      await client().createAssessment(idOf(2), { name: 'mood', kind: 'feedback', value: 'güt', source })
      await client().createAssessment(idOf(1), { name: 'answer', kind: 'expectation', value: '42', source })
      expect(await found(filter)).toEqual(expected)
    })

    it('come in order and in pages', async () => {
      for (const n of [1, 2, 3]) await trace(n)
      expect(await found('', [])).toEqual([3, 2, 1])
      expect(await found('', ['tags.team DESC', 'name DESC'])).toEqual([3, 1, 2])
      const first = await client().searchTraces({ experimentIds: ['0'], maxResults: 2 })
      const rest = await client().searchTraces({ experimentIds: ['0'], maxResults: 2, pageToken: first.nextPageToken })
      expect([first.items.length, rest.items.length, rest.nextPageToken]).toEqual([2, 1, undefined])
      await expect(client().searchTraces({ experimentIds: ['0'], maxResults: 501 })).rejects.toThrow(/max_results/)
      const filters = { first: "tags.team = 'red'", second: "name = 'agent 1'", base: 'execution_time_ms < 30' }
      expect(await client().countTraces(['0'], filters)).toEqual({ total: 2, first: 1, second: 1, both: 1 })
    })

    it('belong to runs by their metadata or by links, and to prompts', async () => {
      const { info } = await client().createRun('0')
      await trace(1, { metadata: { 'mlflow.sourceRun': info.runId } })
      for (const n of [2, 3]) await trace(n)
      await client().linkTracesToRun([idOf(2), idOf(99)], info.runId)
      await client().linkTracesToRun([idOf(2)], info.runId)
      expect(await found(`run_id = '${info.runId}'`)).toEqual([1, 2])
      await client().linkPromptsToTrace(idOf(3), ['greet/1'])
      expect(await found("prompt = 'greet/1'")).toEqual([3])
      const tooMany = Array.from({ length: 101 }, (_, i) => idOf(i))
      await expect(client().linkTracesToRun(tooMany, info.runId)).rejects.toThrow(/more than 100 traces/)
    })

    it('are deleted with all that belongs to them, by id or the oldest first', async () => {
      for (const n of [1, 2, 3, 4]) await trace(n)
      await client().logSpans('0', [span(1, 1)])
      const source = { type: 'CODE' } as const
      await client().createAssessment(idOf(1), { name: 'a', kind: 'feedback', value: true, source })
      expect(await client().deleteTraces('0', { traceIds: [idOf(1), idOf(99)] })).toBe(1)
      expect(await client().deleteTraces('0', { maxTime: start + 4, maxTraces: 2 })).toBe(2)
      expect(await found('')).toEqual([4])
      await trace(1)
      expect((await client().getTraceInfo(idOf(1))).assessments).toEqual([])
    })
  })

  describe('assessments', () => {
    const source = { type: 'HUMAN', id: 'ada' } as const

    it('are kept as they were given', async () => {
      await trace(1)
      const error = { code: 'E', message: 'no' }
      const given = [
        { name: 'a', kind: 'feedback', value: { deep: ['ü', 1] }, source, rationale: 'so', metadata: { k: 'v' } },
        { name: 'b', kind: 'feedback', value: null, source: { type: 'LLM_JUDGE' }, error, spanId: '0000000000000001' },
        { name: 'c', kind: 'expectation', value: ['x', 2], source },
      ] as const
      const made = await Promise.all(given.map(async (one) => await client().createAssessment(idOf(1), one)))
      expect(made).toEqual(
        given.map((one) => expect.objectContaining({ ...one, traceId: idOf(1), valid: true }) as unknown),
      )
      const { assessments } = await client().getTraceInfo(idOf(1))
      expect(new Set(assessments)).toEqual(new Set(made))
      const { assessmentId } = made[0]!
      expect(await client().getAssessment(idOf(1), assessmentId)).toEqual(made[0])
      await expect(client().createAssessment(idOf(9), given[0])).rejects.toMatchObject({
        code: 'RESOURCE_DOES_NOT_EXIST',
      })
    })

    it('change in what may change', async () => {
      await trace(1)
      const first = { name: 'a', kind: 'feedback', value: 1, source, rationale: 'so', metadata: { k: 'v' } } as const
      const { assessmentId } = await client().createAssessment(idOf(1), first)
      const changes = { value: { kind: 'feedback', value: 'two' }, name: 'b', metadata: { l: 'w' } } as const
      const changed = await client().updateAssessment(idOf(1), assessmentId, changes)
      expect(changed).toMatchObject({ name: 'b', value: 'two', rationale: 'so', metadata: { k: 'v', l: 'w' }, source })
      expect(await client().getAssessment(idOf(1), assessmentId)).toEqual(changed)
      const wrong = { value: { kind: 'expectation', value: 1 } } as const
      await expect(client().updateAssessment(idOf(1), assessmentId, wrong)).rejects.toThrow(/Cannot update expectation/)
    })

    it('override each other until the later one is deleted', async () => {
      await trace(1)
      const first = await client().createAssessment(idOf(1), { name: 'a', kind: 'feedback', value: 1, source })
      const overriding = { name: 'a', kind: 'feedback', value: 2, source, overrides: first.assessmentId } as const
      const second = await client().createAssessment(idOf(1), overriding)
      expect((await client().getAssessment(idOf(1), first.assessmentId)).valid).toBe(false)
      expect(await found("feedback.a = '1'")).toEqual([])
      for (let times = 0; times < 2; times++) await client().deleteAssessment(idOf(1), second.assessmentId)
      expect((await client().getAssessment(idOf(1), first.assessmentId)).valid).toBe(true)
      await expect(client().createAssessment(idOf(1), { ...overriding, overrides: 'a-none' })).rejects.toMatchObject({
        code: 'RESOURCE_DOES_NOT_EXIST',
      })
    })
  })

  describe('withTrace', () => {
    it('records what ran inside what, side by side too', async () => {
      const answer = await withTrace(
        client(),
        { name: 'ask', type: 'AGENT', experiment: 'agents', inputs: { q: 'why?' }, tags: { team: 'blue' } },
        async (span) => {
          span.setTokenUsage({ inputTokens: 3, outputTokens: 4 })
          return (await Promise.all([work('a'), work('b')])).join('')
        },
      )
      expect(answer).toBe('AB')
      const { info, spans } = await client().getTrace((await only()).traceId)
      expect(info).toMatchObject({
        state: 'OK',
        requestPreview: '{"q": "why?"}',
        responsePreview: '"AB"',
        tags: { team: 'blue' },
      })
      expect(info.metadata['mlflow.trace.tokenUsage']).toBe(
        '{"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}',
      )
      const byId = new Map(spans.map(({ spanId, name }) => [spanId, name]))
      const places = spans.map(({ name, parentSpanId = '' }) => `${byId.get(parentSpanId) ?? '-'} > ${name}`)
      expect(places.toSorted()).toEqual(['- > ask', 'a > a inside', 'ask > a', 'ask > b', 'b > b inside'])
      expect(spans.find(({ name }) => name === 'b')?.attributes).toMatchObject({
        'mlflow.spanType': 'TOOL',
        'mlflow.spanInputs': { name: 'b' },
        'mlflow.spanOutputs': 'B',
        seen: true,
      })
    })

    it('records why it failed, and lets the error go on', async () => {
      const failing = withTrace(client(), { name: 'ask', experiment: 'agents' }, async () => {
        await withSpan({ name: 'tool' }, () => {
          throw new TypeError('no such tool')
        })
      })
      await expect(failing).rejects.toThrow('no such tool')
      const { info, spans } = await client().getTrace((await only()).traceId)
      expect(info.state).toBe('ERROR')
      expect(spans.map(({ status }) => status.message)).toEqual(Array(2).fill('TypeError: no such tool'))
      expect(spans[1]?.events[0]).toMatchObject({
        name: 'exception',
        attributes: { 'exception.type': 'TypeError', 'exception.message': 'no such tool' },
      })
    })

    it('does not fail the work when the store does, nor need a trace for a span', async () => {
      const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
      const circle: Record<string, unknown> = {}
      circle['self'] = circle
      const options = {
        name: 'ask',
        experiment: 'agents',
        inputs: circle,
        run: { runId: '0'.repeat(32) },
        metadata: {},
      }
      const broken = { ...client(), logSpans: async () => await Promise.reject(new Error('disk full')) }
      expect(await withTrace(broken, options, () => 7)).toBe(7)
      expect(warning).toHaveBeenCalledWith(expect.stringMatching(/could not be stored: disk full/))
      warning.mockRestore()
      expect(await withSpan({ name: 'alone' }, () => 8)).toBe(8)
    })
  })
}
