/** The endpoints that show what flows did: runs, tasks, logs, cards and artifacts. docs/rest.md describes them. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import {
  type Flows,
  type FlowRun,
  type FlowTask,
  graphEdges,
  openFlows,
  renderRunCard,
  renderStoredTaskCard,
  taskNodes,
} from '../flow/index.ts'
import {
  type Endpoint,
  forAccess,
  type GuardedEndpoint,
  type HttpReply,
  integer,
  jsonEndpoint,
  parseFields,
  requiredText,
  text,
} from '../tracking/server/index.ts'
import { FLOWS_PATH, runFields } from './flow-fields.ts'
import { artifactJson, runJson, taskJson, valuesJson } from './flow-json.ts'
import type { FlowPrograms } from './flow-programs.ts'
import { needing } from './needing.ts'
import { programEndpoints } from './program-endpoints.ts'
import { SeenTasks } from './seen-tasks.ts'

const taskFields = { ...runFields, step: requiredText, task_id: text }

const MAX_LOG_BYTES = 256 * 1024

export interface FlowEndpointsOptions {
  /** The folder of all runs of flows. Default `.millrace/flows`. */
  readonly root?: string | undefined
  /** The programs that may be started. Default: none. */
  readonly programs?: FlowPrograms | undefined
}

/**
 * The endpoints of flows, for `createTrackingServer`. Where the server has users, those whose default permission lets them
 * read see all flows, and administrators start them: a program can do whatever the server can.
 */
export function flowEndpoints({ root, programs }: FlowEndpointsOptions): readonly GuardedEndpoint[] {
  const flows = openFlows(root === undefined ? {} : { root })
  return [
    ...forAccess(
      'any user',
      readingEndpoints(flows, programs).map((endpoint) => needing('READ', endpoint)),
    ),
    ...forAccess('an administrator', programEndpoints(flows, programs)),
  ]
}

function readingEndpoints(flows: Flows, programs: FlowPrograms | undefined): readonly Endpoint[] {
  const seen = new SeenTasks()
  return [
    jsonEndpoint(
      'GET',
      `${FLOWS_PATH}/runs/list`,
      { flow: text, max_results: integer, page_token: text },
      async ({ flow, max_results: maxResults = 100, page_token: pageToken }) =>
        await listRuns(flows, { flow, maxResults, pageToken }),
    ),
    jsonEndpoint('GET', `${FLOWS_PATH}/runs/get`, runFields, async (fields) => {
      const run = await flows.run(pathOf(fields))
      const nodes = taskNodes(run.graph).map(({ name, kind }) => ({ name, kind }))
      const program = run.file === undefined ? undefined : await programs?.nameOf(run.file)
      // The process of a run that has ended takes a moment to go.
      const isStoppable = run.status === 'running' && programs?.isUnderWay(run.pathspec) === true
      return {
        run: { ...runJson(run), program, is_stoppable: isStoppable },
        graph: { nodes, edges: graphEdges(run.graph) },
        parameters: valuesJson(await run.parameters()),
      }
    }),
    onlyIfNew(
      jsonEndpoint('GET', `${FLOWS_PATH}/tasks/list`, { ...runFields, step: text }, async ({ step, ...fields }) => {
        const run = await flows.run(pathOf(fields))
        const tasks = step === undefined ? await seen.of(run) : await (await run.step(step)).tasks()
        return { tasks: await Promise.all(tasks.map(async (task) => await taskJson(run, task))) }
      }),
    ),
    jsonEndpoint('GET', `${FLOWS_PATH}/tasks/get`, taskFields, async (fields) => {
      const { run, task } = await findTask(flows, fields)
      const artifacts = await Promise.all(task.artifacts.map(artifactJson))
      return { task: await taskJson(run, task), artifacts, has_card: (await task.card()) !== undefined }
    }),
    jsonEndpoint(
      'GET',
      `${FLOWS_PATH}/tasks/log`,
      { ...taskFields, attempt: integer, stream: z.enum(['stdout', 'stderr']).default('stdout'), offset: integer },
      async ({ attempt, stream, offset, ...fields }) => {
        const { task } = await findTask(flows, fields)
        const part = await task.readLog(stream, {
          attempt: natural(attempt),
          offset: natural(offset),
          maxBytes: MAX_LOG_BYTES,
        })
        return { text: part.text, next_offset: part.nextOffset, size_bytes: part.sizeBytes }
      },
    ),
    cardEndpoint('runs/card', runFields, async (fields) => await renderRunCard(await flows.run(pathOf(fields)))),
    cardEndpoint('tasks/card', taskFields, async (fields) => {
      const { run, task } = await findTask(flows, fields)
      return await renderStoredTaskCard(run, task)
    }),
  ]
}

