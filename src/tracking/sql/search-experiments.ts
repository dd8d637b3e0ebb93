/** Finding experiments by MLflow's filter and order clauses. */
import { type RawBuilder, sql, type SqlBool } from 'kysely'
import { type Experiment, type LifecycleStage, type Page } from '../entities.ts'
import { type Condition, parseFilter } from '../filter/parse-filter.ts'
import { parseOrder } from '../filter/parse-order.ts'
import { experimentVocabulary } from '../filter/vocabulary.ts'
import { type SearchRequest, type ViewType } from '../tracking-store.ts'
import { checkMaxResults, invalidParameter, parseExperimentId } from '../validation.ts'
import { filterSql, testColumn, testRows } from './conditions.ts'
import { type SqlDialect } from './dialects.ts'
import { experimentColumns, loadExperiments } from './load-experiments.ts'
import { parsePageToken, toPage } from './page.ts'
import { type StoreContext } from './store-context.ts'

/** A page of experiments with their tags. */
export async function searchExperiments(
  { db, dialect }: StoreContext,
  request: SearchRequest & { readonly viewType?: ViewType },
): Promise<Page<Experiment>> {
  const maxResults = checkMaxResults(request.maxResults, 1000, 50_000)
  const offset = parsePageToken(request.pageToken)
  let query = db
    .selectFrom('experiments')
    .select(experimentColumns)
    .where('lifecycle_stage', 'in', stagesOf(request.viewType))
  const filter = parseFilter(request.filter, experimentVocabulary)
  query = query.where(filterSql(filter, (condition) => conditionSql(dialect, condition)))
  for (const { column, descending } of orderColumns(request.orderBy)) {
    query = query.orderBy(column, descending ? 'desc' : 'asc')
  }
  const rows = await query
    .limit(maxResults + 1)
    .offset(offset)
    .execute()
  const page = toPage(rows, maxResults, offset)
  return { ...page, items: await loadExperiments(db, page.items) }
}

/** The life cycle stages that a view shows. */
export function stagesOf(viewType: ViewType = 'ACTIVE_ONLY'): readonly LifecycleStage[] {
  if (viewType === 'ALL') return ['active', 'deleted']
  return viewType === 'ACTIVE_ONLY' ? ['active'] : ['deleted']
}

function conditionSql(dialect: SqlDialect, { entity, key, test }: Condition): RawBuilder<SqlBool> {
  if (entity === 'tag') {
    const rows = sql`from experiment_tags as t where t.experiment_id = experiments.experiment_id and t.key = ${key}`
    return testRows(dialect, rows, 't.value', test)
  }
  if (key !== 'experiment_id') return testColumn(dialect, `experiments.${key}`, test)
  return testColumn(dialect, 'experiments.experiment_id', idTest(test))
}

/** Ids are written as text in filters but are numbers in the table. */
function idTest(test: Condition['test']): Condition['test'] {
  if (test.kind === 'text' && (test.operator === '=' || test.operator === '!=')) {
    return { kind: 'number', operator: test.operator, value: parseExperimentId(test.value) }
  }
  if (test.kind === 'list') return { ...test, values: test.values.map((value) => String(parseExperimentId(value))) }
  throw invalidParameter(`Invalid comparator for experiment_id: ${test.operator}`)
}

interface OrderColumn {
  readonly column: 'name' | 'experiment_id' | 'creation_time' | 'last_update_time'
  readonly descending: boolean
}

function orderColumns(orderBy: readonly string[] | undefined): readonly OrderColumn[] {
  const clauses = orderBy === undefined || orderBy.length === 0 ? ['creation_time DESC', 'experiment_id ASC'] : orderBy
  const orders = parseOrder(clauses, experimentVocabulary).map(({ entity, key, descending }): OrderColumn => {
    if (entity !== 'attribute') throw invalidParameter(`Invalid order_by entity: ${entity}`)
    return { column: key as OrderColumn['column'], descending }
  })
  const decided = orders.some(({ column }) => column === 'experiment_id')
  return decided ? orders : [...orders, { column: 'experiment_id', descending: true }]
}
