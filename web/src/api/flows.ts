/** Flows: their runs and tasks, and starting them. docs/rest.md describes the answers. */
import { z } from 'zod'
import { addressOf, ask, readText, ServerError } from './http.ts'
import { nothing } from './fields.ts'

const path = 'ajax-api/2.0/millrace/flows'

export const runStatuses = ['running', 'completed', 'failed', 'stopped', 'interrupted'] as const
export type FlowRunStatus = (typeof runStatuses)[number]
export type TaskStatus = 'running' | 'completed' | 'caught' | 'failed' | 'stopped'

const runField = z
  .object({
    flow: z.string(),
    run_id: z.string(),
    status: z.enum(runStatuses),
    user: z.string().default(''),
    tags: z.array(z.string()).default([]),
    start_time: z.number(),
    end_time: z.number().optional(),
    error: z.string().optional(),
    origin_run_id: z.string().optional(),
    program: z.string().optional(),
    is_stoppable: z.boolean().default(false),
  })
  .transform((run) => ({
    flow: run.flow,
    runId: run.run_id,
    status: run.status,
    user: run.user,
    tags: run.tags,
    startTime: run.start_time,
    endTime: run.end_time,
    error: run.error,
    originRunId: run.origin_run_id,
    /** The program it can be resumed with, where that is one of the server's. */
    program: run.program,
    isStoppable: run.is_stoppable,
  }))

export type FlowRun = z.output<typeof runField>

/** What names a run. */
export interface RunName {
  readonly flow: string
  readonly runId: string
}

const runsAnswer = z
  .object({ flows: z.array(z.string()), runs: z.array(runField), next_page_token: z.string().optional() })
  .transform(({ flows, runs, next_page_token: nextPageToken }) => ({ flows, runs, nextPageToken }))

export type FlowRunPage = z.output<typeof runsAnswer>

/** Runs, newest first. */
export async function listFlowRuns(
  flow: string | undefined,
  pageToken: string | undefined,
  signal?: AbortSignal,
): Promise<FlowRunPage> {
  return await ask(runsAnswer, 'GET', `${path}/runs/list`, { query: { flow, page_token: pageToken }, signal })
}

const runAnswer = z.object({
  run: runField,
  graph: z.object({
    nodes: z.array(z.object({ name: z.string(), kind: z.string() })),
    edges: z.array(z.object({ from: z.string(), to: z.string() })),
  }),
  parameters: z.record(z.string(), z.unknown()),
})

export type FlowRunDetails = z.output<typeof runAnswer>

export async function getFlowRun(run: RunName, signal?: AbortSignal): Promise<FlowRunDetails> {
  return await ask(runAnswer, 'GET', `${path}/runs/get`, { query: fieldsOf(run), signal })
}

const errorField = z.object({ name: z.string(), message: z.string(), stack: z.string().optional() })

const taskField = z
  .object({
    step: z.string(),
    task_id: z.string(),
    status: z.enum(['running', 'completed', 'caught', 'failed', 'stopped']),
    start_time: z.number().optional(),
    end_time: z.number().optional(),
    taken_from: z.object({ how: z.enum(['clone', 'cache']), pathspec: z.string() }).optional(),
    attempts: z.array(
      z.object({
        attempt: z.number(),
        status: z.enum(['completed', 'failed', 'caught']),
        start_time: z.number(),
        end_time: z.number(),
        error: errorField.optional(),
      }),
    ),
  })
  .transform((task) => ({
    step: task.step,
    taskId: task.task_id,
    status: task.status,
    startTime: task.start_time,
    endTime: task.end_time,
    takenFrom: task.taken_from,
    attempts: task.attempts.map(({ start_time: startTime, end_time: endTime, ...attempt }) => ({
      ...attempt,
      startTime,
      endTime,
    })),
  }))

export type FlowTask = z.output<typeof taskField>

export interface TaskName extends RunName {
  readonly step: string
  readonly taskId: string
}

export async function listTasks(run: RunName, signal?: AbortSignal): Promise<readonly FlowTask[]> {
  const answer = z.object({ tasks: z.array(taskField) })
  return (await ask(answer, 'GET', `${path}/tasks/list`, { query: fieldsOf(run), signal })).tasks
}