/** Sends an answer only to who has another one: a page that follows a run asks again and again. */
function onlyIfNew(endpoint: Endpoint): Endpoint {
  return {
    ...endpoint,
    answer: async (request, pathFields, context) => {
      const reply = await endpoint.answer(request, pathFields, context)
      if (typeof reply.body !== 'string') return reply
      const etag = `"${createHash('sha256').update(reply.body).digest('base64url')}"`
      const headers = { ...reply.headers, etag, 'cache-control': 'private, no-cache' }
      if (request.header('if-none-match') === etag) return { status: 304, headers, body: '' }
      return { ...reply, headers }
    },
  }
}

interface ListOptions {
  readonly flow: string | undefined
  readonly maxResults: number
  /** The pathspec of the last run of the page before. */
  readonly pageToken: string | undefined
}

async function listRuns(flows: Flows, { flow, maxResults, pageToken }: ListOptions): Promise<unknown> {
  const names = await flows.names()
  const histories = await Promise.all((flow === undefined ? names : [flow]).map(async (name) => await flows.flow(name)))
  const ids = await Promise.all(
    histories.map(async (history) =>
      (await history.runIds()).map((id) => ({ history, id, path: `${history.name}/${id}` })),
    ),
  )
  // Two flows may have begun a run in the same moment.
  const newest = ids.flat().sort((a, b) => Number(b.id) - Number(a.id) || (a.path < b.path ? -1 : 1))
  const start = pageToken === undefined ? 0 : newest.findIndex(({ path }) => path === pageToken) + 1
  const page = newest.slice(start, start + Math.max(1, maxResults))
  const runs = await Promise.all(page.map(async ({ history, id }) => await history.run(id)))
  const hasMore = start + page.length < newest.length
  return { flows: names, runs: runs.map(runJson), next_page_token: hasMore ? page.at(-1)?.path : undefined }
}

interface TaskFields {
  readonly flow: string
  readonly run_id: string
  readonly step: string
  readonly task_id?: string | undefined
}

async function findTask(flows: Flows, fields: TaskFields): Promise<{ readonly run: FlowRun; readonly task: FlowTask }> {
  const run = await flows.run(pathOf(fields))
  return { run, task: await (await run.step(fields.step)).task(fields.task_id) }
}

function pathOf({ flow, run_id: id }: { readonly flow: string; readonly run_id: string }): string {
  return `${flow}/${id}`
}

function natural(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.max(0, value)
}

/** Cards are pages that flows wrote: they may look like anything, and do nothing. */
function cardEndpoint<S extends z.ZodRawShape>(
  path: string,
  shape: S,
  render: (fields: z.output<z.ZodObject<S>>) => Promise<string>,
): Endpoint {
  const schema = z.object(shape)
  return {
    method: 'GET',
    path: `${FLOWS_PATH}/${path}`,
    answer: async ({ query }): Promise<HttpReply> => ({
      status: 200,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:",
      },
      body: await render(parseFields(schema, Object.fromEntries(query))),
    }),
  }
}
