/** The endpoints of flows, on runs of real flows. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  createTrackingServer,
  openUsers,
  type TrackingServer,
  type TrackingServerOptions,
} from '../tracking/server/index.ts'
import { temporaryFlowFolder } from '../../test/flow/temporary.ts'
import { flowEndpoints, FlowPrograms } from './index.ts'

const folder = await temporaryFlowFolder()
const programs = fileURLToPath(new URL('../../test/app/programs', import.meta.url))
const root = join(folder, 'runs')
let running: FlowPrograms
let server: TrackingServer

beforeAll(async () => {
  running = new FlowPrograms(programs, { root })
  server = await createTrackingServer({
    trackingUri: join(folder, 'mlflow.db'),
    endpoints: flowEndpoints({ root, programs: running }),
  })
})

afterAll(async () => {
  await running[Symbol.asyncDispose]()
  await server.close()
})

type Answer = Readonly<Record<string, unknown>>

async function ask(
  path: string,
  fields: Readonly<Record<string, string>> = {},
  { to = server, headers = {} }: { to?: TrackingServer; headers?: Readonly<Record<string, string>> } = {},
): Promise<Response> {
  const query = new URLSearchParams(fields)
  return await to.fetch(
    new Request(`http://localhost/ajax-api/2.0/millrace/flows/${path}?${query.toString()}`, { headers }),
  )
}

async function get(path: string, fields?: Readonly<Record<string, string>>): Promise<Answer> {
  return (await (await ask(path, fields)).json()) as Answer
}

async function post(
  path: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
  to = server,
): Promise<{ readonly status: number; readonly answer: Answer }> {
  const response = await to.fetch(
    new Request(`http://localhost/api/2.0/millrace/flows/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    }),
  )
  const text = await response.text()
  return { status: response.status, answer: (text.startsWith('{') ? JSON.parse(text) : { text }) as Answer }
}

interface Named {
  readonly flow: string
  readonly run_id: string
}

async function start(parameters: object = {}): Promise<Named> {
  const { status, answer } = await post('runs/start', { file: 'deep/birds.ts', parameters, tags: ['web'] })
  expect({ status, answer }).toMatchObject({ status: 200 })
  return answer as unknown as Named
}

interface RunAnswer {
  readonly run: Answer & { readonly status: string }
  readonly [name: string]: unknown
}

/** The run when it is no longer under way. */
async function ended(run: Named): Promise<RunAnswer> {
  return await vi.waitUntil(
    async () => {
      const answer = (await get('runs/get', { ...run })) as unknown as RunAnswer
      return answer.run.status === 'running' ? undefined : answer
    },
    { timeout: 20_000, interval: 50 },
  )
}

