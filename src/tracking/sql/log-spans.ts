/** Storing spans, and what they say of their traces. */
import { type Insertable } from 'kysely'
import { pythonJson } from '../python-json.ts'
import { spanContent } from '../span-content.ts'
import {
  firstText,
  milliseconds,
  previewOf,
  tagsInRoot,
  tagsOfResource,
  totalOf,
  type Totals,
} from '../span-summary.ts'
import { type Span, spanKeys, spansInStore, type SpanToLog, type TraceInfo, traceKeys } from '../trace-entities.ts'
import { checkLength, limits } from '../validation.ts'
import { findActiveExperiment } from './experiments.ts'
import { findTraceInfos, loadSpans, saveTraceInfos, writeInChunks } from './load-traces.ts'
import { createTarget, type OwnTables, type Place } from './own-tables.ts'
import { groupBy, inTransaction, type StoreContext } from './store-context.ts'
import { findTraceTables, type TraceTables } from './trace-tables.ts'
import { traceArtifacts } from './trace-artifacts.ts'

type Database = StoreContext['db']

/** Stores spans; traces that are not there are made. What the spans say of a trace gives way to what startTrace said. */
export async function logSpans(
  context: StoreContext,
  experimentId: string,
  spans: readonly SpanToLog[],
): Promise<void> {
  if (spans.length === 0) return
  for (const { traceId } of spans) checkLength(traceId, 'trace_id', limits.traceId)
  const byTrace = groupBy(spans, ({ traceId }) => traceId)
  await inTransaction(context, async (tx) => {
    const tables = await findTraceTables({ db: tx, dialect: context.dialect })
    const there = await findTraceInfos(tx, tables, [...byTrace.keys()])
    const experiment = there.size < byTrace.size ? await findActiveExperiment(tx, experimentId) : undefined
    const begun = [...byTrace].map(([traceId, group]) => {
      const old = there.get(traceId)
      return (
        old ??
        newTrace(traceId, group, String(experiment!.experiment_id), traceArtifacts(context, experiment!, traceId))
      )
    })
    await saveTraceInfos(
      tx,
      tables,
      begun.filter(({ traceId }) => !there.has(traceId)),
    )
    await saveSpans({ db: tx, dialect: context.dialect }, tables, begun, byTrace)
    const all = await allSpans(tx, { ...tables, spans: withTarget(tables.spans) }, begun, byTrace)
    const changed = begun.map((info) => described(info, byTrace.get(info.traceId)!, all.get(info.traceId)))
    await saveTraceInfos(tx, tables, changed)
  })
}

function withTarget(spans: TraceTables['spans']): TraceTables['spans'] {
  return { ...spans, tables: [...new Set([...spans.tables, spans.target])] }
}

function newTrace(traceId: string, spans: readonly Span[], experimentId: string, artifacts: string): TraceInfo {
  const requestTime = Math.min(...spans.map(({ startTimeNs }) => milliseconds(startTimeNs)))
  const tags = { [traceKeys.artifactLocation]: artifacts }
  return { traceId, experimentId, requestTime, state: 'IN_PROGRESS', tags, metadata: {}, assessments: [] }
}

/** A span that is there already is replaced, whichever of the two tables has it. */
async function saveSpans(
  place: Place,
  { spans }: TraceTables,
  infos: readonly TraceInfo[],
  byTrace: ReadonlyMap<string, readonly Span[]>,
): Promise<void> {
  const { db: tx } = place
  const { tables, target } = spans
  await createTarget(place, spans)
  const rows = infos.flatMap(({ traceId, experimentId }) =>
    // Of two spans with one id the last counts.
    [...new Map(byTrace.get(traceId)!.map((span) => [span.spanId, spanRow(span, experimentId)])).values()],
  )
  await writeInChunks(rows, async (chunk) => {
    for (const other of tables.filter((table): boolean => table !== target)) {
      await tx
        .deleteFrom(other)
        .where('trace_id', 'in', [...byTrace.keys()])
        .where(
          'span_id',
          'in',
          chunk.map((row) => row.span_id),
        )
        .execute()
    }
    await tx
      .insertInto(target)
      .values(chunk)
      .onConflict((conflict) =>
        conflict
          .columns(['trace_id', 'span_id'])
          .doUpdateSet((eb) => Object.fromEntries(spanColumns.map((column) => [column, eb.ref(`excluded.${column}`)]))),
      )
      .execute()
  })
}

