/** The package as others get it: built, packed, installed in an empty folder, and used from there. */
import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import packageJson from '../package.json' with { type: 'json' }
import { cleanEnvironment, PENGUINS } from './cli/run-millrace.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('..', import.meta.url))
const rooms = Object.keys(packageJson.exports).filter((entry) => entry !== './package.json')
const workspace = await mkdtemp(join(tmpdir(), 'millrace-package-'))
const source = join(workspace, 'source')
const user = join(workspace, 'user')
const millrace = join(user, 'node_modules/.bin/millrace')

// What an outer npm tells its scripts would send an inner one to the wrong folder.
const env = cleanEnvironment()
for (const name of Object.keys(env)) {
  if (/^npm_(?!config_(registry|cache)$)/i.test(name)) delete env[name]
}

let isReachable = false
beforeAll(async () => {
  await pack()
  isReachable = await install()
}, 600_000)
afterAll(() => rm(workspace, { recursive: true, force: true }))

describe('the packed package', () => {
  it('passes publint', async () => {
    const { messages, pkg } = await publint({ pkgDir: source, strict: true, pack: 'npm' })
    expect(messages.map((message) => formatMessage(message, pkg as Record<string, unknown>))).toEqual([])
  })

  it('holds the command and the rooms, but neither sources nor tests', async () => {
    const { stdout } = await run('tar', ['-tf', await tarballPath()])
    const files = stdout.trim().split('\n')
    expect(files).toContain('package/bin/millrace.js')
    for (const room of rooms) expect(files).toContain(`package/dist/${room.slice(2)}/index.d.ts`)
    for (const name of await programs()) expect(files).toContain(`package/dist/${name}.js`)
    expect(files).toContain('package/dist/web/index.html')
    expect(files.filter((file) => /\.test\.|(?<!\.d)\.ts$/.test(file))).toEqual([])
  })
})

