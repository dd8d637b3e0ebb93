/** A task run until it succeeds, is caught, or has failed for good. */
import { StringDecoder } from 'node:string_decoder'
import { setTimeout as delay } from 'node:timers/promises'
import { executeTask, type Outcome, type TaskAttempt } from './execute-task.ts'
import type { TaskNode } from './graph.ts'
import { openedRuns } from './opened-runs.ts'
import type { AttemptRecord } from './records.ts'
import { TaskFailed } from './run-events.ts'
import { pathspecIn, type TaskRun } from './task-run.ts'
import { parseDuration, retryDelay, retryPlan } from './step-options.ts'
import { TaskLog } from './task-log.ts'
import type { TaskRequest } from './walk.ts'

/**
 * Runs a task with its retries, and writes the record of every try that failed.
 *
 * @throws TaskFailed when no try succeeded and the error is not caught
 */
export async function runWithRetries(run: TaskRun, request: TaskRequest, node: TaskNode): Promise<AttemptRecord> {
  const pathspec = pathspecIn(run, request)
  const plan = retryPlan(node.options.retry)
  run.store.beginTask(run.runId, request.step, request.taskId)
  for (let attempt = 0; ; attempt++) {
    const outcome = await execute(run, request, node, attempt)
    if (outcome.status === 'completed') {
      const { record } = outcome
      run.counts.run++
      run.onEvent({
        kind: 'task completed',
        pathspec,
        how: 'run',
        durationMs: Math.max(0, record.endedAt - record.startedAt),
      })
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
  try {
    run.store.writeAttempt(run.runId, request.step, request.taskId, record)
  } catch (failure) {
    // Where nothing can be written any more, the error of the task still has to be told.
    if (catchName !== undefined) throw failure
  }
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
  const { store, cardTimeoutMs = DEFAULT_CARD_TIMEOUT_MS } = run
  return await run.pool.execute({
    attempt: task,
    root: store.root,
    timeoutMs,
    cardTimeoutMs,
    stdout: log('stdout'),
    stderr: log('stderr'),
    opened: openedRuns(store, task),
    onStart,
  })
}

export const DEFAULT_MAX_NUM_SPLITS = 10_000
const DEFAULT_MAX_LOG_BYTES = 10_000_000
const DEFAULT_CARD_TIMEOUT_MS = 45_000

/** Runs a try in this process. A timeout is told to the step by its signal, and not waited for. */
async function executeHere(
  { flow, store, stopping }: TaskRun,
  task: TaskAttempt,
  timeoutMs: number | undefined,
): Promise<Outcome> {
  if (timeoutMs === undefined) return await executeTask(flow, store, task, { signal: stopping })
  const startedAt = Date.now()
  const ending = new AbortController()
  const timedOut = delay(timeoutMs, undefined, { signal: ending.signal }).then((): Outcome => {
    const message = `It took longer than the timeout of ${timeoutMs / 1000} s.`
    return { status: 'failed', error: { kind: 'timeout', name: 'Timeout', message }, startedAt, endedAt: Date.now() }
  })
  const signal = AbortSignal.any([stopping, AbortSignal.timeout(timeoutMs)])
  try {
    return await Promise.race([executeTask(flow, store, task, { signal }), timedOut])
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
  // A character may come in two pieces.
  const decoder = new StringDecoder('utf8')
  return new TaskLog({
    path: store.logPath(runId, request.step, request.taskId, attempt, stream),
    maxBytes: maxLogBytes,
    onText: (chunk) => onEvent({ kind: 'task output', pathspec, stream, text: decoder.write(chunk) }),
  })
}
