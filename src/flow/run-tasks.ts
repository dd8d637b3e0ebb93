/** The tasks of one run: taken over from an earlier run, from the cache, or run with retries until one fails for good. */
import { setTimeout as delay } from 'node:timers/promises'
import { MillraceError } from '../core/index.ts'
import type { References } from './artifact-store.ts'
import type { FlowDefinition } from './definition.ts'
import { executeTask, type Outcome, type TaskAttempt } from './execute-task.ts'
import type { TaskNode } from './graph.ts'
import { limiter } from './limiter.ts'
import { type AttemptRecord, hasResult, pathspecOf } from './records.ts'
import type { RunStore } from './run-store.ts'
import { stepCache } from './step-cache.ts'
import { parseDuration, retryDelay, retryPlan, type TaskError } from './step-options.ts'
import { TaskLog } from './task-log.ts'
import { type Perform, type Scope, type TaskRequest, walk } from './walk.ts'
import type { WorkerPool } from './worker-pool.ts'

/** What happens in a run, for whoever shows its progress. */
export type RunEvent =
  | {
      readonly kind: 'run started'
      readonly flowName: string
      readonly runId: string
      readonly originRunId: string | undefined
      /** Undefined for a flow given as a value. */
      readonly file: string | undefined
    }
  | { readonly kind: 'task started'; readonly pathspec: string; readonly attempt: number }
  | {
      readonly kind: 'task output'
      readonly pathspec: string
      readonly stream: 'stdout' | 'stderr'
      readonly text: string
    }
  | {
      readonly kind: 'task failed'
      readonly pathspec: string
      readonly attempt: number
      readonly error: TaskError
      /** Until the next try; undefined when there is none. */
      readonly retryInMs: number | undefined
      /** Whether the flow goes on with the error as an artifact. */
      readonly isCaught: boolean
    }
  | {
      readonly kind: 'task completed'
      readonly pathspec: string
      readonly how: 'run' | 'clone' | 'cache'
      readonly durationMs: number
    }
  | {
      readonly kind: 'run ended'
      readonly runId: string
      readonly status: 'completed' | 'failed' | 'stopped'
      readonly durationMs: number
      readonly tasks: TaskCounts
    }

/** How many tasks came to a result in which way. */
export interface TaskCounts {
  run: number
  cloned: number
  cached: number
}

export interface Resume {
  readonly originRunId: string
  /** From here on everything is run again. */
  readonly step?: string
}

/** A task failed and no retry helped. `taskError` has the stack. */
export class TaskFailed extends MillraceError {
  readonly pathspec: string
  readonly taskError: TaskError

  constructor(pathspec: string, taskError: TaskError, file: string | undefined) {
    const [, runId] = pathspec.split('/')
    const command = `millrace flow resume ${file ?? 'FILE'} --origin-run-id ${runId}`
    super(
      'TASK_FAILED',
      `The task ${pathspec} failed: ${taskError.name}: ${taskError.message} What had finished is kept. Mend it, then: ${command}`,
      { cause: Object.assign(new Error(taskError.message), { name: taskError.name, stack: taskError.stack }) },
    )
    this.pathspec = pathspec
    this.taskError = taskError
  }
}

export interface TasksOptions {
  readonly flow: FlowDefinition
  readonly file: string | undefined
  readonly store: RunStore
  /** Undefined runs tasks in this process. */
  readonly pool: WorkerPool | undefined
  readonly runId: string
  readonly tags: readonly string[]
  readonly resume: Resume | undefined
  readonly inputs: References
  readonly counts: TaskCounts
  readonly onEvent: (event: RunEvent) => void
  readonly signal?: AbortSignal
  readonly maxNumSplits?: number
  readonly maxLogBytes?: number
  readonly cache?: boolean
}

/** What `Perform` and its helpers need. */
interface TaskRun extends TasksOptions {
  /** Aborted from outside, or when a task has failed for good. */
  readonly stopping: AbortSignal
}

/**
 * Runs all tasks of a flow and returns what holds at its end. When one fails for good, the others are stopped.
 *
 * @throws TaskFailed; an AbortError when `signal` is aborted
 */
