/** The endpoints of traces, in the third version of MLflow's API and where the second is still used. */
import { z } from 'zod'
import { pythonJson } from '../python-json.ts'
import { tracesFile } from '../span-content.ts'
import { traceKeys, spansInStore } from '../trace-entities.ts'
import { type TraceChoice } from '../tracking-store.ts'
import { invalidParameter } from '../validation.ts'
import { type Endpoint, jsonEndpoint } from './endpoint.ts'
import { integer, list, requiredText, requireItems, text } from './fields.ts'
import { HttpError, type HttpReply, type HttpRequest } from './http.ts'
import { sendFile } from './send-file.ts'
import type { ServerContext } from './server-context.ts'
import { correlation } from './trace-correlation.ts'
import { locations, shownTraceInfoJson, traceInfoFields, traceJson, traceToLog } from './trace-wire.ts'
import { listJson } from './wire.ts'

const V2 = '/api/2.0/mlflow/traces'
const V3 = '/api/3.0/mlflow/traces'
const TRACE = `${V3}/{trace_id}`

const traceIds = { trace_ids: list(z.string()), experiment_ids: list(z.string()).optional() }

export const traceEndpoints: readonly Endpoint[] = [
  jsonEndpoint('POST', V3, { trace: z.object({ trace_info: traceInfoFields }) }, async ({ trace }, context) => {
    const info = await context.store.startTrace(traceToLog(trace.trace_info))
    return { trace: { trace_info: shownTraceInfoJson(info, context.uris) } }
  }),
  jsonEndpoint('GET', TRACE, {}, async (_, { store, uris }, { trace_id = '' }) => ({
    trace: { trace_info: shownTraceInfoJson(await store.getTraceInfo(trace_id), uris) },
  })),
  jsonEndpoint(
    'GET',
    `${V3}/get`,
    { trace_id: requiredText },
    async (fields, { store, uris }) => ({ trace: traceJson(await store.getTrace(fields.trace_id), uris) }),
    pythonJson,
  ),
  jsonEndpoint(
    'GET',
    `${V3}/batchGet`,
    traceIds,
    async (fields, { store, uris }) => {
      requireItems('trace_ids', fields.trace_ids)
      const traces = await store.getTraces(fields.trace_ids)
      const wanted = traces.filter(({ info }) => isIn(info.experimentId, fields.experiment_ids))
      return { traces: listJson(wanted, (trace) => traceJson(trace, uris)) }
    },
    pythonJson,
  ),
  jsonEndpoint('POST', `${V3}/batchGetInfos`, traceIds, async (fields, { store, uris }) => {
    requireItems('trace_ids', fields.trace_ids)
    const infos = await store.getTraceInfos(fields.trace_ids)
    const wanted = infos.filter((info) => isIn(info.experimentId, fields.experiment_ids))
    return { trace_infos: listJson(wanted, (info) => shownTraceInfoJson(info, uris)) }
  }),
  jsonEndpoint(
    'POST',
    `${V3}/search`,
    { locations, filter: text, max_results: integer, order_by: list(z.string()), page_token: text },
    async (fields, { store, uris }) => {
      const { items, nextPageToken } = await store.searchTraces({
        experimentIds: fields.locations,
        filter: fields.filter,
        maxResults: fields.max_results,
        orderBy: fields.order_by,
        pageToken: fields.page_token,
      })
      return { traces: listJson(items, (info) => shownTraceInfoJson(info, uris)), next_page_token: nextPageToken }
    },
  ),
  ...[V2, V3].flatMap((path) => [
    jsonEndpoint(
      'PATCH',
      `${path}/{trace_id}/tags`,
      { key: requiredText, value: text },
      async (fields, context, at) => {
        const { key, value = '' } = fields
        checkOpen(key, 'set')
        await context.store.setTraceTag(at['trace_id'] ?? '', key, value)
      },
    ),
    jsonEndpoint('DELETE', `${path}/{trace_id}/tags`, { key: requiredText }, async ({ key }, context, at) => {
      checkOpen(key, 'deleted')
      await context.store.deleteTraceTag(at['trace_id'] ?? '', key)
    }),
    jsonEndpoint(
      'POST',
      `${path}/delete-traces`,
      {
        experiment_id: requiredText,
        max_timestamp_millis: integer,
        max_traces: integer,
        request_ids: list(z.string()),
      },
      async (fields, { store }) => ({
        traces_deleted: await store.deleteTraces(fields.experiment_id, choiceOf(fields)),
      }),
    ),
  ]),
  jsonEndpoint(
    'POST',
    `${V2}/link-to-run`,
    { trace_ids: list(z.string()), run_id: requiredText },
    async (fields, { store }) => {
      requireItems('trace_ids', fields.trace_ids)
      await store.linkTracesToRun(fields.trace_ids, fields.run_id)
    },
  ),
  jsonEndpoint(
    'POST',
    `${V2}/link-prompts`,
    { trace_id: requiredText, prompt_versions: list(z.object({ name: requiredText, version: requiredText })) },
    async (fields, { store }) => {
      const versions = fields.prompt_versions.map(({ name, version }) => `${name}/${version}`)
      await store.linkPromptsToTrace(fields.trace_id, versions)
    },
  ),
  jsonEndpoint(
    'POST',
    `${V3}/calculate-filter-correlation`,
    {
      experiment_ids: list(z.string()),
      filter_string1: requiredText,
      filter_string2: requiredText,
      base_filter: text,
    },
    async (fields, { store }) => {
      const filters = { first: fields.filter_string1, second: fields.filter_string2, base: fields.base_filter }
      return correlation(await store.countTraces(fields.experiment_ids, filters))
    },
  ),
  ...['2.0', '3.0'].map((version): Endpoint => ({
    method: 'GET',
    path: `/api/${version}/mlflow/get-trace-artifact`,
    answer: async (request, _, context) => await sendTraceArtifact(request, context),
  })),
]

