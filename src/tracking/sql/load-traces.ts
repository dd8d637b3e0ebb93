/** Rows of traces and what belongs to them, as the plain data callers get, and back. */
import { type Insertable, type Selectable, sql } from 'kysely'
import { MillraceError } from '../../core/index.ts'
import { parseSpanContent } from '../span-content.ts'
import { type Assessment, type Span, type TraceInfo, type TraceState } from '../trace-entities.ts'
import { assessmentColumns, assessmentOf } from './assessment-rows.ts'
import { groupBy, inChunks, type StoreContext, textMap } from './store-context.ts'
import { type Tables } from './tables.ts'
import { demote, promote, promotedColumns, type TraceTables } from './trace-tables.ts'

type Database = StoreContext['db']

const plainColumns = [
  'request_id',
  'experiment_id',
  'timestamp_ms',
  'execution_time_ms',
  'status',
  'client_request_id',
  'request_preview',
  'response_preview',
] as const satisfies readonly (keyof Tables['trace_info'])[]

type TraceRow = Pick<Selectable<Tables['trace_info']>, (typeof plainColumns)[number]> &
  Partial<Selectable<Tables['trace_info']>>

export function traceColumns({ promoted }: TraceTables): readonly (keyof Tables['trace_info'])[] {
  return promoted ? [...plainColumns, ...promotedColumns] : plainColumns
}

/** Those that there are, in no promised order. */
export async function findTraceInfos(
  db: Database,
  tables: TraceTables,
  traceIds: readonly string[],
): Promise<ReadonlyMap<string, TraceInfo>> {
  const rows = await inChunks(
    [...new Set(traceIds)],
    async (chunk) =>
      await db.selectFrom('trace_info').select(traceColumns(tables)).where('request_id', 'in', chunk).execute(),
  )
  const infos = await loadTraceInfos(db, tables, rows)
  return new Map(infos.map((info) => [info.traceId, info]))
}

/** @throws RESOURCE_DOES_NOT_EXIST */
export async function findTraceInfo(db: Database, tables: TraceTables, traceId: string): Promise<TraceInfo> {
  const info = (await findTraceInfos(db, tables, [traceId])).get(traceId)
  if (info !== undefined) return info
  throw new MillraceError('RESOURCE_DOES_NOT_EXIST', `Trace with ID '${traceId}' not found.`)
}

/** The traces of `rows`, in their order: one statement a table, however many traces. */
export async function loadTraceInfos(
  db: Database,
  tables: TraceTables,
  rows: readonly TraceRow[],
): Promise<readonly TraceInfo[]> {
  const ids = rows.map((row) => row.request_id)
  const pairsOf = async (
    table: 'trace_tags' | 'trace_request_metadata',
  ): Promise<ReadonlyMap<string, readonly { readonly key: string; readonly value: string | null }[]>> =>
    groupBy(
      await inChunks(
        ids,
        async (chunk) =>
          await db
            .selectFrom(table)
            .select(['request_id', 'key', 'value'])
            .where('request_id', 'in', chunk)
            .orderBy('key')
            .execute(),
      ),
      (row) => row.request_id,
    )
  const tags = await pairsOf('trace_tags')
  const metadata = await pairsOf('trace_request_metadata')
  const assessments = groupBy(await loadAssessments(db, tables, ids), ({ traceId }) => traceId)
  return rows.map((row) => {
    const inColumns = demote(row)
    return {
      traceId: row.request_id,
      experimentId: String(row.experiment_id),
      requestTime: row.timestamp_ms,
      ...(row.execution_time_ms !== null && { executionDuration: row.execution_time_ms }),
      state: row.status as TraceState,
      ...(row.client_request_id !== null && { clientRequestId: row.client_request_id }),
      ...(row.request_preview !== null && { requestPreview: row.request_preview }),
      ...(row.response_preview !== null && { responsePreview: row.response_preview }),
      metadata: { ...textMap(metadata.get(row.request_id)), ...inColumns.metadata },
      tags: { ...textMap(tags.get(row.request_id)), ...inColumns.tags },
      assessments: assessments.get(row.request_id) ?? [],
    }
  })
}

