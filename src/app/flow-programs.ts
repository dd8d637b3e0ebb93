/**
 * The flow programs that may be started over the network: those of one folder, each in a process of its own. Runs end with
 * the server, as stopped ones that can be resumed.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { realpathSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, resolve, sep } from 'node:path'
import { type ErrorCode, MillraceError, nodeOptions, packageModule, suggest, systemErrorCode } from '../core/index.ts'
import { DEFAULT_ROOT, type FlowRun } from '../flow/index.ts'
import { HttpError } from '../tracking/server/index.ts'
import type { FlowDescription, FlowReply, FlowRequest } from './flow-process.ts'

/** A run that has begun. */
export interface StartedRun {
  readonly flow: string
  readonly run_id: string
}

export class FlowPrograms implements AsyncDisposable {
  readonly #folder: string
  readonly #root: string
  /** The processes of the runs that are under way, by their pathspec. */
  readonly #underWay = new Map<string, ChildProcess>()

  /**
   * @param folder only modules in it, or below, can be started
   * @param options.root where the runs are kept. Default `.millrace/flows`
   * @throws MillraceError INVALID_ARGUMENT when there is no such folder
   */
  constructor(folder: string, { root = DEFAULT_ROOT }: { readonly root?: string } = {}) {
    this.#folder = realFolder(folder)
    this.#root = resolve(root)
  }

  /** The programs by their path from the folder: modules that import `millrace/flow` and have a default export. */
  async names(): Promise<readonly string[]> {
    const entries = await readdir(this.#folder, { recursive: true, withFileTypes: true })
    const files = entries
      .filter((entry) => entry.isFile() && /(?<!\.test|\.d)\.[cm]?[jt]s$/.test(entry.name))
      .map((entry) => relative(this.#folder, join(entry.parentPath, entry.name)))
      .filter((path) => !path.split(sep).some((part) => part.startsWith('.') || part === 'node_modules'))
    const isFlow = await Promise.all(
      files.map(async (file) => isFlowText(await readFile(join(this.#folder, file), 'utf8'))),
    )
    return files
      .filter((_, i) => isFlow[i])
      .map((file) => file.split(sep).join('/'))
      .sort()
  }

  /** The name of the program with the absolute path `file`, if it is one of these. */
  async nameOf(file: string): Promise<string | undefined> {
    const name = relative(this.#folder, file).split(sep).join('/')
    return (await this.names()).includes(name) ? name : undefined
  }

  /** @throws MillraceError RESOURCE_DOES_NOT_EXIST for a name there is not; HttpError 400 for a program that cannot run */
  async describe(name: string): Promise<FlowDescription> {
    const { reply } = await this.#ask({ kind: 'describe', file: await this.#fileOf(name) })
    if (reply.kind === 'described') return reply.description
    throw unexpected(reply)
  }

  /** Starts a run and returns as it begins. @throws as `describe`, also for parameters that do not fit */
  async start(
    name: string,
    options: Pick<Extract<FlowRequest, { kind: 'start' }>, 'parameters' | 'tags'>,
  ): Promise<StartedRun> {
    return await this.#run({ kind: 'start', file: await this.#fileOf(name), root: this.#root, ...options })
  }

  /**
   * Starts a run that takes over what `run` has finished.
   *
   * @param options.step this step and all after it are run again. Default: what has not finished
   * @throws MillraceError INVALID_STATE while it runs, or when its program is none of these; otherwise as `start`
   */
  async resume(run: FlowRun, { step }: { readonly step: string | undefined }): Promise<StartedRun> {
    const name = run.file === undefined ? undefined : await this.nameOf(run.file)
    if (name === undefined) {
      throw new MillraceError(
        'INVALID_STATE',
        `The run ${run.pathspec} cannot be resumed here: its program is not in ${this.#folder}. Resume it where it was started: millrace flow resume FILE --origin-run-id ${run.id}`,
      )
    }
    const file = await this.#fileOf(name)
    return await this.#run({ kind: 'resume', file, root: this.#root, originRunId: run.id, step })
  }

  /** Whether a run was started here and goes on. */
  isUnderWay(pathspec: string): boolean {
    return this.#underWay.has(pathspec)
  }

  /** Stops a run and waits until it has. @throws MillraceError INVALID_STATE when it was not started here or has ended */
  async stop(pathspec: string): Promise<void> {
    const child = this.#underWay.get(pathspec)
    if (child === undefined) {
      throw new MillraceError(
        'INVALID_STATE',
        `The run ${pathspec} is not under way in this server. Stop it where it was started.`,
      )
    }
    await end(child)
  }

  /** Stops all runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#underWay.values()].map(end))
  }

  async #fileOf(name: string): Promise<string> {
    const names = await this.names()
    if (names.includes(name)) return join(this.#folder, name)
    const message = `There is no flow program "${name}" in ${this.#folder}. ${suggest(name, names, 'programs')}`
    throw new MillraceError('RESOURCE_DOES_NOT_EXIST', message)
  }

  async #run(request: FlowRequest): Promise<StartedRun> {
    const { reply, child } = await this.#ask(request)
    if (reply.kind !== 'started') throw unexpected(reply)
    const pathspec = `${reply.flow}/${reply.runId}`
    this.#underWay.set(pathspec, child)
    child.once('exit', () => this.#underWay.delete(pathspec))
    if (hasEnded(child)) this.#underWay.delete(pathspec)
    return { flow: reply.flow, run_id: reply.runId }
  }

  /** The first reply of a new process. */
  async #ask(request: FlowRequest): Promise<{ readonly reply: FlowReply; readonly child: ChildProcess }> {
    const child = fork(packageModule('app/flow-process'), [], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: nodeOptions(),
      env: { NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'), ...process.env },
    })
    child.send(request)
    const reply = await new Promise<FlowReply>((answer) => {
      child.once('message', answer)
      child.once('exit', (code, signal) => {
        const message = `The process of ${request.file} ended before it began the flow (${signal ?? `code ${code}`}).`
        answer({ kind: 'refused', code: 'INVALID_FLOW', message })
      })
    })
    return { reply, child }
  }
}

function realFolder(folder: string): string {
  try {
    return realpathSync(resolve(folder))
  } catch (cause) {
    const found = systemErrorCode(cause) === 'ENOENT' ? 'there is none' : 'it cannot be read'
    throw new MillraceError('INVALID_ARGUMENT', `Cannot take flows from the folder ${folder}: ${found}.`, { cause })
  }
}

/** Other modules are left alone: to load one is to run it. */
function isFlowText(text: string): boolean {
  return /\bfrom\s*['"]millrace\/flow['"]/.test(text) && /\bexport\s+default\b/.test(text)
}

/** What the process says against it, as an error of whoever asked. */
function unexpected(reply: FlowReply): Error {
  if (reply.kind !== 'refused') return new Error(`The process of a flow answered "${reply.kind}".`)
  const { code, message } = reply
  if (passedOn.has(code)) return new MillraceError(code as ErrorCode, message)
  return new HttpError(400, 'INVALID_PARAMETER_VALUE', message)
}

const passedOn: ReadonlySet<string> = new Set(['INVALID_STATE', 'RESOURCE_DOES_NOT_EXIST'] satisfies ErrorCode[])

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  await exit
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}
