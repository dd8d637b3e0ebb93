/** Steps, tasks and artifacts of a run, for reading. */
import { readFile } from 'node:fs/promises'
import { mapLimited, MillraceError, suggest, systemErrorCode } from '../core/index.ts'
import type { ArtifactReference } from './artifact-store.ts'
import { type LogPart, type LogRange, readLogPart } from './log-part.ts'
import { type AttemptRecord, hasResult, pathspecOf } from './records.ts'
import type { RunStore } from './run-store.ts'
import type { TaskError } from './step-options.ts'
import type { Frame } from './task.ts'

/** A step of a run. */
export class FlowStep {
  readonly name: string
  readonly pathspec: string
  readonly #store: RunStore
  readonly #runId: string

  constructor(store: RunStore, runId: string, name: string) {
    this.name = name
    this.pathspec = `${store.flowName}/${runId}/${name}`
    this.#store = store
    this.#runId = runId
  }

  /**
   * Its tasks, in the order of their positions.
   *
   * @param known tasks by their pathspec, from an earlier look: those of them that have a result are not read again
   */
  async tasks(known: ReadonlyMap<string, FlowTask> = new Map()): Promise<readonly FlowTask[]> {
    const ids = await this.#store.taskIds(this.#runId, this.name)
    return await mapLimited(ids, async (id) => {
      const before = known.get(`${this.pathspec}/${id}`)
      return before !== undefined && hasResult(before.attempts.at(-1)) ? before : await this.#open(id)
    })
  }

  /** A task; without an id the first. @throws MillraceError RESOURCE_DOES_NOT_EXIST */
  async task(taskId?: string): Promise<FlowTask> {
    const ids = await this.#store.taskIds(this.#runId, this.name)
    const [first] = ids
    if (taskId === undefined && first !== undefined) return await this.#open(first)
    if (taskId !== undefined && ids.includes(taskId)) return await this.#open(taskId)
    throw missing(`The step ${this.pathspec} has no task "${taskId}". ${suggest(taskId, ids, 'tasks')}`)
  }

  async #open(taskId: string): Promise<FlowTask> {
    const attempts = await this.#store.readAttempts(this.#runId, this.name, taskId)
    return new FlowTask(this.#store, { runId: this.#runId, step: this.name, taskId, attempts })
  }
}

/** `running` is a task that has begun and not ended; in a run that is over it was stopped. */
export type TaskStatus = AttemptRecord['status'] | 'running'

interface TaskState {
  readonly runId: string
  readonly step: string
  readonly taskId: string
  readonly attempts: readonly AttemptRecord[]
}

/** A task as it was when it was looked up. */
export class FlowTask {
  readonly id: string
  /** `flow/run/step/task`. */
  readonly pathspec: string
  readonly status: TaskStatus
  /** The tries that have ended, first to last. */
  readonly attempts: readonly AttemptRecord[]
  readonly #store: RunStore
  readonly #state: TaskState

  constructor(store: RunStore, state: TaskState) {
    this.id = state.taskId
    this.pathspec = pathspecOf({ flowName: store.flowName, runId: state.runId }, state.step, state.taskId)
    this.attempts = state.attempts
    this.status = state.attempts.at(-1)?.status ?? 'running'
    this.#store = store
    this.#state = state
  }

  get isSuccessful(): boolean {
    return this.status === 'completed'
  }

  /** The position in the innermost foreach or loop; undefined outside of any. */
  get index(): number | undefined {
    return this.stack.at(-1)?.index
  }

  /** The foreach and loops around it, outermost first. */
  get stack(): readonly Frame[] {
    return this.attempts.at(-1)?.stack ?? []
  }

  /** What made the last try fail. */
  get exception(): TaskError | undefined {
    return this.attempts.at(-1)?.error
  }

  /** How long the last try took, in milliseconds. */
  get runtimeMs(): number | undefined {
    const last = this.attempts.at(-1)
    // Not below zero where the clock was set back in between.
    return last === undefined ? undefined : Math.max(0, last.endedAt - last.startedAt)
  }

  /** The task whose result this is, when it was cloned or came from the cache. */
  get takenFrom(): AttemptRecord['takenFrom'] {
    return this.attempts.at(-1)?.takenFrom
  }