describe('the installed package', () => {
  beforeEach(({ skip }) => {
    skip(!isReachable, 'no registry is reachable to install from')
  })

  it('has a command that knows its version and helps', async () => {
    const { stdout: version } = await run('npx', ['--no-install', 'millrace', '--version'], { cwd: user, env })
    expect(version).toBe(`${packageJson.version}\n`)
    const { stdout: help } = await run(millrace, ['--help'], { cwd: user, env })
    expect(help).toContain('Usage: millrace')
  })

  it('trains and predicts', async () => {
    await copyFile(PENGUINS, join(user, 'penguins.csv'))
    await run(
      millrace,
      ['train', 'penguins.csv', '--target', 'species', '--epochs', '2', '--folds', '2', '--register', 'penguins'],
      { cwd: user, env },
    )
    const { stdout } = await run(millrace, ['predict', 'models:/penguins/1', '--input', 'penguins.csv'], {
      cwd: user,
      env,
    })
    expect(stdout.trimEnd().split('\n')).toHaveLength(345)
  })

  it('serves an app that imports it by name', async () => {
    await cp(join(root, 'systems/fashion-mnist/app'), join(user, 'app'), { recursive: true })
    const options = { cwd: user, env: { ...env, MLFLOW_TRACKING_URI: 'sqlite:///mlflow.db' } }
    const server = spawn(millrace, ['serve', 'models:/penguins/1', '--app', 'app', '--port', '0', '--json'], options)
    try {
      const [line] = (await once(createInterface(server.stdout), 'line')) as [string]
      const { url } = JSON.parse(line) as { url: string }
      expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: 'healthy', model_loaded: true })
      expect(await (await fetch(`${url}/model_info`)).json()).toMatchObject({ model_name: 'penguins', version: 1 })
      expect(await (await fetch(url)).text()).toContain('What is it?')
      // The user has not installed what this page needs.
      const runtime = await fetch(`${url}/onnxruntime-web.js`)
      expect([runtime.status, await runtime.text()]).toEqual([
        404,
        expect.stringMatching(/npm install onnxruntime-web/),
      ])
    } finally {
      server.kill()
      await once(server, 'exit')
    }
  })

  it('starts flows over HTTP from the folder its server was given', { timeout: 60_000 }, async () => {
    await cp(join(root, 'test/app/programs'), join(user, 'flows'), { recursive: true })
    const server = spawn(millrace, ['server', '--flows', 'flows', '--port', '0', '--json'], { cwd: user, env })
    try {
      const [printed] = (await once(server.stdout, 'data')) as [Buffer]
      const flows = `${(JSON.parse(printed.toString()) as { url: string }).url}/api/2.0/millrace/flows`
      const started = await fetch(`${flows}/runs/start`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ file: 'deep/birds.ts', parameters: { folds: 2 } }),
      })
      const run = (await started.json()) as { flow: string; run_id: string }
      expect(run).toMatchObject({ flow: 'birds' })
      const get = async (what: string): Promise<unknown> =>
        await (await fetch(`${flows}/${what}?${new URLSearchParams(run).toString()}`)).json()
      const ended = await vi.waitUntil(
        async () => {
          const answer = (await get('runs/get')) as { run: { status: string } }
          return answer.run.status !== 'running' && answer
        },
        { timeout: 40_000, interval: 100 },
      )
      expect(ended).toMatchObject({ run: { status: 'completed' }, parameters: { folds: 2 } })
      expect(await get('tasks/list')).toMatchObject({
        tasks: ['load', 'fold', 'fit', 'fit', 'evaluate'].map((step) => ({ step, status: 'completed' })),
      })
    } finally {
      server.kill()
      await once(server, 'exit')
    }
  })

  it(
    'is in a build context, which installs, tests itself and preprocesses as its images do',
    { timeout: 300_000 },
    async () => {
      const image = ['package', 'image', 'models:/penguins/1', '--output', 'image', '--program', 'programs']
      await cp(join(root, 'systems/penguins/container'), join(user, 'programs/container'), { recursive: true })
      await copyFile(join(root, 'systems/penguins/model.ts'), join(user, 'programs/model.ts'))
      await run(millrace, image, { cwd: user, env })
      // Elsewhere, as in a container.
      const context = join(workspace, 'context')
      await cp(join(user, 'image'), context, { recursive: true })
      const node24 = { ...env, PATH: `${dirname(process.execPath)}${delimiter}${env['PATH']}` }
      const quick = ['--prefer-offline', '--no-audit', '--no-fund']
      await run('npm', ['ci', '--omit=dev', '--ignore-scripts', ...quick], { cwd: context, env: node24 })
      const { stdout } = await run('node', ['--test', 'test/serve.test.mjs'], { cwd: context, env: node24 })
      expect(stdout).toMatch(/pass 1\b/)
      await mkdir(join(context, 'opt-ml/processing/input'), { recursive: true })
      await copyFile(PENGUINS, join(context, 'opt-ml/processing/input/penguins.csv'))
      const start = ['node_modules/millrace/bin/millrace.js', 'container', 'run', 'preprocess', '--dir', 'opt-ml']
      await run('node', [...start, 'program/container/preprocess.ts'], { cwd: context, env: node24 })
      expect(existsSync(join(context, 'opt-ml/processing/output/train.csv'))).toBe(true)
    },
  )

  it('imports every room by name, with the names its source has', async () => {
    const script = `
      const names = {}
      for (const room of ${JSON.stringify(rooms)}) names[room] = Object.keys(await import('millrace' + room.slice(1)))
      console.log(JSON.stringify(names))`
    const { stdout } = await run(process.execPath, ['--no-warnings', '--input-type=module', '-e', script], {
      cwd: user,
      env,
    })
    const installed = JSON.parse(stdout) as Record<string, string[]>
    for (const room of rooms) {
      const ours = (await import(join(root, 'src', room, 'index.ts'))) as object
      expect(installed[room]!.toSorted(), room).toEqual(Object.keys(ours).toSorted())
      expect(installed[room], room).not.toEqual([])
    }
  })

  it('has types that tell right use from wrong', async () => {
    await writeFile(
      join(user, 'consumer.ts'),
      `${rooms.map((room) => `export * as ${room.slice(2).replace('/', '_')} from 'millrace${room.slice(1)}'`).join('\n')}
       import { type Table, readCsv } from 'millrace/data'
       import { models } from 'millrace/model'
       export const table: Promise<Table> = readCsv('penguins.csv')
       // @ts-expect-error: a target is a name
       models.get('mlp-classifier')({ target: 3 })
       // @ts-expect-error: a table is no number
       export const number: Promise<number> = readCsv('penguins.csv')`,
    )
    const compiler = join(root, 'node_modules/.bin/tsc')
    const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types'), '--skipLibCheck']
    const mode = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--lib', 'es2024,esnext']
    const { stdout } = await run(compiler, [...mode, ...types, 'consumer.ts'], { cwd: user, env }).catch(
      (error: { stdout: string }) => error,
    )
    expect(stdout).toBe('')
  })

  const older = olderNode()
  it.skipIf(older === undefined)('starts from an older Node (skipped where there is none)', async () => {
    const { stdout } = await run(older!, [join(user, 'node_modules/millrace/bin/millrace.js'), '--version'], {
      cwd: user,
      env: { ...env, PATH: '/usr/bin:/bin' },
    })
    expect(stdout).toBe(`${packageJson.version}\n`)
  })
})