describe('a run that is started over HTTP', () => {
  let first: Named
  beforeAll(async () => {
    first = await start({ folds: 3, options: { keepCase: 1 } })
  })

  it('is told with its graph, parameters and how it ended', async () => {
    expect(first.flow).toBe('birds')
    const { run, graph, parameters } = await ended(first)
    expect(run).toMatchObject({ status: 'completed', tags: ['web'], program: 'deep/birds.ts', is_stoppable: false })
    expect(run['end_time']).toBeGreaterThanOrEqual(run['start_time'] as number)
    expect(graph).toMatchObject({
      nodes: [{ name: 'load', kind: 'step' }, { name: 'fold', kind: 'foreach' }, { name: 'fit' }, { name: 'evaluate' }],
      edges: expect.arrayContaining([{ from: 'fold', to: 'fit', label: 'each' }]),
    })
    expect(parameters).toEqual({ folds: 3, fail: false, waitMs: 0, options: { keepCase: 1 } })
  })

  it('has tasks with their tries and times', async () => {
    await ended(first)
    const { tasks } = (await get('tasks/list', { ...first })) as { tasks: Answer[] }
    expect(tasks.map(({ step, task_id: id, status }) => [step, id, status])).toEqual([
      ['load', '0', 'completed'],
      ['fold', '0', 'completed'],
      ...['0', '1', '2'].map((id) => ['fit', id, 'completed']),
      ['evaluate', '0', 'completed'],
    ])
    expect(tasks[2]).toMatchObject({
      attempts: [{ attempt: 0, status: 'failed', error: { message: 'once' } }, { status: 'completed' }],
      stack: [{ step: 'fold', index: 0, count: 3 }],
    })
    expect((await get('tasks/list', { ...first, step: 'fit' }))['tasks']).toHaveLength(3)
  })

  it('has tasks that are sent again only when they have changed', async () => {
    await ended(first)
    const whole = await ask('tasks/list', { ...first })
    const headers = { 'if-none-match': whole.headers.get('etag')! }
    const again = await ask('tasks/list', { ...first }, { headers })
    expect([again.status, await again.text()]).toEqual([304, ''])
    const others = await ask('tasks/list', { ...first, step: 'fit' }, { headers })
    expect(others.status).toBe(200)
  })

  it('has artifacts with their types, and small values themselves', async () => {
    await ended(first)
    const { artifacts, has_card: hasCard } = await get('tasks/get', { ...first, step: 'load' })
    expect(hasCard).toBe(true)
    expect(artifacts).toEqual([
      expect.objectContaining({ name: 'rows', type: 'list of 2', value: [1, 'NaN'], text: '[ 1, NaN ]' }),
      { name: 'big', type: 'unknown', size_bytes: expect.any(Number), hash: expect.any(String) },
      expect.objectContaining({ name: 'options', type: 'object', value: { keepCase: 1 } }),
      expect.not.objectContaining({ value: expect.anything() }),
    ])
    expect((artifacts as Answer[])[3]).toMatchObject({ type: 'Date', text: '1970-01-01T00:00:00.000Z' })
  })

  it('has logs that are read on from where the last part ended', async () => {
    await ended(first)
    const whole = await get('tasks/log', { ...first, step: 'load' })
    expect(whole).toEqual({ text: 'loading ünïcode\n', next_offset: 18, size_bytes: 18 })
    expect(await get('tasks/log', { ...first, step: 'load', offset: '13' })).toMatchObject({ text: 'code\n' })
    expect(await get('tasks/log', { ...first, step: 'load', stream: 'stderr' })).toMatchObject({ text: '' })
  })

  it('has cards that a browser runs nothing of', async () => {
    await ended(first)
    const response = await ask('tasks/card', { ...first, step: 'load' })
    expect(await response.text()).toContain('A card')
    expect(response.headers.get('content-security-policy')).toContain('sandbox')
    expect(await (await ask('runs/card', { ...first })).text()).toContain('Tasks')
  })
})

describe('runs', () => {
  it('are listed newest first, page by page', async () => {
    const older = await start()
    await ended(older)
    const newer = await start()
    await ended(newer)
    const page = await get('runs/list', { max_results: '1' })
    expect(page).toMatchObject({ flows: ['birds'], runs: [newer] })
    const next = await get('runs/list', {
      flow: 'birds',
      max_results: '1',
      page_token: String(page['next_page_token']),
    })
    expect(next).toMatchObject({ runs: [older] })
  })

  it('that failed are resumed, and take over what had finished', async () => {
    const failed = await start({ fail: true })
    expect(await ended(failed)).toMatchObject({ run: { status: 'failed', error: expect.stringContaining('always') } })
    const { answer } = await post('runs/resume', failed)
    const resumed = await ended(answer as unknown as Named)
    expect(resumed.run).toMatchObject({ origin_run_id: failed.run_id, status: 'failed' })
    const { task } = await get('tasks/get', { ...(answer as unknown as Named), step: 'load' })
    expect(task).toMatchObject({ taken_from: { how: 'clone' } })
  })

  it('are seen while they run, and stopped', async () => {
    const run = await start({ waitMs: 60_000 })
    await vi.waitUntil(
      async () => ((await get('tasks/list', { ...run, step: 'fit' }))['tasks'] as Answer[] | undefined)?.length === 2,
      { timeout: 10_000, interval: 50 },
    )
    expect((await get('tasks/list', { ...run, step: 'fit' }))['tasks']).toMatchObject([
      { status: 'running', attempts: [] },
      { status: 'running' },
    ])
    const states = async (): Promise<readonly unknown[]> =>
      ((await get('tasks/list', { ...run }))['tasks'] as Answer[]).map(({ status }) => status)
    expect(await states()).toEqual(['completed', 'completed', 'running', 'running'])
    expect(await get('runs/get', { ...run })).toMatchObject({ run: { status: 'running', is_stoppable: true } })
    expect((await post('runs/resume', run)).answer).toMatchObject({ error_code: 'INVALID_STATE' })
    expect((await post('runs/stop', run)).status).toBe(200)
    expect((await ended(run)).run.status).toBe('stopped')
    expect(await states()).toEqual(['completed', 'completed', 'stopped', 'stopped'])
    expect((await post('runs/stop', run)).answer).toMatchObject({ error_code: 'INVALID_STATE' })
  })
})

