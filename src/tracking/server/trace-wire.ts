/** Traces as MLflow's JSON has them, both ways. */
import { z } from 'zod'
import { asError } from '../../core/index.ts'
import { parseValue, sourceRunKey, valueFields } from '../assessment-value.ts'
import { anyValue } from '../otlp.ts'
import { duration, timestamp } from '../proto-times.ts'
import {
  type AssessmentSourceType,
  type JsonMap,
  type Span,
  type Trace,
  type TraceInfo,
  traceKeys,
  type TraceState,
} from '../trace-entities.ts'
import { traceInfoJson } from '../trace-json.ts'
import { type AssessmentToLog, type TraceToLog } from '../tracking-store.ts'
import { invalidParameter } from '../validation.ts'
import type { ArtifactUris } from './artifact-uris.ts'
import { list, requiredText, text } from './fields.ts'
import { listJson } from './wire.ts'

type Json = Readonly<Record<string, unknown>>

const map = z
  .record(z.string(), z.string())
  .nullish()
  .transform((values) => values ?? {})

const states: Readonly<Record<string, TraceState>> = {
  STATE_UNSPECIFIED: 'STATE_UNSPECIFIED',
  OK: 'OK',
  ERROR: 'ERROR',
  IN_PROGRESS: 'IN_PROGRESS',
  0: 'STATE_UNSPECIFIED',
  1: 'OK',
  2: 'ERROR',
  3: 'IN_PROGRESS',
}

/** The state of a trace by its name or number; none is STATE_UNSPECIFIED. */
export const stateField: z.ZodType<TraceState> = z
  .union([z.string(), z.number()])
  .default('STATE_UNSPECIFIED')
  .refine((state) => Object.hasOwn(states, state))
  .transform((state) => states[state]!)

const sourceTypes: readonly AssessmentSourceType[] = ['SOURCE_TYPE_UNSPECIFIED', 'HUMAN', 'LLM_JUDGE', 'CODE']

const source = z
  .object({
    source_type: z
      .string()
      .default('SOURCE_TYPE_UNSPECIFIED')
      .transform((type) => (type === 'AI_JUDGE' ? 'LLM_JUDGE' : type))
      .pipe(z.enum(['SOURCE_TYPE_UNSPECIFIED', 'HUMAN', 'LLM_JUDGE', 'CODE'])),
    source_id: text,
  })
  .default({ source_type: sourceTypes[0]!, source_id: undefined })

/** Of an assessment all that may be given, as one that is made or one that is changed. */
export const assessmentFields = z.object({
  assessment_name: text,
  source,
  create_time: timestamp.optional(),
  span_id: text,
  rationale: text,
  metadata: map.optional(),
  overrides: text,
  ...valueFields,
})

export type AssessmentFields = z.infer<typeof assessmentFields>

/** @throws MillraceError INVALID_PARAMETER_VALUE for one without a value */
export function assessmentToLog(fields: AssessmentFields): AssessmentToLog {
  const { kind, value, error } = valueOf(fields)
  const { metadata, create_time: createTime } = fields
  const runId = metadata?.[sourceRunKey]
  return {
    name: fields.assessment_name ?? '',
    kind,
    value,
    ...(error !== undefined && { error }),
    source: {
      type: fields.source.source_type,
      ...(fields.source.source_id !== undefined && { id: fields.source.source_id }),
    },
    ...(createTime !== undefined && { createTime }),
    ...(runId !== undefined && { runId }),
    ...(fields.span_id && { spanId: fields.span_id }),
    ...(fields.rationale && { rationale: fields.rationale }),
    ...(metadata !== undefined && Object.keys(metadata).length > 0 && { metadata }),
    ...(fields.overrides && { overrides: fields.overrides }),
  }
}

/** @throws MillraceError INVALID_PARAMETER_VALUE where there is none, or none that can be read */
export function valueOf(
  fields: Pick<AssessmentFields, 'feedback' | 'expectation' | 'issue'>,
): Pick<AssessmentToLog, 'kind' | 'value' | 'error'> {
  try {
    const value = parseValue(fields)
    if (value !== undefined) return value
  } catch (error) {
    throw invalidParameter(`The value of an expectation is no JSON: ${asError(error).message}`)
  }
  throw invalidParameter('Unknown assessment type: None')
}

