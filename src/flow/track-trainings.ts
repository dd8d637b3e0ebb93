/** Trainings in a task get a run of the tracking store when the step has opened none. */
import { observeTraining, type TrainingObserver, trainingObserver } from '../core/index.ts'
import type { ArtifactStore, References } from './artifact-store.ts'
import type { FlowDefinition } from './definition.ts'
import type { Task } from './task.ts'

/** The parameter of a flow that says where its runs are tracked, before the environment does. */
const PARAMETER = 'mlflowTrackingUri'

/** Where trainings of a flow's task are tracked, by the parameter or the environment; undefined for nowhere. */
export async function trackingUriOf(
  flow: FlowDefinition,
  artifacts: ArtifactStore,
  { parameters }: References,
): Promise<string | undefined> {
  // Read only where it is needed: most flows have no such parameter.
  if (parameters !== undefined && Object.hasOwn(flow.parameters ?? {}, PARAMETER)) {
    const values = await artifacts.load(parameters, 'parameters')
    const given = typeof values === 'object' && values !== null && PARAMETER in values ? values[PARAMETER] : undefined
    if (typeof given === 'string') return given
  }
  return process.env['MLFLOW_TRACKING_URI'] || undefined
}

/**
 * Does the work of a task. The first training in it that is in no run opens one in the store at `trackingUri`, if any,
 * which ends as the task does: FINISHED, FAILED, or KILLED when the task was stopped. It is named by the task, in the
 * experiment named by the flow.
 *
 * @throws what `work` throws, and MillraceError when the store cannot be opened or written
 */
export async function trackTrainings<T>(
  task: Task,
  trackingUri: string | undefined,
  work: () => Promise<T>,
): Promise<T> {
  if (trackingUri === undefined || trainingObserver() !== undefined) return await work()
  const end = Promise.withResolvers<void>()
  end.promise.catch(() => undefined)
  let opened: TaskRun | undefined
  const observer = async (): Promise<TrainingObserver> =>
    await (opened ??= openRun(task, trackingUri, end.promise)).observer
  const kill = (): void => end.reject(task.signal.reason)
  // A step may not listen, or take its time, and be killed for it.
  task.signal.addEventListener('abort', kill)
  try {
    const result = await observeTraining(
      {
        datasetUsed: async (dataset) => await (await observer()).datasetUsed(dataset),
        started: async (parameters) => await (await observer()).started(parameters),
      },
      work,
    )
    end.resolve()
    await opened?.ended
    return result
  } catch (error) {
    end.reject(error)
    await opened?.ended.catch(() => undefined)
    throw error
  } finally {
    task.signal.removeEventListener('abort', kill)
  }
}

interface TaskRun {
  readonly observer: Promise<TrainingObserver>
  /** Settles as the run has ended; rejects as `taskEnd` does. */
  readonly ended: Promise<void>
}

function openRun(task: Task, trackingUri: string, taskEnd: Promise<void>): TaskRun {
  const observer = Promise.withResolvers<TrainingObserver>()
  const ended = (async () => {
    // Most tasks train nothing, and need not load it.
    const { autologger, openTracking, withRun } = await import('../tracking/index.ts')
    await using client = await openTracking({ trackingUri })
    const { flowName, runId, stepName, taskId, pathspec, signal } = task
    const name = `${runId}/${stepName}/${taskId}`
    await withRun(client, { experiment: flowName, name, tags: { 'millrace.flow': pathspec }, signal }, async (run) => {
      observer.resolve(autologger(run))
      await taskEnd
    })
  })()
  ended.catch(observer.reject)
  return { observer: observer.promise, ended }
}
