/** A server of Node's own HTTP on a port: what every server of Millrace shares of starting and of ending in order. */
import type { RequestListener, Server, ServerOptions, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { asError, MillraceError, systemErrorCode } from './errors.ts'

export interface PortOptions {
  /** 0 takes a free one. */
  readonly port: number
  /** 127.0.0.1 is reached by this machine only; 0.0.0.0 is open to all. */
  readonly host: string
  readonly server?: ServerOptions
}

export interface OpenPort {
  /** `http://127.0.0.1:8080` */
  readonly url: string
  readonly port: number
  /** Stops accepting and waits until what is under way has its answers. */
  close(): Promise<void>
}

/** Connections that have not ended by then are cut off: one that never finishes its request must not hold the rest up. */
const CLOSE_MS = 20_000

/**
 * Answers on a port.
 *
 * @throws MillraceError INVALID_ARGUMENT for a number that is no port, PORT_UNAVAILABLE when another program has it, or
 *   it may not be used
 */
export async function openPort(listener: RequestListener, { port, host, server }: PortOptions): Promise<OpenPort> {
  if (!isPort(port)) {
    throw new MillraceError('INVALID_ARGUMENT', `${port} is no port: expected a whole number from 0 to 65535.`)
  }
  // Loading it takes as long as all the rest of this room, which every command and every task of a flow needs.
  const { createServer } = await import('node:http')
  let closing = false
  const underWay = new Set<ServerResponse>()
  const http = createServer({ ...server }, (request, response) => {
    underWay.add(response)
    response.once('close', () => underWay.delete(response))
    if (closing) takeNoFurtherRequest(response)
    listener(request, response)
  })
  await bind(http, port, host)
  const address = http.address() as AddressInfo
  const shownHost = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return {
    url: `http://${shownHost}:${address.port}`,
    port: address.port,
    close: async () => {
      closing = true
      for (const response of underWay) takeNoFurtherRequest(response)
      const stopped = new Promise((resolve) => http.close(resolve))
      // Those that became idle since.
      const sweep = setInterval(() => http.closeIdleConnections(), 50)
      const deadline = setTimeout(() => http.closeAllConnections(), CLOSE_MS)
      await stopped
      clearInterval(sweep)
      clearTimeout(deadline)
    },
  }
}

/** Whether there is a port of that number; 0 stands for any free one. */
export function isPort(number: number): boolean {
  return Number.isInteger(number) && number >= 0 && number <= 65_535
}

/** Ends the connection with this answer. */
function takeNoFurtherRequest(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('connection', 'close')
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
