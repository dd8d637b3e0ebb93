/** One try of one task: read the inputs, run the code of the step, store what it returns. */
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { MillraceError, suggest } from '../core/index.ts'
import { type ArtifactReference, type ArtifactStore, type References } from './artifact-store.ts'
import type { Card, TaskFacts } from './card.ts'
import { RESERVED_ARTIFACTS } from './checks.ts'
import type { FlowDefinition, StepCode } from './definition.ts'
import { type TaskNode, taskNodes } from './graph.ts'
import { mapLimited } from './limiter.ts'
import { type AttemptRecord, pathspecOf } from './records.ts'
import type { RunStore } from './run-store.ts'
import type { StepOptions, TaskError } from './step-options.ts'
import { taskCard } from './task-card.ts'
import type { Task } from './task.ts'
import type { BranchInputs, TaskRequest } from './walk.ts'

/** What all tasks of a run have in common. Plain data, so that it can be sent to another process. */
export interface RunContext {
  readonly runId: string
  readonly tags: readonly string[]
  readonly originRunId?: string
  /** How many items a foreach may have. */
  readonly maxNumSplits: number
}

/** One try of a task. */
export interface TaskAttempt {
  readonly run: RunContext
  readonly request: TaskRequest
  /** Those of the step, over those asked for from outside. */
  readonly options: StepOptions
  readonly attempt: number
}

/** How a try ended. Only a success has been written to the store. */
export type Outcome =
  | { readonly status: 'completed'; readonly record: AttemptRecord }
  | { readonly status: 'failed'; readonly error: TaskError; readonly startedAt: number; readonly endedAt: number }

/** Runs one try of a task and writes its record when it succeeds. Never throws. */
export async function executeTask(
  flow: FlowDefinition,
  store: RunStore,
  given: TaskAttempt,
  signal: AbortSignal,
): Promise<Outcome> {
  const { run, request, options, attempt } = given
  const startedAt = Date.now()
  const temporary = temporaryFolder()
  const restoreEnvironment = setEnvironment(options.environment)
  const card = cardOf(flow, store, given, startedAt)
  try {
    const node = findStep(flow, request.step)
    const task = describeTask(flow, given, { signal, temporary, card })
    const output = await runStep(node, flow.code[node.name]!, { ...given, store, task })
    const record: AttemptRecord = {
      attempt,
      status: 'completed',
      startedAt,
      endedAt: Date.now(),
      stack: [...request.stack],
      ...output,
    }
    await card.end({ record })
    await store.writeAttempt(run.runId, request.step, request.taskId, record)
    return { status: 'completed', record }
  } catch (thrown) {
    const error = describeError(thrown)
    await card.end({ error })
    return { status: 'failed', error, startedAt, endedAt: Date.now() }
  } finally {
    restoreEnvironment()
    temporary.remove()
  }
}

/** @throws MillraceError RESOURCE_DOES_NOT_EXIST when the flow has no such step */
export function findStep(flow: FlowDefinition, step: string): TaskNode {
  const nodes = taskNodes(flow.graph)
  const node = nodes.find(({ name }) => name === step)
  if (node !== undefined) return node
  const names = nodes.map(({ name }) => name)
  throw new MillraceError(
    'RESOURCE_DOES_NOT_EXIST',
    `The flow "${flow.name}" has no step "${step}". ${suggest(step, names, 'steps')}`,
  )
}

interface StepRun extends TaskAttempt {
  readonly store: RunStore
  readonly task: Task
}

type Output = Pick<AttemptRecord, 'artifacts' | 'items' | 'choice'>

