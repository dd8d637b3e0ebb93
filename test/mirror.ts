/** A mirror of files on the loopback interface, and what may go wrong with one. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { openPort, type OpenPort } from '../src/core/index.ts'

/** How a request is answered. 'stall' sends half of what is left and falls silent. */
export type Manner = 'whole' | 'ranges' | 'stall' | 'missing' | 'redirect' | 'refuse-range'

export interface Mirror extends AsyncDisposable {
  readonly url: string
  /** The address of each request, with its range. */
  readonly requests: readonly string[]
  /** Settles with the first request. */
  readonly asked: Promise<void>
  /** Breaks connections off that have fallen silent. */
  breakOff(): void
}

/** Serves `files` by name; `manners` are used up one a request, the last is kept. */
export async function openMirror(
  files: Readonly<Record<string, Uint8Array>>,
  ...manners: readonly [Manner, ...Manner[]]
): Promise<Mirror> {
  const requests: string[] = []
  const { promise: asked, resolve } = Promise.withResolvers<void>()
  const silent = new Set<ServerResponse>()
  const left = [...manners]
  const port: OpenPort = await openPort(
    (request, response) => {
      const manner = left.length > 1 ? left.shift()! : left[0]!
      requests.push(`${request.url}${request.headers.range === undefined ? '' : ` ${request.headers.range}`}`)
      resolve()
      if (manner === 'stall') silent.add(response)
      answer(files, manner, request, response)
    },
    { port: 0, host: '127.0.0.1' },
  )
  const breakOff = (): void => {
    for (const response of silent) response.destroy()
    silent.clear()
  }
  const close = async (): Promise<void> => {
    breakOff()
    await port.close()
  }
  return { url: `${port.url}/`, requests, asked, breakOff, [Symbol.asyncDispose]: close }
}

function answer(
  files: Readonly<Record<string, Uint8Array>>,
  manner: Manner,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const name = request.url!.split('/').at(-1)!
  const content = files[name]
  if (manner === 'missing' || content === undefined) return void response.writeHead(404).end()
  if (manner === 'redirect') return void response.writeHead(302, { location: `/moved/${name}` }).end()
  const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1]
  if (range !== undefined && manner === 'refuse-range') return void response.writeHead(416).end()
  const start = range !== undefined && manner !== 'whole' ? Number(range) : 0
  const body = content.subarray(start)
  response.writeHead(start > 0 ? 206 : 200, {
    'content-length': body.length,
    ...(start > 0 && { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` }),
  })
  if (manner === 'stall') response.write(body.subarray(0, body.length / 2))
  else response.end(body)
}
