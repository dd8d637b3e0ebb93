/** The server on a port, by Node's own HTTP server: there is no cheaper way to it (see docs/serving.md). */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { asError, MillraceError, systemErrorCode } from '../core/index.ts'
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

/** Connections that have not ended by then are cut off: one that never finishes its request must not hold the rest up. */
const CLOSE_MS = 20_000

/**
 * Answers on a port.
 *
 * @throws MillraceError PORT_UNAVAILABLE when another program has it, or it may not be used
 */
export async function listen(
  server: ModelServer,
  { port = 8080, host = '127.0.0.1' }: ListenOptions = {},
): Promise<Listening> {
  const { timeoutMs, maxBodyBytes } = server.limits
  let closing = false
  const http = createServer(
    { requestTimeout: timeoutMs, headersTimeout: timeoutMs, connectionsCheckingInterval: 1000 },
    (request, response) => {
      void server.handle(ourRequest(request, maxBodyBytes)).then((reply) => send(response, reply, closing))
    },
  )
  await bind(http, port, host)
  const address = http.address() as AddressInfo
  const shownHost = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return {
    url: `http://${shownHost}:${address.port}`,
    port: address.port,
    close: async () => {
      closing = true
      const stopped = new Promise((resolve) => http.close(resolve))
      // Those that became idle since.
      const sweep = setInterval(() => http.closeIdleConnections(), 50)
      const deadline = setTimeout(() => http.closeAllConnections(), CLOSE_MS)
      await stopped
      clearInterval(sweep)
      clearTimeout(deadline)
      await server.close()
    },
  }
}

async function bind(http: Server, port: number, host: string): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      http.once('error', reject)
      http.listen(port, host, () => {
        http.off('error', reject)
        resolve()
      })
    })
  } catch (cause) {
    throw new MillraceError('PORT_UNAVAILABLE', `Cannot listen on ${host}:${port}: ${reasonOf(cause, port)}`, { cause })
  }
}

function reasonOf(error: unknown, port: number): string {
  const noAddress = 'this machine has no such address. Use --host 127.0.0.1, or 0.0.0.0 for all.'
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `another program has the port. Choose another (--port ${port + 1}, or --port 0 for any free one), or stop that program.`,
    EACCES: 'ports below 1024 need more rights. Choose a higher one, such as --port 8080.',
    EADDRNOTAVAIL: noAddress,
    ENOTFOUND: noAddress,
  }
  return reasons[systemErrorCode(error) ?? ''] ?? asError(error).message
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

/** @param last whether the connection takes no further request */
function send(response: ServerResponse, { status, headers, body }: HttpReply, last: boolean): void {
  if (response.destroyed) return
  const connection = last ? { connection: 'close' } : {}
  response.writeHead(status, { ...headers, ...connection, 'content-length': Buffer.byteLength(body) })
  // As text it goes out with the head in one piece.
  response.end(body)
}