async function runStep(node: TaskNode, code: StepCode, given: StepRun): Promise<Output> {
  const { store, request, options, task, run } = given
  const { artifacts } = store
  const saved = async (result: unknown): Promise<Output> => ({
    artifacts: await saveResult(artifacts, node.name, result, options.catch),
  })
  const readable = await artifacts.lazy(request.artifacts)
  if (node.kind === 'join') {
    const inputs = await lazyBranches(artifacts, request.branches ?? [])
    return await saved(await code(inputs, readable, task))
  }
  const result = await code(readable, task)
  switch (node.kind) {
    case 'step':
      return await saved(result)
    case 'foreach':
      return { artifacts: {}, items: await saveItems(artifacts, node.name, result, run.maxNumSplits) }
    case 'switch':
      return { artifacts: {}, choice: checkChoice(node.name, result, Object.keys(node.cases)) }
    case 'loop':
      return { artifacts: {}, choice: checkDone(node.name, result) ? 'done' : 'again' }
  }
}

async function lazyBranches(artifacts: ArtifactStore, branches: BranchInputs): Promise<unknown> {
  const entries = await Promise.all(
    Object.entries(branches).map(async ([name, refs]) => [name, await artifacts.lazy(refs)] as const),
  )
  return Array.isArray(branches) ? entries.map(([, inputs]) => inputs) : Object.fromEntries(entries)
}

async function saveResult(
  artifacts: ArtifactStore,
  step: string,
  result: unknown,
  errorName: string | undefined,
): Promise<References> {
  const noError = errorName === undefined ? {} : { [errorName]: null }
  const written = { ...checkResult(step, result), ...noError }
  return Object.fromEntries(
    await Promise.all(
      Object.entries(written).map(async ([key, value]) => [key, await save(artifacts, step, value, key)] as const),
    ),
  )
}

/** What a step returned, which has to be an object of artifacts, or nothing. */
function checkResult(step: string, result: unknown): Readonly<Record<string, unknown>> {
  if (result === undefined || result === null) return {}
  const prototype: unknown = typeof result === 'object' ? Object.getPrototypeOf(result) : undefined
  if (prototype !== Object.prototype && prototype !== null) {
    throw new MillraceError(
      'INVALID_ARTIFACT',
      `The step "${step}" returned ${brief(result)}. Return an object with a name for each artifact, such as { rows }, or nothing.`,
    )
  }
  const reserved = Object.keys(result).find((key) => RESERVED_ARTIFACTS.includes(key))
  if (reserved !== undefined) {
    throw new MillraceError(
      'INVALID_ARTIFACT',
      `The step "${step}" returned an artifact "${reserved}", which is a reserved name. Rename it.`,
    )
  }
  return result as Readonly<Record<string, unknown>>
}

async function saveItems(
  artifacts: ArtifactStore,
  step: string,
  result: unknown,
  maxNumSplits: number,
): Promise<References[]> {
  if (typeof result !== 'object' || result === null || !(Symbol.iterator in result)) {
    throw new MillraceError(
      'INVALID_ARTIFACT',
      `The foreach "${step}" returned ${brief(result)}. Return a list of items.`,
    )
  }
  const items = [...(result as Iterable<unknown>)]
  if (items.length === 0) {
    throw new MillraceError(
      'TASK_FAILED',
      `The foreach "${step}" has no items, so that its body would never run. Return at least one, or put a switch before it.`,
    )
  }
  if (items.length > maxNumSplits) {
    throw new MillraceError(
      'TASK_FAILED',
      `The foreach "${step}" has ${items.length} items, more than the ${maxNumSplits} allowed. Raise --max-num-splits if that is meant.`,
    )
  }
  return await mapLimited(items, async (item, index) => ({
    item: await save(artifacts, step, item, `item ${index}`),
    index: await save(artifacts, step, index, 'index'),
  }))
}

async function save(artifacts: ArtifactStore, step: string, value: unknown, name: string): Promise<ArtifactReference> {
  try {
    return await artifacts.save(value, name)
  } catch (error) {
    if (!(error instanceof MillraceError && error.code === 'INVALID_ARTIFACT')) throw error
    throw new MillraceError('INVALID_ARTIFACT', `The step "${step}" returned what cannot be stored: ${error.message}`)
  }
}

