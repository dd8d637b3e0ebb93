/** Traces and assessments in MLflow's JSON: the same for who writes a request and who writes an answer. */
import { sourceRunKey, valueJson } from './assessment-value.ts'
import { durationText, timestampText } from './proto-times.ts'
import { type Assessment } from './trace-entities.ts'
import { type AssessmentToLog, type TraceToLog } from './tracking-store.ts'

type Json = Readonly<Record<string, unknown>>

/** A trace that is to be stored, or one that is. */
export function traceInfoJson(trace: TraceToLog): Json {
  const { traceId, executionDuration, assessments = [] } = trace
  return {
    trace_id: traceId,
    client_request_id: trace.clientRequestId,
    trace_location: locationJson(trace.experimentId),
    request_preview: trace.requestPreview,
    response_preview: trace.responsePreview,
    request_time: timestampText(trace.requestTime),
    execution_duration: executionDuration === undefined ? undefined : durationText(executionDuration),
    state: trace.state ?? 'IN_PROGRESS',
    trace_metadata: filled(trace.metadata),
    tags: filled(trace.tags),
    assessments: assessments.length === 0 ? undefined : assessments.map((one) => assessmentJson(traceId, one)),
  }
}

/** An assessment that is to be stored, or one that is. */
export function assessmentJson(
  traceId: string | undefined,
  assessment: AssessmentToLog & Partial<Pick<Assessment, 'assessmentId' | 'lastUpdateTime' | 'valid'>>,
): Json {
  const { source, createTime, lastUpdateTime, metadata, runId } = assessment
  return {
    assessment_id: assessment.assessmentId,
    assessment_name: assessment.name,
    trace_id: traceId,
    span_id: assessment.spanId,
    source: { source_type: source.type, source_id: source.id },
    create_time: createTime === undefined ? undefined : timestampText(createTime),
    last_update_time: lastUpdateTime === undefined ? undefined : timestampText(lastUpdateTime),
    ...valueJson(assessment),
    rationale: assessment.rationale,
    metadata: runId === undefined ? metadata : { ...metadata, [sourceRunKey]: runId },
    overrides: assessment.overrides,
    valid: assessment.valid ?? true,
  }
}

export function locationJson(experimentId: string): Json {
  return { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experimentId } }
}

/** A message of protocol buffers has no empty maps. */
function filled(values: TraceToLog['tags'] = {}): TraceToLog['tags'] {
  return Object.keys(values).length === 0 ? undefined : values
}
