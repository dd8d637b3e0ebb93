/** A server with users: who may what, tried as each of them over HTTP. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { collectGarbage, openTracking } from '../index.ts'
import { createTrackingServer, openUsers, type TrackingServer } from './index.ts'

const PASSWORD = 'correct horse battery'

let folder: string
let trackingUri: string
let server: TrackingServer
let token: string
/** An experiment of ada's that bob may not see, with a run, and one that he may edit. */
let secret: string
let secretRun: string
let shared: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-users-'))
  trackingUri = join(folder, 'mlflow.db')
  await using users = await openUsers(trackingUri)
  await users.createUser('root', PASSWORD, { isAdmin: true })
  for (const name of ['ada', 'bob']) await users.createUser(name, PASSWORD)
  token = await users.createToken('bob')
  server = await createTrackingServer({ trackingUri, auth: true })

  secret = await idOf('experiments/create', 'experiment_id', { name: 'secret' })
  shared = await idOf('experiments/create', 'experiment_id', { name: 'shared' })
  const { run } = (await ask('ada', 'POST', 'runs/create', { experiment_id: secret })).body as {
    run: { info: { run_id: string } }
  }
  secretRun = run.info.run_id
  await ask('ada', 'POST', 'registered-models/create', { name: 'iris' })
  await ask('ada', 'POST', 'model-versions/create', { name: 'iris', source: 's3://b/1' })
  await permit('experiments', { experiment_id: secret, permission: 'NO_PERMISSIONS' })
  await permit('experiments', { experiment_id: shared, permission: 'EDIT' })
}, 30_000)

afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

type Who = 'root' | 'ada' | 'bob' | 'nobody' | `token ${string}`

async function ask(
  who: Who,
  method: string,
  path: string,
  fields: object = {},
): Promise<{ status: number; body: unknown }> {
  const url = new URL(path.startsWith('/') ? path : `/api/2.0/mlflow/${path}`, 'http://localhost')
  const hasBody = method !== 'GET'
  if (!hasBody) for (const [key, value] of Object.entries(fields)) url.searchParams.append(key, String(value))
  const basic = `Basic ${Buffer.from(`${who}:${PASSWORD}`).toString('base64')}`
  const authorization = who.startsWith('token ') ? `Bearer ${who.slice(6)}` : basic
  const response = await server.fetch(
    new Request(url, {
      method,
      headers: { 'content-type': 'application/json', ...(who !== 'nobody' && { authorization }) },
      ...(hasBody && { body: JSON.stringify(fields) }),
    }),
  )
  const text = await response.text()
  return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : text }
}

async function idOf(path: string, key: string, fields: object): Promise<string> {
  return (await ask('ada', 'POST', path, fields)).body![key as never]
}

async function permit(kind: 'experiments' | 'registered-models', fields: object, who: Who = 'ada'): Promise<void> {
  const answer = await ask(who, 'POST', `${kind}/permissions/create`, { username: 'bob', ...fields })
  expect(answer.status).toBe(200)
}

/** A page of one model that bob sees. */
async function page(token?: string): Promise<{ names: string[]; next?: string }> {
  const fields = { max_results: 1, ...(token !== undefined && { page_token: token }) }
  const { body } = await ask('bob', 'GET', 'registered-models/search', fields)
  const found = body as { registered_models?: { name: string }[]; next_page_token?: string }
  const names = (found.registered_models ?? []).map(({ name }) => name)
  return { names, ...(found.next_page_token !== undefined && { next: found.next_page_token }) }
}

/** A deleted experiment of ada's that bob managed. */
async function deletedExperiment(name: string): Promise<string> {
  const id = await idOf('experiments/create', 'experiment_id', { name })
  await permit('experiments', { experiment_id: id, permission: 'MANAGE' })
  await ask('ada', 'POST', 'experiments/delete', { experiment_id: id })
  return id
}

async function login(name: string, password: string, address: string): Promise<number> {
  const headers = new Map([
    ['authorization', `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`],
    ['host', 'localhost'],
  ])
  const { status } = await server.handle({
    method: 'GET',
    path: '/api/2.0/mlflow/users/current',
    query: new URLSearchParams(),
    header: (header) => headers.get(header),
    body: (async function* () {})(),
    address,
  })
  return status
}

