/** Running what is measured in processes of its own: whole programs, and Python peers that answer requests. */
import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { z } from 'zod'

/** How long a program took, in seconds. */
export interface ProgramTimes {
  /** From before the process starts until it has ended. */
  readonly whole: number
  /** From its first line of output, which it prints once its imports are done. */
  readonly afterStart: number
  readonly output: string
}

export interface ProgramOptions {
  /** Working folder. Default: that of this process. */
  readonly cwd?: string
  /** Variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>
}

/** @throws Error when the program cannot be started or fails */
export async function timeProgram(
  command: string,
  args: readonly string[],
  { cwd, env = {} }: ProgramOptions = {},
): Promise<ProgramTimes> {
  const started = performance.now()
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let [output, errors, spoke] = ['', '', 0]
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (output === '') spoke = performance.now()
    output += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const [code] = (await once(child, 'close')) as [number | null]
  const ended = performance.now()
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${errors}`)
  return { whole: (ended - started) / 1000, afterStart: (ended - spoke) / 1000, output }
}

/** A peer cannot be measured here; the message says what to install. */
export class PeerMissing extends Error {}

/** The interpreter for Python peers. @throws PeerMissing when it does not have `packages` */
export async function pythonWith(packages: readonly string[]): Promise<string> {
  const python = process.env['MILLRACE_PYTHON'] ?? 'python3'
  const test = 'import importlib.util, sys; print(*(m for m in sys.argv[1:] if not importlib.util.find_spec(m)))'
  const missing = await promisify(execFile)(python, ['-c', test, ...packages]).then(
    ({ stdout }) => stdout.trim(),
    () => packages.join(' '),
  )
  if (missing === '') return python
  throw new PeerMissing(
    `skipped: ${python} has no ${missing.split(' ').join(', ')}. Install bench/requirements.txt and name its interpreter in MILLRACE_PYTHON.`,
  )
}

/** The path of a Python script of this folder. */
export function scriptPath(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url))
}

/** A Python process that reads requests and writes answers, one line of JSON each. Dispose of it to end it. */
export class PythonPeer implements Disposable {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>
  readonly #answers: AsyncIterator<string>

  constructor(python: string, script: string) {
    this.#process = spawn(python, [scriptPath(script)], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]()
  }

  async ask<T>(request: object, answerSchema: z.ZodType<T>): Promise<T> {
    this.#process.stdin.write(`${JSON.stringify(request)}\n`)
    const answer = await this.#answers.next()
    if (answer.done === true) throw new Error('The Python peer ended without an answer; see its message above.')
    return answerSchema.parse(JSON.parse(answer.value))
  }

  [Symbol.dispose](): void {
    this.#process.stdin.end()
  }
}
