/** Build contexts: folders of which any builder makes images, the same bytes for the same input. */
import { existsSync } from 'node:fs'
import { copyFile, cp, mkdir, readdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { MillraceError, replaceAtomic } from '../../core/index.ts'
import { openStorage } from '../../storage/index.ts'
import { parseModelUri, type ResolvedModel, resolveModelUri, type TrackingClient } from '../../tracking/index.ts'
import { type Stage, stages } from '../program.ts'
import { buildspec, workflow } from './delivery.ts'
import { type ContextFacts, dockerfile } from './dockerfiles.ts'
import { findProject, readProject } from './project.ts'
import { serveTest } from './serve-test.ts'

export interface BuildContextOptions {
  /** The model that is baked in, such as `models:/penguins@champion`. */
  readonly model: string
  /** The folder to write; replaced when it holds an earlier context. */
  readonly output: string
  /** The project whose dependencies are installed in the image. Default: the one around the working folder. */
  readonly project?: string | undefined
  /** A folder of programs; `train`, `preprocess` and `serve` in it, or in its folder `container`, are started. */
  readonly program?: string | undefined
}

export interface BuildContext {
  readonly folder: string
  readonly stages: readonly Stage[]
  readonly model: ContextFacts['model']
}

/**
 * Writes a build context: a Dockerfile for each stage that has a program, and for serving always.
 *
 * @throws MillraceError RESOURCE_DOES_NOT_EXIST when there is no such model, project or program; INVALID_CONFIG for a
 *   project that cannot be installed elsewhere; INVALID_ARGUMENT when `output` holds something else
 * @param client may be absent when the model is a folder
 */
export async function writeBuildContext(
  client: TrackingClient | undefined,
  options: BuildContextOptions,
): Promise<BuildContext> {
  const resolved = await findModel(client, options.model)
  const name = resolved.name ?? basename(resolved.uri)
  const model = { name, version: String(resolved.version ?? 'unregistered') }
  const project = await readProject(requireProject(options.project))
  const programs = options.program === undefined ? {} : await findPrograms(resolve(options.program))
  const built = stages.filter((stage) => stage === 'serve' || programs[stage] !== undefined)
  const output = resolve(options.output)
  await requireReplaceable(output)
  await replaceAtomic(output, async (folder) => {
    await mkdir(folder)
    await openStorage(resolved.path ?? resolved.uri).download('', join(folder, 'model'))
    if (options.program !== undefined) await copyProgram(resolve(options.program), join(folder, 'program'))
    for (const [file, path] of project.packages) {
      await mkdir(join(folder, 'packages'), { recursive: true })
      await copyFile(path, join(folder, 'packages', file))
    }
    const facts = { model, programs, hasPackages: project.packages.size > 0 }
    const delivery = { name: repositoryName(name), stages: built }
    const files: Readonly<Record<string, string>> = {
      'package.json': project.packageJson,
      'package-lock.json': project.packageLock,
      '.dockerignore': 'node_modules\n.git\n.github\ntest\nDockerfile.*\nbuildspec*.yml\n',
      'buildspec.yml': buildspec(delivery),
      ...Object.fromEntries(
        built.map((stage) => [`buildspec.${stage}.yml`, buildspec({ ...delivery, stages: [stage] })]),
      ),
      '.github/workflows/images.yml': workflow(delivery),
      'test/serve.test.mjs': serveTest(programs.serve),
      ...Object.fromEntries(built.map((stage) => [`Dockerfile.${stage}`, dockerfile(stage, facts)])),
    }
    for (const [file, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, file)), { recursive: true })
      await writeFile(join(folder, file), text)
    }
  })
  return { folder: output, stages: built, model }
}

async function findModel(client: TrackingClient | undefined, uri: string): Promise<ResolvedModel> {
  if (parseModelUri(uri).kind !== 'location') {
    if (client !== undefined) return await resolveModelUri(client, uri)
    throw new MillraceError('INVALID_ARGUMENT', `writeBuildContext: ${uri} needs a tracking client to be found.`)
  }
  if (await openStorage(uri).exists('MLmodel')) return { uri }
  throw new MillraceError(
    'RESOURCE_DOES_NOT_EXIST',
    `There is no model in ${uri}: the file MLmodel is not there. Name a model folder, models:/name@alias, models:/name/version or runs:/id/model.`,
  )
}

function requireProject(given: string | undefined): string {
  const found = findProject(given ?? process.cwd())
  if (found !== undefined) return found
  throw new MillraceError(
    'RESOURCE_DOES_NOT_EXIST',
    `There is no package.json with a package-lock.json in ${resolve(given ?? '.')} or above. The image installs what they name: npm init, npm install millrace`,
  )
}

/** @throws MillraceError RESOURCE_DOES_NOT_EXIST when the folder holds none */
async function findPrograms(folder: string): Promise<ContextFacts['programs']> {
  const found: Partial<Record<Stage, string>> = {}
  for (const stage of stages) {
    const candidates = ['', 'container'].flatMap((part) =>
      ['ts', 'js', 'mjs'].map((end) => join(part, `${stage}.${end}`)),
    )
    const file = candidates.find((candidate) => existsSync(join(folder, candidate)))
    if (file !== undefined) found[stage] = `program/${file.replaceAll('\\', '/')}`
  }
  if (Object.keys(found).length > 0) return found
  throw new MillraceError(
    'RESOURCE_DOES_NOT_EXIST',
    `There is no program in ${folder}: one of train.ts, preprocess.ts and serve.ts, there or in its folder container.`,
  )
}

async function copyProgram(from: string, to: string): Promise<void> {
  await cp(from, to, {
    recursive: true,
    filter: (path) => {
      const name = relative(from, path) === '' ? '' : basename(path)
      return !name.startsWith('.') && name !== 'node_modules' && !/\.test\.\w+$/.test(name)
    },
  })
}

/** What is in the way is replaced only if it is a build context: anything else may be somebody's work. */
async function requireReplaceable(folder: string): Promise<void> {
  const found = await readdir(folder).catch((): string[] => [])
  if (found.length === 0 || found.includes('Dockerfile.serve')) return
  throw new MillraceError(
    'INVALID_ARGUMENT',
    `Cannot write a build context to ${folder}: the folder holds other files. Choose a new or empty folder.`,
  )
}

/** The name as repositories of images may have it. */
function repositoryName(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
}