const artifactField = z
  .object({ name: z.string(), type: z.string(), size_bytes: z.number(), text: z.string().optional() })
  .transform(({ size_bytes: sizeBytes, ...artifact }) => ({ ...artifact, sizeBytes }))

const taskAnswer = z
  .object({ task: taskField, artifacts: z.array(artifactField), has_card: z.boolean() })
  .transform(({ has_card: hasCard, ...task }) => ({ ...task, hasCard }))

export type FlowTaskDetails = z.output<typeof taskAnswer>

export async function getTask(task: TaskName, signal?: AbortSignal): Promise<FlowTaskDetails> {
  return await ask(taskAnswer, 'GET', `${path}/tasks/get`, { query: taskFieldsOf(task), signal })
}

const logAnswer = z
  .object({ text: z.string(), next_offset: z.number(), size_bytes: z.number() })
  .transform(({ text, next_offset: nextOffset, size_bytes: sizeBytes }) => ({ text, nextOffset, sizeBytes }))

export type LogPart = z.output<typeof logAnswer>
export type LogStream = 'stdout' | 'stderr'

/** A part of a log, from `offset` in bytes. */
export async function readLog(
  task: TaskName,
  part: { readonly attempt: number; readonly stream: LogStream; readonly offset: number },
  signal?: AbortSignal,
): Promise<LogPart> {
  return await ask(logAnswer, 'GET', `${path}/tasks/log`, { query: { ...taskFieldsOf(task), ...part }, signal })
}

/** The page about a task, as HTML. @throws ServerError */
export async function readCard(task: TaskName, signal?: AbortSignal): Promise<string> {
  return await readText(addressOf(`${path}/tasks/card`, taskFieldsOf(task)), signal)
}

const programsAnswer = z
  .object({ programs: z.array(z.object({ file: z.string() })), is_enabled: z.boolean() })
  .transform(({ programs }) => programs.map(({ file }) => file))

/** The programs that can be started; none where the server or the user may not start any. */
export async function listPrograms(signal?: AbortSignal): Promise<readonly string[]> {
  try {
    return await ask(programsAnswer, 'GET', `${path}/programs/list`, { signal })
  } catch (error) {
    if (error instanceof ServerError && error.status === 403) return []
    throw error
  }
}

const propertySchema = z.object({
  type: z.string().optional(),
  description: z.string().default(''),
  default: z.unknown().optional(),
  enum: z.array(z.union([z.string(), z.number()])).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
})

/** What is known of a parameter, of its JSON Schema. */
export type ParameterSchema = z.output<typeof propertySchema>

const programAnswer = z.object({
  name: z.string(),
  description: z.string().default(''),
  parameters: z.object({
    properties: z.record(z.string(), propertySchema),
    required: z.array(z.string()).default([]),
  }),
})

export type FlowProgram = z.output<typeof programAnswer>

export async function getProgram(file: string, signal?: AbortSignal): Promise<FlowProgram> {
  return await ask(programAnswer, 'GET', `${path}/programs/get`, { query: { file }, signal })
}

const startedAnswer = z
  .object({ flow: z.string(), run_id: z.string() })
  .transform(({ flow, run_id: runId }): RunName => ({ flow, runId }))

export async function startRun(file: string, parameters: Readonly<Record<string, unknown>>): Promise<RunName> {
  return await ask(startedAnswer, 'POST', `${path}/runs/start`, { body: { file, parameters } })
}

export async function resumeRun(run: RunName): Promise<RunName> {
  return await ask(startedAnswer, 'POST', `${path}/runs/resume`, { body: fieldsOf(run) })
}

export async function stopRun(run: RunName): Promise<void> {
  await ask(nothing, 'POST', `${path}/runs/stop`, { body: fieldsOf(run) })
}

function fieldsOf({ flow, runId }: RunName): { readonly flow: string; readonly run_id: string } {
  return { flow, run_id: runId }
}

function taskFieldsOf({ step, taskId, ...run }: TaskName): Readonly<Record<string, string>> {
  return { ...fieldsOf(run), step, task_id: taskId }
}
