/** The server on a port, by Node's own HTTP server: there is no cheaper way to it (see docs/serving.md). */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { openPort } from '../core/index.ts'
import { badRequest, bodyTooLarge, type HttpReply, type HttpRequest } from './http.ts'
import type { ModelServer } from './model-server.ts'

export interface ListenOptions {
  /** Default: 8080. 0 takes a free one. */
  readonly port?: number
  /** Default: 127.0.0.1, which only this machine reaches; 0.0.0.0 is open to all. */
  readonly host?: string
}

export interface Listening {
  /** `http://127.0.0.1:8080` */
  readonly url: string
  readonly port: number
  /** Stops accepting, finishes what is under way and closes the model server too. */
  close(): Promise<void>
}

/**
 * Answers on a port.
 *
 * @throws MillraceError PORT_UNAVAILABLE when another program has it, or it may not be used
 */
export async function listen(
  server: Pick<ModelServer, 'handle' | 'limits' | 'close'>,
  { port = 8080, host = '127.0.0.1' }: ListenOptions = {},
): Promise<Listening> {
  const { timeoutMs, maxBodyBytes } = server.limits
  const open = await openPort(
    (request, response) => {
      void server.handle(ourRequest(request, maxBodyBytes)).then((reply) => send(response, reply))
    },
    { port, host, server: { requestTimeout: timeoutMs, headersTimeout: timeoutMs, connectionsCheckingInterval: 1000 } },
  )
  return {
    url: open.url,
    port: open.port,
    close: async () => {
      await open.close()
      await server.close()
    },
  }
}

function ourRequest(request: IncomingMessage, maxBodyBytes: number): HttpRequest {
  const { method = 'GET', url = '/', headers, socket } = request
  const query = url.indexOf('?')
  return {
    method,
    path: query === -1 ? url : url.slice(0, query),
    header: (name) => {
      const value = headers[name]
      return Array.isArray(value) ? value[0] : value
    },
    body: () => readBody(request, maxBodyBytes),
    arrivedMs: performance.now(),
    gone: () => socket.destroyed,
  }
}

async function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  return await new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    let size = 0
    const refuse = (): void => {
      // The rest is read and thrown away, or the client would not get to see the reply.
      request.removeAllListeners('data').removeAllListeners('end').resume()
      reject(bodyTooLarge(maxBytes))
    }
    request.on('error', () => reject(badRequest('The request ended before its body was whole.')))
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) return refuse()
    request.on('data', (piece: Buffer) => {
      size += piece.length
      pieces.push(piece)
      if (size > maxBytes) refuse()
    })
    request.on('end', () => resolve(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)))
  })
}

function send(response: ServerResponse, { status, headers, body }: HttpReply): void {
  if (response.destroyed) return
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) })
  // As text it goes out with the head in one piece.
  response.end(body)
}
