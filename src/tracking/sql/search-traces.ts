/** Finding traces by MLflow's filter and order clauses. */
import { type RawBuilder, sql, type SqlBool } from 'kysely'
import { type Page } from '../entities.ts'
import { type Condition, type Conjunction, parseFilter } from '../filter/parse-filter.ts'
import { type Order, parseOrder } from '../filter/parse-order.ts'
import { type Test } from '../filter/parse-test.ts'
import { type TraceEntity, traceVocabulary } from '../filter/vocabulary.ts'
import { pythonJson } from '../python-json.ts'
import { type TraceInfo, traceKeys } from '../trace-entities.ts'
import { type TraceCounts, type TraceSearchRequest, type TraceStore } from '../tracking-store.ts'
import { checkMaxResults, invalidParameter, parseExperimentId } from '../validation.ts'
import { numberOf, testColumn, testRows } from './conditions.ts'
import { type SqlDialect } from './dialects.ts'
import { loadTraceInfos, traceColumns } from './load-traces.ts'
import { parsePageToken, toPage } from './page.ts'
import { type StoreContext } from './store-context.ts'
import { findTraceTables, type TraceTables } from './trace-tables.ts'

type TraceCondition = Condition<TraceEntity>

/** What conditions are written for. */
interface Scope {
  readonly dialect: SqlDialect
  readonly tables: TraceTables
}

/** A page of traces of the experiments. No experiment means no trace. */
export async function searchTraces(context: StoreContext, request: TraceSearchRequest): Promise<Page<TraceInfo>> {
  const maxResults = checkMaxResults(request.maxResults, 100, 500)
  const offset = parsePageToken(request.pageToken)
  const orders = parseOrder(request.orderBy, traceVocabulary)
  const filter = parseFilter(request.filter, traceVocabulary)
  const experimentIds = request.experimentIds.map(parseExperimentId)
  if (experimentIds.length === 0) return { items: [] }
  const tables = await findTraceTables(context)
  const scope = { dialect: context.dialect, tables }
  let query = context.db
    .selectFrom('trace_info')
    .select(traceColumns(tables))
    .where('experiment_id', 'in', experimentIds)
    .where(traceFilterSql(scope, filter))
  for (const order of orders) {
    const value = orderSql(scope, order)
    query = query
      .orderBy(sql`case when ${value} is null then 1 else 0 end`)
      .orderBy(value, order.descending ? 'desc' : 'asc')
  }
  const rows = await query
    .orderBy('timestamp_ms', 'desc')
    .orderBy('request_id')
    .limit(maxResults + 1)
    .offset(offset)
    .execute()
  const page = toPage(rows, maxResults, offset)
  return { ...page, items: await loadTraceInfos(context.db, tables, page.items) }
}

export async function countTraces(
  context: StoreContext,
  experimentIds: readonly string[],
  { first, second, base }: Parameters<TraceStore['countTraces']>[1],
): Promise<TraceCounts> {
  const scope = { dialect: context.dialect, tables: await findTraceTables(context) }
  const where = (filter: string | undefined): RawBuilder<SqlBool> =>
    traceFilterSql(scope, parseFilter(filter, traceVocabulary))
  const ids = experimentIds.map(parseExperimentId)
  if (ids.length === 0) return { total: 0, first: 0, second: 0, both: 0 }
  return await context.db
    .selectFrom('trace_info')
    .select([
      sql<number>`count(*)`.as('total'),
      count(where(first)).as('first'),
      count(where(second)).as('second'),
      count(sql<SqlBool>`${where(first)} and ${where(second)}`).as('both'),
    ])
    .where('experiment_id', 'in', ids)
    .where(where(base))
    .executeTakeFirstOrThrow()
}

function count(condition: RawBuilder<SqlBool>): RawBuilder<number> {
  return sql<number>`coalesce(sum(case when ${condition} then 1 else 0 end), 0)`
}