export async function runTasks(options: TasksOptions): Promise<Scope> {
  const failure = new AbortController()
  const stopping = options.signal === undefined ? failure.signal : AbortSignal.any([options.signal, failure.signal])
  stopping.addEventListener('abort', () => options.pool?.[Symbol.dispose]())
  const run: TaskRun = { ...options, stopping }
  const fromCache = stepCache(options)
  const fewAtOnce = limiter()

  const perform: Perform = async (request, node, isFresh) => {
    const mustRun = isFresh || node.name === options.resume?.step
    const key = await fromCache.keyOf(request, node)
    const taken = await fewAtOnce(async () => {
      const cloned = mustRun ? undefined : await fromOrigin(run, request)
      if (cloned !== undefined) return { ...(await takeOver(run, request, 'clone', cloned)), isFresh: false }
      const cached = key === undefined ? undefined : await fromCache.find(key)
      return cached && { ...(await takeOver(run, request, 'cache', cached)), isFresh: true }
    })
    if (taken !== undefined) return taken
    const record = await runWithRetries(run, request, node)
    if (key !== undefined && record.status === 'completed') {
      await fromCache.keep(key, { record, pathspec: pathspecIn(run, request) })
    }
    return { ...record, isFresh: true }
  }

  const start: Scope = { artifacts: options.inputs, stack: [], isFresh: false }
  return await walk(options.flow.graph, start, async (request, node, isFresh) => {
    try {
      stopping.throwIfAborted()
      return await perform(request, node, isFresh)
    } catch (error) {
      failure.abort()
      throw error
    }
  })
}

/** A result of another task, with where it is from. */
export interface KnownResult {
  readonly record: AttemptRecord
  readonly pathspec: string
}

async function fromOrigin({ store, resume }: TaskRun, { step, taskId }: TaskRequest): Promise<KnownResult | undefined> {
  if (resume === undefined) return undefined
  const record = (await store.readAttempts(resume.originRunId, step, taskId)).at(-1)
  if (!hasResult(record)) return undefined
  return {
    record,
    pathspec:
      record.takenFrom?.pathspec ?? pathspecOf({ flowName: store.flowName, runId: resume.originRunId }, step, taskId),
  }
}

async function takeOver(
  run: TaskRun,
  request: TaskRequest,
  how: 'clone' | 'cache',
  { record, pathspec }: KnownResult,
): Promise<AttemptRecord> {
  const taken: AttemptRecord = { ...record, attempt: 0, stack: [...request.stack], takenFrom: { how, pathspec } }
  await run.store.writeAttempt(run.runId, request.step, request.taskId, taken)
  run.counts[how === 'clone' ? 'cloned' : 'cached']++
  run.onEvent({ kind: 'task completed', pathspec: pathspecIn(run, request), how, durationMs: 0 })
  return taken
}

async function runWithRetries(run: TaskRun, request: TaskRequest, node: TaskNode): Promise<AttemptRecord> {
  const pathspec = pathspecIn(run, request)
  const plan = retryPlan(node.options.retry)
  for (let attempt = 0; ; attempt++) {
    const outcome = await execute(run, request, node, attempt)
    if (outcome.status === 'completed') {
      const { record } = outcome
      run.counts.run++
      run.onEvent({ kind: 'task completed', pathspec, how: 'run', durationMs: record.endedAt - record.startedAt })
      return record
    }
    // What was stopped has not failed: it is as if it had not begun.
    run.stopping.throwIfAborted()
    const { error } = outcome
    const isLast = attempt >= plan.times
    const isCaught = isLast && node.options.catch !== undefined
    const retryInMs = isLast ? undefined : retryDelay(plan, attempt + 1, Math.random())
    const record = await failedRecord(run, request, {
      outcome,
      attempt,
      catchName: isCaught ? node.options.catch : undefined,
    })
    run.onEvent({ kind: 'task failed', pathspec, attempt, error, retryInMs, isCaught })
    if (isCaught) {
      run.counts.run++
      return record
    }
    if (retryInMs === undefined) throw new TaskFailed(pathspec, error, run.file)
    await delay(retryInMs, undefined, { signal: run.stopping })
  }
}

