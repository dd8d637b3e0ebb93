/** The tasks of one run: taken over from an earlier run, from the cache, or run with retries until one fails for good. */
import { isDeepStrictEqual } from 'node:util'
import { limiter } from '../core/index.ts'
import type { TaskNode } from './graph.ts'
import { type AttemptRecord, hasResult, pathspecOf } from './records.ts'
import { stepCache } from './step-cache.ts'
import { runWithRetries } from './task-attempts.ts'
import { pathspecIn, type TaskRun, type TasksOptions } from './task-run.ts'
import { type Perform, type Scope, type TaskRequest, walk } from './walk.ts'

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
    const isNamed = node.name === options.resume?.step
    const mustRun = isFresh || isNamed
    const key = await fromCache.keyOf(request, node)
    const taken = await fewAtOnce(async () => {
      const cloned = mustRun ? undefined : await fromOrigin(run, request, node)
      if (cloned !== undefined) return { ...takeOver(run, request, 'clone', cloned), isFresh: false }
      // Whoever names a step wants it to run, perhaps since its earlier result is damaged.
      const cached = key === undefined || isNamed ? undefined : await fromCache.find(key)
      if (cached === undefined || !isStored(run, cached.record)) return undefined
      return { ...takeOver(run, request, 'cache', cached), isFresh: true }
    })
    if (taken !== undefined) return taken
    const record = await runWithRetries(run, request, node)
    if (key !== undefined && record.status === 'completed') {
      fromCache.keep(key, { record, pathspec: pathspecIn(run, request) })
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

async function fromOrigin(run: TaskRun, request: TaskRequest, node: TaskNode): Promise<KnownResult | undefined> {
  const { store, resume } = run
  if (resume === undefined) return undefined
  const { step, taskId } = request
  const record = (await store.readAttempts(resume.originRunId, step, taskId)).at(-1)
  if (!hasResult(record) || !isResultOf(node, request, record) || !isStored(run, record)) return undefined
  return {
    record,
    pathspec:
      record.takenFrom?.pathspec ?? pathspecOf({ flowName: store.flowName, runId: resume.originRunId }, step, taskId),
  }
}

/** Whether what a task wrote has not been removed since. */
function isStored({ store }: TaskRun, { artifacts, items = [] }: AttemptRecord): boolean {
  const written = [artifacts, ...items].flatMap((references) => Object.values(references))
  return written.every((reference) => store.artifacts.has(reference))
}

/**
 * Whether `record` can be what the step wrote as the flow is now. Since then its kind, its cases or its place may have
 * been changed; what it wrote would then be missing without a word.
 */
function isResultOf(node: TaskNode, { stack }: TaskRequest, record: AttemptRecord): boolean {
  const { items, choice, artifacts, status } = record
  if (!isDeepStrictEqual(record.stack, stack)) return false
  switch (node.kind) {
    case 'foreach':
      return items !== undefined
    case 'switch':
      return choice !== undefined && Object.hasOwn(node.cases, choice)
    case 'loop':
      return choice === 'done' || choice === 'again'
    case 'step':
    case 'join': {
      const { catch: errorName } = node.options
      const hasError = errorName === undefined ? status !== 'caught' : Object.hasOwn(artifacts, errorName)
      return items === undefined && choice === undefined && hasError
    }
  }
}

function takeOver(
  run: TaskRun,
  request: TaskRequest,
  how: 'clone' | 'cache',
  { record, pathspec }: KnownResult,
): AttemptRecord {
  const taken: AttemptRecord = { ...record, attempt: 0, stack: [...request.stack], takenFrom: { how, pathspec } }
  run.store.writeAttempt(run.runId, request.step, request.taskId, taken)
  run.counts[how === 'clone' ? 'cloned' : 'cached']++
  run.onEvent({ kind: 'task completed', pathspec: pathspecIn(run, request), how, durationMs: 0 })
  return taken
}
