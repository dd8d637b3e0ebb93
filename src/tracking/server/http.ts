/** Requests and replies without a transport: what a port, a `fetch` call and a test all turn into. */
import type { Readable } from 'node:stream'

export interface HttpRequest {
  readonly method: string
  /** The path alone, as it was sent. */
  readonly path: string
  readonly query: URLSearchParams
  header(name: string): string | undefined
  /** Where it comes from, as far as that is known. */
  readonly address?: string | undefined
  /** The body as it comes. */
  readonly body: AsyncIterable<Uint8Array>
}

export interface HttpReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** A text, or the content of a file as it is read. */
  readonly body: string | Readable
}

/** The codes of MLflow's answers that are not errors of the store. */
export type HttpErrorCode =
  | 'BAD_REQUEST'
  | 'INVALID_PARAMETER_VALUE'
  | 'ENDPOINT_NOT_FOUND'
  | 'REQUEST_LIMIT_EXCEEDED'
  | 'TEMPORARILY_UNAVAILABLE'
  | 'INTERNAL_ERROR'
  | 'NOT_IMPLEMENTED'
  | 'PERMISSION_DENIED'
  | 'UNAUTHENTICATED'

/** An error that becomes a reply. The message is meant for whoever sent the request. */
export class HttpError extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: HttpErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.name = 'HttpError'
    this.status = status
    this.code = code
  }
}

export function jsonReply(value: unknown, status = 200, write: (value: unknown) => string = JSON.stringify): HttpReply {
  return { status, headers: { 'content-type': 'application/json' }, body: write(value) }
}

export function textReply(body: string, status = 200): HttpReply {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body }
}
