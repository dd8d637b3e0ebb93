/** The small JSON files in which a run is kept. Their schemas are apart, so that only who reads them loads those. */
import type { OpenedRun } from '../core/index.ts'
import type { ArtifactReference, References } from './artifact-store.ts'
import type { Sequence } from './graph.ts'
import type { TaskError } from './step-options.ts'
import type { Frame } from './task.ts'

/** `run.json`: what a run began with. Never changes. */
export interface RunRecord {
  readonly flowName: string
  readonly runId: string
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly user: string
  /** The module of the flow, where it was run from a file. */
  readonly file?: string | undefined
  readonly originRunId?: string | undefined
  /** `parameters` and `config`. */
  readonly inputs: References
  readonly graph: Sequence
}

/** `end.json`: how a run ended. Missing while it runs, and for ever when its runner was killed. */
export interface RunEnd {
  readonly status: 'completed' | 'failed' | 'stopped'
  readonly endedAt: number
  /** The message of the failure. */
  readonly error?: string | undefined
  /** The task that failed. */
  readonly failedTask?: string | undefined
}

/** `runner.json`: the process that runs it. */
export interface RunnerRecord {
  readonly pid: number
  readonly host: string
  /** What the system says of the start of the process, to tell it from a later one with the same id. */
  readonly processStart?: string | undefined
}

/** A line of `open-runs/<run>.<step>.<task>.<attempt>.jsonl`: a run of a tracking store that a task has opened. */
export interface OpenedRunRecord extends OpenedRun {
  /** The process of the task. */
  readonly process: RunnerRecord
}

/** `<step>/<task>/<attempt>.json`: how one try of a task ended. Its presence says that it has. */
export interface AttemptRecord {
  readonly attempt: number
  /** `caught` is a task that failed and has its error as an artifact. */
  readonly status: 'completed' | 'failed' | 'caught'
  readonly startedAt: number
  readonly endedAt: number
  readonly stack: readonly Frame[]
  /** What it wrote. */
  readonly artifacts: References
  /** Of a foreach: `item` and `index` for each body. */
  readonly items?: readonly Readonly<Record<'item' | 'index', ArtifactReference>>[] | undefined
  /** Of a switch the case, of a loop 'done' or 'again'. */
  readonly choice?: string | undefined
  readonly error?: TaskError | undefined
  /** The task whose result this is, when it was not run itself. */
  readonly takenFrom?: { readonly how: 'clone' | 'cache'; readonly pathspec: string } | undefined
}

/** Whether what a try of a task wrote is there to go on with. */
export function hasResult(record: AttemptRecord | undefined): record is AttemptRecord {
  return record !== undefined && record.status !== 'failed'
}

/** `flow/run/step/task`. */
export function pathspecOf(run: { flowName: string; runId: string }, step: string, taskId: string): string {
  return `${run.flowName}/${run.runId}/${step}/${taskId}`
}