function checkChoice(step: string, result: unknown, cases: readonly string[]): string {
  if (typeof result === 'string' && cases.includes(result)) return result
  throw new MillraceError(
    'TASK_FAILED',
    `The switch "${step}" chose ${brief(result)}, which is none of its cases: ${cases.join(', ')}.`,
  )
}

function checkDone(step: string, result: unknown): boolean {
  if (typeof result === 'boolean') return result
  throw new MillraceError(
    'TASK_FAILED',
    `"until" of the loop "${step}" returned ${brief(result)}. Return true or false.`,
  )
}

function brief(value: unknown): string {
  const text = inspect(value, { depth: 0, breakLength: Infinity, maxStringLength: 80 })
  return text.length > 100 ? `${text.slice(0, 100)}…` : text
}

/** What was thrown, as data. */
export function describeError(thrown: unknown): TaskError {
  if (!(thrown instanceof Error)) {
    return { kind: 'error', name: 'NonError', message: `${brief(thrown)} was thrown, which is no Error.` }
  }
  const { name, message, stack } = thrown
  return { kind: 'error', name, message, ...(stack !== undefined && { stack: withCause(thrown, stack) }) }
}

function withCause(error: Error, stack: string): string {
  return error.cause instanceof Error ? `${stack}\nCaused by: ${error.cause.stack ?? error.cause.message}` : stack
}

interface OwnCard extends Card {
  readonly end: (how: { readonly record?: AttemptRecord; readonly error?: TaskError }) => Promise<void>
}

/** The card of a try, with what is known of it. */
function cardOf(
  { name, graph }: FlowDefinition,
  store: RunStore,
  { run, request, options, attempt }: TaskAttempt,
  startedAt: number,
): OwnCard {
  const { step, taskId, artifacts } = request
  const facts = async (written: References = {}): Promise<TaskFacts> => {
    const { parameters } = await store.artifacts.lazy(artifacts)
    const values = await store.artifacts.lazy(written)
    return {
      pathspec: pathspecOf({ flowName: name, runId: run.runId }, step, taskId),
      step,
      attempt,
      graph,
      parameters,
      startedAt,
      artifacts: Object.entries(written).map(([name, { sizeBytes }]) => ({ name, sizeBytes, value: values[name] })),
    }
  }
  const card = taskCard({
    isWanted: options.card === true,
    facts,
    write: async (html) => await store.writeCard(run.runId, step, taskId, attempt, html),
    log: logLine,
  })
  return {
    ...card,
    end: async ({ record, error }) =>
      await card.finish(async () => ({
        ...(await facts(record?.artifacts)),
        endedAt: Date.now(),
        ...(error !== undefined && { error }),
      })),
  }
}

function logLine(message: string): void {
  process.stderr.write(`${message}\n`)
}

interface Surroundings {
  readonly signal: AbortSignal
  readonly card: Card
  readonly temporary: { readonly path: () => string }
}

function describeTask(
  { name }: FlowDefinition,
  { run, request, attempt }: TaskAttempt,
  { signal, temporary, card }: Surroundings,
): Task {
  return {
    flowName: name,
    runId: run.runId,
    stepName: request.step,
    taskId: request.taskId,
    pathspec: pathspecOf({ flowName: name, runId: run.runId }, request.step, request.taskId),
    attempt,
    stack: request.stack,
    tags: run.tags,
    originRunId: run.originRunId,
    seed: createHash('sha256').update(`${name}/${request.step}/${request.taskId}`).digest().readUInt32BE(0),
    signal,
    get tempDir() {
      return temporary.path()
    },
    card,
    log: logLine,
  }
}

/** A folder that is made when it is first asked for. */
function temporaryFolder(): { readonly path: () => string; readonly remove: () => void } {
  let folder: string | undefined
  return {
    path: () => (folder ??= mkdtempSync(join(tmpdir(), 'millrace-task-'))),
    remove: () => {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Sets variables and gives back what undoes that. */
function setEnvironment(variables: Readonly<Record<string, string>> = {}): () => void {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const)
  Object.assign(process.env, variables)
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  }
}
