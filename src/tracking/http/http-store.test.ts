/** A client over HTTP, held to the contract of every store against our own server; MLflow's is in mlflow-server.test.ts. */
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freePort } from '../../../test/free-port.ts'
import { trackingStoreContract, type TrackingPlace } from '../../../test/tracking-store-contract.ts'
import { trackingStoreProcesses } from '../../../test/tracking-store-processes.ts'
import type { OpenPort } from '../../core/index.ts'
import { openTracking, resolveModelUri, type TrackingClient } from '../index.ts'
import { createTrackingServer, listenTracking } from '../server/index.ts'

interface ServerPlace extends TrackingPlace {
  readonly trackingUri: string
  readonly start: (port: number) => Promise<OpenPort>
  readonly stop: () => Promise<void>
}

trackingStoreContract('a server', async () => await serverPlace(), { localFiles: false })
trackingStoreProcesses('a server', async () => await serverPlace())

describe('a server', () => {
  let place: Awaited<ReturnType<typeof serverPlace>>
  let client: TrackingClient

  beforeEach(async () => {
    place = await serverPlace()
    client = await place.open({})
  })

  afterEach(async () => await place.remove())

  it('takes artifacts and gives them back', async () => {
    const { info } = await client.createRun('0')
    expect(info.artifactUri).toMatch(/^mlflow-artifacts:\//)
    await client.logText(info.runId, 'a', 'notes/a b#1 ü?.txt')
    await client.logText(info.runId, 'b', 'notes/deep/b.txt')
    expect(await client.listArtifacts(info.runId, 'notes')).toEqual([
      { path: 'notes/a b#1 ü?.txt', isFolder: false, sizeBytes: 1 },
      { path: 'notes/deep', isFolder: true },
    ])
    const copy = await client.downloadArtifacts(info.runId, 'notes')
    expect(await readFile(join(copy, 'a b#1 ü?.txt'), 'utf8')).toBe('a')
    expect(await readFile(join(copy, 'deep', 'b.txt'), 'utf8')).toBe('b')

    const storage = client.openArtifacts(info.artifactUri)
    await storage.writeFrom('pieces.txt', Readable.from([Buffer.from('one '), Buffer.from('two')]))
    expect(Buffer.from(await storage.read('pieces.txt')).toString()).toBe('one two')
    expect([await storage.exists('pieces.txt'), await storage.exists('nothing')]).toEqual([true, false])
    await storage.delete('pieces.txt')
    await expect(storage.read('pieces.txt')).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
    await expect(storage.write('../outside', 'x')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await expect(storage.download('nothing', join(copy, 'x'))).rejects.toMatchObject({
      code: 'RESOURCE_DOES_NOT_EXIST',
    })
  })

  it('gives models out to whoever resolves them', async () => {
    const { info } = await client.createRun('0')
    await client.logText(info.runId, 'flavors: {}', 'model/MLmodel')
    await client.createRegisteredModel('iris')
    await client.createModelVersion('iris', `runs:/${info.runId}/model`)
    const { path = '' } = await resolveModelUri(client, 'models:/iris/1')
    expect(await readFile(join(path, 'MLmodel'), 'utf8')).toBe('flavors: {}')
    await expect(resolveModelUri(client, `runs:/${info.runId}/modle`)).rejects.toThrow(/Did you mean "model"/)
  })

  it('may restart while a run is logged', async () => {
    const { info } = await client.createRun('0')
    const { port } = new URL(place.trackingUri)
    await place.stop()
    const logged = client.logMetric(info.runId, 'a', 1)
    await place.start(Number(port))
    await logged
    expect((await client.getRun(info.runId)).data.metrics).toEqual({ a: 1 })
  })
})

describe('an address without a tracking server', () => {
  it('is named at the first use', async () => {
    const client = await openTracking({ trackingUri: `http://127.0.0.1:${await freePort()}` })
    await expect(client.getExperiment('0')).rejects.toMatchObject({
      code: 'ENDPOINT_FAILED',
      message: expect.stringMatching(/^The server at http:\/\/127.0.0.1:\d+ cannot be reached/) as string,
    })
  })

  it.each([
    { status: 200, body: '<html>', says: /does not speak MLflow's REST API/ },
    { status: 200, body: '{"experiment": {}}', says: /answer is not valid\. "experiment.experiment_id"/ },
    { status: 404, body: 'Not found', says: /There is no http.* Check the address/ },
    { status: 401, body: 'Who are you?', says: /answered 401: Who are you\? Set MLFLOW_TRACKING_USERNAME/ },
    { status: 500, body: '{"error_code": "INTERNAL_ERROR", "message": "oh"}', says: /answered 500: oh$/ },
  ])('is told by its answer: $status $body', async ({ status, body, says }) => {
    const server = createServer((_, response) => response.writeHead(status).end(body)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const client = await openTracking({ trackingUri: `http://127.0.0.1:${port}` })
    await expect(client.getExperiment('0')).rejects.toThrow(says)
    server.close()
  })

  it('is asked again while it is too busy, with user and password', async () => {
    const seen: (string | undefined)[] = []
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization)
      response.writeHead(seen.length < 3 ? 503 : 200).end('{"experiment": {"experiment_id": "0"}}')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const client = await openTracking({ trackingUri: `http://ada:p%40ss@127.0.0.1:${port}` })
    expect((await client.getExperiment('0')).experimentId).toBe('0')
    expect(seen).toEqual(Array.from({ length: 3 }, () => `Basic ${Buffer.from('ada:p@ss').toString('base64')}`))
    server.close()
  })
})

/** A server on a file of its own, whose clock is that of the last client. */
async function serverPlace(): Promise<ServerPlace> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-http-'))
  let clock = Date.now
  const start = async (port: number): Promise<OpenPort> => {
    const server = await createTrackingServer({ trackingUri: join(folder, 'mlflow.db'), clock: () => clock() })
    return (open = await listenTracking(server, { port }))
  }
  let open: OpenPort
  const { url: trackingUri } = await start(0)
  return {
    trackingUri,
    start,
    stop: async () => await open.close(),
    open: async (options) => {
      clock = options.clock ?? clock
      return await openTracking({ trackingUri, ...options })
    },
    remove: async () => {
      await open.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