function isIn(experimentId: string, experimentIds: readonly string[] | undefined): boolean {
  return experimentIds === undefined || experimentIds.length === 0 || experimentIds.includes(experimentId)
}

/** Where the spans of a trace are is the store's to say. */
function checkOpen(key: string, operation: 'set' | 'deleted'): void {
  if (key !== traceKeys.spansLocation) return
  throw invalidParameter(`Tag '${key}' is immutable and cannot be ${operation} on a trace.`)
}

function choiceOf(fields: {
  readonly max_timestamp_millis?: number | undefined
  readonly max_traces?: number | undefined
  readonly request_ids: readonly string[]
}): TraceChoice {
  const { max_timestamp_millis: maxTime, max_traces: maxTraces, request_ids: traceIds } = fields
  if (maxTime === undefined && traceIds.length === 0) {
    throw invalidParameter('Either `max_timestamp_millis` or `trace_ids` must be specified.')
  }
  if (maxTime === undefined) {
    if (maxTraces === undefined) return { traceIds }
    throw invalidParameter("`max_traces` can't be specified if `trace_ids` is specified.")
  }
  if (traceIds.length === 0) return { maxTime, maxTraces }
  throw invalidParameter('Only one of `max_timestamp_millis` and `trace_ids` can be specified.')
}

/** The spans of a trace as its `traces.json`, from the store or from its artifacts; with `path`, one of its attachments. */
async function sendTraceArtifact(request: HttpRequest, context: ServerContext): Promise<HttpReply> {
  const { query } = request
  const traceId = query.get('request_id') ?? ''
  if (traceId === '') throw new HttpError(400, 'BAD_REQUEST', 'Request must include the "request_id" query parameter.')
  const info = await context.store.getTraceInfo(traceId)
  const path = query.get('path') ?? ''
  if (path === '' && info.tags[traceKeys.spansLocation] === spansInStore) {
    const { spans } = await context.store.getTrace(traceId)
    return {
      status: 200,
      headers: {
        'content-type': 'application/octet-stream',
        'content-disposition': 'attachment; filename=traces.json',
        'x-content-type-options': 'nosniff',
      },
      body: tracesFile(spans),
    }
  }
  const place = context.uris.pathOf(info.tags[traceKeys.artifactLocation] ?? '')
  return await sendFile(request, context, path === '' ? 'traces.json' : `attachments/${path}`, place)
}
