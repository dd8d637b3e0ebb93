/** Traces in MLflow's JSON, as a client reads them. */
import { z } from 'zod'
import { parseValue, sourceRunKey, valueFields } from '../assessment-value.ts'
import { duration, timestamp } from '../proto-times.ts'
import { type Assessment, type TraceInfo, type TraceState } from '../trace-entities.ts'
import { pairs } from './wire.ts'

const text = z.string().nullish()
const map = z.record(z.string(), z.string()).default({})

export const assessmentSchema = z
  .object({
    assessment_id: z.string(),
    assessment_name: z.string(),
    trace_id: z.string(),
    span_id: text,
    source: z
      .object({
        source_type: z
          .enum(['HUMAN', 'LLM_JUDGE', 'CODE', 'SOURCE_TYPE_UNSPECIFIED'])
          .default('SOURCE_TYPE_UNSPECIFIED'),
        source_id: text,
      })
      .default({ source_type: 'SOURCE_TYPE_UNSPECIFIED' }),
    create_time: timestamp,
    last_update_time: timestamp,
    ...valueFields,
    rationale: text,
    metadata: z.record(z.string(), z.string()).nullish(),
    overrides: text,
    valid: z.boolean().default(true),
  })
  .transform((found): Assessment => ({
    assessmentId: found.assessment_id,
    traceId: found.trace_id,
    name: found.assessment_name,
    ...(parseValue(found) ?? { kind: 'feedback' as const, value: null }),
    source: { type: found.source.source_type, ...(found.source.source_id && { id: found.source.source_id }) },
    createTime: found.create_time,
    lastUpdateTime: found.last_update_time,
    ...(found.metadata?.[sourceRunKey] !== undefined && { runId: found.metadata[sourceRunKey] }),
    ...(found.span_id && { spanId: found.span_id }),
    ...(found.rationale && { rationale: found.rationale }),
    ...(found.metadata && { metadata: found.metadata }),
    ...(found.overrides && { overrides: found.overrides }),
    valid: found.valid,
  }))

const state = z
  .string()
  .default('STATE_UNSPECIFIED')
  .transform((name): TraceState =>
    name === 'OK' || name === 'ERROR' || name === 'IN_PROGRESS' ? name : 'STATE_UNSPECIFIED',
  )

export const traceInfoSchema = z
  .object({
    trace_id: z.string(),
    client_request_id: text,
    trace_location: z.object({ mlflow_experiment: z.object({ experiment_id: z.string() }) }),
    request_preview: text,
    response_preview: text,
    request_time: timestamp,
    execution_duration: duration.nullish(),
    state,
    trace_metadata: map,
    tags: map,
    assessments: z.array(assessmentSchema).default([]),
  })
  .transform((found): TraceInfo => ({
    traceId: found.trace_id,
    experimentId: found.trace_location.mlflow_experiment.experiment_id,
    requestTime: found.request_time,
    ...(found.execution_duration != null && { executionDuration: found.execution_duration }),
    state: found.state,
    ...(found.client_request_id != null && { clientRequestId: found.client_request_id }),
    ...(found.request_preview != null && { requestPreview: found.request_preview }),
    ...(found.response_preview != null && { responsePreview: found.response_preview }),
    metadata: found.trace_metadata,
    tags: found.tags,
    assessments: found.assessments,
  }))

/** As the second version of the API has it. */
export const oldTraceInfoSchema = z
  .object({
    request_id: z.string(),
    experiment_id: z.string(),
    timestamp_ms: z.coerce.number(),
    execution_time_ms: z.coerce.number().optional(),
    status: state,
    request_metadata: pairs,
    tags: pairs,
  })
  .transform((found): TraceInfo => ({
    traceId: found.request_id,
    experimentId: found.experiment_id,
    requestTime: found.timestamp_ms,
    // It has no way to say that a trace is under way but 0.
    ...(found.execution_time_ms !== undefined &&
      found.status !== 'IN_PROGRESS' && { executionDuration: found.execution_time_ms }),
    state: found.status,
    metadata: found.request_metadata,
    tags: found.tags,
    assessments: [],
  }))
