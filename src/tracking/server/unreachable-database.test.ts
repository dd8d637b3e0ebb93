/** What a server of a PostgreSQL database says while that cannot be reached: the whole in its log, no names to clients. */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { postgresMissing } from '../../../test/postgres-command.ts'
import { newPostgresDatabase, type TestDatabase } from '../../../test/postgres.ts'
import { createTrackingServer, type TrackingServer } from './index.ts'

describe.skipIf(postgresMissing !== undefined)(`a server (skipped without PostgreSQL: ${postgresMissing})`, () => {
  let folder: string
  let database: TestDatabase
  let uri: string
  let way: { readonly port: number; readonly close: () => Promise<void> }
  let server: TrackingServer
  let logged: string[]

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-unreachable-'))
    database = await newPostgresDatabase()
    const { port } = new URL(database.uri)
    way = await wayTo(Number(port))
    uri = database.uri.replace(`:${port}/`, `:${way.port}/`)
    logged = []
    server = await createTrackingServer({
      trackingUri: uri,
      artifactsDestination: folder,
      auth: true,
      log: (message) => logged.push(message),
    })
  })

  afterEach(async () => {
    await server.close()
    await way.close()
    await database.remove()
    await rm(folder, { recursive: true })
  })

  it('keeps to itself where a database is that it cannot reach', async () => {
    await way.close()
    const url = 'http://localhost/api/2.0/mlflow/experiments/get?experiment_id=0'
    const headers = { authorization: `Basic ${Buffer.from('ada:a long password').toString('base64')}` }
    // The first may find its connection ended, the second finds nobody to connect to; neither has logged in.
    for (const _ of [1, 2]) {
      const reply = await server.fetch(new Request(url, { headers }))
      expect(reply.status).toBe(500)
      expect(await reply.json()).toEqual({
        error_code: 'INTERNAL_ERROR',
        message: 'The server cannot use its database or its files at the moment; its log says why.',
      })
      expect(logged.at(-1)).toContain(`Cannot use the database ${uri}: `)
    }
    expect(logged.at(-1)).toContain('it cannot be reached')
  })
})

/** A port that leads to another until it is closed. */
async function wayTo(port: number): Promise<{ readonly port: number; readonly close: () => Promise<void> }> {
  const sockets = new Set<Socket>()
  const server = createServer((incoming) => {
    const outgoing = connect(port, '127.0.0.1')
    for (const socket of [incoming, outgoing]) sockets.add(socket.on('error', () => {}))
    incoming.pipe(outgoing).pipe(incoming)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      if (server.listening) await new Promise((resolve) => server.close(resolve))
    },
  }
}
