/** What the tasks of one run share on the side of the runner. */
import type { References } from './artifact-store.ts'
import type { FlowDefinition } from './definition.ts'
import { pathspecOf } from './records.ts'
import type { RunEvent, TaskCounts } from './run-events.ts'
import type { RunStore } from './run-store.ts'
import type { TaskRequest } from './walk.ts'
import type { WorkerPool } from './worker-pool.ts'

export interface Resume {
  readonly originRunId: string
  /** From here on everything is run again. */
  readonly step?: string
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
  readonly cardTimeoutMs?: number
  readonly cache?: boolean
}

/** What `Perform` and its helpers need. */
export interface TaskRun extends TasksOptions {
  /** Aborted from outside, or when a task has failed for good. */
  readonly stopping: AbortSignal
}

/** `flow/run/step/task` of a task of this run. */
export function pathspecIn({ store, runId }: TaskRun, { step, taskId }: TaskRequest): string {
  return pathspecOf({ flowName: store.flowName, runId }, step, taskId)
}
