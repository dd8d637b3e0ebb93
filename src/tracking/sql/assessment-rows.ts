/** Assessments as rows: values, errors and metadata as texts of JSON. */
import { type Insertable, type Selectable } from 'kysely'
import { z } from 'zod'
import { parseJson } from '../../core/index.ts'
import { pythonJson } from '../python-json.ts'
import { type Assessment, type AssessmentError, type AssessmentSourceType } from '../trace-entities.ts'
import { type Tables } from './tables.ts'

type AssessmentTable = Tables['millrace_assessments']

export const assessmentColumns = [
  'assessment_id',
  'trace_id',
  'name',
  'assessment_type',
  'value',
  'error',
  'created_timestamp',
  'last_updated_timestamp',
  'source_type',
  'source_id',
  'run_id',
  'span_id',
  'rationale',
  'overrides',
  'valid',
  'assessment_metadata',
] as const satisfies readonly (keyof AssessmentTable)[]

const storedError = z.object({
  error_code: z.string(),
  error_message: z.string().nullish(),
  stack_trace: z.string().nullish(),
})

const kinds: readonly Assessment['kind'][] = ['feedback', 'expectation', 'issue']

export function assessmentOf(row: Selectable<AssessmentTable>): Assessment {
  const what = `Assessment ${row.assessment_id}`
  return {
    assessmentId: row.assessment_id,
    traceId: row.trace_id,
    name: row.name,
    kind: kinds.find((kind) => kind === row.assessment_type) ?? 'feedback',
    value: parseJson(z.unknown(), row.value, what),
    ...(row.error !== null && { error: errorOf(parseJson(storedError, row.error, what)) }),
    source: { type: row.source_type as AssessmentSourceType, ...(row.source_id !== null && { id: row.source_id }) },
    createTime: row.created_timestamp,
    lastUpdateTime: row.last_updated_timestamp,
    ...(row.run_id !== null && { runId: row.run_id }),
    ...(row.span_id !== null && { spanId: row.span_id }),
    ...(row.rationale !== null && { rationale: row.rationale }),
    ...(row.assessment_metadata !== null && {
      metadata: parseJson(z.record(z.string(), z.string()), row.assessment_metadata, what),
    }),
    ...(row.overrides !== null && { overrides: row.overrides }),
    valid: Boolean(row.valid),
  }
}

export function assessmentRow(assessment: Assessment): Insertable<AssessmentTable> {
  const { error, metadata } = assessment
  return {
    assessment_id: assessment.assessmentId,
    trace_id: assessment.traceId,
    name: assessment.name,
    assessment_type: assessment.kind,
    value: pythonJson(assessment.value, { ascii: true }),
    error:
      error === undefined
        ? null
        : pythonJson({ error_code: error.code, error_message: error.message, stack_trace: error.stackTrace }),
    created_timestamp: assessment.createTime,
    last_updated_timestamp: assessment.lastUpdateTime,
    source_type: assessment.source.type,
    source_id: assessment.source.id ?? null,
    run_id: assessment.runId ?? null,
    span_id: assessment.spanId ?? null,
    rationale: assessment.rationale ?? null,
    overrides: assessment.overrides ?? null,
    valid: assessment.valid ? 1 : 0,
    assessment_metadata: metadata === undefined ? null : pythonJson(metadata),
  }
}

/** What MLflow's statistics need besides, in the columns that its own table has. */
export function assessmentStatistics(
  { value }: Assessment,
  trace: { readonly experimentId: string; readonly requestTime: number },
): Readonly<Record<string, number | null>> {
  return {
    experiment_id: Number(trace.experimentId),
    trace_timestamp_ms: trace.requestTime,
    aggregate_value: aggregate(value),
    is_numeric_value: typeof value === 'number' ? 1 : 0,
  }
}

function aggregate(value: unknown): number | null {
  if (typeof value === 'number') return value
  const yes = typeof value === 'string' ? value.trim().toLowerCase() : value
  if (yes === true || yes === 'yes') return 1
  return yes === false || yes === 'no' ? 0 : null
}

function errorOf({ error_code, error_message, stack_trace }: z.infer<typeof storedError>): AssessmentError {
  return {
    code: error_code,
    ...(error_message != null && { message: error_message }),
    ...(stack_trace != null && { stackTrace: stack_trace }),
  }
}
