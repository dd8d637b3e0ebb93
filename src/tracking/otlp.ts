/**
 * OpenTelemetry's protocol for spans (OTLP 1.x over HTTP), in protocol buffers and in JSON. Names and numbers of fields are
 * those of opentelemetry/proto/trace/v1/trace.proto; protobufjs does the encoding.
 */
import protobuf from 'protobufjs/light.js'
import { z } from 'zod'
import { parseWith } from '../core/index.ts'
import { type JsonMap, type Span, spanKeys, type SpanStatusCode, type SpanToLog } from './trace-entities.ts'

const field = (type: string, id: number): { type: string; id: number } => ({ type, id })
const repeated = (type: string, id: number): { rule: 'repeated'; type: string; id: number } => ({
  rule: 'repeated',
  type,
  id,
})

const root = protobuf.Root.fromJSON({
  nested: {
    Request: { fields: { resourceSpans: repeated('ResourceSpans', 1) } },
    ResourceSpans: { fields: { resource: field('Resource', 1), scopeSpans: repeated('ScopeSpans', 2) } },
    Resource: { fields: { attributes: repeated('KeyValue', 1) } },
    ScopeSpans: { fields: { spans: repeated('Span', 2) } },
    Span: {
      fields: {
        traceId: field('bytes', 1),
        spanId: field('bytes', 2),
        parentSpanId: field('bytes', 4),
        name: field('string', 5),
        kind: field('int32', 6),
        startTimeUnixNano: field('fixed64', 7),
        endTimeUnixNano: field('fixed64', 8),
        attributes: repeated('KeyValue', 9),
        events: repeated('Event', 11),
        links: repeated('Link', 13),
        status: field('Status', 15),
      },
    },
    Event: {
      fields: { timeUnixNano: field('fixed64', 1), name: field('string', 2), attributes: repeated('KeyValue', 3) },
    },
    Link: { fields: { traceId: field('bytes', 1), spanId: field('bytes', 2), attributes: repeated('KeyValue', 4) } },
    Status: { fields: { message: field('string', 2), code: field('int32', 3) } },
    KeyValue: { fields: { key: field('string', 1), value: field('AnyValue', 2) } },
    AnyValue: {
      oneofs: {
        value: {
          oneof: ['stringValue', 'boolValue', 'intValue', 'doubleValue', 'arrayValue', 'kvlistValue', 'bytesValue'],
        },
      },
      fields: {
        stringValue: field('string', 1),
        boolValue: field('bool', 2),
        intValue: field('int64', 3),
        doubleValue: field('double', 4),
        arrayValue: field('ArrayValue', 5),
        kvlistValue: field('KeyValueList', 6),
        bytesValue: field('bytes', 7),
      },
    },
    ArrayValue: { fields: { values: repeated('AnyValue', 1) } },
    KeyValueList: { fields: { values: repeated('KeyValue', 1) } },
  },
})

const requestType = root.lookupType('Request')

/** The spans of a request in protocol buffers. @throws Error when the bytes are something else */
export function decodeOtlp(bytes: Uint8Array): readonly SpanToLog[] {
  const message: unknown = requestType.toObject(requestType.decode(bytes), { longs: String, bytes: String })
  return spansOf(requestSchema(base64Id), message)
}

/** The spans of a request in JSON, where ids are in hexadecimal. @throws Error when it is something else */
export function parseOtlpJson(json: string): readonly SpanToLog[] {
  return spansOf(requestSchema(hexId), JSON.parse(json))
}

/** A request in protocol buffers. */
export function encodeOtlp(spans: readonly Span[]): Uint8Array {
  const message = { resourceSpans: [{ resource: {}, scopeSpans: [{ spans: spans.map(spanMessage) }] }] }
  return requestType.encode(requestType.fromObject(message)).finish()
}

const nanoseconds = z
  .union([z.string().regex(/^\d+$/), z.int().nonnegative()])
  .default('0')
  .transform(BigInt)

const base64Id = z.string().transform((text) => Buffer.from(text, 'base64').toString('hex'))
const hexId = z
  .string()
  .regex(/^([0-9a-f]{2})*$/i)
  .transform((text) => text.toLowerCase())

const attributes = z
  .array(z.object({ key: z.string(), value: z.unknown() }))
  .default([])
  .transform(valuesOf)

const statusCodes: readonly SpanStatusCode[] = ['UNSET', 'OK', 'ERROR']

const statusCode = z
  .union([z.int(), z.string()])
  .default(0)
  .transform((code): SpanStatusCode => {
    const name = typeof code === 'number' ? statusCodes[code] : code.replace(/^STATUS_CODE_/, '')
    return statusCodes.find((known) => known === name) ?? 'UNSET'
  })

function requestSchema(id: z.ZodType<string>) {
  const span = z.object({
    traceId: id,
    spanId: id,
    parentSpanId: id.optional(),
    name: z.string().default(''),
    startTimeUnixNano: nanoseconds,
    endTimeUnixNano: nanoseconds,
    attributes,
    events: z.array(z.object({ timeUnixNano: nanoseconds, name: z.string().default(''), attributes })).default([]),
    links: z.array(z.object({ traceId: id, spanId: id, attributes })).default([]),
    status: z.object({ code: statusCode, message: z.string().default('') }).default({ code: 'UNSET', message: '' }),
  })
  const scope = z.object({ spans: z.array(span).default([]) })
  const resource = z.object({ attributes }).default({ attributes: {} })
  return z.object({
    resourceSpans: z.array(z.object({ resource, scopeSpans: z.array(scope).default([]) })).default([]),
  })
}

