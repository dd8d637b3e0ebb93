/** Reading what flows did: flows, runs, steps, tasks and their artifacts, as Metaflow's client has them. */
import { mapLimited, MillraceError, suggest } from '../core/index.ts'
import type { References } from './artifact-store.ts'
import { FlowArtifact, FlowStep, type FlowTask } from './client-task.ts'
import { type Sequence, taskNodes } from './graph.ts'
import { hasResult, type RunEnd, type RunRecord } from './records.ts'
import { DEFAULT_ROOT, listFlows, type RunStatus, RunStore } from './run-store.ts'
import { walk } from './walk.ts'

/** Everything below one root. */
export class Flows {
  readonly root: string

  constructor(root: string) {
    this.root = root
  }

  /** The names of the flows that have been run, sorted. */
  async names(): Promise<readonly string[]> {
    return await listFlows(this.root)
  }

  /** @throws MillraceError RESOURCE_DOES_NOT_EXIST when no flow of that name has been run */
  async flow(name: string): Promise<FlowHistory> {
    const names = await this.names()
    if (names.includes(name)) return new FlowHistory(new RunStore(this.root, name))
    throw missing(`There is no flow "${name}" in ${this.root}. ${suggest(name, names, 'flows')}`)
  }

  /**
   * A run by its pathspec, `flow/run`.
   *
   * @throws MillraceError RESOURCE_DOES_NOT_EXIST naming the part that there is not
   */
  async run(pathspec: string): Promise<FlowRun> {
    const [flow = '', run = ''] = partsOf(pathspec, 2, 'flow/run')
    return await (await this.flow(flow)).run(run)
  }

  /** A task by its pathspec, `flow/run/step` or `flow/run/step/task`; without a task the first one. */
  async task(pathspec: string): Promise<FlowTask> {
    const [flow, run, step = '', task] = partsOf(pathspec, 3, 'flow/run/step/task')
    return await (await (await this.run(`${flow}/${run}`)).step(step)).task(task)
  }

  /** An artifact by its pathspec, `flow/run/step/task/artifact`. */
  async artifact(pathspec: string): Promise<FlowArtifact> {
    const parts = partsOf(pathspec, 5, 'flow/run/step/task/artifact')
    return (await this.task(parts.slice(0, 4).join('/'))).artifact(parts[4]!)
  }
}

/** Opens the flows kept in `root` (default `.millrace/flows`) for reading. */
export function openFlows({ root = DEFAULT_ROOT }: { readonly root?: string } = {}): Flows {
  return new Flows(root)
}

/** One flow and its runs. */
export class FlowHistory {
  readonly name: string
  readonly #store: RunStore

  constructor(store: RunStore) {
    this.name = store.flowName
    this.#store = store
  }

  /** The ids of all runs, newest first. */
  async runIds(): Promise<readonly string[]> {
    return await this.#store.runIds()
  }

  /** All runs, newest first; with `tag` those that have it. */
  async runs({ tag }: { readonly tag?: string } = {}): Promise<readonly FlowRun[]> {
    const runs = await mapLimited(await this.runIds(), async (id) => await this.run(id))
    return tag === undefined ? runs : runs.filter(({ tags }) => tags.includes(tag))
  }

  /** @throws MillraceError RESOURCE_DOES_NOT_EXIST */
  async run(runId: string): Promise<FlowRun> {
    const store = this.#store
    const record = await store.readRun(runId)
    const [status, end, tags] = await Promise.all([store.status(runId), store.readEnd(runId), store.readTags(runId)])
    return new FlowRun(store, { record, status, end, tags })
  }

  async latestRun(): Promise<FlowRun | undefined> {
    const [newest] = await this.#store.runIds()
    return newest === undefined ? undefined : await this.run(newest)
  }

