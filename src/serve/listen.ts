/** The server on a port, by Node's own HTTP server: there is no cheaper way to it (see docs/serving.md). */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { asError, MillraceError, systemErrorCode } from '../core/index.ts'
import { bodyTooLarge } from './fetch-adapter.ts'
import { errorReply, type HttpReply, type HttpRequest } from './http.ts'
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
  const { timeoutMs } = server.limits
  const http = createServer(
    { requestTimeout: timeoutMs, headersTimeout: timeoutMs, connectionsCheckingInterval: 1000, noDelay: true },
    (request, response) => receive(server, request, response),
  )
  await bind(http, port, host)
  const address = http.address() as AddressInfo
  const shownHost = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return {
    url: `http://${shownHost}:${address.port}`,
    port: address.port,
    close: async () => {
      const stopped = new Promise((resolve) => http.close(resolve))
      const timer = setTimeout(() => http.closeAllConnections(), CLOSE_MS)
      await server.close()
      await stopped
      clearTimeout(timer)
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

/** Reads the body, as far as the limit lets it, and hands the request over. */
function receive(server: ModelServer, request: IncomingMessage, response: ServerResponse): void {
  const arrivedMs = performance.now()
  const { maxBodyBytes } = server.limits
  const pieces: Buffer[] = []
  let size = 0
  const refuse = (): void => {
    // The rest is read and thrown away, or the client would not get to see the reply.
    request.removeAllListeners('data').removeAllListeners('end').resume()
    send(response, errorReply(bodyTooLarge(maxBodyBytes)))
  }
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) return refuse()
  request.on('data', (piece: Buffer) => {
    size += piece.length
    pieces.push(piece)
    if (size > maxBodyBytes) refuse()
  })
  request.on('end', () => {
    const body = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
    void server.handle(ourRequest(request, body, arrivedMs)).then((reply) => send(response, reply))
  })
  // A client that goes away in the middle of its request leaves nothing to be done.
  request.on('error', () => undefined)
}

function ourRequest(request: IncomingMessage, body: Uint8Array, arrivedMs: number): HttpRequest {
  const { method = 'GET', url = '/', headers, socket } = request
  const query = url.indexOf('?')
  return {
    method,
    path: query === -1 ? url : url.slice(0, query),
    header: (name) => {
      const value = headers[name]
      return Array.isArray(value) ? value[0] : value
    },
    body,
    arrivedMs,
    gone: () => socket.destroyed,
  }
}

function send(response: ServerResponse, { status, headers, body }: HttpReply): void {
  if (response.destroyed) return
  const bytes = Buffer.from(body)
  response.writeHead(status, { ...headers, 'content-length': bytes.length })
  response.end(bytes)
}
