/** From the tasks of a run to what its graph and its timeline show. */
import type { FlowRunDetails, FlowTask, TaskStatus } from '../api/flows.ts'

/** A step of the graph with how its tasks stand. */
export interface StepState {
  readonly name: string
  /** Undefined where no task has begun. */
  readonly status: TaskStatus | undefined
  /** How many tasks there are of each status. */
  readonly counts: Readonly<Partial<Record<TaskStatus, number>>>
}

/** What most wants to be seen comes first. */
const order: readonly TaskStatus[] = ['failed', 'running', 'stopped', 'caught', 'completed']

export function stepStates(graph: FlowRunDetails['graph'], tasks: readonly FlowTask[]): readonly StepState[] {
  const byStep = Map.groupBy(tasks, ({ step }) => step)
  return graph.nodes.map(({ name }) => {
    const own = byStep.get(name) ?? []
    const counts: Partial<Record<TaskStatus, number>> = {}
    for (const { status } of own) counts[status] = (counts[status] ?? 0) + 1
    return { name, status: order.find((status) => counts[status] !== undefined), counts }
  })
}

/** A bar of the timeline: one try of a task, in milliseconds since the run began. */
export interface Bar {
  readonly task: FlowTask
  readonly attempt: number
  readonly status: TaskStatus
  readonly start: number
  readonly end: number
}

/** The tries of `tasks`, in the order of the tasks. What was taken from another run took no time and has no bar. */
export function barsOf(tasks: readonly FlowTask[], runStart: number, now: number): readonly Bar[] {
  return tasks.flatMap((task): Bar[] => {
    if (task.takenFrom !== undefined) return []
    const ended = task.attempts.map(({ attempt, status, startTime, endTime }) => ({
      task,
      attempt,
      status,
      start: startTime - runStart,
      end: Math.max(startTime, endTime) - runStart,
    }))
    if (task.status !== 'running') return ended
    const start = (task.attempts.at(-1)?.endTime ?? task.startTime ?? now) - runStart
    return [
      ...ended,
      { task, attempt: task.attempts.length, status: 'running', start, end: Math.max(start, now - runStart) },
    ]
  })
}
