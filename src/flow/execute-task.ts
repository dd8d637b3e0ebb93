/** One try of one task: read the inputs, run the code of the step, store what it returns. */
import { observeOpenedRuns } from '../core/index.ts'
import type { ArtifactStore } from './artifact-store.ts'
import { findStep, type FlowDefinition, type StepCode } from './definition.ts'
import type { TaskNode } from './graph.ts'
import { openedRuns } from './opened-runs.ts'
import type { AttemptRecord } from './records.ts'
import type { RunStore } from './run-store.ts'
import type { StepOptions, TaskError } from './step-options.ts'
import { checkChoice, checkDone, saveItems, saveResult } from './step-result.ts'
import { taskCard } from './task-card.ts'
import { describeTask, setEnvironment, temporaryFolder } from './task-context.ts'
import { describeError } from './task-error.ts'
import type { Task } from './task.ts'
import { trackingUriOf, trackTrainings } from './track-trainings.ts'
import type { BranchInputs, TaskRequest } from './walk.ts'

/** What all tasks of a run have in common. Plain data, so that it can be sent to another process. */
interface RunContext {
  readonly runId: string
  readonly tags: readonly string[]
  readonly originRunId?: string
  /** How many items a foreach may have. */
  readonly maxNumSplits: number
}

/** One try of a task. */
export interface TaskAttempt {
  readonly run: RunContext
  readonly request: TaskRequest
  /** Those of the step, over those asked for from outside. */
  readonly options: StepOptions
  readonly attempt: number
}

/** How a try ended. Only a success has been written to the store. */
export type Outcome =
  | { readonly status: 'completed'; readonly record: AttemptRecord }
  | { readonly status: 'failed'; readonly error: TaskError; readonly startedAt: number; readonly endedAt: number }

export interface ExecuteOptions {
  /** Told to the step. */
  readonly signal: AbortSignal
  /** Called when the outcome is certain and the page about the task is still to be made. */
  readonly onCard?: (outcome: Outcome) => void
}

/** Runs one try of a task and writes its record when it succeeds; then makes its card, if it has one. Never throws. */
export async function executeTask(
  flow: FlowDefinition,
  store: RunStore,
  given: TaskAttempt,
  { signal, onCard }: ExecuteOptions,
): Promise<Outcome> {
  const { options } = given
  const startedAt = Date.now()
  const temporary = temporaryFolder()
  const restoreEnvironment = setEnvironment(options.environment)
  const card = taskCard(flow, store, given, startedAt)
  try {
    const task = describeTask(flow, given, { signal, temporary, card })
    const outcome = await decide(flow, { ...given, store, task, startedAt })
    if (card.isWanted()) {
      onCard?.(outcome)
      await card.end(outcome)
    }
    return outcome
  } finally {
    restoreEnvironment()
    temporary.remove()
  }
}

interface StepRun extends TaskAttempt {
  readonly store: RunStore
  readonly task: Task
  readonly startedAt: number
}

async function decide(flow: FlowDefinition, given: StepRun): Promise<Outcome> {
  const { run, request, attempt, store, task, startedAt } = given
  const opened = openedRuns(store, given)
  try {
    const node = findStep(flow, request.step)
    const trackingUri = await trackingUriOf(flow, store.artifacts, request.artifacts)
    const work = async (): Promise<Output> => {
      const output = await runStep(node, flow.code[node.name]!, given)
      // A step that ends after its time was up, or the run's, has not succeeded: others count on that.
      task.signal.throwIfAborted()
      return output
    }
    const output = await observeOpenedRuns(opened.add, () => trackTrainings(task, trackingUri, work))
    const stack = [...request.stack]
    const record: AttemptRecord = { attempt, status: 'completed', startedAt, endedAt: Date.now(), stack, ...output }
    store.writeAttempt(run.runId, request.step, request.taskId, record)
    return { status: 'completed', record }
  } catch (thrown) {
    return { status: 'failed', error: describeError(thrown), startedAt, endedAt: Date.now() }
  } finally {
    opened.forget()
  }
}

type Output = Pick<AttemptRecord, 'artifacts' | 'items' | 'choice'>

async function runStep(node: TaskNode, code: StepCode, given: StepRun): Promise<Output> {
  const { store, request, options, task, run } = given
  const { artifacts } = store
  const saved = async (result: unknown): Promise<Output> => ({
    artifacts: await saveResult(artifacts, node.name, result, options.catch),
  })
  const readable = await artifacts.lazy(request.artifacts)
  if (node.kind === 'join') {
    const inputs = await lazyBranches(artifacts, request.branches ?? [])
    return await saved(await code(inputs, readable, task))
  }
  const result = await code(readable, task)
  switch (node.kind) {
    case 'step':
      return await saved(result)
    case 'foreach':
      return { artifacts: {}, items: await saveItems(artifacts, node.name, result, run.maxNumSplits) }
    case 'switch':
      return { artifacts: {}, choice: checkChoice(node.name, result, Object.keys(node.cases)) }
    case 'loop':
      return { artifacts: {}, choice: checkDone(node.name, result) ? 'done' : 'again' }
  }
}

async function lazyBranches(artifacts: ArtifactStore, branches: BranchInputs): Promise<unknown> {
  const entries = await Promise.all(
    Object.entries(branches).map(async ([name, refs]) => [name, await artifacts.lazy(refs)] as const),
  )
  return Array.isArray(branches) ? entries.map(([, inputs]) => inputs) : Object.fromEntries(entries)
}
