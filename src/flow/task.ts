/** What a step knows of the task it runs as: its second argument. Metaflow's users know it as `current`. */

import type { Card } from './card.ts'

/** Where a task stands in a split or loop around it: the outermost comes first. */
export interface Frame {
  /** The foreach or loop. */
  readonly step: string
  /** Position of the item, or of the round, from 0. */
  readonly index: number
  /** How many items there are; undefined for a loop. */
  readonly count?: number | undefined
}

export interface Task {
  readonly flowName: string
  readonly runId: string
  readonly stepName: string
  /** The positions in the foreach and loops around, such as `2` or `2.0`; `0` outside of any. */
  readonly taskId: string
  /** `flow/run/step/task`. */
  readonly pathspec: string
  /** 0 for the first try. */
  readonly attempt: number
  /** The splits and loops around, outermost first. */
  readonly stack: readonly Frame[]
  readonly tags: readonly string[]
  /** The run this one resumes, if it does. */
  readonly originRunId: string | undefined
  /** A number made from flow, step and task: the same in every run and try, so that seeded work can be repeated. */
  readonly seed: number
  /** Aborted when the task has to stop: its time is up, or the run ends. */
  readonly signal: AbortSignal
  /** A folder of the task's own, removed when it ends. */
  readonly tempDir: string
  /** The page about this task. */
  readonly card: Card
  /** A line for the log of the task, by way of standard error. */
  readonly log: (message: string) => void
}
