/** Folders that stand for /opt/ml in tests, and jobs in them, run by the command as processes of their own. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Outcome, PENGUINS, runMillrace, startMillrace } from '../cli/run-millrace.ts'

export const programs: string = fileURLToPath(new URL('../../systems/penguins/container', import.meta.url))

export interface OptMl extends AsyncDisposable {
  readonly root: string
  path(...parts: readonly string[]): string
  write(path: string, content: string | Uint8Array | object): Promise<string>
  /** The text of a file; undefined when there is none. */
  read(path: string): Promise<string | undefined>
  run(stage: string, program?: string, ...args: readonly string[]): Promise<Outcome>
  start(
    stage: string,
    program: string | undefined,
    env?: Readonly<Record<string, string>>,
  ): ChildProcessWithoutNullStreams
  /** The penguins, split by the system's own processing job, as the channels train and validation. */
  addPenguins(): Promise<void>
}

export async function optMl(): Promise<OptMl> {
  const root = await mkdtemp(join(tmpdir(), 'millrace-opt-ml-'))
  const path = (...parts: readonly string[]): string => join(root, ...parts)
  const command = (stage: string, program: string | undefined): string[] => [
    'container',
    'run',
    stage,
    '--dir',
    root,
    ...(program === undefined ? [] : [program]),
  ]
  const run: OptMl['run'] = async (stage, program, ...args) =>
    await runMillrace([...command(stage, program), ...(args.length > 0 ? ['--', ...args] : [])], { cwd: root })
  return {
    root,
    path,
    run,
    write: async (file, content) => {
      await mkdir(dirname(path(file)), { recursive: true })
      await writeFile(
        path(file),
        typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content),
      )
      return path(file)
    },
    read: async (file) => await readFile(path(file), 'utf8').catch(() => undefined),
    start: (stage, program, env = {}) => startMillrace(command(stage, program), { cwd: root, env }),
    addPenguins: async () => {
      await cp(PENGUINS, path('processing/input/penguins.csv'))
      const { code, stderr } = await run('preprocess', join(programs, 'preprocess.ts'))
      if (code !== 0) throw new Error(stderr)
      for (const name of ['train', 'validation']) {
        await cp(path(`processing/output/${name}.csv`), path(`input/data/${name}/${name}.csv`))
      }
    },
    [Symbol.asyncDispose]: async () => await rm(root, { recursive: true, force: true }),
  }
}
