/** Requests to a tracking server: MLflow's REST API, with its errors as ours, and patience while it starts again. */
import { setTimeout } from 'node:timers/promises'
import { asError, type ErrorCode, errorCodes, MillraceError, systemErrorCode, shownUri } from '../../core/index.ts'

/** What a request carries: fields of its query, or of its JSON body. What is undefined is left out. */
type Fields = Readonly<Record<string, unknown>>

export interface Connection {
  /** The server's address, without a `/` at its end. */
  readonly url: string
  /** GET with the fields in the query; a list repeats its key. Gives the JSON of the answer. */
  readonly get: (path: string, query: Fields) => Promise<unknown>
  /** Any other method with the fields as JSON. */
  readonly send: (method: 'POST' | 'PATCH' | 'DELETE', path: string, body: Fields) => Promise<unknown>
  /** A request as it is, with an answer as it is; only one that was refused throws. */
  readonly raw: (
    method: string,
    path: string,
    body?: Blob,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Response>
}

/** The server has nothing at a path: it is none of MLflow's, or one without this part of the interface. */
export class NoSuchPath extends MillraceError {}

export interface ConnectionOptions {
  /** How long to go on trying while a server that has answered before does not, or is too busy. */
  readonly patienceMs: number
}

/** Answers that another attempt may change. */
const passing: ReadonlySet<number> = new Set([408, 429, 502, 503, 504])

/**
 * Requests to the server at `uri`. User and password come from the URI or MLFLOW_TRACKING_USERNAME and
 * MLFLOW_TRACKING_PASSWORD, a bearer token from MLFLOW_TRACKING_TOKEN.
 *
 * Its methods throw MillraceErrors: with the server's code where it is one of ours, NoSuchPath where it does not know the path,
 * else ENDPOINT_FAILED.
 *
 * @throws MillraceError INVALID_ARGUMENT for a URI that cannot be read
 */
export function connect(uri: string, { patienceMs }: ConnectionOptions): Connection {
  const { url, authorization } = parseServerUri(uri)
  let hasAnswered = false

  const attempt = async (method: string, path: string, init: RequestInit): Promise<Response> => {
    const deadline = performance.now() + patienceMs
    for (let waitMs = 50; ; waitMs = Math.min(waitMs * 2, 2000)) {
      const isLast = performance.now() + waitMs >= deadline
      try {
        const response = await fetch(`${url}${path}`, { method, ...init })
        hasAnswered = true
        if (response.ok) return response
        if (isLast || !passing.has(response.status)) throw await refusal(response, url)
      } catch (error) {
        if (error instanceof MillraceError) throw error
        if (isLast || !hasAnswered || !mayRepeat(method, path, error)) throw unreachable(error, url)
      }
      await setTimeout(waitMs)
    }
  }
  const headers = authorization === undefined ? {} : { authorization }
  return {
    url,
    get: async (path, query) => await readJson(await attempt('GET', `${path}${queryOf(query)}`, { headers }), url),
    send: async (method, path, body) => {
      const json = { ...headers, 'content-type': 'application/json' }
      return await readJson(await attempt(method, path, { headers: json, body: JSON.stringify(body) }), url)
    },
    raw: async (method, path, body, more) =>
      await attempt(method, path, { headers: { ...headers, ...more }, ...(body !== undefined && { body }) }),
  }
}

function parseServerUri(uri: string): { readonly url: string; readonly authorization?: string } {
  if (!URL.canParse(uri)) {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `Cannot read the tracking URI "${shownUri(uri)}". Write http://host:5000.`,
    )
  }
  const { username, password, origin, pathname } = new URL(uri)
  const { env } = process
  const user = decodeURIComponent(username) || env['MLFLOW_TRACKING_USERNAME']
  const secret = decodeURIComponent(password) || env['MLFLOW_TRACKING_PASSWORD']
  const url = `${origin}${pathname.replace(/\/+$/, '')}`
  if (user !== undefined && secret !== undefined) {
    return { url, authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}` }
  }
  const token = env['MLFLOW_TRACKING_TOKEN']
  return token === undefined ? { url } : { url, authorization: `Bearer ${token}` }
}

function queryOf(fields: Fields): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue
    for (const item of Array.isArray(value) ? value : [value]) query.append(name, String(item))
  }
  return query.size === 0 ? '' : `?${query.toString()}`
}

/** Nothing is done twice: the server was never reached, or the same request again changes nothing. */
function mayRepeat(method: string, path: string, error: unknown): boolean {
  const code = systemErrorCode(asError(error).cause)
  return code === 'ECONNREFUSED' || method === 'GET' || method === 'PUT' || path.includes('/runs/log-')
}

async function readJson(response: Response, url: string): Promise<unknown> {
  const text = await response.text()
  try {
    return text === '' ? {} : (JSON.parse(text) as unknown)
  } catch (cause) {
    const message = `The server at ${url} does not speak MLflow's REST API: its answer is no JSON. Check the address.`
    throw new MillraceError('ENDPOINT_FAILED', message, { cause })
  }
}

async function refusal(response: Response, url: string): Promise<MillraceError> {
  const text = await response.text()
  const { code, message } = errorOf(text)
  if (code !== undefined && Object.hasOwn(errorCodes, code)) return new MillraceError(code as ErrorCode, message)
  if (response.status === 404 && code === undefined) {
    return new NoSuchPath('RESOURCE_DOES_NOT_EXIST', `There is no ${response.url}. Check the address of the server.`)
  }
  const cure = [401, 403].includes(response.status)
    ? ' Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN.'
    : ''
  const reason = message.replaceAll(/\s+/g, ' ').slice(0, 500)
  return new MillraceError('ENDPOINT_FAILED', `The server at ${url} answered ${response.status}: ${reason}${cure}`)
}

function errorOf(text: string): { readonly code?: string; readonly message: string } {
  try {
    const { error_code, message } = JSON.parse(text) as Fields
    if (typeof error_code !== 'string') return { message: text }
    return { code: error_code, message: typeof message === 'string' ? message : error_code }
  } catch {
    // A proxy, or a page for people: shown as it is.
  }
  return { message: text }
}

function unreachable(error: unknown, url: string): MillraceError {
  const cause = asError(error).cause ?? error
  const message = `The server at ${url} cannot be reached: ${asError(cause).message || systemErrorCode(cause)}. Start it, or check the address.`
  return new MillraceError('ENDPOINT_FAILED', message, { cause })
}
