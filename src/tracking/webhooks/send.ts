/** One delivery of a webhook: a signed POST, tried again with growing pauses while the receiver is in trouble. */
import { createHmac, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { setTimeout } from 'node:timers/promises'
import { type AddressRules, checkLiteralAddress, guardedLookup } from './addresses.ts'
import { type Subscriber, type WebhookData, type WebhookEvent } from './webhook.ts'

export interface SendOptions extends AddressRules {
  /** How long one attempt may take. Default: 30,000. */
  readonly timeoutMs?: number | undefined
  /** Attempts after the first. Default: 3. */
  readonly maxRetries?: number | undefined
  /** The first pause; each next one is twice as long, a minute at most, and each a random part longer. Default: 1000. */
  readonly backoffMs?: number | undefined
}

export interface Delivery {
  readonly event: WebhookEvent
  readonly data: WebhookData
  /** When it happened, in milliseconds. */
  readonly time: number
}

/** What the receiver said last. */
export interface DeliveryAnswer {
  readonly status: number
  /** At most 64 KiB of it. */
  readonly body: string
}

/** Answers that another attempt may change. */
const passing: ReadonlySet<number> = new Set([429, 500, 502, 503, 504])
const LONGEST_PAUSE_MS = 60_000
const MOST_BODY_BYTES = 65_536

/**
 * Delivers, and returns the last answer, whatever its status. Redirects are not followed.
 *
 * @throws Error when no attempt got an answer, or `signal` ends it; MillraceError when the secret cannot be read
 */
export async function sendWebhook(
  subscriber: Subscriber,
  { event, data, time }: Delivery,
  options: SendOptions,
  signal: AbortSignal,
): Promise<DeliveryAnswer> {
  const { maxRetries = 3, backoffMs = 1000 } = options
  const [entity, action] = event.split('.')
  const timestamp = new Date(time).toISOString().replace('Z', '+00:00')
  const body = JSON.stringify({ entity, action, timestamp, data })
  const headers = signedHeaders(body, subscriber.secret())
  for (let attempt = 0; ; attempt++) {
    const result = await post(subscriber.url, headers, body, options, signal).catch((error: unknown) => ({ error }))
    if ('status' in result && !passing.has(result.status)) return result
    if (attempt === maxRetries || signal.aborted) {
      if ('status' in result) return result
      throw result.error
    }
    const askedMs = 'retryAfterMs' in result ? result.retryAfterMs : 0
    const pauseMs = Math.max(askedMs, backoffMs * (2 ** attempt + Math.random()))
    await setTimeout(Math.min(pauseMs, LONGEST_PAUSE_MS), undefined, { signal })
  }
}

/** MLflow's: an HMAC-SHA256 of `id.seconds.body`, so that a receiver can tell an old or altered delivery. */
function signedHeaders(body: string, secret: string | undefined): Readonly<Record<string, string>> {
  const [id, seconds] = [randomUUID(), String(Math.floor(Date.now() / 1000))]
  const headers = { 'content-type': 'application/json', 'x-mlflow-delivery-id': id, 'x-mlflow-timestamp': seconds }
  if (secret === undefined) return headers
  const signature = createHmac('sha256', secret).update(`${id}.${seconds}.${body}`).digest('base64')
  return { ...headers, 'x-mlflow-signature': `v1,${signature}` }
}

interface Answer extends DeliveryAnswer {
  readonly retryAfterMs: number
}

async function post(
  address: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  options: SendOptions,
  signal: AbortSignal,
): Promise<Answer> {
  const url = new URL(address)
  checkLiteralAddress(url, options)
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  const limit = AbortSignal.any([signal, AbortSignal.timeout(options.timeoutMs ?? 30_000)])
  const request = send(url, {
    method: 'POST',
    headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    lookup: guardedLookup(options),
    signal: limit,
    agent: false,
  })
  const answered = once(request, 'response') as Promise<[IncomingMessage]>
  // An error after the answer began is one of reading it, below.
  request.on('error', () => undefined)
  request.end(body)
  const [response] = await answered
  const seconds = Number(response.headers['retry-after'] ?? 0)
  return {
    status: response.statusCode ?? 0,
    body: await readStart(response),
    retryAfterMs: Number.isFinite(seconds) ? seconds * 1000 : 0,
  }
}

/** The first `MOST_BODY_BYTES` as text; the rest is not waited for. */
async function readStart(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const kept: Uint8Array[] = []
  let size = 0
  for await (const piece of pieces) {
    kept.push(piece)
    size += piece.length
    if (size > MOST_BODY_BYTES) break
  }
  return Buffer.concat(kept).subarray(0, MOST_BODY_BYTES).toString('utf8')
}
