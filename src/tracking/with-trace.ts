/** Tracing of agents and models: what ran inside what, with what it was given, gave back, and how it failed. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { randomBytes } from 'node:crypto'
import { asError } from '../core/index.ts'
import { experimentIdFor } from './experiment-id.ts'
import { type TextMap } from './entities.ts'
import { type TrackingClient } from './open-tracking.ts'
import { pythonJson } from './python-json.ts'
import { runContext } from './run-context.ts'
import { milliseconds, previewOf, totalOf } from './span-summary.ts'
import { type JsonMap, type Span, type SpanEvent, spanKeys, type SpanStatusCode, traceKeys } from './trace-entities.ts'

/** MLflow's types of spans; its page has a sign for each. */
export type SpanType =
  | 'LLM'
  | 'CHAT_MODEL'
  | 'CHAIN'
  | 'AGENT'
  | 'TOOL'
  | 'RETRIEVER'
  | 'RERANKER'
  | 'EMBEDDING'
  | 'PARSER'
  | 'MEMORY'
  | 'WORKFLOW'
  | 'TASK'
  | 'GUARDRAIL'
  | 'EVALUATOR'
  | 'UNKNOWN'

export interface SpanOptions {
  readonly name: string
  /** Default: UNKNOWN. */
  readonly type?: SpanType
  /** What it was given. Anything that JSON can hold; the rest as text. */
  readonly inputs?: unknown
  readonly attributes?: JsonMap
}

export interface TraceOptions extends SpanOptions {
  /** Name of the experiment, made when there is none. Default: "Default". */
  readonly experiment?: string
  readonly tags?: TextMap
  /** Such as `mlflow.trace.session`, which gathers the traces of a conversation. */
  readonly metadata?: TextMap
  /** An id that the caller's own system has for the request. */
  readonly clientRequestId?: string
  /** The run that the trace belongs to. */
  readonly run?: { readonly runId: string }
}

/** A span under way. */
export interface ActiveSpan {
  readonly traceId: string
  readonly spanId: string
  /** What it gave back, where that is not what its function returns. */
  setOutputs(outputs: unknown): void
  setAttributes(attributes: JsonMap): void
  addEvent(name: string, attributes?: JsonMap): void
  /** Tokens that a language model has read and written; a trace knows their sum. */
  setTokenUsage(usage: { readonly inputTokens: number; readonly outputTokens: number }): void
}

/** A trace under way, in which spans find their place. */
interface Recording {
  readonly traceId: string
  readonly spans: RecordedSpan[]
  readonly now: () => bigint
}

interface RecordedSpan {
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly name: string
  readonly startTimeNs: bigint
  endTimeNs: bigint | undefined
  status: { readonly code: SpanStatusCode; readonly message: string }
  readonly attributes: Record<string, unknown>
  readonly events: SpanEvent[]
}

const active = new AsyncLocalStorage<{ readonly recording: Recording; readonly span: RecordedSpan }>()

/**
 * Runs `body` as a trace and gives back its result, which becomes the trace's outputs. Spans inside it, in whatever
 * functions and however deep, are recorded with `withSpan`. When it throws, trace and span say why, and the error goes on.
 * Inside another trace it is a span of that.
 *
 * The trace is stored when `body` has ended. A store that fails must not fail the work that is traced: it is told of as a
 * warning of the process.
 *
 *     const answer = await withTrace(client, { name: 'ask', type: 'AGENT', inputs: { question } }, async () => {
 *       const documents = await withSpan({ name: 'search', type: 'RETRIEVER' }, () => search(question))
 *       return await withSpan({ name: 'answer', type: 'LLM', inputs: documents }, () => model.answer(documents))
 *     })
 */
export async function withTrace<T>(
  client: TrackingClient,
  options: TraceOptions,
  body: (span: ActiveSpan) => T | Promise<T>,
): Promise<T> {
  if (active.getStore() !== undefined) return await withSpan(options, body)
  const recording = newRecording(client)
  try {
    return await record(recording, undefined, options, body)
  } finally {
    await store(client, options, recording).catch((error: unknown) => {
      process.emitWarning(`The trace ${recording.traceId} could not be stored: ${asError(error).message}`)
    })
  }
}

/**
 * Runs `body` as a span of the trace that is under way, inside the span that is. Outside of a trace it only runs.
 *
 * `body` gets the span, for what its arguments and its result do not say.
 */
export async function withSpan<T>(options: SpanOptions, body: (span: ActiveSpan) => T | Promise<T>): Promise<T> {
  const place = active.getStore()
  if (place === undefined) return await body(silentSpan)
  return await record(place.recording, place.span, options, body)
}

const silentSpan: ActiveSpan = {
  traceId: '',
  spanId: '',
  setOutputs: () => {},
  setAttributes: () => {},
  addEvent: () => {},
  setTokenUsage: () => {},
}