/** Conditions on spans that are joined by AND are about one and the same span. */
function traceFilterSql(scope: Scope, conjunction: Conjunction<TraceEntity>): RawBuilder<SqlBool> {
  const ofSpans = conjunction.flatMap((part) => ('any' in part || !isOfSpan(part) ? [] : [part]))
  const others = conjunction.filter((part) => 'any' in part || !isOfSpan(part))
  const parts = others.map((part) =>
    'any' in part
      ? sql<SqlBool>`(${sql.join(
          part.any.map((alternative) => traceFilterSql(scope, alternative)),
          sql` or `,
        )})`
      : conditionSql(scope, part),
  )
  if (ofSpans.length > 0) parts.push(spanSql(scope, ofSpans))
  return parts.length === 0 ? sql<SqlBool>`1 = 1` : sql<SqlBool>`(${sql.join(parts, sql` and `)})`
}

function isOfSpan({ entity, key }: TraceCondition): boolean {
  return entity === 'span' || (entity === 'attribute' && key === 'text')
}

const endTime = sql<number>`(trace_info.timestamp_ms + coalesce(trace_info.execution_time_ms, 0))`

/** Attributes that are columns, or made of some. */
const attributeColumns: Readonly<Record<string, RawBuilder<unknown>>> = {
  experiment_id: sql.ref('trace_info.experiment_id'),
  request_id: sql.ref('trace_info.request_id'),
  timestamp_ms: sql.ref('trace_info.timestamp_ms'),
  execution_time_ms: sql.ref('trace_info.execution_time_ms'),
  end_time_ms: endTime,
  status: sql.ref('trace_info.status'),
  client_request_id: sql.ref('trace_info.client_request_id'),
}

function conditionSql(scope: Scope, condition: TraceCondition): RawBuilder<SqlBool> {
  const { entity, key, test } = condition
  const { dialect, tables } = scope
  switch (entity) {
    case 'attribute': {
      if (key === 'name') return pairSql(scope, 'trace_tags', traceKeys.name, test)
      if (key === 'run_id') return pairSql(scope, 'trace_request_metadata', traceKeys.sourceRun, test)
      if (key === 'prompt') return promptSql(tables, test)
      return testColumn(dialect, attributeColumns[key]!, test)
    }
    case 'tag':
      return pairSql(scope, 'trace_tags', key, test)
    case 'metadata':
      return pairSql(scope, 'trace_request_metadata', key, test)
    case 'feedback':
    case 'expectation':
      return assessmentSql(scope, entity, key, test)
    case 'issue':
      return issueSql(scope, test)
    case 'span':
      return spanSql(scope, [condition])
    default:
      return entity satisfies never
  }
}

/** The column that stands for a tag or metadata, where MLflow has moved it to one. */
function promotedColumn({ tables }: Scope, key: string): RawBuilder<string> | undefined {
  if (!tables.promoted) return undefined
  if (key === traceKeys.name) return sql.ref('trace_info.trace_name')
  return key === traceKeys.session ? sql.ref('trace_info.session_id') : undefined
}

function pairSql(
  scope: Scope,
  table: 'trace_tags' | 'trace_request_metadata',
  key: string,
  test: Test,
): RawBuilder<SqlBool> {
  const column = promotedColumn(scope, key)
  if (column !== undefined) return testColumn(scope.dialect, column, test)
  const rows = sql`from ${sql.table(table)} as t where t.request_id = trace_info.request_id and t.key = ${key}`
  const condition = testRows(scope.dialect, rows, 't.value', test)
  if (key !== traceKeys.sourceRun || test.kind !== 'text' || test.operator !== '=') return condition
  return sql<SqlBool>`(${condition} or ${linkSql(scope.tables, 'run', test.value)})`
}

function linkSql({ associations }: TraceTables, type: string, id: string): RawBuilder<SqlBool> {
  return anyOf(
    associations.tables.map(
      (table) => sql<SqlBool>`exists (select 1 from ${sql.table(table)} as a
        where a.source_type = 'trace' and a.source_id = trace_info.request_id
          and a.destination_type = ${type} and a.destination_id = ${id})`,
    ),
  )
}

function promptSql(tables: TraceTables, test: Test): RawBuilder<SqlBool> {
  if (test.kind !== 'text' || test.operator !== '=') {
    throw invalidParameter(
      `Invalid comparator '${test.operator}' for prompts filter. Only '=' is supported with format: prompt = "name/version"`,
    )
  }
  if (test.value.split('/').length !== 2) {
    throw invalidParameter(`Invalid prompts filter value '${test.value}'. Expected format: prompt = "name/version"`)
  }
  return linkSql(tables, 'prompt_version', test.value)
}

