/** The part of the client over HTTP that keeps traces. */
import { text as readAll } from 'node:stream/consumers'
import { z } from 'zod'
import { encodeOtlp } from '../otlp.ts'
import { parseTracesFile } from '../span-content.ts'
import { type Trace, type TraceInfo } from '../trace-entities.ts'
import { locationJson, traceInfoJson } from '../trace-json.ts'
import { type TraceChoice, type TraceStore, type TraceToLog } from '../tracking-store.ts'
import { httpAssessments } from './assessments.ts'
import { type Connection } from './connection.ts'
import { oldTraceInfoSchema, traceInfoSchema } from './trace-wire.ts'
import { nextPage, pageOf, pairsJson, parseAnswer } from './wire.ts'

const V2 = '/api/2.0/mlflow/traces'
const V3 = '/api/3.0/mlflow/traces'

const one = z.object({ trace: z.object({ trace_info: traceInfoSchema }) })
const old = z.object({ trace_info: oldTraceInfoSchema })

export function httpTraces(connection: Connection): TraceStore {
  const { get, send, raw } = connection
  const getTraceInfo = async (traceId: string): Promise<TraceInfo> =>
    parseAnswer(one, await get(pathOf(V3, traceId), {})).trace.trace_info
  const withSpans = async (info: TraceInfo): Promise<Trace> => {
    const query = new URLSearchParams({ request_id: info.traceId }).toString()
    const { body } = await raw('GET', `/ajax-api/2.0/mlflow/get-trace-artifact?${query}`)
    const json = body === null ? '' : await readAll(body)
    return { info, spans: parseTracesFile(json, `What the server says of trace ${info.traceId}`) }
  }
  const getTraceInfos = async (traceIds: readonly string[]): Promise<readonly TraceInfo[]> => {
    if (traceIds.length === 0) return []
    const answer = await send('POST', `${V3}/batchGetInfos`, { trace_ids: traceIds })
    const { trace_infos } = parseAnswer(z.object({ trace_infos: z.array(traceInfoSchema).default([]) }), answer)
    return trace_infos
  }
  return {
    ...httpAssessments(connection),
    startTrace: async (trace) =>
      trace.traceId === undefined
        ? parseAnswer(old, await send('POST', V2, beginningJson(trace))).trace_info
        : parseAnswer(one, await send('POST', V3, { trace: { trace_info: traceInfoJson(trace) } })).trace.trace_info,
    endTrace: async (traceId, { endTime, state, metadata, tags }) => {
      const end = {
        timestamp_ms: endTime,
        status: state,
        request_metadata: pairsJson(metadata),
        tags: pairsJson(tags),
      }
      return parseAnswer(old, await send('PATCH', pathOf(V2, traceId), end)).trace_info
    },
    logSpans: async (experimentId, spans) => {
      if (spans.length === 0) return
      const headers = { 'content-type': 'application/x-protobuf', 'x-mlflow-experiment-id': experimentId }
      await raw('POST', '/v1/traces', new Blob([new Uint8Array(encodeOtlp(spans))]), headers)
    },
    getTraceInfo,
    getTraceInfos,
    getTrace: async (traceId) => await withSpans(await getTraceInfo(traceId)),
    getTraces: async (traceIds) => await Promise.all((await getTraceInfos(traceIds)).map(withSpans)),
    searchTraces: async ({ experimentIds, filter, orderBy, maxResults = 100, pageToken }) => {
      const answer = await send('POST', `${V3}/search`, {
        locations: experimentIds.map(locationJson),
        filter,
        order_by: orderBy,
        max_results: maxResults,
        page_token: pageToken,
      })
      const page = parseAnswer(z.object({ traces: z.array(traceInfoSchema).default([]), ...nextPage }), answer)
      return pageOf(page.traces, page)
    },
    countTraces: async (experimentIds, { first, second, base }) => {
      const answer = await send('POST', `${V3}/calculate-filter-correlation`, {
        experiment_ids: experimentIds,
        filter_string1: first,
        filter_string2: second,
        base_filter: base,
      })
      const counts = parseAnswer(correlation, answer)
      return {
        total: counts.total_count,
        first: counts.filter1_count,
        second: counts.filter2_count,
        both: counts.joint_count,
      }
    },
    setTraceTag: async (traceId, key, value) => {
      await send('PATCH', `${pathOf(V2, traceId)}/tags`, { key, value })
    },
    deleteTraceTag: async (traceId, key) => {
      await send('DELETE', `${pathOf(V2, traceId)}/tags`, { key })
    },
    deleteTraces: async (experimentId, choice) => {
      const answer = await send('POST', `${V2}/delete-traces`, { experiment_id: experimentId, ...choiceJson(choice) })
      return parseAnswer(z.object({ traces_deleted: z.coerce.number().default(0) }), answer).traces_deleted
    },
    linkTracesToRun: async (traceIds, runId) => {
      await send('POST', `${V2}/link-to-run`, { trace_ids: traceIds, run_id: runId })
    },
    linkPromptsToTrace: async (traceId, promptVersions) => {
      await send('POST', `${V2}/link-prompts`, { trace_id: traceId, prompt_versions: promptVersions.map(promptJson) })
    },
  }
}

const count = z.coerce.number().default(0)
const correlation = z.object({ total_count: count, filter1_count: count, filter2_count: count, joint_count: count })

function pathOf(base: string, traceId: string): string {
  return `${base}/${encodeURIComponent(traceId)}`
}

function beginningJson(trace: TraceToLog): Readonly<Record<string, unknown>> {
  return {
    experiment_id: trace.experimentId,
    timestamp_ms: trace.requestTime,
    request_metadata: pairsJson(trace.metadata),
    tags: pairsJson(trace.tags),
  }
}

function choiceJson(choice: TraceChoice): object {
  return 'traceIds' in choice
    ? { request_ids: choice.traceIds }
    : { max_timestamp_millis: choice.maxTime, max_traces: choice.maxTraces }
}

function promptJson(nameAndVersion: string): object {
  const cut = nameAndVersion.lastIndexOf('/')
  return { name: nameAndVersion.slice(0, cut), version: nameAndVersion.slice(cut + 1) }
}