  /** What it wrote. */
  get artifacts(): readonly FlowArtifact[] {
    const written = this.attempts.at(-1)?.artifacts ?? {}
    return Object.entries(written).map(
      ([name, reference]) => new FlowArtifact(this.#store, this.pathspec, name, reference),
    )
  }

  /** @throws MillraceError RESOURCE_DOES_NOT_EXIST when it wrote none of that name */
  artifact(name: string): FlowArtifact {
    const artifact = this.artifacts.find((one) => one.name === name)
    if (artifact !== undefined) return artifact
    const names = this.artifacts.map((one) => one.name)
    throw missing(`The task ${this.pathspec} wrote no artifact "${name}". ${suggest(name, names, 'artifacts')}`)
  }

  /** The values it wrote by name, each loaded when it is first looked at. */
  async data(): Promise<Readonly<Record<string, unknown>>> {
    return await this.#store.artifacts.lazy(this.attempts.at(-1)?.artifacts ?? {})
  }

  /** What a try (default: the last) has printed, as far as it was kept. */
  async stdout(attempt?: number): Promise<string> {
    return await this.#log('stdout', attempt)
  }

  async stderr(attempt?: number): Promise<string> {
    return await this.#log('stderr', attempt)
  }

  /** When its first try began, in milliseconds since 1970; undefined where nobody knows. */
  async begunAt(): Promise<number | undefined> {
    const { runId, step, taskId } = this.#state
    return this.attempts[0]?.startedAt ?? (await this.#store.begunAt(runId, step, taskId))
  }

  /**
   * A part of what a try has printed, for who follows it while it runs.
   *
   * @param part.attempt default: the last try that has ended, or the first
   * @param part.offset in bytes; as `nextOffset` of the part before it. Default 0
   * @param part.maxBytes how much at most
   */
  async readLog(
    stream: 'stdout' | 'stderr',
    part: LogRange & { readonly attempt?: number | undefined },
  ): Promise<LogPart> {
    const { runId, step, taskId, attempt } = await this.#origin()
    return await readLogPart(this.#store.logPath(runId, step, taskId, part.attempt ?? attempt, stream), part)
  }

  /** The page its step has made about it, as HTML. */
  async card(): Promise<string | undefined> {
    const { runId, step, taskId, attempt } = await this.#origin()
    return await this.#store.readCard(runId, step, taskId, attempt)
  }

  async #log(stream: 'stdout' | 'stderr', wanted: number | undefined): Promise<string> {
    const { runId, step, taskId, attempt } = await this.#origin()
    return await readOrEmpty(this.#store.logPath(runId, step, taskId, wanted ?? attempt, stream))
  }

  /** The task that has really run: this one, or that whose result it took over; with its last try. */
  async #origin(): Promise<{ runId: string; step: string; taskId: string; attempt: number }> {
    const { takenFrom } = this
    if (takenFrom === undefined) return { ...this.#state, attempt: this.attempts.at(-1)?.attempt ?? 0 }
    const [, runId = '', step = '', taskId = ''] = takenFrom.pathspec.split('/')
    const attempts = await this.#store.readAttempts(runId, step, taskId)
    return { runId, step, taskId, attempt: attempts.at(-1)?.attempt ?? 0 }
  }
}

/** A value that a task wrote. */
export class FlowArtifact {
  readonly name: string
  readonly pathspec: string
  /** SHA-256 of the encoded value. */
  readonly hash: string
  readonly sizeBytes: number
  /** The classes in it that are not JavaScript's own, such as Table. */
  readonly classes: readonly string[]
  readonly #store: RunStore
  readonly #reference: ArtifactReference

  constructor(store: RunStore, taskPathspec: string, name: string, reference: ArtifactReference) {
    this.name = name
    this.pathspec = `${taskPathspec}/${name}`
    this.hash = reference.hash
    this.sizeBytes = reference.sizeBytes
    this.classes = reference.classes ?? []
    this.#store = store
    this.#reference = reference
  }

  /** The value. @throws MillraceError INVALID_ARTIFACT when its file is gone or altered */
  async load(): Promise<unknown> {
    return await this.#store.artifacts.load(this.#reference, this.name)
  }
}

function missing(message: string): MillraceError {
  return new MillraceError('RESOURCE_DOES_NOT_EXIST', message)
}

async function readOrEmpty(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return ''
    throw error
  }
}
