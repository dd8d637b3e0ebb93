/** Processes that run tasks, as many at once as asked for. One that crashed or was killed is replaced. */
import type { ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { asError, MillraceError } from '../core/index.ts'
import type { Outcome, TaskAttempt } from './execute-task.ts'
import type { OpenedRuns } from './opened-runs.ts'
import { endProcessTree } from './process-tree.ts'
import type { TaskError } from './step-options.ts'
import { MarkedOutput, type TaskLog } from './task-log.ts'
import { takeWorkerProcess } from './worker-process.ts'
import type { TaskMessage, WorkerMessage, WorkerRequest } from './worker.ts'

/** How a try is to be run. */
export interface PoolTask {
  readonly attempt: TaskAttempt
  readonly root: string
  /** Undefined for no limit. */
  readonly timeoutMs: number | undefined
  /** How long its card may take, once its outcome is certain. */
  readonly cardTimeoutMs: number
  readonly stdout: TaskLog
  readonly stderr: TaskLog
  /** What it opens in tracking stores, ended here when its process is gone. */
  readonly opened: OpenedRuns
  /** Called when a worker begins with it. */
  readonly onStart?: () => void
}

/** Workers for the flow in `file`. Dispose of it to end them all. */
export class WorkerPool implements Disposable {
  readonly #file: string
  readonly #size: number
  readonly #idle: Worker[] = []
  readonly #all = new Set<Worker>()
  readonly #waiting: PromiseWithResolvers<Worker>[] = []
  #isClosed = false

  constructor(file: string, size: number) {
    this.#file = file
    this.#size = size
    // One is needed in any case: it loads the flow while the runner does so too.
    this.#idle.push(this.#start())
  }

  /**
   * Runs one try, when there is a worker for it. What goes wrong with the task is in the outcome.
   *
   * @throws MillraceError INVALID_FLOW when a worker cannot load the flow; an AbortError when the pool is closed before
   *   the task could begin
   */
  async execute(task: PoolTask): Promise<Outcome> {
    const worker = await this.#take()
    try {
      return await worker.run(task)
    } finally {
      this.#giveBack(worker)
    }
  }

  /** Ends all workers with what they have started, and turns away the tasks that wait for one. */
  [Symbol.dispose](): void {
    this.#isClosed = true
    for (const worker of this.#all) worker.stop()
    for (const { reject } of this.#waiting.splice(0)) reject(closedError())
  }

  async #take(): Promise<Worker> {
    if (this.#isClosed) throw closedError()
    const idle = this.#idle.pop()
    if (idle?.isUsable === true) return idle
    if (idle !== undefined) this.#all.delete(idle)
    if (this.#all.size < this.#size) return this.#start()
    const turn = Promise.withResolvers<Worker>()
    this.#waiting.push(turn)
    return await turn.promise
  }

  #giveBack(worker: Worker): void {
    let usable = worker
    if (!worker.isUsable) {
      this.#all.delete(worker)
      if (this.#waiting.length === 0) return
      usable = this.#start()
    }
    const next = this.#waiting.shift()
    if (next === undefined) this.#idle.push(usable)
    else next.resolve(usable)
  }

  #start(): Worker {
    const worker = new Worker(this.#file)
    this.#all.add(worker)
    return worker
  }
}

function crashed(how: string, startedAt: number): Outcome {
  const message = `The process of the task ${how} before the step was done.`
  return { status: 'failed', error: { kind: 'crash', name: 'ProcessEnded', message }, startedAt, endedAt: Date.now() }
}

function timedOut(message: string, startedAt: number): Outcome {
  return { status: 'failed', error: { kind: 'timeout', name: 'Timeout', message }, startedAt, endedAt: Date.now() }
}

/** A line of ours in the log of a task. */
function note(log: TaskLog, message: string): void {
  log.write(Buffer.from(`[millrace: ${message}]\n`))
}

function closedError(): Error {
  return new DOMException('The run is ending.', 'AbortError')
}

/** The time a step has to tidy up after its signal, before it is killed. */
const GRACE_MS = 1000

/** A time after which a process is ended. */
interface Limit {
  readonly lift: () => void
  /** What to say of it, once it was reached. */
  reached?: string
}

class Worker {
  isUsable = true
  #isStopped = false
  readonly #child: ChildProcess
  readonly #stdout = new MarkedOutput()
  readonly #stderr = new MarkedOutput()
  readonly #ready: Promise<void>
  readonly #gone: Promise<string>
  /** Gets what the worker says of the task that runs, if one does. */
  #onTaskMessage: ((message: TaskMessage) => void) | undefined
  /** What it said before it was ready, for the message if it never is. */
  #firstError = ''

  constructor(file: string) {
    this.#child = takeWorkerProcess(file)
    this.#child.stdout?.on('data', (chunk: Buffer) => this.#stdout.write(chunk))
    this.#child.stderr?.on('data', (chunk: Buffer) => this.#stderr.write(chunk))
    this.#child.stderr?.on('data', this.#onFirstError)
    this.#gone = this.#untilGone()
    this.#ready = this.#untilReady(file)
    // Whoever runs a task waits for both; without one nobody has to.
    this.#ready.catch(() => undefined)
  }

  async run(task: PoolTask): Promise<Outcome> {
    await this.#ready
    const { attempt, root, timeoutMs, cardTimeoutMs, stdout, stderr, opened, onStart } = task
    const startedAt = Date.now()
    onStart?.()
    const endMark = `\u0000millrace ${randomUUID()}\u0000`
    const output = Promise.all([
      this.#stdout.until(endMark, (chunk) => stdout.write(chunk)),
      this.#stderr.until(endMark, (chunk) => stderr.write(chunk)),
    ])
    const limit = this.#endAfter(timeoutMs)
    const card: { outcome?: Outcome; limit?: Limit } = {}
    const ended = new Promise<Outcome>((resolve) => {
      this.#onTaskMessage = (message) => {
        if (message.kind === 'ended') return resolve(message.outcome)
        limit.lift()
        Object.assign(card, { outcome: message.outcome, limit: this.#endAfter(cardTimeoutMs) })
      }
    })
    this.#send({ ...attempt, root, endMark })
    const end = await Promise.race([ended, this.#gone])
    for (const one of [limit, card.limit]) one?.lift()
    this.#onTaskMessage = undefined
    await output
    if (typeof end === 'string' && card.outcome !== undefined) {
      note(stderr, `the card could not be made: ${card.limit?.reached ?? `its process ${end}.`}`)
    }
    const told = typeof end === 'string' ? (card.outcome ?? crashed(end, startedAt)) : end
    const { reached } = limit
    const outcome = told.status === 'failed' && reached !== undefined ? timedOut(reached, startedAt) : told
    if (typeof end === 'string' && outcome.status === 'failed') await this.#endRuns(opened, outcome.error, stderr)
    return outcome
  }

  async #endRuns(opened: OpenedRuns, { kind, message }: TaskError, log: TaskLog): Promise<void> {
    try {
      await opened.end(this.#isStopped || kind === 'timeout' ? 'KILLED' : 'FAILED', message)
    } catch (error) {
      note(log, `its run in the tracking store stays RUNNING until the flow is run again: ${asError(error).message}`)
    }
  }

  /** Ends the process: a task has a moment to tidy up, and goes with all it has started; otherwise at once. */
  stop(): void {
    this.isUsable = false
    this.#isStopped = true
    const { pid, exitCode } = this.#child
    if (pid === undefined || exitCode !== null) return
    if (this.#onTaskMessage !== undefined) return endProcessTree(pid, GRACE_MS)
    this.#child.kill('SIGKILL')
    this.#leave()
  }

  /** Nothing is to come from the process any more: this one may end before it is gone. */
  #leave(): void {
    this.#child.unref()
    this.#child.channel?.unref()
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream?.destroy()
  }

  readonly #onFirstError = (chunk: Buffer): void => {
    this.#firstError = `${this.#firstError}${chunk.toString()}`.slice(0, 2000)
  }

  /** Ends the process after `timeoutMs`, unless that is lifted before. */
  #endAfter(timeoutMs: number | undefined): Limit {
    if (timeoutMs === undefined) return { lift: () => undefined }
    const timeout = setTimeout(() => {
      limit.reached = `It took longer than the timeout of ${timeoutMs / 1000} s.`
      this.isUsable = false
      if (this.#child.pid !== undefined) endProcessTree(this.#child.pid, GRACE_MS)
    }, timeoutMs)
    const limit: Limit = { lift: () => clearTimeout(timeout) }
    return limit
  }

  #send(request: WorkerRequest): void {
    // A worker that has gone in this moment is noticed by its end.
    this.#child.send(request, () => undefined)
  }

  async #untilReady(file: string): Promise<void> {
    const unusable = await new Promise<string | undefined>((resolve) => {
      this.#child.on('message', (message: WorkerMessage) => {
        if (message.kind === 'ready') resolve(undefined)
        else if (message.kind === 'unusable') resolve(message.message)
        else this.#onTaskMessage?.(message)
      })
      void this.#gone.then((how) => resolve(`the process that loads it ${how}. ${this.#firstError}`.trim()))
    })
    this.#child.stderr?.off('data', this.#onFirstError)
    if (unusable === undefined) return
    if (this.#isStopped) throw closedError()
    this.stop()
    throw new MillraceError('INVALID_FLOW', `A task cannot load ${file}: ${unusable}`)
  }

  /** Resolves with how the process ended, when its output has been read too. */
  async #untilGone(): Promise<string> {
    const how = await new Promise<string>((resolve) => {
      const { exitCode, signalCode } = this.#child
      // One that was prepared may be gone already.
      if (exitCode !== null || signalCode !== null) resolve(`exited with code ${exitCode}`)
      this.#child.once('error', ({ message }) => resolve(`could not be started (${message})`))
      this.#child.once('exit', (code, signal) => {
        resolve(signal === null ? `exited with code ${code}` : `was ended by ${signal}`)
      })
    })
    this.isUsable = false
    await this.#drained()
    this.#stdout.end()
    this.#stderr.end()
    return how
  }

  async #drained(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#child.once('close', () => resolve())
    })
    // A process that the step has left behind may hold the pipes open.
    const enough = new Promise<void>((resolve) => {
      setTimeout(resolve, 500).unref()
    })
    await Promise.race([closed, enough])
    this.#child.stdout?.destroy()
    this.#child.stderr?.destroy()
  }
}
