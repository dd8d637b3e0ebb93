/** Runs, tasks and artifacts of flows as the REST interface writes them. docs/rest.md describes it. */
import { inspect } from 'node:util'
import { shownValue } from '../core/index.ts'
import type { FlowArtifact, FlowRun, FlowTask } from '../flow/index.ts'

/** Values that are longer than this are not sent with the task that wrote them. */
const MAX_VALUE_BYTES = 64 * 1024

/** How a task stands. `stopped` was under way when its run ended. */
type TaskState = 'running' | 'completed' | 'caught' | 'failed' | 'stopped'

export function runJson(run: FlowRun): Readonly<Record<string, unknown>> {
  const [flow] = run.pathspec.split('/')
  return {
    flow,
    run_id: run.id,
    status: run.status,
    user: run.user,
    tags: run.tags,
    start_time: run.createdAt,
    end_time: run.finishedAt,
    error: run.error,
    origin_run_id: run.originRunId,
  }
}

export async function taskJson(run: FlowRun, task: FlowTask): Promise<Readonly<Record<string, unknown>>> {
  const state = stateOf(run, task)
  const last = task.attempts.at(-1)
  return {
    step: stepOf(task),
    task_id: task.id,
    status: state,
    start_time: await task.begunAt(),
    end_time: state === 'running' ? undefined : last?.endedAt,
    stack: task.stack,
    taken_from: task.takenFrom,
    attempts: task.attempts.map(({ attempt, status, startedAt, endedAt, error }) => ({
      attempt,
      status,
      start_time: startedAt,
      end_time: endedAt,
      error,
    })),
  }
}

/** What a task wrote: of small values the value itself, as JSON where it has one and as text. */
export async function artifactJson(artifact: FlowArtifact): Promise<Readonly<Record<string, unknown>>> {
  const { name, hash, sizeBytes, classes } = artifact
  const known = { name, hash, size_bytes: sizeBytes }
  // A value of a class would load the room that knows it, a model for one.
  if (classes.length > 0) return { ...known, type: classes.join(', ') }
  if (sizeBytes > MAX_VALUE_BYTES) return { ...known, type: 'unknown' }
  const value = shownValue(await artifact.load())
  return { ...known, type: typeName(value), text: textOf(value), ...(isJson(value) && { value: plain(value) }) }
}

/** Values by name, as JSON where they have one, else as text; without passwords and those that are undefined. */
export function valuesJson(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, shownValue(value)] as const)
      .map(([name, value]) => [name, isJson(value) ? plain(value) : textOf(value)]),
  )
}

function stateOf(run: FlowRun, { status }: FlowTask): TaskState {
  // A task that has failed while its run goes on is tried again.
  if (run.status === 'running') return status === 'failed' ? 'running' : status
  return status === 'running' ? 'stopped' : status
}

function stepOf({ pathspec }: FlowTask): string {
  return pathspec.split('/')[2] ?? ''
}

function textOf(value: unknown): string {
  return inspect(value, { depth: 5, maxArrayLength: 100, maxStringLength: 10_000, breakLength: 100 })
}

/** Such as `number`, `list of 3`, `Float64Array of 1000`, `object`. */
function typeName(value: unknown): string {
  if (Array.isArray(value)) return `list of ${value.length}`
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${value.byteLength} bytes`
  if (value === null || typeof value !== 'object') return value === null ? 'null' : typeof value
  const { name } = value.constructor
  return name === 'Object' ? 'object' : name
}

/** Whether all of `value` can be written as JSON; numbers that JSON lacks are written as text, as MLflow does. */
function isJson(value: unknown): boolean {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return true
  if (Array.isArray(value)) return value.every(isJson)
  if (typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return false
  return Object.values(value).every((inner) => inner === undefined || isJson(inner))
}

function plain(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]))
}
