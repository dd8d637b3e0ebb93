/** Cards: a page about each task, made of what the step puts on it and of what is known anyway. */
import { shownText, shownValue } from '../core/index.ts'
import type { Component, Status } from '../report/index.ts'
import type { Sequence } from './graph.ts'
import { taskNodes } from './graph.ts'
import { graphEdges } from './show.ts'
import type { TaskError } from './step-options.ts'

/** What a step can put on the page about its task. Nothing here can make the step fail. */
export interface Card {
  /** Adds components of `millrace/report`: `markdown(…)`, `table(…)`, `lineChart(…)`. */
  readonly append: (...components: readonly Component[]) => void
  /** Takes off what was put on. */
  readonly clear: () => void
  /** Writes the page as it is, for those who watch; at most every five seconds, other calls do nothing. */
  readonly refresh: () => Promise<void>
}

/** What is known of a task without its step saying so. */
export interface TaskFacts {
  readonly pathspec: string
  readonly step: string
  readonly attempt: number
  readonly graph: Sequence
  readonly parameters: unknown
  readonly startedAt: number
  /** Undefined while it runs. */
  readonly endedAt?: number
  readonly error?: TaskError
  readonly artifacts: readonly CardArtifact[]
}

export interface CardArtifact {
  readonly name: string
  readonly sizeBytes: number
  readonly value: unknown
}

/** How long a page is left as it is while its task runs. */
export const REFRESH_MS = 5000

/** The page about a task as one HTML file. What cannot be rendered is replaced by its error. */
export async function renderTaskCard(facts: TaskFacts, components: readonly Component[]): Promise<string> {
  const { errorBox, renderDocument, section } = await import('../report/index.ts')
  const document = (parts: readonly Component[]): Promise<string> =>
    renderDocument({
      title: facts.step,
      subtitle: facts.pathspec,
      components: parts,
      generatedAt: new Date(),
      ...(facts.endedAt === undefined && { refreshSeconds: REFRESH_MS / 1000 }),
    })
  const known = await describeFacts(facts)
  try {
    return await document([...components, ...known])
  } catch (error) {
    return await document([section('This card could not be rendered', [errorBox(error)]), ...known])
  }
}

async function describeFacts(facts: TaskFacts): Promise<Component[]> {
  const { badge, errorBox, section, table } = await import('../report/index.ts')
  const { pathspec, attempt, graph, step, startedAt, endedAt, error } = facts
  const status: Status = error !== undefined ? 'failed' : 'ok'
  const state = endedAt === undefined ? badge('running') : badge(error === undefined ? 'completed' : error.kind, status)
  return [
    ...(error === undefined ? [] : [section('Error', [errorBox(errorOf(error))])]),
    section('Task', [
      table({
        columns: ['', ''],
        rows: [
          ['pathspec', pathspec],
          ['status', state],
          ['try', attempt + 1],
          ['started', new Date(startedAt)],
          ['took', endedAt === undefined ? null : `${endedAt - startedAt} ms`],
        ],
      }),
    ]),
    ...(await parameterSection(facts.parameters)),
    ...(await artifactSection(facts.artifacts)),
    section('Flow', [await drawGraph(graph, new Map([[step, status]]))]),
  ]
}

/** A section with the parameters of a run, without passwords, or nothing when there are none. */
export async function parameterSection(parameters: unknown): Promise<Component[]> {
  const { artifact, section, table } = await import('../report/index.ts')
  const shown = shownValue(parameters)
  const entries = typeof shown === 'object' && shown !== null ? Object.entries(shown) : []
  if (entries.length === 0) return []
  const rows = entries.map(([name, value]) => [name, isPlain(value) ? value : artifact(value)])
  return [section('Parameters', [table({ columns: ['parameter', 'value'], rows })])]
}

/** A section with artifacts and their values, or nothing when there are none. */
export async function artifactSection(artifacts: readonly CardArtifact[]): Promise<Component[]> {
  const { artifact, section, table } = await import('../report/index.ts')
  if (artifacts.length === 0) return []
  const rows = artifacts.map(({ name, sizeBytes, value }) => {
    const shown = typeof value === 'string' ? shownText(value) : value
    return [name, sizeBytes, isPlain(shown) ? shown : artifact(shown)]
  })
  return [section('Artifacts', [table({ columns: ['artifact', 'bytes', 'value'], rows })])]
}

/** The steps of a flow as a picture; `statuses` colours those that have one. */
export async function drawGraph(steps: Sequence, statuses: ReadonlyMap<string, Status>): Promise<Component> {
  const { graph } = await import('../report/index.ts')
  const nodes = taskNodes(steps).map(({ name, kind }) => {
    const status = statuses.get(name)
    return { id: name, ...(kind !== 'step' && { detail: kind }), ...(status !== undefined && { status }) }
  })
  return graph({ nodes, edges: graphEdges(steps).map(({ from, to }) => [from, to] as const) })
}

function errorOf({ name, message, stack }: TaskError): Error {
  return Object.assign(new Error(message), { name, ...(stack !== undefined && { stack }) })
}

function isPlain(value: unknown): value is string | number | boolean | null {
  return (
    (typeof value === 'string' && value.length < 200) || ['number', 'boolean'].includes(typeof value) || value === null
  )
}