describe('the repository', () => {
  it('has the command too', async () => {
    const { stdout } = await run('npx', ['--no-install', 'millrace', '--version'], { cwd: root, env })
    expect(stdout).toBe(`${packageJson.version}\n`)
  })
})

/** What the source starts in processes and threads of its own. */
async function programs(): Promise<string[]> {
  const files = (await readdir(join(root, 'src'), { recursive: true })).filter((file) => /(?<!\.test)\.ts$/.test(file))
  const texts = await Promise.all(files.map(async (file) => await readFile(join(root, 'src', file), 'utf8')))
  return texts.flatMap((text) => [...text.matchAll(/packageModule\('([^']+)'\)/g)].map(([, name]) => name!))
}

/** Builds and packs a copy, so that nothing of an earlier build gets in and nothing is left in the repository. */
async function pack(): Promise<void> {
  await mkdir(source)
  const parts = [
    'package.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'rolldown.config.ts',
    'src',
    'web',
    'README.md',
    'LICENSE',
    ...packageJson.files,
  ]
  for (const part of parts.filter((part) => part !== 'dist')) {
    await cp(join(root, part), join(source, part), { recursive: true })
  }
  await symlink(join(root, 'node_modules'), join(source, 'node_modules'), 'junction')
  await run('npm', ['run', 'build'], { cwd: source, env }).catch((error: { stdout: string }) => {
    throw new Error(`The package does not build:\n${error.stdout}`, { cause: error })
  })
  await run('npm', ['pack', '--pack-destination', workspace], { cwd: source, env })
}

async function tarballPath(): Promise<string> {
  return join(
    workspace,
    (await readdir(workspace)).find((name) => name.endsWith('.tgz'))!,
  )
}

/** Installs the package in an empty folder. Gives false where that fails for want of a network. */
async function install(): Promise<boolean> {
  await mkdir(user)
  await writeFile(join(user, 'package.json'), '{ "name": "user", "private": true }')
  const quick = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts']
  try {
    await run('npm', ['install', ...quick, await tarballPath()], { cwd: user, env })
    return true
  } catch (error) {
    if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENOTCACHED/.test(String(error))) return false
    throw error
  }
}

/** A Node on the PATH that is older than the one the command needs. */
function olderNode(): string | undefined {
  const places = (env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'node'))
  return places
    .filter((place) => existsSync(place))
    .find((place) => {
      const { stdout } = spawnSync(place, ['-p', 'process.versions.node'], { encoding: 'utf8' })
      return Number.parseInt(stdout, 10) < 24
    })
}
