/** The endpoints of assessments of traces. */
import { z } from 'zod'
import { assessmentJson } from '../trace-json.ts'
import { type AssessmentChanges } from '../tracking-store.ts'
import { invalidParameter } from '../validation.ts'
import { type Endpoint, jsonEndpoint } from './endpoint.ts'
import { assessmentFields, type AssessmentFields, assessmentToLog, valueOf } from './trace-wire.ts'

const PATH = '/api/3.0/mlflow/traces/{trace_id}/assessments'
const ASSESSMENT = `${PATH}/{assessment_id}`

/** What of an assessment is to change: `feedback,rationale`, or as a list. */
const mask = z
  .union([
    z
      .string()
      .min(1)
      .transform((paths) => paths.split(',')),
    z.object({ paths: z.array(z.string()) }),
  ])
  .transform((paths) => (Array.isArray(paths) ? paths : paths.paths).map(snakeCase))

export const assessmentEndpoints: readonly Endpoint[] = [
  jsonEndpoint('POST', PATH, { assessment: assessmentFields }, async (fields, { store }, { trace_id = '' }) => ({
    assessment: assessmentJson(trace_id, await store.createAssessment(trace_id, assessmentToLog(fields.assessment))),
  })),
  jsonEndpoint('GET', ASSESSMENT, {}, async (_, { store }, { trace_id = '', assessment_id = '' }) => ({
    assessment: assessmentJson(trace_id, await store.getAssessment(trace_id, assessment_id)),
  })),
  jsonEndpoint(
    'PATCH',
    ASSESSMENT,
    { assessment: assessmentFields, update_mask: mask },
    async (fields, { store }, { trace_id = '', assessment_id = '' }) => {
      const changes = changesOf(fields.assessment, fields.update_mask)
      return { assessment: assessmentJson(trace_id, await store.updateAssessment(trace_id, assessment_id, changes)) }
    },
  ),
  jsonEndpoint('DELETE', ASSESSMENT, {}, async (_, { store }, { trace_id = '', assessment_id = '' }) => {
    await store.deleteAssessment(trace_id, assessment_id)
  }),
]

function changesOf(fields: AssessmentFields, paths: readonly string[]): AssessmentChanges {
  if (paths.includes('feedback') && paths.includes('expectation')) {
    throw invalidParameter('Cannot specify both `expectation` and `feedback` parameters.')
  }
  const { assessment_name: name, rationale, metadata } = fields
  return {
    ...(paths.includes('assessment_name') && { name }),
    ...(paths.includes('rationale') && { rationale: rationale ?? '' }),
    ...(paths.includes('metadata') && { metadata: metadata ?? {} }),
    ...(paths.includes('feedback') && { value: changedValue({ feedback: fields.feedback ?? { value: null } }) }),
    ...(paths.includes('expectation') && { value: changedValue({ expectation: fields.expectation }) }),
  }
}

function changedValue(fields: Partial<AssessmentFields>): NonNullable<AssessmentChanges['value']> {
  const { kind, value, error } = valueOf(fields)
  return { kind: kind === 'expectation' ? 'expectation' : 'feedback', value, error }
}

function snakeCase(path: string): string {
  return path.trim().replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
