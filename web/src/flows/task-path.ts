/** The task of a flow that a run names as its origin. */
import type { TaskName } from '../api/flows.ts'

/** Where a run keeps which task of which flow began it. */
export const flowTag = 'millrace.flow'

/** Undefined where there is no such tag, or one that is no `flow/run/step/task`: anybody may write it. */
export function taskPathOf(tags: Readonly<Record<string, string>>): TaskName | undefined {
  const [flow, runId, step, taskId, ...rest] = tags[flowTag]?.split('/') ?? []
  if (!flow || !runId || !step || !taskId || rest.length > 0) return undefined
  return { flow, runId, step, taskId }
}
