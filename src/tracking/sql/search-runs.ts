/** Finding runs by MLflow's filter and order clauses. */
import { type RawBuilder, sql, type SqlBool } from 'kysely'
import { type Page, type Run } from '../entities.ts'
import { type Condition, parseFilter } from '../filter/parse-filter.ts'
import { type Test } from '../filter/parse-test.ts'
import { type Order, parseOrder } from '../filter/parse-order.ts'
import { runVocabulary } from '../filter/vocabulary.ts'
import { type RunSearchRequest } from '../tracking-store.ts'
import { checkMaxResults, parseExperimentId } from '../validation.ts'
import { filterSql, numberOf, testColumn, testRows } from './conditions.ts'
import { type SqlDialect } from './dialects.ts'
import { loadRuns, runColumns } from './load-runs.ts'
import { parsePageToken, toPage } from './page.ts'
import { stagesOf } from './search-experiments.ts'
import { type StoreContext } from './store-context.ts'

/** A page of runs of the experiments, with their data. No experiment means no run. */
export async function searchRuns({ db, dialect }: StoreContext, request: RunSearchRequest): Promise<Page<Run>> {
  const maxResults = checkMaxResults(request.maxResults, 1000, 50_000)
  const offset = parsePageToken(request.pageToken)
  const conditions = parseFilter(request.filter, runVocabulary)
  const orders = parseOrder(request.orderBy, runVocabulary)
  const experimentIds = request.experimentIds.map(parseExperimentId)
  if (experimentIds.length === 0) return { items: [] }
  let query = db
    .selectFrom('runs')
    .select(runColumns)
    .where('experiment_id', 'in', experimentIds)
    .where('lifecycle_stage', 'in', stagesOf(request.viewType))
  query = query.where(filterSql(conditions, (condition) => conditionSql(dialect, condition)))
  for (const order of orders) {
    query = query.orderBy(orderSql(dialect, order))
  }
  if (!orders.some(({ entity, key }) => entity === 'attribute' && key === 'start_time')) {
    query = query.orderBy('start_time', 'desc')
  }
  const rows = await query
    .orderBy('run_uuid')
    .limit(maxResults + 1)
    .offset(offset)
    .execute()
  const page = toPage(rows, maxResults, offset)
  return { ...page, items: await loadRuns(db, page.items) }
}

const attributeColumns: Readonly<Record<string, string>> = {
  run_id: 'runs.run_uuid',
  run_name: 'runs.name',
  status: 'runs.status',
  artifact_uri: 'runs.artifact_uri',
  user_id: 'runs.user_id',
  start_time: 'runs.start_time',
  end_time: 'runs.end_time',
}

function conditionSql(dialect: SqlDialect, { entity, key, test }: Condition): RawBuilder<SqlBool> {
  switch (entity) {
    case 'metric':
      return metricCondition(dialect, key, test)
    case 'param':
      return testRows(
        dialect,
        sql`from params as t where t.run_uuid = runs.run_uuid and t.key = ${key}`,
        't.value',
        test,
      )
    case 'tag':
      return tagCondition(dialect, key, test)
    case 'dataset':
      return datasetCondition(dialect, key, test)
    case 'attribute':
      // Runs of very old MLflow have their name in the tag alone; since then it is always in both.
      return key === 'run_name'
        ? tagCondition(dialect, 'mlflow.runName', test)
        : testColumn(dialect, attributeColumns[key]!, test)
    default:
      return entity satisfies never
  }
}

function tagCondition(dialect: SqlDialect, key: string, test: Test): RawBuilder<SqlBool> {
  return testRows(dialect, sql`from tags as t where t.run_uuid = runs.run_uuid and t.key = ${key}`, 't.value', test)
}

/** NaN differs from every number and compares with none; its row holds 0, which must not count. */
function metricCondition(dialect: SqlDialect, key: string, test: Test): RawBuilder<SqlBool> {
  const comparison = testColumn(dialect, 't.value', test)
  const isNumber = test.operator === '!=' ? sql`(${comparison} or t.is_nan)` : sql`(${comparison} and not t.is_nan)`
  return sql<SqlBool>`exists (
    select 1 from latest_metrics as t where t.run_uuid = runs.run_uuid and t.key = ${key} and ${isNumber}
  )`
}

function datasetCondition(dialect: SqlDialect, key: string, test: Test): RawBuilder<SqlBool> {
  const links = sql`i.source_type = 'DATASET' and i.destination_type = 'RUN' and i.destination_id = runs.run_uuid`
  if (key === 'context') {
    const rows = sql`from inputs as i join input_tags as t on t.input_uuid = i.input_uuid
      where ${links} and t.name = 'mlflow.data.context'`
    return testRows(dialect, rows, 't.value', test)
  }
  return testRows(
    dialect,
    sql`from inputs as i join datasets as d on d.dataset_uuid = i.source_id where ${links}`,
    `d.${key}`,
    test,
  )
}

/**
 * What is no number comes behind all numbers and what is not there behind everything, in both directions: numbers are
 * turned round rather than the order, so that each row is looked up once.
 */
function orderSql(dialect: SqlDialect, { entity, key, numeric, descending }: Order): RawBuilder<unknown> {
  const direction = sql.raw(descending ? 'desc nulls last' : 'asc nulls last')
  if (entity === 'attribute') return sql`${sql.ref(attributeColumns[key]!)} ${direction}`
  const table = { metric: 'latest_metrics', param: 'params', tag: 'tags', dataset: 'datasets' }[entity]
  const row = sql`from ${sql.table(table)} as t where t.run_uuid = runs.run_uuid and t.key = ${key}`
  const sign = sql.raw(descending ? '-' : '')
  const { notANumber } = dialect
  if (numeric === true) {
    return sql`(select coalesce(${sign}(${numberOf(dialect, sql`t.value`)}), ${notANumber}) ${row}) asc nulls last`
  }
  if (entity !== 'metric') return sql`(select t.value ${row}) ${direction}`
  return sql`(select case when t.is_nan then ${notANumber} else ${sign}t.value end ${row}) asc nulls last`
}