const experimentLocation = z.object({ mlflow_experiment: z.object({ experiment_id: requiredText }).optional() })

/** The experiments of `locations`; there are other kinds of places in other products. */
export const locations = list(experimentLocation).transform((found) =>
  found.flatMap(({ mlflow_experiment }) => mlflow_experiment?.experiment_id ?? []),
)

export const traceInfoFields = z.object({
  trace_id: requiredText,
  client_request_id: text,
  trace_location: z.object({ mlflow_experiment: z.object({ experiment_id: requiredText }) }),
  request_preview: text,
  response_preview: text,
  request_time: timestamp,
  execution_duration: duration.nullish(),
  state: stateField,
  trace_metadata: map,
  tags: map,
  assessments: list(assessmentFields),
})

export function traceToLog(fields: z.infer<typeof traceInfoFields>): TraceToLog {
  return {
    traceId: fields.trace_id,
    experimentId: fields.trace_location.mlflow_experiment.experiment_id,
    requestTime: fields.request_time,
    state: fields.state,
    ...(fields.execution_duration != null && { executionDuration: fields.execution_duration }),
    ...(fields.client_request_id !== undefined && { clientRequestId: fields.client_request_id }),
    ...(fields.request_preview !== undefined && { requestPreview: fields.request_preview }),
    ...(fields.response_preview !== undefined && { responsePreview: fields.response_preview }),
    metadata: fields.trace_metadata,
    tags: fields.tags,
    assessments: fields.assessments.map(assessmentToLog),
  }
}

export function shownTraceInfoJson(info: TraceInfo, uris: ArtifactUris): Json {
  return traceInfoJson({ ...info, tags: shownTags(info, uris) })
}

/** Clients see the artifacts of a trace where the server has them. */
export function shownTags({ tags }: TraceInfo, uris: ArtifactUris): TraceInfo['tags'] {
  const { [traceKeys.artifactLocation]: place } = tags
  return place === undefined ? tags : { ...tags, [traceKeys.artifactLocation]: uris.shown(place) }
}

export function traceJson({ info, spans }: Trace, uris: ArtifactUris): Json {
  return { trace_info: shownTraceInfoJson(info, uris), spans: listJson(spans, spanJson) }
}

/** A span of OTLP as protocol buffers have it in JSON, under the names of their fields. */
function spanJson(span: Span): Json {
  return {
    trace_id: base64(span.traceId.replace(/^tr-/, '')),
    span_id: base64(span.spanId),
    parent_span_id: span.parentSpanId === undefined ? undefined : base64(span.parentSpanId),
    name: span.name,
    start_time_unix_nano: span.startTimeNs,
    end_time_unix_nano: span.endTimeNs,
    attributes: attributesJson(span.attributes),
    events: listJson(span.events, (event) => ({
      time_unix_nano: event.timeNs,
      name: event.name,
      attributes: attributesJson(event.attributes),
    })),
    links: listJson(span.links, (link) => ({
      trace_id: base64(link.traceId.replace(/^tr-/, '')),
      span_id: base64(link.spanId),
      attributes: attributesJson(link.attributes ?? {}),
    })),
    status: {
      code: span.status.code === 'UNSET' ? undefined : `STATUS_CODE_${span.status.code}`,
      message: span.status.message || undefined,
    },
  }
}

function attributesJson(attributes: JsonMap): readonly unknown[] | undefined {
  return listJson(Object.entries(attributes), ([key, value]) => ({ key, value: snakeValue(anyValue(value)) }))
}

/** OTLP's names of the kinds of values, as `string_value` for `stringValue`. */
function snakeValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeValue)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inside]) => [key.replace(/V(alue)$/, '_v$1'), snakeValue(inside)]),
  )
}

function base64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64')
}
