/** The part of the SQL store that keeps assessments of traces. */
import { randomUUID } from 'node:crypto'
import { MillraceError } from '../../core/index.ts'
import { type Assessment, type TraceInfo } from '../trace-entities.ts'
import { type AssessmentChanges, type AssessmentToLog, type TraceStore } from '../tracking-store.ts'
import { checkLength, invalidParameter, limits } from '../validation.ts'
import { assessmentColumns, assessmentOf, assessmentRow, assessmentStatistics } from './assessment-rows.ts'
import { findTraceInfo } from './load-traces.ts'
import { createTarget, type Place } from './own-tables.ts'
import { inTransaction, type StoreContext } from './store-context.ts'
import { findTraceTables, type TraceTables } from './trace-tables.ts'

type Database = StoreContext['db']

type AssessmentStore = Pick<TraceStore, 'createAssessment' | 'getAssessment' | 'updateAssessment' | 'deleteAssessment'>

export function assessmentStore(context: StoreContext): AssessmentStore {
  const { db, dialect, clock } = context
  return {
    createAssessment: async (traceId, assessment) =>
      await inTransaction(context, async (tx) => {
        const tables = await findTraceTables({ db: tx, dialect })
        const trace = await findTraceInfo(tx, tables, traceId)
        const [made] = newAssessments(traceId, [assessment], clock())
        if (made?.overrides !== undefined) {
          await setValid(tx, tables, made.overrides, false)
          await findAssessment(tx, tables, traceId, made.overrides)
        }
        await insertAssessments({ db: tx, dialect }, tables, trace, [made!])
        return made!
      }),
    getAssessment: async (traceId, assessmentId) =>
      await findAssessment(db, await findTraceTables(context), traceId, assessmentId),
    updateAssessment: async (traceId, assessmentId, changes) =>
      await inTransaction(context, async (tx) => {
        const tables = await findTraceTables({ db: tx, dialect })
        const old = await findAssessment(tx, tables, traceId, assessmentId)
        const changed = { ...changedAssessment(old, changes), lastUpdateTime: clock() }
        const statistics = assessmentStatistics(changed, await findTraceInfo(tx, tables, traceId))
        for (const table of tables.assessments.tables) {
          const extra = hasStatistics(tables, table) ? statistics : {}
          await tx
            .updateTable(table)
            .set({ ...assessmentRow(changed), ...extra })
            .where('assessment_id', '=', assessmentId)
            .execute()
        }
        return changed
      }),
    deleteAssessment: async (traceId, assessmentId) =>
      await inTransaction(context, async (tx) => {
        const tables = await findTraceTables({ db: tx, dialect })
        for (const table of tables.assessments.tables) {
          const deleted = await tx
            .deleteFrom(table)
            .where('assessment_id', '=', assessmentId)
            .where('trace_id', '=', traceId)
            .returning('overrides')
            .executeTakeFirst()
          if (deleted?.overrides != null) await setValid(tx, tables, deleted.overrides, true)
        }
      }),
  }
}

/** Assessments as they are stored, with ids and times. @throws INVALID_PARAMETER_VALUE for what has no name or value */
export function newAssessments(
  traceId: string,
  assessments: readonly AssessmentToLog[],
  now: number,
): readonly Assessment[] {
  return assessments.map(({ createTime = now, ...assessment }) => {
    if (assessment.name === '') throw invalidParameter("Missing value for required parameter 'assessment_name'.")
    checkLength(assessment.name, 'assessment_name', limits.key)
    if (assessment.kind === 'expectation' && assessment.value === null) {
      throw invalidParameter('The `value` field must be specified.')
    }
    return {
      ...assessment,
      assessmentId: `a-${randomUUID().replaceAll('-', '')}`,
      traceId,
      createTime,
      lastUpdateTime: now,
      valid: true,
    }
  })
}

export async function insertAssessments(
  place: Place,
  tables: TraceTables,
  trace: Pick<TraceInfo, 'experimentId' | 'requestTime'>,
  assessments: readonly Assessment[],
): Promise<void> {
  if (assessments.length === 0) return
  const { target } = tables.assessments
  await createTarget(place, tables.assessments)
  const extra = (assessment: Assessment): object =>
    hasStatistics(tables, target) ? assessmentStatistics(assessment, trace) : {}
  await place.db
    .insertInto(target)
    .values(assessments.map((assessment) => ({ ...assessmentRow(assessment), ...extra(assessment) })))
    .execute()
}

function hasStatistics({ assessmentStatistics }: TraceTables, table: string): boolean {
  return assessmentStatistics && table !== 'millrace_assessments'
}

async function findAssessment(
  db: Database,
  tables: TraceTables,
  traceId: string,
  assessmentId: string,
): Promise<Assessment> {
  for (const table of tables.assessments.tables) {
    const row = await db
      .selectFrom(table)
      .select(assessmentColumns)
      .where('assessment_id', '=', assessmentId)
      .where('trace_id', '=', traceId)
      .executeTakeFirst()
    if (row !== undefined) return assessmentOf(row)
  }
  await findTraceInfo(db, tables, traceId)
  const message = `Assessment with ID '${assessmentId}' not found for trace '${traceId}'`
  throw new MillraceError('RESOURCE_DOES_NOT_EXIST', message)
}

async function setValid(tx: Database, tables: TraceTables, assessmentId: string, valid: boolean): Promise<void> {
  for (const table of tables.assessments.tables) {
    await tx
      .updateTable(table)
      .set({ valid: valid ? 1 : 0 })
      .where('assessment_id', '=', assessmentId)
      .execute()
  }
}

function changedAssessment(old: Assessment, { name, value, rationale, metadata }: AssessmentChanges): Assessment {
  if (value !== undefined && value.kind !== old.kind) {
    throw invalidParameter(
      `Cannot update ${value.kind} value on ${old.kind === 'feedback' ? 'a Feedback' : 'an Expectation'} assessment.`,
    )
  }
  const { error: oldError, ...rest } = old
  const error = value === undefined ? oldError : value.error
  return {
    ...rest,
    ...(error !== undefined && { error }),
    ...(value !== undefined && { value: value.value }),
    ...(name !== undefined && { name }),
    ...(rationale !== undefined && { rationale }),
    ...(metadata !== undefined && { metadata: { ...old.metadata, ...metadata } }),
  }
}
