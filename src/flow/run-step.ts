/** One task of a run by itself, in this process: what a container of another scheduler does. */
import { MillraceError } from '../core/index.ts'
import { checkFlow } from './checks.ts'
import { findStep } from './definition.ts'
import { executeTask } from './execute-task.ts'
import { type Sequence, taskNodes } from './graph.ts'
import { loadFlow } from './load-flow.ts'
import { type AttemptRecord, hasResult, pathspecOf } from './records.ts'
import { DEFAULT_ROOT, RunStore } from './run-store.ts'
import { TaskFailed } from './run-events.ts'
import { DEFAULT_MAX_NUM_SPLITS } from './task-attempts.ts'
import { type Destination, type TaskRequest, taskIdOf, walk } from './walk.ts'

export interface RunStepOptions {
  readonly runId: string
  readonly step: string
  /** Default '0', the only task of a step outside of foreach and loops. */
  readonly taskId?: string
  /** Which try this is, from 0. Default 0. */
  readonly attempt?: number
  /** Default `.millrace/flows`. */
  readonly root?: string
  readonly signal?: AbortSignal
}

/**
 * Runs one task of an existing run once, without its retries, and stores what it wrote. What comes before it has to be
 * finished.
 *
 * @throws MillraceError RESOURCE_DOES_NOT_EXIST when there is no such run, step or task, INVALID_STATE when a task before
 *   it has not finished; TaskFailed when it fails
 */
export async function runStep(file: string | URL, options: RunStepOptions): Promise<AttemptRecord> {
  const { runId, step, taskId = '0', attempt = 0, root = DEFAULT_ROOT, signal = new AbortController().signal } = options
  const flow = await loadFlow(file)
  checkFlow(flow, String(file))
  const node = findStep(flow, step)
  const store = new RunStore(root, flow.name)
  const { inputs, originRunId } = await store.readRun(runId)
  const request = await findRequest(flow.graph, store, { runId, inputs, destination: { step, taskId } })
  const context = { runId, tags: await store.readTags(runId), maxNumSplits: DEFAULT_MAX_NUM_SPLITS }
  const run = { ...context, ...(originRunId !== undefined && { originRunId }) }
  const outcome = await executeTask(flow, store, { run, request, options: node.options, attempt }, { signal })
  if (outcome.status === 'completed') return outcome.record
  const { error, startedAt, endedAt } = outcome
  const stack = [...request.stack]
  store.writeAttempt(runId, step, taskId, {
    attempt,
    status: 'failed',
    startedAt,
    endedAt,
    stack,
    artifacts: {},
    error,
  })
  throw new TaskFailed(pathspecOf({ flowName: flow.name, runId }, step, taskId), error, String(file))
}

interface Search {
  readonly runId: string
  readonly inputs: TaskRequest['artifacts']
  readonly destination: Destination
}

/** Goes through what is finished until it comes to the task. */
async function findRequest(graph: Sequence, store: RunStore, search: Search): Promise<TaskRequest> {
  const { runId, inputs, destination } = search
  const { step, taskId } = destination
  const order = taskNodes(graph).map(({ name }) => name)
  const noTask = (): MillraceError =>
    new MillraceError('RESOURCE_DOES_NOT_EXIST', `The step "${step}" has no task "${taskId}" in the run ${runId}.`)
  let found: TaskRequest | undefined
  const reached = new Error('The task is reached.')
  const start = { artifacts: inputs, stack: [], isFresh: false }
  try {
    await walk(
      graph,
      start,
      async (request, node) => {
        if (node.name === step && taskIdOf(request.stack) === taskId) {
          found = request
          throw reached
        }
        const record = (await store.readAttempts(runId, request.step, request.taskId)).at(-1)
        if (hasResult(record)) return { ...record, isFresh: false }
        if (order.indexOf(node.name) > order.indexOf(step)) throw noTask()
        throw new MillraceError(
          'INVALID_STATE',
          `Cannot run ${step}/${taskId} of the run ${runId}: the task ${request.step}/${request.taskId} before it has not finished.`,
        )
      },
      destination,
    )
  } catch (error) {
    if (found === undefined) throw error
  }
  if (found === undefined) throw noTask()
  return found
}
