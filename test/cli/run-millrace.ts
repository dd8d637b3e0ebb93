/** Runs the command as users do: as a process of its own, in a folder of its own. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

export const COMMAND = fileURLToPath(new URL('../../bin/millrace.js', import.meta.url))
export const PENGUINS = fileURLToPath(new URL('../../systems/penguins/data/penguins.csv', import.meta.url))

export interface RunOptions {
  readonly cwd: string
  /** What standard input holds. */
  readonly input?: string | Uint8Array
  readonly env?: Readonly<Record<string, string>>
}

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The command with `args`, run to its end. */
export async function runMillrace(args: readonly string[], { input = '', ...options }: RunOptions): Promise<Outcome> {
  const child = startMillrace(args, options)
  child.stdin.end(input)
  return await outcomeOf(child)
}

/** The command with `args`, running. Nothing of the tests' own environment that matters to it gets through. */
export function startMillrace(args: readonly string[], { cwd, env = {} }: RunOptions): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [COMMAND, ...args], { cwd, env: cleanEnvironment(env) })
}

export function cleanEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const ours = new Set(['MLFLOW_TRACKING_URI', 'NO_COLOR', 'FORCE_COLOR', 'NODE_OPTIONS', 'CI'])
  return { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.has(name))), ...extra }
}

export async function outcomeOf(child: ChildProcessWithoutNullStreams): Promise<Outcome> {
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  // A command that does not read its input closes it.
  child.stdin.on('error', () => undefined)
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
  return { code, stdout, stderr }
}

/** A new folder with penguins.csv in it, removed on disposal. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'millrace-cli-'))
  await cp(PENGUINS, join(path, 'penguins.csv'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
