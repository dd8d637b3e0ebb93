/** Finding logged models by MLflow's filter and order clauses. */
import { type RawBuilder, sql, type SqlBool } from 'kysely'
import { type LoggedModel, type Page } from '../entities.ts'
import { type Condition, parseFilter } from '../filter/parse-filter.ts'
import { parseOrder } from '../filter/parse-order.ts'
import { type Test } from '../filter/parse-test.ts'
import { loggedModelVocabulary } from '../filter/vocabulary.ts'
import { type LoggedModelOrder, type LoggedModelSearchRequest, type MeasuredDataset } from '../tracking-store.ts'
import { checkMaxResults, invalidParameter, parseExperimentId } from '../validation.ts'
import { filterSql, testColumn, testRows } from './conditions.ts'
import { type SqlDialect } from './dialects.ts'
import { loadLoggedModels, loggedModelColumns, statusNumbers } from './load-logged-models.ts'
import { parsePageToken, toPage } from './page.ts'
import { type StoreContext } from './store-context.ts'

/** A page of models of the experiments that are not deleted. */
export async function searchLoggedModels(
  { db, dialect }: StoreContext,
  request: LoggedModelSearchRequest,
): Promise<Page<LoggedModel>> {
  const maxResults = checkMaxResults(request.maxResults, 100, 50_000)
  const offset = parsePageToken(request.pageToken)
  const experimentIds = request.experimentIds.map(parseExperimentId)
  if (experimentIds.length === 0) return { items: [] }
  let query = db
    .selectFrom('logged_models')
    .select(loggedModelColumns)
    .where('experiment_id', 'in', experimentIds)
    .where('lifecycle_stage', '=', 'active')
  const filter = parseFilter(request.filter, loggedModelVocabulary)
  const measured = measuredOn(request.datasets ?? [])
  query = query.where(filterSql(filter, (condition) => conditionSql(dialect, condition, measured)))
  if (measured !== anywhere) {
    query = query.where(
      sql<SqlBool>`exists (
        select 1 from logged_model_metrics as t where t.model_id = logged_models.model_id and ${measured}
      )`,
    )
  }
  for (const order of request.orderBy ?? []) {
    const value = orderSql(order)
    query = query
      .orderBy(sql`case when ${value} is null then 1 else 0 end`)
      .orderBy(value, order.descending === true ? 'desc' : 'asc')
  }
  const rows = await query
    .orderBy('creation_timestamp_ms', 'desc')
    .orderBy('model_id')
    .limit(maxResults + 1)
    .offset(offset)
    .execute()
  const page = toPage(rows, maxResults, offset)
  return { ...page, items: await loadLoggedModels(db, page.items) }
}

const attributeColumns: Readonly<Record<string, string>> = {
  name: 'logged_models.name',
  model_id: 'logged_models.model_id',
  model_type: 'logged_models.model_type',
  status: 'logged_models.status',
  source_run_id: 'logged_models.source_run_id',
  experiment_id: 'logged_models.experiment_id',
  artifact_location: 'logged_models.artifact_location',
  creation_timestamp: 'logged_models.creation_timestamp_ms',
  last_updated_timestamp: 'logged_models.last_updated_timestamp_ms',
}

/** `measured` tells which points of a metric count. */
function conditionSql(
  dialect: SqlDialect,
  { entity, key, test }: Condition,
  measured: RawBuilder<SqlBool>,
): RawBuilder<SqlBool> {
  const rowsOf = (table: string, column: string): RawBuilder<unknown> =>
    sql`from ${sql.table(table)} as t where t.model_id = logged_models.model_id and ${sql.ref(`t.${column}`)} = ${key}`
  switch (entity) {
    case 'attribute':
      return testColumn(dialect, attributeSql(key), key === 'status' ? statusTest(test) : test)
    case 'metric':
      return testRows(
        dialect,
        sql`${rowsOf('logged_model_metrics', 'metric_name')} and ${measured}`,
        't.metric_value',
        test,
      )
    case 'param':
      return testRows(dialect, rowsOf('logged_model_params', 'param_key'), 't.param_value', test)
    case 'tag':
      return testRows(dialect, rowsOf('logged_model_tags', 'tag_key'), 't.tag_value', test)
    case 'dataset':
      throw invalidParameter('Logged models are not searched by data set.')
    default:
      return entity satisfies never
  }
}

/** An experiment's id is a number in the table and a text in filters. */
function attributeSql(key: string): RawBuilder<unknown> {
  const column = sql.ref(attributeColumns[key]!)
  return key === 'experiment_id' ? sql`cast(${column} as text)` : column
}

/** A status is a number in the table. */
function statusTest(test: Test): Test {
  if (test.kind === 'text' && (test.operator === '=' || test.operator === '!=')) {
    const number = Object.entries(statusNumbers).find(([name]) => name === test.value)?.[1] ?? 0
    return { kind: 'number', operator: test.operator, value: number }
  }
  throw invalidParameter("Invalid comparison of status. Write it as status = 'READY'")
}

/** The newest point of a metric counts. */
function orderSql({ field, datasetName, datasetDigest }: LoggedModelOrder): RawBuilder<unknown> {
  const { entity, key } = parseOrder([field], loggedModelVocabulary)[0]!
  if (entity === 'attribute') return sql`${sql.ref(attributeColumns[key]!)}`
  if (entity !== 'metric') throw invalidParameter(`Invalid order by field name: ${field}. Only metrics are supported.`)
  return sql`(select t.metric_value from logged_model_metrics as t
    where t.model_id = logged_models.model_id and t.metric_name = ${key}
      and ${isOn('dataset_name', datasetName)} and ${isOn('dataset_digest', datasetDigest)}
    order by t.metric_timestamp_ms desc, t.metric_step desc, t.run_id limit 1)`
}

/** Whether a point was measured on one of the data sets. */
function measuredOn(datasets: readonly MeasuredDataset[]): RawBuilder<SqlBool> {
  if (datasets.length === 0) return anywhere
  const each = datasets.map(
    ({ datasetName, datasetDigest }) =>
      sql`(${isOn('dataset_name', datasetName)} and ${isOn('dataset_digest', datasetDigest)})`,
  )
  return sql<SqlBool>`(${sql.join(each, sql` or `)})`
}

const anywhere = sql<SqlBool>`1 = 1`

function isOn(column: string, value: string | undefined): RawBuilder<SqlBool> {
  return value === undefined || value === '' ? anywhere : sql<SqlBool>`${sql.ref(`t.${column}`)} = ${value}`
}
