/** Asking one model server: only the paths below the address it was given with, with limits of time and size. */
import { z } from 'zod'
import { fetchFailure, jsonOf, MillraceError } from '../../core/index.ts'
import { HttpError } from '../../tracking/server/index.ts'

const servedSchema = z.object({
  name: z.string(),
  version: z.number().nullable(),
  uri: z.string(),
  role: z.enum(['primary', 'canary', 'shadow']),
  share: z.number(),
})

const infoSchema = servedSchema.extend({
  run_id: z.string().nullable(),
  kind: z.string(),
  task: z.enum(['classification', 'regression']),
  classes: z.array(z.string()),
  inputs: z.array(
    z.discriminatedUnion('type', [
      z.object({ name: z.string(), type: z.enum(['double', 'string']) }),
      z.object({ name: z.string(), type: z.literal('image'), shape: z.array(z.number()) }),
    ]),
  ),
  input_example: z.object({
    columns: z.array(z.string()),
    data: z.array(z.array(z.union([z.string(), z.number(), z.null()]))),
  }),
  models: z.array(servedSchema),
})

/** What a model server says of itself at /model_info. */
export type ModelServerInfo = z.output<typeof infoSchema>

export interface ModelServerReply {
  readonly status: number
  readonly body: string
}

interface Asked {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array<ArrayBuffer>
  readonly signal?: AbortSignal | undefined
}

/** Descriptions and metrics are small; predictions of a full request need more. */
const MAX_LOOK_BYTES = 4 * 2 ** 20
const MAX_PREDICT_BYTES = 32 * 2 ** 20

export interface ModelServerClientOptions {
  /** Milliseconds that a look may take. Default: 3000. */
  readonly lookTimeoutMs?: number | undefined
  /** Milliseconds that a prediction may take. Default: 60 000. */
  readonly predictTimeoutMs?: number | undefined
}

export class ModelServerClient {
  /** As it may be shown, without a password. */
  readonly url: string
  readonly #base: URL
  readonly #authorization: Readonly<Record<string, string>>
  readonly #lookTimeoutMs: number
  readonly #predictTimeoutMs: number

  /** @throws MillraceError INVALID_ARGUMENT for what is no HTTP address */
  constructor(url: string, { lookTimeoutMs = 3000, predictTimeoutMs = 60_000 }: ModelServerClientOptions = {}) {
    const base = URL.parse(url)
    if (base === null || !['http:', 'https:'].includes(base.protocol)) {
      const message = `Cannot look at the model server "${url}": expected an address such as http://127.0.0.1:8080.`
      throw new MillraceError('INVALID_ARGUMENT', message)
    }
    const { username, password } = base
    // fetch refuses addresses with a name in them.
    const login = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')
    this.#authorization = username === '' ? {} : { authorization: `Basic ${login}` }
    Object.assign(base, { username: '', password: '', search: '', hash: '' })
    if (!base.pathname.endsWith('/')) base.pathname += '/'
    this.#base = base
    this.url = base.href.replace(/\/$/, '')
    this.#lookTimeoutMs = lookTimeoutMs
    this.#predictTimeoutMs = predictTimeoutMs
  }

  /** @throws HttpError 503 saying why it cannot be had */
  async info(signal?: AbortSignal): Promise<ModelServerInfo> {
    const { status, body } = await this.#look('model_info', signal)
    const info = infoSchema.safeParse(jsonOf(body))
    if (status === 200 && info.success) return info.data
    const found = status === 200 ? 'it answers with something else' : `it answers with status ${status}`
    throw away(`${this.url} is no model server of Millrace, or of another version: ${found} at /model_info`)
  }

  /** The text of /metrics. @throws HttpError 503 saying why it cannot be had */
  async metrics(signal?: AbortSignal): Promise<string> {
    const { status, body } = await this.#look('metrics', signal)
    if (status === 200) return body
    throw away(`${this.url} answers with status ${status} at /metrics`)
  }

  /** What POST /predict answers, errors of the request included. @throws HttpError 503 when nothing answers */
  async predict(content: Uint8Array<ArrayBuffer>, contentType: string): Promise<ModelServerReply> {
    const init = { method: 'POST', headers: { 'content-type': contentType }, body: content }
    const reply = await this.#ask('predict', init, this.#predictTimeoutMs, MAX_PREDICT_BYTES)
    if (jsonOf(reply.body) !== undefined) return reply
    throw away(`${this.url} answers with status ${reply.status} and no JSON at /predict`)
  }

  async #look(path: string, signal: AbortSignal | undefined): Promise<ModelServerReply> {
    return await this.#ask(path, { signal }, this.#lookTimeoutMs, MAX_LOOK_BYTES)
  }

  async #ask(path: string, request: Asked, timeoutMs: number, maxBytes: number): Promise<ModelServerReply> {
    const { signal: closing, headers: own, ...init } = request
    const timeout = AbortSignal.timeout(timeoutMs)
    const signal = closing === undefined ? timeout : AbortSignal.any([timeout, closing])
    const headers = { ...own, ...this.#authorization }
    try {
      // Nobody but the server that was named is asked.
      const response = await fetch(new URL(path, this.#base), { ...init, headers, signal, redirect: 'manual' })
      return { status: response.status, body: await textOf(response, maxBytes) }
    } catch (error) {
      if (error instanceof HttpError) throw error
      throw away(
        `${this.url} cannot be reached: ${fetchFailure(error, timeoutMs)}. Start it: millrace serve models:/NAME@champion`,
        error,
      )
    }
  }
}

async function textOf(response: Response, maxBytes: number): Promise<string> {
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of response.body ?? []) {
    size += piece.length
    if (size > maxBytes) throw away(`${response.url} answers with more than ${maxBytes} bytes`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}

function away(reason: string, cause?: unknown): HttpError {
  return new HttpError(503, 'TEMPORARILY_UNAVAILABLE', `${reason}.`, { cause })
}
