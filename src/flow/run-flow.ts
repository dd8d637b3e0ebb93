/** Running a flow from its beginning or from where another run got to. */
import { availableParallelism, userInfo } from 'node:os'
import { resolve } from 'node:path'
import { asError, MillraceError } from '../core/index.ts'
import type { References } from './artifact-store.ts'
import type { Chain } from './builder.ts'
import { checkFlow } from './checks.ts'
import { findStep, type FlowDefinition, withStepDefaults } from './definition.ts'
import { HEARTBEAT_MS } from './liveness.ts'
import { flowPath, loadFlow } from './load-flow.ts'
import { type ParameterSources, resolveInputs } from './parameters.ts'
import { endAbandonedRuns } from './opened-runs.ts'
import type { RunEnd } from './records.ts'
import { DEFAULT_ROOT, RunStore } from './run-store.ts'
import { type RunEvent, TaskFailed } from './run-events.ts'
import { runTasks } from './run-tasks.ts'
import type { Resume } from './task-run.ts'
import type { StepOptions } from './step-options.ts'
import { WorkerPool } from './worker-pool.ts'

export interface RunFlowOptions extends ParameterSources {
  /** The folder of all flows. Default `.millrace/flows`. */
  readonly root?: string
  /** How many tasks run at once. Default: one a core. */
  readonly maxWorkers?: number
  /** How many items a foreach may have. Default 10,000, as tasks are cheap. */
  readonly maxNumSplits?: number
  /** How much of each output stream of a task is kept. Default 10 MB. */
  readonly maxLogBytes?: number
  /** How long the page about a task may take to make. Default 45 s, as Metaflow has it. */
  readonly cardTimeoutMs?: number
  readonly tags?: readonly string[]
  /** True uses the cache for every step. Default: for those that ask for it. */
  readonly cache?: boolean
  /** Options for every step, under those the step has itself. */
  readonly stepDefaults?: StepOptions
  /** Aborting it stops the run. */
  readonly signal?: AbortSignal
  /** Gets what happens, as it happens. */
  readonly onEvent?: (event: RunEvent) => void
}

export interface ResumeFlowOptions extends Omit<RunFlowOptions, keyof ParameterSources> {
  /** The run to go on from. Default: the newest. */
  readonly originRunId?: string
  /** Run this step and all after it again, also where they have finished. Default: what has not finished. */
  readonly step?: string
}

/** A run that has finished. */
export interface FinishedRun<Readable = Readonly<Record<string, unknown>>> {
  readonly flowName: string
  readonly runId: string
  /** What can be read at the end of the flow. Each is loaded when it is first looked at. */
  readonly artifacts: Readable
  readonly durationMs: number
  readonly tasks: { readonly run: number; readonly cloned: number; readonly cached: number }
}

/**
 * Runs a flow and returns what it came to. A flow given as a file (a path or URL) runs its tasks in processes of their
 * own; a flow given as a value runs them in this process, one thread for all, where a timeout cannot end a busy step.
 *
 * @throws MillraceError INVALID_FLOW or INVALID_CONFIG before anything runs; TaskFailed (code TASK_FAILED) when a task
 *   fails for good; an AbortError when `signal` is aborted
 */
export async function runFlow<Readable>(
  source: Chain<Readable, string>,
  options?: RunFlowOptions,
): Promise<FinishedRun<Readable>>
export async function runFlow(source: string | URL, options?: RunFlowOptions): Promise<FinishedRun>
export async function runFlow(source: FlowSource, options: RunFlowOptions = {}): Promise<FinishedRun> {
  using opened = await openSource(source, options)
  const { flow, store } = opened
  const inputs = await resolveInputs(flow, options)
  const references: References = {
    parameters: await store.artifacts.save(inputs.parameters, 'parameters'),
    config: await store.artifacts.save(inputs.config, 'config'),
  }
  return await runFrom(opened, { references }, options)
}

/**
 * Starts a run that takes over what another run of the flow has finished, with its parameters, and does the rest.
 *
 * @throws MillraceError RESOURCE_DOES_NOT_EXIST when there is no such run or step, INVALID_STATE when the run to go on
 *   from is still running; otherwise as `runFlow`
 */
export async function resumeFlow<Readable>(
  source: Chain<Readable, string>,
  options?: ResumeFlowOptions,
): Promise<FinishedRun<Readable>>
export async function resumeFlow(source: string | URL, options?: ResumeFlowOptions): Promise<FinishedRun>
export async function resumeFlow(source: FlowSource, options: ResumeFlowOptions = {}): Promise<FinishedRun> {
  using opened = await openSource(source, options)
  const { flow, store } = opened
  const [newest] = await store.runIds()
  const originRunId = options.originRunId ?? newest
  if (originRunId === undefined) {
    throw new MillraceError(
      'RESOURCE_DOES_NOT_EXIST',
      `There is no run of the flow "${flow.name}" in ${store.root} to go on from. Start one: millrace flow run`,
    )
  }
  const origin = await store.readRun(originRunId)
  const runner = await store.runner(originRunId)
  if (runner !== undefined && (await store.readEnd(originRunId)) === undefined) {
    throw new MillraceError(
      'INVALID_STATE',
      `The run ${originRunId} of the flow "${flow.name}" is still running, in process ${runner.pid} on ${runner.host}. Wait for it or end it, then resume.`,
    )
  }
  if (options.step !== undefined) findStep(flow, options.step)
  const resume = { originRunId, ...(options.step !== undefined && { step: options.step }) }
  return await runFrom(opened, { references: origin.inputs, resume }, options)
}