describe('programs', () => {
  it('are those modules of the folder that say they are flows', async () => {
    expect(await get('programs/list')).toEqual({
      programs: [{ file: 'broken.ts' }, { file: 'deep/birds.ts' }],
      is_enabled: true,
    })
  })

  it('describe their parameters as JSON Schema', async () => {
    expect(await get('programs/get', { file: 'deep/birds.ts' })).toMatchObject({
      name: 'birds',
      description: 'counts birds',
      parameters: {
        properties: { folds: { type: 'integer', minimum: 1, default: 2, description: 'how many' } },
        required: [],
      },
    })
  })

  it.each([
    [
      'one outside of the folder',
      { file: '../../flow/flows/cards.ts' },
      404,
      'There is no flow program "../../flow/flows/cards.ts"',
    ],
    ['a module that is no flow', { file: 'other.ts' }, 404, 'There is no flow program'],
    ['a flow without steps', { file: 'broken.ts' }, 400, 'It has no steps'],
    [
      'a value that does not fit',
      { file: 'deep/birds.ts', parameters: { folds: 0 } },
      400,
      'The parameter "folds" is not valid',
    ],
    ['an unknown parameter', { file: 'deep/birds.ts', parameters: { fold: 1 } }, 400, 'no parameter "fold"'],
  ])('refuse %s', async (_, body, status, message) => {
    const refused = await post('runs/start', body)
    expect(refused).toMatchObject({ status, answer: { message: expect.stringContaining(message) } })
  })

  it('are not started by pages of other origins', async () => {
    const refused = await post('runs/start', { file: 'deep/birds.ts' }, { origin: 'https://elsewhere.example' })
    expect(refused.status).toBe(403)
  })

  it('are not there without a folder, and the answer says how', async () => {
    await using closed = await serverWith({})
    expect(await (await ask('programs/list', {}, { to: closed.server })).json()).toEqual({
      programs: [],
      is_enabled: false,
    })
    const refused = await post('runs/start', { file: 'deep/birds.ts' }, {}, closed.server)
    expect(refused).toMatchObject({ status: 403, answer: { message: expect.stringContaining('--flows FOLDER') } })
  })
})

function headers(name: string): { readonly authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${name}:correct horse battery`).toString('base64')}` }
}

describe('a server with users', () => {
  it('lets users look and administrators start', async () => {
    const trackingUri = join(folder, 'users.db')
    await using users = await openUsers(trackingUri)
    await users.createUser('root', 'correct horse battery', { isAdmin: true })
    await users.createUser('bob', 'correct horse battery')
    await using open = await serverWith({ trackingUri, auth: true, programs: running })
    expect((await ask('runs/list', {}, { to: open.server })).status).toBe(401)
    expect((await ask('runs/list', {}, { to: open.server, headers: headers('bob') })).status).toBe(200)
    const body = { file: 'deep/birds.ts' }
    expect((await post('runs/start', body, headers('bob'), open.server)).status).toBe(403)
    const started = await post('runs/start', body, headers('root'), open.server)
    expect(started.status).toBe(200)
    await ended(started.answer as unknown as Named)
    await using strict = await serverWith({ trackingUri, auth: true, defaultPermission: 'NO_PERMISSIONS' })
    expect((await ask('runs/list', {}, { to: strict.server, headers: headers('bob') })).status).toBe(403)
  })
})

interface Given extends Pick<TrackingServerOptions, 'trackingUri' | 'auth' | 'defaultPermission'> {
  readonly programs?: FlowPrograms
}

async function serverWith({ programs, ...options }: Given): Promise<AsyncDisposable & { server: TrackingServer }> {
  const server = await createTrackingServer({
    trackingUri: join(folder, 'mlflow.db'),
    ...options,
    endpoints: flowEndpoints({ root, programs }),
  })
  return { server, [Symbol.asyncDispose]: async () => await server.close() }
}

it.each(['../../other', '..', '1/../1'])('does not take the run id %s', async (id) => {
  expect((await ask('runs/get', { flow: 'birds', run_id: id })).status).toBe(400)
})
