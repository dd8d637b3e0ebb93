/** A scoring endpoint on loopback that answers as a test tells it to. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

export interface Answering {
  readonly url: string
  /** The bodies of the requests so far. */
  readonly asked: unknown[]
  /** Gives the answer to some rows; what it throws becomes status 400. */
  answer: (rows: readonly unknown[]) => unknown
  /** What /model_info says. */
  version: number
  close(): Promise<void>
}

export async function answering(): Promise<Answering> {
  const endpoint: Omit<Answering, 'url' | 'close'> = { asked: [], answer: () => undefined, version: 1 }
  const server = createServer((request, response) => void respond(endpoint, request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/invocations`
  const close = async (): Promise<void> => {
    if (!server.listening) return
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }
  return Object.assign(endpoint, { url, close })
}

async function respond(
  endpoint: Omit<Answering, 'url' | 'close'>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method === 'GET') return void response.end(JSON.stringify({ version: endpoint.version }))
  const body = (await json(request)) as { inputs: unknown[] }
  endpoint.asked.push(body)
  try {
    response.end(JSON.stringify(endpoint.answer(body.inputs)))
  } catch (error) {
    response.statusCode = 400
    response.end((error as Error).message)
  }
}
