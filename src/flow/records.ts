/** The small JSON files in which a run is kept, and the types they are parsed into. */
import { z } from 'zod'
import { artifactReference } from './artifact-store.ts'
import type { Sequence } from './graph.ts'

const references = z.record(z.string(), artifactReference)

/** `run.json`: what a run began with. Never changes. */
export const runRecord = z.strictObject({
  flowName: z.string(),
  runId: z.string(),
  /** Milliseconds since 1970. */
  createdAt: z.number(),
  user: z.string(),
  /** The module of the flow, where it was run from a file. */
  file: z.string().optional(),
  originRunId: z.string().optional(),
  /** `parameters` and `config`. */
  inputs: references,
  graph: z.custom<Sequence>((value) => Array.isArray(value)),
})
export type RunRecord = Readonly<z.infer<typeof runRecord>>

/** `end.json`: how a run ended. Missing while it runs, and for ever when its runner was killed. */
export const runEnd = z.strictObject({
  status: z.enum(['completed', 'failed', 'stopped']),
  endedAt: z.number(),
  /** The message of the failure. */
  error: z.string().optional(),
  /** The task that failed. */
  failedTask: z.string().optional(),
})
export type RunEnd = Readonly<z.infer<typeof runEnd>>

/** `runner.json`: the process that runs it. */
export const runnerRecord = z.strictObject({
  pid: z.number(),
  host: z.string(),
  /** What the system says of the start of the process, to tell it from a later one with the same id. */
  processStart: z.string().optional(),
})
export type RunnerRecord = Readonly<z.infer<typeof runnerRecord>>

/** `tags.json`. */
export const tagList = z.array(z.string())

const taskError = z.strictObject({
  name: z.string(),
  message: z.string(),
  stack: z.string().optional(),
  kind: z.enum(['error', 'timeout', 'crash']),
})

/** `<step>/<task>/<attempt>.json`: how one try of a task ended. Its presence says that it has. */
export const attemptRecord = z.strictObject({
  attempt: z.number(),
  /** `caught` is a task that failed and has its error as an artifact. */
  status: z.enum(['completed', 'failed', 'caught']),
  startedAt: z.number(),
  endedAt: z.number(),
  stack: z.array(z.strictObject({ step: z.string(), index: z.number(), count: z.number().optional() })),
  /** What it wrote. */
  artifacts: references,
  items: z.array(references).optional(),
  choice: z.string().optional(),
  error: taskError.optional(),
  /** The task whose result this is, when it was not run itself. */
  takenFrom: z.strictObject({ how: z.enum(['clone', 'cache']), pathspec: z.string() }).optional(),
})
export type AttemptRecord = Readonly<z.infer<typeof attemptRecord>>

/** Whether what a try of a task wrote is there to go on with. */
export function hasResult(record: AttemptRecord | undefined): record is AttemptRecord {
  return record !== undefined && record.status !== 'failed'
}

/** `flow/run/step/task`. */
export function pathspecOf(run: { flowName: string; runId: string }, step: string, taskId: string): string {
  return `${run.flowName}/${run.runId}/${step}/${taskId}`
}
