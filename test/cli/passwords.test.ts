/** No command shows the password in the URI of a tracking store, whatever it does, keeps or refuses. */
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { main } from '../../src/cli/main.ts'
import { newPostgresDatabase, type TestDatabase } from '../postgres.ts'
import { commandsOf } from './commands.ts'
import { type Outcome, outcomeOf, PENGUINS, runMillrace, startMillrace, temporaryFolder } from './run-millrace.ts'

const PASSWORD = 's3cret'
const uri = `postgresql://ada:${PASSWORD}@127.0.0.1:9/mlflow`
const folder = await temporaryFolder()
afterAll(() => folder[Symbol.asyncDispose]())

/** What each command with the URI of a store needs besides. */
const needed: Readonly<Record<string, readonly string[]>> = {
  train: [PENGUINS, '--target', 'species', '--epochs', '1', '--folds', '0'],
  'runs list': [],
  'runs show': ['x'],
  'runs compare': ['x', 'y'],
  'models list': [],
  'models show': ['x'],
  'models alias': ['x', 'y', '1'],
  'models stage': ['x', '1', 'Staging'],
  'models delete': ['x', '1'],
  'models history': ['x'],
  predict: ['models:/x/1', '--input', PENGUINS],
  serve: ['models:/x/1'],
  server: ['--port', '0'],
  'users add': ['ada'],
  'users list': [],
  'users password': ['ada'],
  'users token': ['ada'],
  'users permit': ['ada', 'experiment', '1', 'READ'],
  'users delete': ['ada'],
  'store export': [join(folder.path, 'backup.db')],
  'store import': [`${uri}2`],
  gc: [],
  'monitor compare': [PENGUINS, PENGUINS, '--track', 'x'],
  'monitor summary': [PENGUINS, '--track', 'x'],
  'package image': ['models:/x/1', '--output', join(folder.path, 'image')],
}

/** Of each such command the name, and how the URI is given. */
const commands = commandsOf().flatMap(({ name, command }) =>
  command.options
    .flatMap(({ long }) => long ?? [])
    .filter((long) => ['--tracking-uri', '--backend-store-uri'].includes(long))
    .map((option) => ({ name, option })),
)

/** What the command prints, and its exit code. In this process, which has loaded everything already. */
async function tell(...args: readonly string[]): Promise<{ readonly code: unknown; readonly printed: string }> {
  let printed = ''
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => (printed += String(text)) !== '')
  }
  vi.stubEnv('MILLRACE_PASSWORD', 'of a user, twelve characters')
  await main(args)
  const code = process.exitCode
  process.exitCode = 0
  return { code, printed }
}

describe('a store that is not there', () => {
  afterEach(() => {
    vi.restoreAllMocks()
    vi.unstubAllEnvs()
  })

  it.each(commands)('$name names it without its password', async ({ name, option }) => {
    const { printed } = await tell(...name.split(' '), ...needed[name]!, option, uri)
    expect(printed).toContain('postgresql://ada@127.0.0.1:9/mlflow')
    expect(printed).not.toContain(PASSWORD)
  })

  it.each([
    ['a URI that cannot be read', ['runs', 'list', '--tracking-uri', `postgresql://ada:${PASSWORD}/#x@db/mlflow`]],
    ['an option that is none', ['runs', 'list', `--traking-uri=${uri}`]],
    ['an argument too many', ['runs', 'list', uri]],
    ['a URI in place of a file', ['flow', 'run', uri]],
  ])('%s is refused without it', async (_, args) => {
    const { code, printed } = await tell(...args)
    expect(code).toBeGreaterThan(1)
    expect(printed).not.toContain(PASSWORD)
  })
})

describe('a store that is there', () => {
  let database: TestDatabase
  let env: Readonly<Record<string, string>>
  let runId: string
  const millrace = async (...args: readonly string[]): Promise<Outcome> => {
    const outcome = await runMillrace(args, { cwd: folder.path, env })
    expect(outcome.code, outcome.stderr).toBe(0)
    expect(outcome.stdout + outcome.stderr).not.toContain(PASSWORD)
    return outcome
  }

  beforeAll(async () => {
    database = await newPostgresDatabase()
    env = { MLFLOW_TRACKING_URI: database.uri.replace('@', `:${PASSWORD}@`) }
    const zod = JSON.stringify(import.meta.resolve('zod'))
    await writeFile(
      join(folder.path, 'tracked.ts'),
      `import { z } from ${zod}
      import { readCsv } from 'millrace/data'
      import { flow } from 'millrace/flow'
      import { models } from 'millrace/model'
      import { defaultTrackingUri } from 'millrace/tracking'
      export default flow('tracked', { parameters: { mlflowTrackingUri: z.string().default(defaultTrackingUri) } })
        .step('train', { card: true }, async ({ parameters }) => {
          const model = models.get('mlp-classifier')({ target: 'species', epochs: 1 })
          await model.train(await readCsv('penguins.csv'))
          return { store: parameters.mlflowTrackingUri }
        })`,
    )
    const { stdout } = await millrace('flow', 'run', 'tracked.ts', '--json')
    runId = (JSON.parse(stdout.split('\n')[0]!) as { runId: string }).runId
  }, 60_000)
  afterAll(() => database.remove())

  it('is named without it by a training', async () => {
    const trained = await millrace('train', 'penguins.csv', '--target', 'species', '--epochs', '1', '--folds', '0')
    expect(trained.stdout).toContain(` in ${database.uri}\n`)
  })

  it('is shown without it as the default of a parameter', async () => {
    expect((await millrace('flow', 'run', 'tracked.ts', '--help')).stdout).toContain(`(default: "${database.uri}"`)
    expect((await millrace('flow', 'show', 'tracked.ts', '--json')).stdout).toContain(database.uri)
  })

  it('is kept without it with the runs and cards of a flow', async () => {
    for (const path of [`tracked/${runId}`, `tracked/${runId}/train`]) {
      expect((await millrace('flow', 'card', path, '--output', '-')).stdout).toContain(database.uri)
    }
    const kept = await database.query('select value from tags union select value from params')
    expect(kept).toContainEqual({ value: `tracked/${runId}/train/0` })
    expect(JSON.stringify(kept)).not.toContain(PASSWORD)
  })

  it('is shown without it by a server, which may know of the flow', async () => {
    const told = await askServer([
      'programs/get?file=tracked.ts',
      `runs/get?flow=tracked&run_id=${runId}`,
      `tasks/get?flow=tracked&run_id=${runId}&step=train&task_id=0`,
    ])
    for (const text of told) {
      expect(text).toContain(database.uri)
      expect(text).not.toContain(PASSWORD)
    }
  })

  /** What a server says of itself and of the flows here. */
  async function askServer(paths: readonly string[]): Promise<readonly string[]> {
    const args = ['server', '--port', '0', '--flows', '.', '--backend-store-uri', env['MLFLOW_TRACKING_URI']!]
    const server = startMillrace(args, { cwd: folder.path, env })
    const [greeting] = (await once(server.stdout, 'data')) as [Buffer]
    const [, url] = / at (http:\S+)/.exec(String(greeting))!
    const answers = await Promise.all(
      paths.map(async (path) => await (await fetch(`${url}/api/2.0/millrace/flows/${path}`)).text()),
    )
    const ended = outcomeOf(server)
    server.kill()
    return [...answers, String(greeting) + (await ended).stderr]
  }
})