const denied = { status: 403, body: { error_code: 'PERMISSION_DENIED', message: 'Permission denied' } }

describe('a login', () => {
  it('is asked for by everything but the health of the server', async () => {
    expect(await ask('nobody', 'GET', '/health')).toEqual({ status: 200, body: 'OK' })
    const answer = await ask('nobody', 'GET', 'experiments/get', { experiment_id: '0' })
    expect(answer).toMatchObject({ status: 401, body: { error_code: 'UNAUTHENTICATED' } })
    const { headers } = await server.fetch(new Request('http://localhost/ajax-api/2.0/mlflow/experiments/search'))
    expect(headers.get('www-authenticate')).toBe('Basic realm="mlflow"')
  })

  it('is by password or token', async () => {
    for (const who of ['bob', `token ${token}`] as const) {
      const { body } = await ask(who, 'GET', 'users/current')
      expect(body).toMatchObject({ user: { username: 'bob', is_admin: false } })
    }
    expect((await ask('token mlr_nonsense', 'GET', 'users/current')).status).toBe(401)
  })

  it('that fails too often is not tried any more, from there, with that name', async () => {
    for (let i = 0; i < 10; i++) expect(await login('ada', `wrong${i}`, '10.0.0.1')).toBe(401)
    expect(await login('ada', PASSWORD, '10.0.0.1')).toBe(429)
    expect(await login('ada', PASSWORD, '10.0.0.2')).toBe(200)
    expect(await login('bob', PASSWORD, '10.0.0.1')).toBe(200)
  })
})

describe('an experiment', () => {
  it('that may not be seen is not, nor are its runs, artifacts and models', async () => {
    const artifacts = '/api/2.0/mlflow-artifacts/artifacts'
    const requests: readonly [string, string, object?][] = [
      ['GET', 'experiments/get', { experiment_id: secret }],
      ['GET', 'experiments/get', { experiment_id: ` ${secret}` }],
      ['GET', 'experiments/get-by-name', { experiment_name: 'secret' }],
      ['POST', 'experiments/set-experiment-tag', { experiment_id: secret, key: 'k', value: 'v' }],
      ['GET', 'runs/get', { run_id: secretRun }],
      ['POST', 'runs/create', { experiment_id: secret }],
      ['POST', 'runs/log-metric', { run_id: secretRun, key: 'm', value: 1, timestamp: 1 }],
      ['GET', 'metrics/get-history', { run_id: secretRun, metric_key: 'm' }],
      ['GET', 'artifacts/list', { run_id: secretRun }],
      ['GET', '/get-artifact', { run_id: secretRun, path: 'x' }],
      ['GET', `${artifacts}/${secret}/${secretRun}/artifacts/x`],
      ['GET', `${artifacts}/./${secret}/${secretRun}/artifacts/x`],
      ['GET', `${artifacts}?path=${secret}`],
      ['GET', artifacts],
      ['PUT', `${artifacts}/${secret}/x`],
      ['POST', `/api/2.0/mlflow-artifacts/mpu/create/${secret}/x`, { path: 'x' }],
      ['POST', 'logged-models', { experiment_id: secret, name: 'm' }],
      ['POST', 'model-versions/create', { name: 'mine', source: `runs:/${secretRun}/m`, run_id: secretRun }],
      [
        'POST',
        '/api/3.0/mlflow/traces',
        {
          trace: {
            trace_info: {
              trace_id: 'tr-1',
              trace_location: { mlflow_experiment: { experiment_id: secret } },
              request_time: '2026-01-01T00:00:00Z',
            },
          },
        },
      ],
    ]
    await ask('bob', 'POST', 'registered-models/create', { name: 'mine' })
    for (const [method, path, fields] of requests) {
      expect({ path, ...(await ask('bob', method, path, fields)) }).toEqual({ path, ...denied })
    }
    const names = async (who: Who): Promise<unknown> => {
      const { body } = await ask(who, 'POST', 'experiments/search', { max_results: 2 })
      return (body as { experiments: { name: string }[] }).experiments.map(({ name }) => name)
    }
    expect(await names('bob')).toEqual(['shared', 'Default'])
    expect(await names('ada')).toEqual(['shared', 'secret'])
    expect(await ask('bob', 'POST', 'runs/search', { experiment_ids: [secret] })).toEqual({ status: 200, body: {} })
  })

  it('is read, edited or managed as was granted', async () => {
    const run = await ask('bob', 'POST', 'runs/create', { experiment_id: shared })
    expect(run.status).toBe(200)
    const { run_id } = (run.body as { run: { info: { run_id: string } } }).run.info
    expect((await ask('bob', 'POST', 'runs/set-tag', { run_id, key: 'a', value: 'b' })).status).toBe(200)
    expect(await ask('bob', 'POST', 'runs/delete', { run_id })).toEqual(denied)
    expect(await ask('bob', 'POST', 'experiments/delete', { experiment_id: shared })).toEqual(denied)
    // Experiment 0 is nobody's: the default is to read.
    expect((await ask('bob', 'GET', 'experiments/get', { experiment_id: '0' })).status).toBe(200)
    expect(await ask('bob', 'POST', 'runs/create', { experiment_id: '0' })).toEqual(denied)
  })

  it('may not have its artifacts where its maker wants them, which may be those of others', async () => {
    const fields = { name: 'thief', artifact_location: `mlflow-artifacts:/${secret}` }
    expect(await ask('bob', 'POST', 'experiments/create', fields)).toEqual(denied)
    expect((await ask('root', 'POST', 'experiments/create', { ...fields, name: 'root' })).status).toBe(200)
  })
})