function spansOf(schema: ReturnType<typeof requestSchema>, message: unknown): readonly SpanToLog[] {
  const { resourceSpans } = parseWith(schema, message, 'The spans')
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span): SpanToLog => {
        const traceId = `tr-${idOf(span.traceId, 16)}`
        return {
          traceId,
          spanId: idOf(span.spanId, 8),
          ...(span.parentSpanId && { parentSpanId: idOf(span.parentSpanId, 8) }),
          name: span.name,
          startTimeNs: span.startTimeUnixNano,
          ...(span.endTimeUnixNano > 0n && { endTimeNs: span.endTimeUnixNano }),
          status: span.status,
          attributes: { ...span.attributes, [spanKeys.traceId]: traceId },
          events: span.events.map(({ timeUnixNano, ...event }) => ({ ...event, timeNs: timeUnixNano })),
          links: span.links.map((link) => ({
            traceId: `tr-${idOf(link.traceId, 16)}`,
            spanId: idOf(link.spanId, 8),
            ...(Object.keys(link.attributes).length > 0 && { attributes: link.attributes }),
          })),
          ...(Object.keys(resource.attributes).length > 0 && { resource: resource.attributes }),
        }
      }),
    ),
  )
}

/** An id of so many bytes; shorter ones get zeros before them. */
function idOf(hex: string, bytes: number): string {
  if (hex.length > 0 && hex.length <= bytes * 2) return hex.padStart(bytes * 2, '0')
  throw new Error(`An id of a span or trace has ${hex.length / 2} bytes; it should have ${bytes}.`)
}

function valuesOf(pairs: readonly { readonly key: string; readonly value?: unknown }[]): JsonMap {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, valueOf(value)]))
}

/** A value of any kind; a whole number that a number of JavaScript does not hold is a bigint. */
function valueOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return null
  const { stringValue, boolValue, intValue, doubleValue, arrayValue, kvlistValue, bytesValue } = value as JsonMap
  if (typeof stringValue === 'string') return stringValue
  if (boolValue !== undefined) return Boolean(boolValue)
  if (intValue !== undefined) return wholeNumber(intValue)
  if (doubleValue !== undefined) return Number(doubleValue)
  if (typeof bytesValue === 'string') return bytesValue
  if (arrayValue !== undefined) return listOf(arrayValue).map(valueOf)
  if (kvlistValue === undefined) return null
  return valuesOf(
    listOf(kvlistValue).flatMap((pair) =>
      typeof pair === 'object' && pair !== null && 'key' in pair ? [{ ...pair, key: String(pair.key) }] : [],
    ),
  )
}

function wholeNumber(value: unknown): number | bigint {
  const number = Number(value)
  return typeof value === 'string' && Number.isInteger(number) && !Number.isSafeInteger(number) ? BigInt(value) : number
}

function listOf(value: unknown): readonly unknown[] {
  const values = typeof value === 'object' && value !== null && 'values' in value ? value.values : []
  return Array.isArray(values) ? values : []
}

function spanMessage(span: Span): object {
  return {
    traceId: Buffer.from(span.traceId.replace(/^tr-/, ''), 'hex'),
    spanId: Buffer.from(span.spanId, 'hex'),
    ...(span.parentSpanId !== undefined && { parentSpanId: Buffer.from(span.parentSpanId, 'hex') }),
    name: span.name,
    kind: 1,
    startTimeUnixNano: String(span.startTimeNs),
    endTimeUnixNano: String(span.endTimeNs ?? 0n),
    attributes: pairsOf(span.attributes),
    events: span.events.map((event) => ({
      timeUnixNano: String(event.timeNs),
      name: event.name,
      attributes: pairsOf(event.attributes),
    })),
    links: span.links.map((link) => ({
      traceId: Buffer.from(link.traceId.replace(/^tr-/, ''), 'hex'),
      spanId: Buffer.from(link.spanId, 'hex'),
      attributes: pairsOf(link.attributes ?? {}),
    })),
    status: { code: statusCodes.indexOf(span.status.code), message: span.status.message },
  }
}

function pairsOf(values: JsonMap): readonly object[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: anyValue(value) }))
}

/** A JSON value in OTLP's form. Protocol buffers in JSON have texts for what JSON's numbers are not. */
export function anyValue(value: unknown): object {
  if (typeof value === 'bigint') return isInt64(value) ? { intValue: String(value) } : { doubleValue: Number(value) }
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'number' && !Number.isFinite(value)) return { doubleValue: String(value) }
  if (typeof value === 'number') return Number.isSafeInteger(value) ? { intValue: value } : { doubleValue: value }
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } }
  return typeof value === 'object' && value !== null ? { kvlistValue: { values: pairsOf(value as JsonMap) } } : {}
}

function isInt64(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value
}