/** The clock tells when the trace began; from there on time passes as the machine counts it, in nanoseconds. */
function newRecording({ clock }: TrackingClient): Recording {
  const begin = BigInt(clock()) * 1_000_000n
  const counted = process.hrtime.bigint()
  return {
    traceId: `tr-${randomBytes(16).toString('hex')}`,
    spans: [],
    now: () => begin + (process.hrtime.bigint() - counted),
  }
}

async function record<T>(
  recording: Recording,
  parent: RecordedSpan | undefined,
  { name, type = 'UNKNOWN', inputs, attributes = {} }: SpanOptions,
  body: (span: ActiveSpan) => T | Promise<T>,
): Promise<T> {
  const span: RecordedSpan = {
    spanId: randomBytes(8).toString('hex'),
    parentSpanId: parent?.spanId,
    name,
    startTimeNs: recording.now(),
    endTimeNs: undefined,
    status: { code: 'UNSET', message: '' },
    attributes: { [spanKeys.type]: type, ...jsonMap(attributes) },
    events: [],
  }
  if (inputs !== undefined) span.attributes[spanKeys.inputs] = jsonValue(inputs)
  recording.spans.push(span)
  try {
    const result = await active.run({ recording, span }, async () => await body(activeSpan(recording, span)))
    if (result !== undefined) span.attributes[spanKeys.outputs] ??= jsonValue(result)
    span.status = { code: 'OK', message: '' }
    return result
  } catch (error) {
    const { name: type, message, stack = '' } = asError(error)
    const exception = {
      'exception.type': type,
      'exception.message': message,
      'exception.stacktrace': stack,
    }
    span.events.push({ name: 'exception', timeNs: recording.now(), attributes: exception })
    span.status = { code: 'ERROR', message: `${type}: ${message}` }
    throw error
  } finally {
    span.endTimeNs = recording.now()
  }
}

function activeSpan({ traceId, now }: Recording, span: RecordedSpan): ActiveSpan {
  return {
    traceId,
    spanId: span.spanId,
    setOutputs: (outputs) => {
      span.attributes[spanKeys.outputs] = jsonValue(outputs)
    },
    setAttributes: (attributes) => {
      Object.assign(span.attributes, jsonMap(attributes))
    },
    addEvent: (name, attributes = {}) => {
      span.events.push({ name, timeNs: now(), attributes: jsonMap(attributes) })
    },
    setTokenUsage: ({ inputTokens, outputTokens }) => {
      span.attributes[spanKeys.tokenUsage] = {
        input_tokens: inputTokens,
        output_tokens: outputTokens,
        total_tokens: inputTokens + outputTokens,
      }
    },
  }
}

/** Spans first: who finds the trace finds all of it. Spans that nobody has waited for are there without an end. */
async function store(client: TrackingClient, options: TraceOptions, { traceId, spans }: Recording): Promise<void> {
  const { experiment, tags = {}, metadata = {}, clientRequestId, run } = options
  const experimentId = await experimentIdFor(client, { experiment, parent: run })
  const all = spans.map((span): Span => finished(traceId, span))
  const [root] = all
  const { tags: context } = await runContext(process.cwd())
  const usage = totalOf(all, spanKeys.tokenUsage)
  const { [spanKeys.inputs]: inputs, [spanKeys.outputs]: outputs } = root!.attributes
  await client.logSpans(experimentId, all)
  await client.startTrace({
    traceId,
    experimentId,
    requestTime: milliseconds(root!.startTimeNs),
    executionDuration: milliseconds(root!.endTimeNs!) - milliseconds(root!.startTimeNs),
    state: root!.status.code === 'ERROR' ? 'ERROR' : 'OK',
    ...(clientRequestId !== undefined && { clientRequestId }),
    ...(inputs !== undefined && { requestPreview: previewOf(pythonJson(inputs), inputs, 'user') }),
    ...(outputs !== undefined && { responsePreview: previewOf(pythonJson(outputs), outputs, 'assistant') }),
    metadata: {
      ...context,
      [traceKeys.schemaVersion]: '3',
      ...(run !== undefined && { [traceKeys.sourceRun]: run.runId }),
      ...(usage !== undefined && { [traceKeys.tokenUsage]: pythonJson(usage) }),
      ...metadata,
    },
    tags: { [traceKeys.name]: options.name, ...tags },
  })
}

function finished(traceId: string, { parentSpanId, endTimeNs, ...span }: RecordedSpan): Span {
  return {
    ...span,
    traceId,
    ...(parentSpanId !== undefined && { parentSpanId }),
    ...(endTimeNs !== undefined && { endTimeNs }),
    links: [],
  }
}

function jsonMap(values: JsonMap): JsonMap {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, jsonValue(value)]))
}

/** A copy as JSON holds it, so that what changes later does not change the record; what it cannot hold is a text. */
function jsonValue(value: unknown): unknown {
  try {
    const json: string | undefined = JSON.stringify(value)
    return json === undefined ? String(value) : (JSON.parse(json) as unknown)
  } catch {
    return String(value)
  }
}