describe('an erased experiment', () => {
  it('leaves its permissions to none that gets its number, in whatever way it was erased', async () => {
    const first = await deletedExperiment('first')
    await collectGarbage({ trackingUri, experimentIds: [first], artifactsDestination: folder })
    await using client = await openTracking({ trackingUri })
    expect(await client.createExperiment('made past the server')).toBe(first)
    expect(await ask('bob', 'POST', 'experiments/delete', { experiment_id: first })).toEqual(denied)

    const second = await deletedExperiment('second')
    const database = new DatabaseSync(trackingUri)
    database.exec(`delete from experiments where experiment_id = ${second}`)
    database.close()
    expect(await idOf('experiments/create', 'experiment_id', { name: 'made by ada' })).toBe(second)
    expect(await ask('bob', 'POST', 'experiments/delete', { experiment_id: second })).toEqual(denied)
  })
})

describe('a registered model', () => {
  it('is read by default, and its maker manages it', async () => {
    expect((await ask('bob', 'GET', 'registered-models/get', { name: 'iris' })).status).toBe(200)
    const alias = { name: 'iris', alias: 'champion', version: '1' }
    expect(await ask('bob', 'POST', 'registered-models/alias', alias)).toEqual(denied)
    await permit('registered-models', { name: 'iris', permission: 'EDIT' })
    expect((await ask('bob', 'POST', 'registered-models/alias', alias)).status).toBe(200)
    expect(await ask('bob', 'DELETE', 'registered-models/delete', { name: 'iris' })).toEqual(denied)
    const { body } = await ask('ada', 'GET', '/api/2.0/millrace/registered-models/history', { name: 'iris' })
    expect(body).toMatchObject({ changes: [{ action: 'alias_set', user: 'bob' }] })
  })

  it('that may not be seen is not found, and what is left fills the page', async () => {
    for (const name of ['a1', 'a2', 'a3', 'z']) await ask('ada', 'POST', 'registered-models/create', { name })
    for (const name of ['a1', 'a2', 'a3']) await permit('registered-models', { name, permission: 'NO_PERMISSIONS' })
    const first = await page()
    const second = await page(first.next)
    const third = await page(second.next)
    expect([first, second, third].map(({ names }) => names)).toEqual([['iris'], ['mine'], ['z']])
    expect(third.next).toBeUndefined()
  })

  it('keeps its permissions under a new name, and leaves none behind', async () => {
    await ask('ada', 'POST', 'registered-models/create', { name: 'old' })
    await permit('registered-models', { name: 'old', permission: 'EDIT' })
    await ask('ada', 'POST', 'registered-models/rename', { name: 'old', new_name: 'new' })
    const update = async (name: string): Promise<number> =>
      (await ask('bob', 'PATCH', 'registered-models/update', { name, description: 'd' })).status
    expect(await update('new')).toBe(200)
    await ask('ada', 'DELETE', 'registered-models/delete', { name: 'new' })
    await ask('root', 'POST', 'registered-models/create', { name: 'new' })
    expect(await update('new')).toBe(403)
  })
})