interface Failed {
  readonly outcome: Extract<Outcome, { status: 'failed' }>
  readonly attempt: number
  /** Undefined when the error is not caught. */
  readonly catchName: string | undefined
}

async function failedRecord(
  run: TaskRun,
  request: TaskRequest,
  { outcome, attempt, catchName }: Failed,
): Promise<AttemptRecord> {
  const { error, startedAt, endedAt } = outcome
  const { artifacts } = run.store
  const record: AttemptRecord = {
    attempt,
    status: catchName === undefined ? 'failed' : 'caught',
    startedAt,
    endedAt,
    stack: [...request.stack],
    artifacts: catchName === undefined ? {} : { [catchName]: await artifacts.save(error, catchName) },
    error,
  }
  const written = run.store.writeAttempt(run.runId, request.step, request.taskId, record)
  // Where nothing can be written any more, the error of the task still has to be told.
  await (catchName === undefined ? written.catch(() => undefined) : written)
  return record
}

async function execute(run: TaskRun, request: TaskRequest, node: TaskNode, attempt: number): Promise<Outcome> {
  const { runId, tags, resume, maxNumSplits = DEFAULT_MAX_NUM_SPLITS } = run
  const pathspec = pathspecIn(run, request)
  const onStart = (): void => run.onEvent({ kind: 'task started', pathspec, attempt })
  const context = { runId, tags, maxNumSplits, ...(resume !== undefined && { originRunId: resume.originRunId }) }
  const task: TaskAttempt = { run: context, request, options: node.options, attempt }
  const timeoutMs = node.options.timeout === undefined ? undefined : parseDuration(node.options.timeout)
  if (run.pool === undefined) {
    onStart()
    return await executeHere(run, task, timeoutMs)
  }
  const log = (stream: 'stdout' | 'stderr'): TaskLog => taskLog(run, { request, pathspec, attempt }, stream)
  const { root } = run.store
  return await run.pool.execute({
    attempt: task,
    root,
    timeoutMs,
    stdout: log('stdout'),
    stderr: log('stderr'),
    onStart,
  })
}

export const DEFAULT_MAX_NUM_SPLITS = 10_000
const DEFAULT_MAX_LOG_BYTES = 10_000_000

/** Runs a try in this process. A timeout is told to the step by its signal, and not waited for. */
async function executeHere(
  { flow, store, stopping }: TaskRun,
  task: TaskAttempt,
  timeoutMs: number | undefined,
): Promise<Outcome> {
  if (timeoutMs === undefined) return await executeTask(flow, store, task, stopping)
  const startedAt = Date.now()
  const ending = new AbortController()
  const timedOut = delay(timeoutMs, undefined, { signal: ending.signal }).then((): Outcome => {
    const message = `It took longer than the timeout of ${timeoutMs / 1000} s.`
    return { status: 'failed', error: { kind: 'timeout', name: 'Timeout', message }, startedAt, endedAt: Date.now() }
  })
  const signal = AbortSignal.any([stopping, AbortSignal.timeout(timeoutMs)])
  try {
    return await Promise.race([executeTask(flow, store, task, signal), timedOut])
  } finally {
    timedOut.catch(() => undefined)
    ending.abort()
  }
}

interface LogOwner {
  readonly request: TaskRequest
  readonly pathspec: string
  readonly attempt: number
}

function taskLog(run: TaskRun, { request, pathspec, attempt }: LogOwner, stream: 'stdout' | 'stderr'): TaskLog {
  const { store, runId, onEvent, maxLogBytes = DEFAULT_MAX_LOG_BYTES } = run
  return new TaskLog({
    path: store.logPath(runId, request.step, request.taskId, attempt, stream),
    maxBytes: maxLogBytes,
    onText: (chunk) => onEvent({ kind: 'task output', pathspec, stream, text: chunk.toString('utf8') }),
  })
}

function pathspecIn({ store, runId }: TaskRun, { step, taskId }: TaskRequest): string {
  return pathspecOf({ flowName: store.flowName, runId }, step, taskId)
}
