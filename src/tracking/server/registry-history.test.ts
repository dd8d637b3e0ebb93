/** The history of the registry over HTTP, for clients that know nothing of it and for those that do. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTrackingServer, type TrackingServer } from './index.ts'

let folder: string
let server: TrackingServer

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-history-'))
  server = await createTrackingServer({ trackingUri: join(folder, 'mlflow.db'), clock: () => 1_700_000_000_000 })
  await post('registered-models/create', { name: 'iris' })
  await post('model-versions/create', { name: 'iris', source: 's3://b/1' })
})

afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

async function post(path: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  const response = await server.fetch(
    new Request(`http://localhost/api/2.0/mlflow/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    }),
  )
  expect(response.status).toBe(200)
  return response
}

it('knows what a plain client has done, and why if a header or a field says so', async () => {
  const alias = { name: 'iris', alias: 'champion', version: '1' }
  await post('registered-models/alias', alias)
  await post('registered-models/alias', alias, { 'x-millrace-reason': 'passed%20the%20gate%20%C3%BC' })
  await post('registered-models/alias', { ...alias, user: 'ada', reason: 'by hand' }, { 'x-millrace-reason': '100%' })
  await post(
    'model-versions/transition-stage',
    { name: 'iris', version: '1', stage: 'staging' },
    { 'x-millrace-reason': '100%' },
  )
  const path = '/ajax-api/2.0/millrace/registered-models/history?name=iris'
  const answer = await server.fetch(new Request(`http://localhost${path}`))
  const set = {
    name: 'iris',
    action: 'alias_set',
    alias: 'champion',
    version: 1,
    to: '1',
    timestamp: 1_700_000_000_000,
  }
  expect(await answer.json()).toEqual({
    changes: [
      {
        name: 'iris',
        action: 'stage_changed',
        version: 1,
        from: 'None',
        to: 'Staging',
        user: '',
        reason: '100%',
        timestamp: 1_700_000_000_000,
      },
      { ...set, from: '1', user: 'ada', reason: 'by hand' },
      { ...set, from: '1', user: '', reason: 'passed the gate ü' },
      { ...set, user: '', reason: '' },
    ],
  })
})
