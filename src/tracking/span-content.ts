/** Spans as MLflow writes them, in its database and in `traces.json` among the artifacts of a trace. */
import { z } from 'zod'
import { asError, MillraceError, parseWith } from '../core/index.ts'
import { parsePythonJson, pythonJson } from './python-json.ts'
import { type JsonMap, type Span, spanKeys, type SpanStatusCode } from './trace-entities.ts'

/** One span as JSON: ids in base64, attributes as texts of JSON, times as whole numbers of any size. */
export function spanContent(span: Span): string {
  const attributes = Object.entries({ ...span.attributes, [spanKeys.traceId]: span.traceId })
  const content = {
    trace_id: base64(span.traceId.replace(/^tr-/, '')),
    span_id: base64(span.spanId),
    parent_span_id: span.parentSpanId === undefined ? null : base64(span.parentSpanId),
    name: span.name,
    start_time_unix_nano: span.startTimeNs,
    end_time_unix_nano: span.endTimeNs ?? null,
    events: span.events.map((event) => ({
      name: event.name,
      time_unix_nano: event.timeNs,
      attributes: event.attributes,
    })),
    status: { code: `STATUS_CODE_${span.status.code}`, message: span.status.message },
    attributes: Object.fromEntries(attributes.map(([key, value]) => [key, pythonJson(value)])),
    links: span.links.map((link) => ({
      trace_id: link.traceId,
      span_id: link.spanId,
      attributes: link.attributes ?? null,
    })),
  }
  // Databases look into it, and know neither NaN nor infinities.
  return pythonJson(content, { strict: true })
}

/** The text of `traces.json`. */
export function tracesFile(spans: readonly Span[]): string {
  return `{"spans": [${spans.map(spanContent).join(', ')}]}`
}

const nanoseconds = z.union([z.string().regex(/^\d+$/), z.int().nonnegative(), z.bigint()]).transform(BigInt)
const values = z.record(z.string(), z.unknown())

const statusCode = z.string().transform((code): SpanStatusCode => {
  const name = code.replace(/^STATUS_CODE_/, '')
  return name === 'OK' || name === 'ERROR' ? name : 'UNSET'
})

const storedSpan = z
  .object({
    trace_id: z.string(),
    span_id: z.string(),
    parent_span_id: z.string().nullish(),
    name: z.string(),
    start_time_unix_nano: nanoseconds,
    end_time_unix_nano: nanoseconds.nullish(),
    status: z.object({ code: statusCode, message: z.string().nullish() }),
    attributes: values,
    events: z
      .array(z.object({ name: z.string(), time_unix_nano: nanoseconds, attributes: values.nullish() }))
      .default([]),
    links: z.array(z.object({ trace_id: z.string(), span_id: z.string(), attributes: values.nullish() })).default([]),
  })
  .transform((stored): Span => {
    const attributes = parsedValues(stored.attributes)
    const traceId = attributes[spanKeys.traceId]
    return {
      traceId: typeof traceId === 'string' ? traceId : `tr-${hex(stored.trace_id, 16)}`,
      spanId: hex(stored.span_id, 8),
      ...(stored.parent_span_id && { parentSpanId: hex(stored.parent_span_id, 8) }),
      name: stored.name,
      startTimeNs: stored.start_time_unix_nano,
      ...(stored.end_time_unix_nano && { endTimeNs: stored.end_time_unix_nano }),
      status: { code: stored.status.code, message: stored.status.message ?? '' },
      attributes,
      events: stored.events.map((event) => ({
        name: event.name,
        timeNs: event.time_unix_nano,
        attributes: event.attributes ?? {},
      })),
      links: stored.links.map((link) => ({
        traceId: link.trace_id,
        spanId: link.span_id,
        ...(link.attributes && { attributes: link.attributes }),
      })),
    }
  })

/** A span as MLflow 2 wrote it to `traces.json`: ids in hexadecimal, other names. */
const oldSpan = z
  .object({
    context: z.object({ trace_id: z.string(), span_id: z.string() }),
    parent_id: z.string().nullish(),
    name: z.string(),
    start_time: nanoseconds,
    end_time: nanoseconds.nullish(),
    status_code: z.string(),
    status_message: z.string().nullish(),
    attributes: values,
    events: z.array(z.object({ name: z.string(), timestamp: nanoseconds, attributes: values.nullish() })).default([]),
  })
  .transform((old): z.input<typeof storedSpan> => ({
    trace_id: plainHex(old.context.trace_id, 16),
    span_id: plainHex(old.context.span_id, 8),
    parent_span_id: old.parent_id && plainHex(old.parent_id, 8),
    name: old.name,
    start_time_unix_nano: String(old.start_time),
    end_time_unix_nano: old.end_time?.toString(),
    status: { code: old.status_code, message: old.status_message },
    attributes: old.attributes,
    events: old.events.map(({ timestamp, ...event }) => ({ ...event, time_unix_nano: String(timestamp) })),
  }))
  .pipe(storedSpan)

/** @throws MillraceError INVALID_CONFIG, naming `what` */
export function parseSpanContent(json: string, what: string): Span {
  return parseContent(storedSpan, json, what)
}

/** The spans of a `traces.json`, of MLflow 2 too. @throws MillraceError INVALID_CONFIG, naming `what` */
export function parseTracesFile(json: string, what: string): readonly Span[] {
  return parseContent(z.object({ spans: z.array(storedSpan.or(oldSpan)) }), json, what).spans
}

function parseContent<T>(schema: z.ZodType<T>, json: string, what: string): T {
  let value: unknown
  try {
    value = parsePythonJson(json)
  } catch (cause) {
    throw new MillraceError('INVALID_CONFIG', `${what} is not valid JSON: ${asError(cause).message}`, { cause })
  }
  return parseWith(schema, value, what)
}

function parsedValues(texts: JsonMap): JsonMap {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, parsedValue(text)]))
}

/** What is no JSON is the text itself. */
function parsedValue(text: unknown): unknown {
  if (typeof text !== 'string') return text
  try {
    return parsePythonJson(text)
  } catch {
    return text
  }
}

function base64(hexText: string): string {
  return Buffer.from(hexText, 'hex').toString('base64')
}

/** An id of so many bytes in hexadecimal, as Python writes numbers: `0x…`, perhaps shorter. */
function plainHex(id: string, bytes: number): string {
  return id.replace(/^0x/, '').padStart(bytes * 2, '0')
}

/** An id of so many bytes, in base64, or as it is: MLflow 3.5 wrote it so. */
function hex(id: string, bytes: number): string {
  const plain = id.replace(/^tr-/, '')
  return new RegExp(`^[0-9a-f]{${bytes * 2}}$`).test(plain) ? plain : Buffer.from(id, 'base64').toString('hex')
}
