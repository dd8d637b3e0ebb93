/** The schemas by which the JSON files of runs are read. */
import { z } from 'zod'
import type { ArtifactReference } from './artifact-store.ts'
import type { Sequence } from './graph.ts'
import type { AttemptRecord, OpenedRunRecord, RunEnd, RunnerRecord, RunRecord } from './records.ts'

const reference: z.ZodType<ArtifactReference> = z.strictObject({
  hash: z.string(),
  sizeBytes: z.number(),
  inline: z.string().optional(),
  classes: z.array(z.string()).optional(),
})
const references = z.record(z.string(), reference)

const run: z.ZodType<RunRecord> = z.strictObject({
  flowName: z.string(),
  runId: z.string(),
  createdAt: z.number(),
  user: z.string(),
  file: z.string().optional(),
  originRunId: z.string().optional(),
  inputs: references,
  graph: z.custom<Sequence>((value) => Array.isArray(value)),
})

const end: z.ZodType<RunEnd> = z.strictObject({
  status: z.enum(['completed', 'failed', 'stopped']),
  endedAt: z.number(),
  error: z.string().optional(),
  failedTask: z.string().optional(),
})

const runner: z.ZodType<RunnerRecord> = z.strictObject({
  pid: z.number(),
  host: z.string(),
  processStart: z.string().optional(),
})

const openedRun: z.ZodType<OpenedRunRecord> = z.strictObject({
  trackingUri: z.string(),
  runId: z.string(),
  process: runner,
})

const tags: z.ZodType<readonly string[]> = z.array(z.string())

const attempt: z.ZodType<AttemptRecord> = z.strictObject({
  attempt: z.number(),
  status: z.enum(['completed', 'failed', 'caught']),
  startedAt: z.number(),
  endedAt: z.number(),
  stack: z.array(z.strictObject({ step: z.string(), index: z.number(), count: z.number().optional() })),
  artifacts: references,
  items: z.array(z.strictObject({ item: reference, index: reference })).optional(),
  choice: z.string().optional(),
  error: z
    .strictObject({
      name: z.string(),
      message: z.string(),
      stack: z.string().optional(),
      kind: z.enum(['error', 'timeout', 'crash']),
    })
    .optional(),
  takenFrom: z.strictObject({ how: z.enum(['clone', 'cache']), pathspec: z.string() }).optional(),
})

/** A result in the cache, with the task that made it. */
const cached = z.strictObject({ record: attempt, pathspec: z.string() })

export const schemas = { run, end, runner, openedRun, tags, attempt, cached } as const

/** What a file of each kind holds. */
export type RecordKinds = { readonly [K in keyof typeof schemas]: z.infer<(typeof schemas)[K]> }