function assessmentSql({ dialect, tables }: Scope, type: string, name: string, test: Test): RawBuilder<SqlBool> {
  const rowsOf = (table: string): RawBuilder<unknown> => sql`from ${sql.table(table)} as t
    where t.trace_id = trace_info.request_id and t.assessment_type = ${type} and t.name = ${name} and t.valid`
  const has = (condition: RawBuilder<unknown>): RawBuilder<SqlBool> =>
    anyOf(tables.assessments.tables.map((table) => sql<SqlBool>`exists (select 1 ${rowsOf(table)} and ${condition})`))
  if (test.kind === 'null') {
    const there = has(sql`1 = 1`)
    return test.operator === 'IS NULL' ? sql<SqlBool>`not ${there}` : there
  }
  return has(valueSql(dialect, test))
}

/** Values are texts of JSON: a text may be asked for without its quotes. */
function valueSql(dialect: SqlDialect, test: Test): RawBuilder<SqlBool> {
  if (test.kind === 'number') return testColumn(dialect, numberOf(dialect, sql.ref('t.value')), test)
  if (test.kind === 'text' && (test.operator === '=' || test.operator === '!=')) {
    const isValue = sql<SqlBool>`t.value in (${test.value}, ${pythonJson(test.value, { ascii: true })})`
    return test.operator === '=' ? isValue : sql<SqlBool>`not ${isValue}`
  }
  return testColumn(dialect, unquoted(sql.ref('t.value')), test)
}

function issueSql({ dialect, tables }: Scope, test: Test): RawBuilder<SqlBool> {
  return anyOf(
    tables.assessments.tables.map((table) =>
      testRows(
        dialect,
        sql`from ${sql.table(table)} as t where t.trace_id = trace_info.request_id and t.assessment_type = 'issue'`,
        't.name',
        test,
      ),
    ),
  )
}

function spanSql({ dialect, tables }: Scope, conditions: readonly TraceCondition[]): RawBuilder<SqlBool> {
  const all = sql.join(
    conditions.map(({ key, test }) => testColumn(dialect, spanValue(dialect, key), test)),
    sql` and `,
  )
  return anyOf(
    tables.spans.tables.map(
      (table) => sql<SqlBool>`exists (
        select 1 from ${sql.table(table)} as s where s.trace_id = trace_info.request_id and ${all})`,
    ),
  )
}

function spanValue(dialect: SqlDialect, key: string): RawBuilder<unknown> {
  if (key === 'text' || key === 'content') return sql.ref('s.content')
  if (!key.startsWith('attributes.')) return sql.ref(`s.${key}`)
  const attributes = sql`${dialect.json(sql`nullif(s.content, '')`)} -> 'attributes'`
  return unquoted(sql`(${attributes} ->> cast(${key.slice('attributes.'.length)} as text))`)
}

/** A text of JSON without its quotes; anything else as it is. */
function unquoted(value: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`(case when ${value} like '"%' then substr(${value}, 2, length(${value}) - 2) else ${value} end)`
}

function anyOf(conditions: readonly RawBuilder<SqlBool>[]): RawBuilder<SqlBool> {
  return conditions.length === 0 ? sql<SqlBool>`(1 = 0)` : sql<SqlBool>`(${sql.join(conditions, sql` or `)})`
}

function orderSql(scope: Scope, { entity, key }: Order<TraceEntity>): RawBuilder<unknown> {
  if (entity === 'attribute' && key !== 'name' && key !== 'run_id') return attributeColumns[key]!
  const { table, name } = pairOf(entity, key)
  return (
    promotedColumn(scope, name) ??
    sql`(select t.value from ${sql.table(table)} as t where t.request_id = trace_info.request_id and t.key = ${name})`
  )
}

function pairOf(entity: Order<TraceEntity>['entity'], key: string): { readonly table: string; readonly name: string } {
  switch (entity) {
    case 'attribute':
      return key === 'name'
        ? { table: 'trace_tags', name: traceKeys.name }
        : { table: 'trace_request_metadata', name: traceKeys.sourceRun }
    case 'tag':
      return { table: 'trace_tags', name: key }
    case 'metadata':
      return { table: 'trace_request_metadata', name: key }
    case 'span':
    case 'feedback':
    case 'expectation':
    case 'issue':
      throw invalidParameter(`Invalid order_by entity type '${entity}'`)
    default:
      return entity satisfies never
  }
}
