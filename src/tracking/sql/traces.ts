/** The part of the SQL store that keeps traces. */
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { MillraceError } from '../../core/index.ts'
import { type Trace, type TraceInfo, traceKeys, spansInStore } from '../trace-entities.ts'
import { type TraceChoice, type TraceStore, type TraceToLog } from '../tracking-store.ts'
import { checkKey, checkLength, invalidParameter, limits, parseExperimentId } from '../validation.ts'
import { assessmentStore, insertAssessments, newAssessments } from './assessments.ts'
import { findActiveExperiment } from './experiments.ts'
import { findTraceInfo, findTraceInfos, loadSpans, saveTraceInfos } from './load-traces.ts'
import { logSpans } from './log-spans.ts'
import { createTarget, type Place } from './own-tables.ts'
import { countTraces, searchTraces } from './search-traces.ts'
import { inChunks, inTransaction, type StoreContext } from './store-context.ts'
import { traceArtifacts } from './trace-artifacts.ts'
import { findTraceTables, type TraceTables } from './trace-tables.ts'

type Database = StoreContext['db']

export function traceStore(context: StoreContext): TraceStore {
  const { db, dialect, clock } = context
  const change = async <T>(work: (tx: Database, tables: TraceTables) => Promise<T>): Promise<T> =>
    await inTransaction(context, async (tx) => await work(tx, await findTraceTables({ db: tx, dialect })))
  return {
    ...assessmentStore(context),
    startTrace: async (trace) => await startTrace(context, trace),
    endTrace: async (traceId, { endTime, state, metadata, tags }) =>
      await change(async (tx, tables) => {
        const begun = await findTraceInfo(tx, tables, traceId)
        const ended = {
          ...begun,
          executionDuration: endTime - begun.requestTime,
          state,
          metadata: { ...begun.metadata, ...metadata },
          tags: { ...begun.tags, ...tags },
        }
        await saveTraceInfos(tx, tables, [ended])
        return ended
      }),
    logSpans: async (experimentId, spans) => await logSpans(context, experimentId, spans),
    getTraceInfo: async (traceId) => await findTraceInfo(db, await findTraceTables(context), traceId),
    getTraceInfos: async (traceIds) => {
      const infos = await findTraceInfos(db, await findTraceTables(context), traceIds)
      return inOrder(traceIds, infos)
    },
    getTrace: async (traceId) => {
      const [trace] = await getTraces(context, [traceId])
      if (trace !== undefined) return trace
      await findTraceInfo(db, await findTraceTables(context), traceId)
      throw new MillraceError(
        'INVALID_STATE',
        `The spans of trace ${traceId} are not in the store; they may be in traces.json among its artifacts.`,
      )
    },
    getTraces: async (traceIds) => await getTraces(context, traceIds),
    searchTraces: async (request) => await searchTraces(context, request),
    countTraces: async (experimentIds, filters) => await countTraces(context, experimentIds, filters),
    setTraceTag: async (traceId, key, value) => {
      checkKey(key, 'key')
      await change(async (tx, tables) => {
        const info = await findTraceInfo(tx, tables, traceId)
        await saveTraceInfos(tx, tables, [{ ...info, tags: { ...info.tags, [key]: value.slice(0, limits.tagValue) } }])
      })
    },
    deleteTraceTag: async (traceId, key) =>
      await change(async (tx, tables) => await deleteTag(tx, tables, traceId, key)),
    deleteTraces: async (experimentId, choice) =>
      await change(async (tx, tables) => await deleteTraces(tx, tables, parseExperimentId(experimentId), choice)),
    linkTracesToRun: async (traceIds, runId) => {
      if (traceIds.length > limits.traceLinks) {
        throw invalidParameter(
          `Cannot link more than ${limits.traceLinks} traces to a run in a single request. Provided ${traceIds.length} traces.`,
        )
      }
      await change(async (tx, tables) => {
        const there = await findTraceInfos(tx, tables, traceIds)
        const pairs = [...there.keys()].map((traceId) => ({ traceId, type: 'run', id: runId }))
        await insertLinks({ db: tx, dialect }, tables, pairs, clock())
      })
    },
    linkPromptsToTrace: async (traceId, promptVersions) =>
      await change(async (tx, tables) => {
        await findTraceInfo(tx, tables, traceId)
        const pairs = promptVersions.map((id) => ({ traceId, type: 'prompt_version', id }))
        await insertLinks({ db: tx, dialect }, tables, pairs, clock())
      }),
  }
}

async function startTrace(context: StoreContext, trace: TraceToLog): Promise<TraceInfo> {
  const { traceId = `tr-${randomUUID().replaceAll('-', '')}`, assessments = [], ...given } = trace
  checkLength(traceId, 'trace_id', limits.traceId)
  return await inTransaction(context, async (tx) => {
    const place = { db: tx, dialect: context.dialect }
    const tables = await findTraceTables(place)
    const experiment = await findActiveExperiment(tx, given.experimentId)
    const old = (await findTraceInfos(tx, tables, [traceId])).get(traceId)
    const made = newAssessments(traceId, assessments, context.clock())
    const started: TraceInfo = {
      ...given,
      traceId,
      state: given.state ?? 'IN_PROGRESS',
      ...previewsOf(given, old),
      metadata: {
        ...old?.metadata,
        ...given.metadata,
        // What spans say of the trace as a whole no longer counts.
        ...(trace.traceId !== undefined && { [traceKeys.finalized]: 'true' }),
      },
      tags: {
        [traceKeys.artifactLocation]: traceArtifacts(context, experiment, traceId),
        ...old?.tags,
        ...given.tags,
      },
      assessments: [...(old?.assessments ?? []), ...made],
    }
    await saveTraceInfos(tx, tables, [started])
    await insertAssessments(place, tables, started, made)
    if (old !== undefined && old.experimentId !== given.experimentId) await moveSpans(tx, tables, started)
    return started
  })
}

