/** Requests and replies without a transport: what a port, a `fetch` call and a test all turn into. */

export interface HttpRequest {
  readonly method: string
  /** The path alone, as it was sent. */
  readonly path: string
  header(name: string): string | undefined
  /** @throws HttpError 413 when it is larger than the limit */
  readonly body: () => Promise<Uint8Array>
  /** When it came, by `performance.now()`. */
  readonly arrivedMs: number
  /** Whether whoever asked has gone away. */
  readonly gone: () => boolean
}

export interface HttpReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array<ArrayBuffer>
}

/** The codes of MLflow's scoring server where it has one, and names of their own for the rest. */
export type HttpErrorCode =
  | 'BAD_REQUEST'
  | 'INVALID_PARAMETER_VALUE'
  | 'ENDPOINT_NOT_FOUND'
  | 'RESOURCE_DOES_NOT_EXIST'
  | 'METHOD_NOT_ALLOWED'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'REQUEST_LIMIT_EXCEEDED'
  | 'TEMPORARILY_UNAVAILABLE'
  | 'DEADLINE_EXCEEDED'
  | 'INTERNAL_ERROR'

interface HttpErrorOptions {
  readonly headers?: Readonly<Record<string, string>>
  /** What a program needs to know beside the message. */
  readonly details?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

/** An error that becomes a reply. The message is meant for whoever sent the request. */
export class HttpError extends Error {
  readonly status: number
  readonly code: HttpErrorCode
  readonly headers: Readonly<Record<string, string>>
  readonly details: Readonly<Record<string, unknown>>

  constructor(status: number, code: HttpErrorCode, message: string, options: HttpErrorOptions = {}) {
    super(message, options)
    this.name = 'HttpError'
    this.status = status
    this.code = code
    this.headers = options.headers ?? {}
    this.details = options.details ?? {}
  }
}

const JSON_HEADERS = { 'content-type': 'application/json' }

export function jsonReply(value: unknown, headers: Readonly<Record<string, string>> = {}): HttpReply {
  return { status: 200, headers: { ...JSON_HEADERS, ...headers }, body: JSON.stringify(value) }
}

export function textReply(body: string, contentType = 'text/plain; charset=utf-8'): HttpReply {
  return { status: 200, headers: { 'content-type': contentType }, body }
}

/** The error as MLflow words it: `{"error_code": …, "message": …}`, with what is known beside that. */
export function errorReply(error: HttpError): HttpReply {
  const body = JSON.stringify({ error_code: error.code, message: error.message, ...error.details })
  return { status: error.status, headers: { ...JSON_HEADERS, ...error.headers }, body }
}

export function badRequest(message: string, options?: HttpErrorOptions): HttpError {
  return new HttpError(400, 'BAD_REQUEST', message, options)
}

/**
 * What to answer where no route fits: 405 when the path takes other methods, else 404.
 *
 * @param routes all there are, such as `POST /predict`
 */
export function noRoute(method: string, path: string, routes: readonly string[]): HttpError {
  const methods = routes.filter((route) => route.endsWith(` ${path}`)).map((route) => route.split(' ', 1)[0]!)
  if (methods.length > 0) return wrongMethod(method, path, methods)
  return new HttpError(404, 'ENDPOINT_NOT_FOUND', `There is nothing at ${path}. There are: ${routes.join(', ')}.`)
}

export function wrongMethod(method: string, path: string, allowed: readonly string[]): HttpError {
  const allow = allowed.join(', ')
  return new HttpError(405, 'METHOD_NOT_ALLOWED', `${path} does not take ${method}. Use ${allow}.`, {
    headers: { allow },
  })
}

export function bodyTooLarge(maxBodyBytes: number): HttpError {
  return new HttpError(
    413,
    'REQUEST_LIMIT_EXCEEDED',
    `The body is larger than ${maxBodyBytes} bytes. Send less at once, or raise the limit (--max-body).`,
  )
}