describe('users', () => {
  it('are made and changed by administrators alone', async () => {
    const carol = { username: 'carol', password: PASSWORD }
    expect(await ask('bob', 'POST', 'users/create', carol)).toEqual(denied)
    expect(await ask('bob', 'GET', 'users/list')).toEqual(denied)
    expect(await ask('bob', 'GET', 'users/get', { username: 'ada' })).toEqual(denied)
    expect(await ask('bob', 'PATCH', 'users/update-admin', { username: 'bob', is_admin: true })).toEqual(denied)
    expect(await ask('bob', 'GET', 'webhooks')).toEqual(denied)
    const made = await ask('root', 'POST', 'users/create', carol)
    expect(made).toEqual({ status: 200, body: { user: { id: 4, username: 'carol', is_admin: false } } })
    expect(JSON.stringify((await ask('root', 'GET', 'users/list')).body)).not.toMatch(/scrypt|password/)
    expect((await ask('root', 'POST', 'users/create', carol)).body).toMatchObject({
      error_code: 'RESOURCE_ALREADY_EXISTS',
    })
    const short = { username: 'dan', password: 'short' }
    expect((await ask('root', 'POST', 'users/create', short)).body).toMatchObject({
      message: 'Password must be at least 12 characters.',
    })
    expect((await ask('root', 'DELETE', 'users/delete', { username: 'root' })).status).toBe(400)
    expect((await ask('root', 'DELETE', 'users/delete', { username: 'carol' })).status).toBe(200)
    expect((await ask('root', 'DELETE', 'users/delete', { username: 'carol' })).status).toBe(404)
  })

  it('change their own passwords, if they know them', async () => {
    const fields = { username: 'bob', password: 'another horse battery' }
    expect((await ask('bob', 'PATCH', 'users/update-password', fields)).status).toBe(400)
    expect((await ask('ada', 'PATCH', 'users/update-password', fields)).status).toBe(403)
    const known = { ...fields, current_password: PASSWORD }
    expect((await ask('bob', 'PATCH', 'users/update-password', known)).status).toBe(200)
    expect((await ask('bob', 'GET', 'users/current')).status).toBe(401)
    expect((await ask(`token ${token}`, 'GET', 'users/current')).status).toBe(200)
    const back = { username: 'bob', password: PASSWORD }
    expect((await ask('root', 'PATCH', 'users/update-password', back)).status).toBe(200)
  })

  it('are let in by who manages the thing, not by others', async () => {
    const grant = { username: 'bob', resource_type: 'experiment', resource_id: shared, permission: 'MANAGE' }
    const path = '/api/3.0/mlflow/users/permissions'
    expect(await ask('bob', 'POST', `${path}/grant`, grant)).toEqual(denied)
    expect((await ask('ada', 'POST', `${path}/grant`, { ...grant, permission: 'READ' })).status).toBe(200)
    const { permission: _, ...target } = grant
    expect((await ask('bob', 'GET', `${path}/get`, target)).body).toEqual({ allowed: false, permission: 'READ' })
    expect(await ask('bob', 'POST', 'runs/create', { experiment_id: shared })).toEqual(denied)
    expect((await ask('ada', 'POST', `${path}/revoke`, target)).status).toBe(200)
    expect((await ask('ada', 'POST', `${path}/revoke`, target)).status).toBe(404)
    await ask('ada', 'POST', `${path}/grant`, { ...grant, permission: 'EDIT' })
  })

  it('are unknown to a server that has none', async () => {
    const open = await createTrackingServer({ trackingUri })
    const response = await open.fetch(new Request('http://localhost/api/2.0/mlflow/users/list'))
    await open.close()
    expect(response.status).toBe(404)
  })
})