function previewsOf(given: Partial<TraceInfo>, old: TraceInfo | undefined): Partial<TraceInfo> {
  const requestPreview = given.requestPreview ?? old?.requestPreview
  const responsePreview = given.responsePreview ?? old?.responsePreview
  return {
    ...(requestPreview !== undefined && { requestPreview }),
    ...(responsePreview !== undefined && { responsePreview }),
  }
}

async function moveSpans(tx: Database, tables: TraceTables, { traceId, experimentId }: TraceInfo): Promise<void> {
  for (const table of tables.spans.tables) {
    await tx
      .updateTable(table)
      .set({ experiment_id: Number(experimentId) })
      .where('trace_id', '=', traceId)
      .execute()
  }
}

async function getTraces(context: StoreContext, traceIds: readonly string[]): Promise<readonly Trace[]> {
  const tables = await findTraceTables(context)
  const infos = await findTraceInfos(context.db, tables, traceIds)
  const spans = await loadSpans(context.db, tables, [...infos.keys()])
  return inOrder(traceIds, infos)
    .filter(({ tags }) => tags[traceKeys.spansLocation] === spansInStore)
    .map((info) => ({ info, spans: spans.get(info.traceId) ?? [] }))
}

function inOrder(traceIds: readonly string[], infos: ReadonlyMap<string, TraceInfo>): readonly TraceInfo[] {
  return [...new Set(traceIds)].flatMap((traceId) => infos.get(traceId) ?? [])
}

async function deleteTag(tx: Database, { promoted }: TraceTables, traceId: string, key: string): Promise<void> {
  const deleted =
    promoted && key === traceKeys.name
      ? (
          await tx
            .updateTable('trace_info')
            .set({ trace_name: null })
            .where('request_id', '=', traceId)
            .where('trace_name', 'is not', null)
            .executeTakeFirst()
        ).numUpdatedRows
      : (await tx.deleteFrom('trace_tags').where('request_id', '=', traceId).where('key', '=', key).executeTakeFirst())
          .numDeletedRows
  if (deleted > 0n) return
  const message = `No trace tag with key '${key}' for trace with ID '${traceId}'`
  throw new MillraceError('RESOURCE_DOES_NOT_EXIST', message)
}

async function deleteTraces(
  tx: Database,
  tables: TraceTables,
  experimentId: number,
  choice: TraceChoice,
): Promise<number> {
  const traceIds = await chosenTraces(tx, experimentId, choice)
  await inChunks(traceIds, async (chunk) => {
    // Tags and metadata hang on these rows, and go with them.
    await tx.deleteFrom('trace_info').where('request_id', 'in', chunk).execute()
    for (const table of [...tables.spans.tables, ...tables.assessments.tables]) {
      await tx.deleteFrom(table).where('trace_id', 'in', chunk).execute()
    }
    for (const table of tables.associations.tables) {
      await tx.deleteFrom(table).where('source_type', '=', 'trace').where('source_id', 'in', chunk).execute()
    }
    return []
  })
  return traceIds.length
}

async function chosenTraces(tx: Database, experimentId: number, choice: TraceChoice): Promise<readonly string[]> {
  const inExperiment = tx.selectFrom('trace_info').select('request_id').where('experiment_id', '=', experimentId)
  if ('traceIds' in choice) {
    const rows = await inChunks(
      choice.traceIds,
      async (chunk) => await inExperiment.where('request_id', 'in', chunk).execute(),
    )
    return rows.map((row) => row.request_id)
  }
  const { maxTime, maxTraces } = choice
  if (maxTraces !== undefined && maxTraces < 1) {
    throw invalidParameter(`\`max_traces\` must be a positive integer, received ${maxTraces}.`)
  }
  const rows = await inExperiment
    .where('timestamp_ms', '<=', maxTime)
    .orderBy('timestamp_ms')
    .orderBy('request_id')
    .$if(maxTraces !== undefined, (query) => query.limit(sql<number>`${maxTraces}`))
    .execute()
  return rows.map((row) => row.request_id)
}

interface Link {
  readonly traceId: string
  readonly type: string
  readonly id: string
}

/** Links that are there already stay as they are. */
async function insertLinks(
  place: Place,
  { associations }: TraceTables,
  links: readonly Link[],
  created_time: number,
): Promise<void> {
  if (links.length === 0) return
  await createTarget(place, associations)
  await place.db
    .insertInto(associations.target)
    .values(
      links.map(({ traceId, type, id }) => ({
        association_id: randomUUID().replaceAll('-', ''),
        source_type: 'trace',
        source_id: traceId,
        destination_type: type,
        destination_id: id,
        created_time,
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}
