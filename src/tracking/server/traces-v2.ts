/** The endpoints of traces in the second version of MLflow's API, for clients of MLflow 2. */
import { z } from 'zod'
import { type TraceInfo } from '../trace-entities.ts'
import type { ArtifactUris } from './artifact-uris.ts'
import { type Endpoint, jsonEndpoint } from './endpoint.ts'
import { integer, keyValues, list, requiredInteger, requiredText, requireItems, text } from './fields.ts'
import { shownTags, stateField } from './trace-wire.ts'
import { listJson, pairsJson } from './wire.ts'

const PATH = '/api/2.0/mlflow/traces'

export const oldTraceEndpoints: readonly Endpoint[] = [
  jsonEndpoint(
    'POST',
    PATH,
    { experiment_id: requiredText, timestamp_ms: requiredInteger, request_metadata: keyValues, tags: keyValues },
    async (fields, { store, uris }) => {
      const info = await store.startTrace({
        experimentId: fields.experiment_id,
        requestTime: fields.timestamp_ms,
        metadata: fields.request_metadata,
        tags: fields.tags,
      })
      return { trace_info: oldTraceInfoJson(info, uris) }
    },
  ),
  jsonEndpoint(
    'PATCH',
    `${PATH}/{request_id}`,
    { timestamp_ms: requiredInteger, status: stateField, request_metadata: keyValues, tags: keyValues },
    async (fields, { store, uris }, { request_id = '' }) => {
      const { timestamp_ms: endTime, status: state, request_metadata: metadata, tags } = fields
      return {
        trace_info: oldTraceInfoJson(await store.endTrace(request_id, { endTime, state, metadata, tags }), uris),
      }
    },
  ),
  jsonEndpoint('GET', `${PATH}/{request_id}/info`, {}, async (_, { store, uris }, { request_id = '' }) => ({
    trace_info: oldTraceInfoJson(await store.getTraceInfo(request_id), uris),
  })),
  jsonEndpoint(
    'GET',
    PATH,
    {
      experiment_ids: list(z.string()),
      filter: text,
      max_results: integer,
      order_by: list(z.string()),
      page_token: text,
    },
    async (fields, { store, uris }) => {
      requireItems('experiment_ids', fields.experiment_ids)
      const { items, nextPageToken } = await store.searchTraces({
        experimentIds: fields.experiment_ids,
        filter: fields.filter,
        maxResults: fields.max_results,
        orderBy: fields.order_by,
        pageToken: fields.page_token,
      })
      return { traces: listJson(items, (info) => oldTraceInfoJson(info, uris)), next_page_token: nextPageToken }
    },
  ),
]

function oldTraceInfoJson(info: TraceInfo, uris: ArtifactUris): unknown {
  return {
    request_id: info.traceId,
    experiment_id: info.experimentId,
    timestamp_ms: info.requestTime,
    execution_time_ms: info.executionDuration ?? 0,
    status: info.state === 'STATE_UNSPECIFIED' ? 'TRACE_STATUS_UNSPECIFIED' : info.state,
    request_metadata: pairsJson(info.metadata),
    tags: pairsJson(shownTags(info, uris)),
  }
}
