/** The server as a `fetch` function: the web's Request and Response around our own. */
import { bodyTooLarge, type HttpReply, type HttpRequest } from './http.ts'

export async function answerFetch(
  request: Request,
  maxBodyBytes: number,
  handle: (request: HttpRequest) => Promise<HttpReply>,
): Promise<Response> {
  const { status, headers, body } = await handle({
    method: request.method,
    path: new URL(request.url).pathname,
    header: (name) => request.headers.get(name) ?? undefined,
    body: () => readBody(request, maxBodyBytes),
    arrivedMs: performance.now(),
    gone: () => request.signal.aborted,
  })
  return new Response(request.method === 'HEAD' ? null : body, { status, headers })
}

/** The whole body. No more of it than the limit is read. */
async function readBody(request: Request, maxBytes: number): Promise<Uint8Array> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) throw bodyTooLarge(maxBytes)
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of request.body ?? []) {
    size += piece.length
    if (size > maxBytes) throw bodyTooLarge(maxBytes)
    pieces.push(piece)
  }
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
}
