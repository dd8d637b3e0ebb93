/** What the spans of a trace say of it as a whole. */
import { pythonJson } from './python-json.ts'
import { type JsonMap, type Span, spanKeys } from './trace-entities.ts'

/** Token usage or cost: numbers by their names. */
export type Totals = Readonly<Record<string, number>>

/**
 * The sum of an attribute over a trace, or undefined where no span has it. What a span says counts for all below it: some
 * libraries give an agent the sum of its calls.
 */
export function totalOf(
  spans: readonly Span[],
  attribute: typeof spanKeys.tokenUsage | typeof spanKeys.cost,
): Totals | undefined {
  const byId = new Map(spans.map((span) => [span.spanId, span]))
  const covered = new Map<string, boolean>()
  const isCovered = (span: Span): boolean => {
    const known = covered.get(span.spanId)
    if (known !== undefined) return known
    // A span that is its own ancestor is an error of its maker, and must not lead round in circles.
    covered.set(span.spanId, false)
    const parent = byId.get(span.parentSpanId ?? '')
    const result = parent !== undefined && (numbersIn(parent.attributes[attribute]) !== undefined || isCovered(parent))
    covered.set(span.spanId, result)
    return result
  }
  const found = spans
    .filter((span) => !isCovered(span))
    .map((span) => numbersIn(span.attributes[attribute]))
    .filter((numbers) => numbers !== undefined)
  if (found.length === 0) return undefined
  const names = new Set([...always[attribute], ...found.flatMap(Object.keys)])
  return Object.fromEntries(
    [...names].map((name) => [name, found.reduce((sum, numbers) => sum + (numbers[name] ?? 0), 0)]),
  )
}

/** Named even if no span names them. */
const always = {
  [spanKeys.tokenUsage]: ['input_tokens', 'output_tokens', 'total_tokens'],
  [spanKeys.cost]: ['input_cost', 'output_cost', 'total_cost'],
} as const

function numbersIn(value: unknown): Totals | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const pairs = Object.entries(value).filter((pair): pair is [string, number] => Number.isFinite(pair[1]))
  return Object.fromEntries(pairs)
}

/** The text of the first of the attributes that a span has. */
export function firstText(spans: readonly Span[], ...attributes: readonly string[]): string | undefined {
  for (const span of spans) {
    for (const attribute of attributes) {
      const value = span.attributes[attribute]
      if (value !== undefined && value !== null && value !== '') return textOf(value)
    }
  }
  return undefined
}

/** Tags that a root carries for its trace, as attributes `mlflow.traceTag.…`. */
export function tagsInRoot({ attributes }: Span): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(attributes)
      .filter(([key]) => key.startsWith(spanKeys.tagPrefix))
      .map(([key, value]) => [key.slice(spanKeys.tagPrefix.length), textOf(value)]),
  )
}

/** What the process that made spans says of itself and may be seen as tags: not the namespaces of libraries. */
export function tagsOfResource(resource: JsonMap): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(resource)
      .filter(([key]) => !/^(telemetry\.sdk|mlflow)\./.test(key))
      .map(([key, value]) => [key, textOf(value)]),
  )
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : pythonJson(value)
}

/** Whole milliseconds since 1970 of a time in nanoseconds. */
export function milliseconds(timeNs: bigint): number {
  return Number(timeNs / 1_000_000n)
}

const previewLength = 1000

/** The beginning of what a trace was asked or answered: of a chat, the last message in the role. */
export function previewOf(json: string, value: unknown, role: 'user' | 'assistant'): string {
  const text = lastMessage(value, role) ?? json
  return text.length <= previewLength ? text : `${text.slice(0, previewLength - 3)}...`
}

function lastMessage(value: unknown, role: string): string | undefined {
  const messages = messagesIn(value)
  const message = messages?.findLast((one) => one.role === role) ?? messages?.at(-1)
  if (message === undefined) return undefined
  if (typeof message.content === 'string') return message.content || undefined
  if (!Array.isArray(message.content)) return undefined
  const part = message.content.find((item): item is { text: string } => typeof fieldOf(item, 'text') === 'string')
  return part?.text
}

interface Message {
  readonly role: unknown
  readonly content: unknown
}

/** Of a request or answer in the forms of OpenAI's chat and responses. */
function messagesIn(value: unknown): readonly Message[] | undefined {
  for (const key of ['messages', 'input', 'output']) {
    const list = fieldOf(value, key)
    if (Array.isArray(list)) return list.filter(isMessage)
  }
  const choices = fieldOf(value, 'choices')
  const message = Array.isArray(choices) ? fieldOf(choices[0], 'message') : undefined
  if (isMessage(message)) return [message]
  const request = fieldOf(value, 'request')
  return request === undefined ? undefined : messagesIn(request)
}

function isMessage(value: unknown): value is Message {
  return fieldOf(value, 'role') !== undefined && fieldOf(value, 'content') !== undefined
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[key] : undefined
}