type FlowSource = string | URL | Chain<unknown, string>

interface OpenedSource extends Disposable {
  readonly flow: FlowDefinition
  /** Undefined for a flow given as a value. */
  readonly file: string | undefined
  readonly store: RunStore
  readonly pool: WorkerPool | undefined
}

async function openSource(source: FlowSource, options: RunFlowOptions): Promise<OpenedSource> {
  const { root = DEFAULT_ROOT, maxWorkers = availableParallelism(), stepDefaults = {} } = options
  checkLimits({ ...options, maxWorkers })
  if (typeof source === 'object' && 'definition' in source) {
    const flow = withStepDefaults(source.definition, stepDefaults)
    checkFlow(flow)
    return {
      flow,
      file: undefined,
      store: new RunStore(root, flow.name),
      pool: undefined,
      [Symbol.dispose]: () => undefined,
    }
  }
  const path = flowPath(source)
  // A worker loads the flow while this process does.
  using pool = new DisposableStack()
  const workers = pool.use(new WorkerPool(path, maxWorkers))
  const flow = withStepDefaults(await loadFlow(path), stepDefaults)
  checkFlow(flow, path)
  const keep = pool.move()
  return {
    flow,
    file: path,
    store: new RunStore(resolve(root), flow.name),
    pool: workers,
    [Symbol.dispose]: () => keep.dispose(),
  }
}

function checkLimits(options: RunFlowOptions): void {
  const limits = { maxWorkers: 1, maxNumSplits: 1, maxLogBytes: 0, cardTimeoutMs: 1 } as const
  for (const [name, least] of Object.entries(limits) as [keyof typeof limits, number][]) {
    const { [name]: value = least } = options
    if (Number.isInteger(value) && value >= least) continue
    throw new MillraceError('INVALID_ARGUMENT', `${name} is ${value}. Give a whole number of at least ${least}.`)
  }
}

interface Start {
  /** `parameters` and `config`. */
  readonly references: References
  readonly resume?: Resume
}

async function runFrom(
  opened: OpenedSource,
  { references, resume }: Start,
  options: RunFlowOptions,
): Promise<FinishedRun> {
  const { flow, file, store } = opened
  const { onEvent = () => undefined, signal, tags = [] } = options
  signal?.throwIfAborted()
  const startedAt = Date.now()
  const startedClock = performance.now() // the clock may be set back while it runs
  const run = await store.createRun(
    {
      createdAt: startedAt,
      user: userName(),
      ...(file !== undefined && { file }),
      ...(resume !== undefined && { originRunId: resume.originRunId }),
      inputs: references,
      graph: flow.graph,
    },
    tags,
  )
  const { runId } = run
  const heartbeat = setInterval(() => void store.beat(runId).catch(() => undefined), HEARTBEAT_MS)
  const counts = { run: 0, cloned: 0, cached: 0 }
  const tidied = endAbandonedRuns(store)
  try {
    onEvent({ kind: 'run started', flowName: flow.name, runId, originRunId: resume?.originRunId, file })
    const end = await runTasks({ ...opened, ...options, runId, tags, resume, counts, onEvent, inputs: references })
    store.writeEnd(runId, { status: 'completed', endedAt: Date.now() })
    const durationMs = performance.now() - startedClock
    onEvent({ kind: 'run ended', runId, status: 'completed', durationMs, tasks: counts })
    return {
      flowName: flow.name,
      runId,
      artifacts: await store.artifacts.lazy(end.artifacts),
      durationMs,
      tasks: counts,
    }
  } catch (error) {
    const end = endOf(error)
    writeEndIfPossible(store, runId, end)
    onEvent({
      kind: 'run ended',
      runId,
      status: end.status,
      durationMs: performance.now() - startedClock,
      tasks: counts,
    })
    throw error
  } finally {
    clearInterval(heartbeat)
    await tidied
    // Processes that were killed the moment before the start may only be gone by now.
    await endAbandonedRuns(store)
  }
}

/** A full disk must not hide why the run failed. */
function writeEndIfPossible(store: RunStore, runId: string, end: RunEnd): void {
  try {
    store.writeEnd(runId, end)
  } catch {
    // What made it impossible is most likely what failed the run.
  }
}

function endOf(error: unknown): RunEnd {
  const { name, message } = asError(error)
  return {
    status: name === 'AbortError' ? 'stopped' : 'failed',
    endedAt: Date.now(),
    error: message,
    ...(error instanceof TaskFailed && { failedTask: error.pathspec }),
  }
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    return 'unknown' // a container may run as a user that has no name
  }
}
