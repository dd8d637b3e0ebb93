/** The tracking server on a port. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { type OpenPort, openPort } from '../../core/index.ts'
import type { HttpReply, HttpRequest } from './http.ts'
import type { TrackingServer } from './tracking-server.ts'

export interface ListenTrackingOptions {
  /** Default: 5000. 0 takes a free one. */
  readonly port?: number
  /** Default: 127.0.0.1, which only this machine reaches; 0.0.0.0 is open to all. */
  readonly host?: string
}

/**
 * Answers on a port. Closing it finishes what is under way, then closes the server.
 *
 * @throws MillraceError PORT_UNAVAILABLE when another program has it, or it may not be used
 */
export async function listenTracking(
  server: TrackingServer,
  { port = 5000, host = '127.0.0.1' }: ListenTrackingOptions = {},
): Promise<OpenPort> {
  const open = await openPort(
    (request, response) => {
      void server.handle(ourRequest(request)).then(async (reply) => await send(request, response, reply))
    },
    // Large artifacts may take longer than any limit of time.
    { port, host, server: { requestTimeout: 0, headersTimeout: 60_000 } },
  )
  return {
    ...open,
    close: async () => {
      await open.close()
      await server.close()
    },
  }
}

function ourRequest(request: IncomingMessage): HttpRequest {
  const { method = 'GET', url = '/', headers } = request
  const mark = url.indexOf('?')
  return {
    method,
    path: mark === -1 ? url : url.slice(0, mark),
    query: new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1)),
    header: (name) => {
      const value = headers[name]
      return Array.isArray(value) ? value[0] : value
    },
    body: request,
    address: request.socket.remoteAddress,
  }
}

async function send(request: IncomingMessage, response: ServerResponse, reply: HttpReply): Promise<void> {
  const { status, headers, body } = reply
  // The rest of a body that was not wanted is thrown away, or the client would not get to see the reply.
  request.resume()
  if (typeof body === 'string') {
    response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) })
    response.end(body)
    return
  }
  response.writeHead(status, headers)
  if (request.method === 'HEAD') {
    body.destroy()
    response.end()
    return
  }
  // A reader that goes away ends the reading too, also where it was gone before that began; there is nobody left to tell.
  await pipeline(body, response).catch(() => body.destroy())
}
