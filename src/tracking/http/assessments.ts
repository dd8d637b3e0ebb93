/** The part of the client over HTTP that keeps assessments of traces. */
import { z } from 'zod'
import { valueJson } from '../assessment-value.ts'
import { type Assessment } from '../trace-entities.ts'
import { assessmentJson } from '../trace-json.ts'
import { type TraceStore } from '../tracking-store.ts'
import { type Connection } from './connection.ts'
import { assessmentSchema } from './trace-wire.ts'
import { parseAnswer } from './wire.ts'

type AssessmentStore = Pick<TraceStore, 'createAssessment' | 'getAssessment' | 'updateAssessment' | 'deleteAssessment'>

const one = z.object({ assessment: assessmentSchema })

export function httpAssessments({ get, send }: Connection): AssessmentStore {
  return {
    createAssessment: async (traceId, assessment) =>
      parse(await send('POST', pathOf(traceId), { assessment: assessmentJson(traceId, assessment) })),
    getAssessment: async (traceId, assessmentId) => parse(await get(`${pathOf(traceId)}/${assessmentId}`, {})),
    updateAssessment: async (traceId, assessmentId, { name, value, rationale, metadata }) => {
      const assessment = {
        ...(name !== undefined && { assessment_name: name }),
        ...(value !== undefined && valueJson(value)),
        ...(rationale !== undefined && { rationale }),
        ...(metadata !== undefined && { metadata }),
      }
      const mask = Object.keys(assessment).map((key) => (key === 'assessment_name' ? 'assessmentName' : key))
      const body = { assessment: { assessment_id: assessmentId, trace_id: traceId, ...assessment } }
      return parse(await send('PATCH', `${pathOf(traceId)}/${assessmentId}`, { ...body, update_mask: mask.join(',') }))
    },
    deleteAssessment: async (traceId, assessmentId) => {
      await send('DELETE', `${pathOf(traceId)}/${assessmentId}`, {})
    },
  }
}

function pathOf(traceId: string): string {
  return `/api/3.0/mlflow/traces/${encodeURIComponent(traceId)}/assessments`
}

function parse(answer: unknown): Assessment {
  return parseAnswer(one, answer).assessment
}
