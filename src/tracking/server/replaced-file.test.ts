/** A server whose SQLite file is moved, removed or replaced: it says so, and writes nothing where nobody would find it. */
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTracking } from '../index.ts'
import { createTrackingServer, type TrackingServer } from './index.ts'

let folder: string
let file: string
let server: TrackingServer
const logged: string[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-replaced-'))
  file = join(folder, 'mlflow.db')
  logged.length = 0
  server = await createTrackingServer({ trackingUri: file, log: (message) => logged.push(message) })
})

afterEach(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

async function createExperiment(name: string): Promise<Response> {
  const url = 'http://localhost/api/2.0/mlflow/experiments/create'
  const headers = { 'content-type': 'application/json' }
  return await server.fetch(new Request(url, { method: 'POST', headers, body: JSON.stringify({ name }) }))
}

async function namesIn(path: string): Promise<readonly string[]> {
  await using client = await openTracking({ trackingUri: path, create: false })
  return (await client.searchExperiments()).items.map(({ name }) => name).toSorted()
}

const actions = {
  moved: () => rename(file, `${file}.old`),
  removed: () => rm(file),
  replaced: async () => {
    await using _ = await openTracking({ trackingUri: `${file}.new` })
    await rename(`${file}.new`, file)
  },
}

describe.skipIf(process.platform === 'win32')('a server whose SQLite file', () => {
  it.each(Object.entries(actions))('was %s refuses what would use it, and says why in its log', async (_, act) => {
    expect((await createExperiment('before')).status).toBe(200)
    await act()
    const refused = await createExperiment('after')
    expect(refused.status).toBe(500)
    const message = `The file ${file} was moved, removed or replaced while the server had it open`
    expect(await refused.text()).toMatch(/its log says why/)
    expect(logged).toEqual([expect.stringContaining(message)])
    expect((await server.fetch(new Request('http://localhost/health'))).status).toBe(200)
  })

  it('was moved goes on when it is back, with nothing written meanwhile', async () => {
    await createExperiment('before')
    await rename(file, `${file}.old`)
    await createExperiment('meanwhile')
    await rename(`${file}.old`, file)
    expect((await createExperiment('after')).status).toBe(200)
    expect(await namesIn(file)).toEqual(['Default', 'after', 'before'])
  })
})