/** Of each trace in the order they were given. */
async function loadAssessments(
  db: Database,
  { assessments }: TraceTables,
  traceIds: readonly string[],
): Promise<readonly Assessment[]> {
  const found = await Promise.all(
    assessments.tables.map(
      async (table) =>
        await inChunks(
          traceIds,
          async (chunk) =>
            await db
              .selectFrom(table)
              .select(assessmentColumns)
              .where('trace_id', 'in', chunk)
              .orderBy('created_timestamp')
              .orderBy('assessment_id')
              .execute(),
        ),
    ),
  )
  return found.flat().map(assessmentOf)
}

/** The spans that the store keeps of each trace, roots first, then by their start. */
export async function loadSpans(
  db: Database,
  { spans }: TraceTables,
  traceIds: readonly string[],
): Promise<ReadonlyMap<string, readonly Span[]>> {
  const found = await Promise.all(
    spans.tables.map(
      async (table) =>
        await inChunks(
          traceIds,
          async (chunk) =>
            await db
              .selectFrom(table)
              .select(['trace_id', 'span_id', 'content'])
              .where('trace_id', 'in', chunk)
              .orderBy(sql`case when parent_span_id is null then 0 else 1 end`)
              .orderBy('start_time_unix_nano')
              .execute(),
        ),
    ),
  )
  // MLflow empties the content of spans that it moves to an archive.
  const rows = found.flat().filter(({ content }) => content !== '')
  const groups = groupBy(rows, (row) => row.trace_id)
  return new Map(
    [...groups].map(([traceId, group]) => [
      traceId,
      group.map((row) => parseSpanContent(row.content, `The span ${row.span_id} of trace ${traceId}`)),
    ]),
  )
}

/** How many characters of a preview there is room for. */
const previewLength = 1000

/** Writes traces as they are now; tags and metadata that are there already and not named stay. */
export async function saveTraceInfos(tx: Database, tables: TraceTables, infos: readonly TraceInfo[]): Promise<void> {
  const parts = infos.map((info) => ({
    info,
    ...(tables.promoted
      ? promote(info.tags, info.metadata)
      : { columns: {}, tags: info.tags, metadata: info.metadata }),
  }))
  const rows = parts.map(({ info, columns }): Insertable<Tables['trace_info']> => ({
    request_id: info.traceId,
    experiment_id: Number(info.experimentId),
    timestamp_ms: info.requestTime,
    execution_time_ms: info.executionDuration ?? null,
    status: info.state,
    client_request_id: info.clientRequestId ?? null,
    request_preview: info.requestPreview?.slice(0, previewLength) ?? null,
    response_preview: info.responsePreview?.slice(0, previewLength) ?? null,
    ...columns,
  }))
  const updated = traceColumns(tables).filter((column) => column !== 'request_id')
  await writeInChunks(rows, async (chunk) => {
    await tx
      .insertInto('trace_info')
      .values(chunk)
      .onConflict((conflict) =>
        conflict
          .column('request_id')
          .doUpdateSet((eb) => Object.fromEntries(updated.map((column) => [column, eb.ref(`excluded.${column}`)]))),
      )
      .execute()
  })
  await savePairs(
    tx,
    'trace_tags',
    parts.flatMap(({ info, tags }) => pairsOf(info.traceId, tags)),
  )
  await savePairs(
    tx,
    'trace_request_metadata',
    parts.flatMap(({ info, metadata }) => pairsOf(info.traceId, metadata)),
  )
}

interface Pair {
  readonly request_id: string
  readonly key: string
  readonly value: string
}

function pairsOf(request_id: string, values: TraceInfo['tags']): readonly Pair[] {
  return Object.entries(values).map(([key, value]) => ({ request_id, key, value }))
}

/** Sets tags or metadata, whatever they were. */
async function savePairs(
  tx: Database,
  table: 'trace_tags' | 'trace_request_metadata',
  pairs: readonly Pair[],
): Promise<void> {
  await writeInChunks(pairs, async (chunk) => {
    await tx
      .insertInto(table)
      .values(chunk)
      .onConflict((conflict) =>
        conflict.columns(['key', 'request_id']).doUpdateSet((eb) => ({ value: eb.ref('excluded.value') })),
      )
      .execute()
  })
}

/** How many rows are written at once: 19 columns of them stay below SQLite's 32,766 parameters. */
const rowsAtOnce = 1000

/** Writes rows in as few statements as the number of parameters allows. */
export async function writeInChunks<R>(
  rows: readonly R[],
  write: (chunk: readonly R[]) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < rows.length; start += rowsAtOnce) await write(rows.slice(start, start + rowsAtOnce))
}