  async latestSuccessfulRun(): Promise<FlowRun | undefined> {
    for (const id of await this.#store.runIds()) {
      if ((await this.#store.status(id)) === 'completed') return await this.run(id)
    }
    return undefined
  }
}

interface RunState {
  readonly record: RunRecord
  readonly status: RunStatus
  readonly end: RunEnd | undefined
  readonly tags: readonly string[]
}

/** A run as it was when it was looked up. */
export class FlowRun {
  readonly id: string
  /** `flow/run`. */
  readonly pathspec: string
  readonly status: RunStatus
  readonly tags: readonly string[]
  readonly user: string
  /** Milliseconds since 1970. */
  readonly createdAt: number
  /** Undefined while it runs, and when its runner was killed. */
  readonly finishedAt: number | undefined
  /** The message of a run that failed. */
  readonly error: string | undefined
  /** The run that it resumed. */
  readonly originRunId: string | undefined
  /** The module of the flow, where it was run from a file. */
  readonly file: string | undefined
  readonly graph: Sequence
  readonly #store: RunStore
  readonly #record: RunRecord

  constructor(store: RunStore, { record, status, end, tags }: RunState) {
    this.id = record.runId
    this.pathspec = `${record.flowName}/${record.runId}`
    this.status = status
    this.tags = tags
    this.user = record.user
    this.createdAt = record.createdAt
    this.finishedAt = end?.endedAt
    this.error = end?.error
    this.originRunId = record.originRunId
    this.file = record.file
    this.graph = record.graph
    this.#store = store
    this.#record = record
  }

  get isSuccessful(): boolean {
    return this.status === 'completed'
  }

  async parameters(): Promise<Readonly<Record<string, unknown>>> {
    const { parameters } = await this.#store.artifacts.lazy(this.#record.inputs)
    return parameters as Readonly<Record<string, unknown>>
  }

  /** The steps of which a task has begun, in the order of the flow. */
  async steps(): Promise<readonly FlowStep[]> {
    const begun = new Set(await this.#store.stepNames(this.id))
    const names = taskNodes(this.graph).map(({ name }) => name)
    return names.filter((name) => begun.has(name)).map((name) => new FlowStep(this.#store, this.id, name))
  }

  /** @throws MillraceError RESOURCE_DOES_NOT_EXIST when no task of that step has begun */
  async step(name: string): Promise<FlowStep> {
    const steps = await this.steps()
    const step = steps.find((one) => one.name === name)
    if (step !== undefined) return step
    const names = steps.map((one) => one.name)
    throw missing(`The run ${this.pathspec} has no step "${name}". ${suggest(name, names, 'steps')}`)
  }

  /**
   * What can be read at the end of the flow, each loaded when it is first looked at.
   *
   * @throws MillraceError INVALID_STATE when the run has not completed
   */
  async data(): Promise<Readonly<Record<string, unknown>>> {
    return await this.#store.artifacts.lazy(await this.#result())
  }

  /** What steps wrote that can be read at the end of the flow. @throws as `data` does */
  async artifacts(): Promise<readonly FlowArtifact[]> {
    const written = Object.entries(await this.#result()).filter(([name]) => !(name in this.#record.inputs))
    return written.map(([name, reference]) => new FlowArtifact(this.#store, this.pathspec, name, reference))
  }

  async #result(): Promise<References> {
    if (!this.isSuccessful) {
      throw new MillraceError(
        'INVALID_STATE',
        `The run ${this.pathspec} is ${this.status}: it has no result. Look at its tasks.`,
      )
    }
    const start = { artifacts: this.#record.inputs, stack: [], isFresh: false }
    const end = await walk(this.graph, start, async ({ step, taskId }) => {
      const record = (await this.#store.readAttempts(this.id, step, taskId)).at(-1)
      if (hasResult(record)) return { ...record, isFresh: false }
      throw missing(`The run ${this.pathspec} lacks the task ${step}/${taskId}.`)
    })
    return end.artifacts
  }

  async addTags(...tags: readonly string[]): Promise<void> {
    this.#store.writeTags(this.id, [...(await this.#store.readTags(this.id)), ...tags])
  }

  async removeTags(...tags: readonly string[]): Promise<void> {
    const current = await this.#store.readTags(this.id)
    this.#store.writeTags(
      this.id,
      current.filter((tag) => !tags.includes(tag)),
    )
  }
}

function partsOf(pathspec: string, minimum: number, form: string): string[] {
  const parts = pathspec.split('/')
  if (parts.length >= minimum && parts.length <= 5 && parts.every((part) => part !== '')) return parts
  throw new MillraceError('INVALID_ARGUMENT', `"${pathspec}" is no pathspec of the form ${form}.`)
}

function missing(message: string): MillraceError {
  return new MillraceError('RESOURCE_DOES_NOT_EXIST', message)
}
