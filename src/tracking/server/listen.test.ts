/** The tracking server on a port, before clients that go away. */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, it } from 'vitest'
import { createTrackingServer, listenTracking } from './index.ts'

it('closes what it was to send to a client that went away before', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-listen-'))
  const client = new AbortController()
  const reply = Readable.from(['too late'])
  const tracking = await createTrackingServer({
    trackingUri: join(folder, 'mlflow.db'),
    pages: async ({ body }) => {
      expect(body).toBeInstanceOf(IncomingMessage)
      const gone = body instanceof IncomingMessage ? once(body.socket, 'close') : undefined
      client.abort()
      await gone
      return { status: 200, headers: {}, body: reply }
    },
  })
  const server = await listenTracking(tracking, { port: 0 })
  try {
    const closed = once(reply, 'close')
    await expect(fetch(server.url, { signal: client.signal })).rejects.toThrow('aborted')
    await closed
  } finally {
    await server.close()
    await rm(folder, { recursive: true, force: true })
  }
})
