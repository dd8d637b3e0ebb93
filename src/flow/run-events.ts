/** What a run tells while it goes on, and the error it ends with. */
import { MillraceError } from '../core/index.ts'
import type { TaskError } from './step-options.ts'

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

/** A task failed and no retry helped. `taskError` has the stack. */
export class TaskFailed extends MillraceError {
  readonly pathspec: string
  readonly taskError: TaskError
  /** The message for who has been shown the error already. */
  readonly messageWithoutError: string

  constructor(pathspec: string, taskError: TaskError, file: string | undefined) {
    const [, runId] = pathspec.split('/')
    const module = file !== undefined && /\s/.test(file) ? JSON.stringify(file) : (file ?? 'FILE')
    const command = `millrace flow resume ${module} --origin-run-id ${runId}`
    const found = `${taskError.name}: ${taskError.message}`.replace(/(?<![.!?])$/, '.')
    const advice = `What had finished is kept. Mend it, then: ${command}`
    super('TASK_FAILED', `The task ${pathspec} failed: ${found} ${advice}`, {
      cause: Object.assign(new Error(taskError.message), { name: taskError.name, stack: taskError.stack }),
    })
    this.pathspec = pathspec
    this.taskError = taskError
    this.messageWithoutError = `The task ${pathspec} failed. ${advice}`
  }
}