const spanColumns = [
  'experiment_id',
  'parent_span_id',
  'name',
  'type',
  'status',
  'start_time_unix_nano',
  'end_time_unix_nano',
  'content',
] as const

function spanRow(span: Span, experimentId: string): Insertable<OwnTables['millrace_spans']> {
  const type = span.attributes[spanKeys.type]
  return {
    trace_id: span.traceId,
    experiment_id: Number(experimentId),
    span_id: span.spanId,
    parent_span_id: span.parentSpanId ?? null,
    name: span.name,
    type: typeof type === 'string' ? type.slice(0, 500) : null,
    status: span.status.code,
    start_time_unix_nano: span.startTimeNs,
    end_time_unix_nano: span.endTimeNs ?? null,
    content: spanContent(span),
  }
}

/** All spans of those traces whose usage or cost has to be counted again, since a part of them came now. */
async function allSpans(
  tx: Database,
  tables: TraceTables,
  infos: readonly TraceInfo[],
  byTrace: ReadonlyMap<string, readonly Span[]>,
): Promise<ReadonlyMap<string, readonly Span[]>> {
  const counted = infos.filter(({ traceId }) =>
    byTrace.get(traceId)!.some(({ attributes }) => spanKeys.tokenUsage in attributes || spanKeys.cost in attributes),
  )
  return await loadSpans(
    tx,
    tables,
    counted.map(({ traceId }) => traceId),
  )
}

/** The trace with what its new spans say; `all` are all spans it has, where usage or cost is to be counted. */
function described(info: TraceInfo, spans: readonly SpanToLog[], all: readonly Span[] = []): TraceInfo {
  const root = spans.find(({ parentSpanId }) => parentSpanId === undefined)
  const isFinal = info.metadata[traceKeys.finalized] !== undefined
  const said = texts({
    [traceKeys.session]: firstText(spans, 'session.id', 'gen_ai.conversation.id'),
    [traceKeys.user]: firstText(spans, 'user.id'),
  })
  const counted = texts({
    [traceKeys.tokenUsage]: jsonOf(totalOf(all, spanKeys.tokenUsage)),
    [traceKeys.cost]: jsonOf(totalOf(all, spanKeys.cost)),
  })
  return {
    ...info,
    ...(!isFinal && timesWith(info, spans)),
    ...(root !== undefined && rootFields(info, root)),
    metadata: isFinal ? { ...said, ...counted, ...info.metadata } : { ...said, ...info.metadata, ...counted },
    tags: {
      ...info.tags,
      ...tagsOfResource(spans.find(({ resource }) => resource !== undefined)?.resource ?? {}),
      ...(root !== undefined && tagsInRoot(root)),
      [traceKeys.spansLocation]: spansInStore,
    },
  }
}

function timesWith(info: TraceInfo, spans: readonly Span[]): Pick<TraceInfo, 'requestTime' | 'executionDuration'> {
  const start = Math.min(info.requestTime, ...spans.map(({ startTimeNs }) => milliseconds(startTimeNs)))
  const ends = spans.flatMap(({ endTimeNs }) => (endTimeNs === undefined ? [] : [milliseconds(endTimeNs)]))
  if (info.executionDuration !== undefined) ends.push(info.requestTime + info.executionDuration)
  return { requestTime: start, ...(ends.length > 0 && { executionDuration: Math.max(...ends) - start }) }
}

function rootFields(info: TraceInfo, { attributes, status }: Span): Partial<TraceInfo> {
  const { [spanKeys.inputs]: inputs, [spanKeys.outputs]: outputs } = attributes
  const isOpen = info.state === 'IN_PROGRESS' || info.state === 'STATE_UNSPECIFIED'
  return {
    ...(isOpen && { state: status.code === 'ERROR' ? 'ERROR' : 'OK' }),
    ...(info.requestPreview === undefined &&
      inputs !== undefined && { requestPreview: previewOf(pythonJson(inputs), inputs, 'user') }),
    ...(info.responsePreview === undefined &&
      outputs !== undefined && { responsePreview: previewOf(pythonJson(outputs), outputs, 'assistant') }),
  }
}

/** Those that are there, as long as there is room for. */
function texts(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, text]) =>
      text === undefined ? [] : [[key, text.slice(0, limits.tagValue)]],
    ),
  )
}

function jsonOf(totals: Totals | undefined): string | undefined {
  return totals === undefined ? undefined : pythonJson(totals)
}
