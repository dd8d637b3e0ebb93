/** The server as a `fetch` function: the web's Request and Response around our own. */
import { errorReply, HttpError, type HttpReply, type HttpRequest } from './http.ts'
import type { Limits } from './server-context.ts'

export async function answerFetch(
  request: Request,
  limits: Limits,
  handle: (request: HttpRequest) => Promise<HttpReply>,
): Promise<Response> {
  const arrivedMs = performance.now()
  const body = await readBody(request, limits.maxBodyBytes)
  const reply =
    body === undefined
      ? errorReply(bodyTooLarge(limits.maxBodyBytes))
      : await handle({
          method: request.method,
          path: new URL(request.url).pathname,
          header: (name) => request.headers.get(name) ?? undefined,
          body,
          arrivedMs,
          gone: () => request.signal.aborted,
        })
  const { status, headers } = reply
  return new Response(request.method === 'HEAD' ? null : reply.body, { status, headers })
}

export function bodyTooLarge(maxBodyBytes: number): HttpError {
  return new HttpError(
    413,
    'REQUEST_LIMIT_EXCEEDED',
    `The body is larger than ${maxBodyBytes} bytes. Send the rows in several requests, or raise the limit (--max-body).`,
  )
}

/** The whole body; undefined when it is too large, of which no more than the limit is read. */
async function readBody(request: Request, maxBytes: number): Promise<Uint8Array | undefined> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) return undefined
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of request.body ?? []) {
    size += piece.length
    if (size > maxBytes) return undefined
    pieces.push(piece)
  }
  return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces)
}
