/** Finding model versions by MLflow's filter and order clauses. */
import { type RawBuilder, sql, type SqlBool } from 'kysely'
import { type ModelVersion, type Page } from '../entities.ts'
import { type Condition, parseFilter } from '../filter/parse-filter.ts'
import { parseOrder } from '../filter/parse-order.ts'
import { modelVersionVocabulary } from '../filter/vocabulary.ts'
import { type SearchRequest } from '../tracking-store.ts'
import { checkMaxResults, invalidParameter } from '../validation.ts'
import { filterSql, testColumn, testRows } from './conditions.ts'
import { type SqlDialect } from './dialects.ts'
import { deletedStage, loadVersions, versionColumns } from './load-models.ts'
import { parsePageToken, toPage } from './page.ts'
import { promptConditions } from './prompts.ts'
import { type StoreContext } from './store-context.ts'

/** A page of versions that are not deleted, with tags and aliases. */
export async function searchModelVersions(
  { db, dialect }: StoreContext,
  request: SearchRequest,
): Promise<Page<ModelVersion>> {
  const maxResults = checkMaxResults(request.maxResults, 10_000, 200_000)
  const offset = parsePageToken(request.pageToken)
  const conditions = parseFilter(request.filter, modelVersionVocabulary)
  let query = db.selectFrom('model_versions').select(versionColumns).where('current_stage', '!=', deletedStage)
  query = query.where(filterSql(promptConditions(conditions), (condition) => conditionSql(dialect, condition)))
  for (const { column, descending } of orderColumns(request.orderBy)) {
    query = query.orderBy(column, descending ? 'desc' : 'asc')
  }
  const rows = await query
    .limit(maxResults + 1)
    .offset(offset)
    .execute()
  const page = toPage(rows, maxResults, offset)
  return { ...page, items: await loadVersions(db, page.items) }
}

const attributeColumns: Readonly<Record<string, RawBuilder<unknown>>> = {
  name: sql.ref('model_versions.name'),
  version_number: sql.ref('model_versions.version'),
  // A version of no run differs from those of any.
  run_id: sql`coalesce(model_versions.run_id, '')`,
  source_path: sql.ref('model_versions.source'),
}

function conditionSql(dialect: SqlDialect, { entity, key, test }: Condition): RawBuilder<SqlBool> {
  if (entity === 'attribute') return testColumn(dialect, attributeColumns[key]!, test)
  const rows = sql`from model_version_tags as t
    where t.name = model_versions.name and t.version = model_versions.version and t.key = ${key}`
  return testRows(dialect, rows, 't.value', test)
}

const orderAttributes = {
  name: 'name',
  version_number: 'version',
  creation_timestamp: 'creation_time',
  last_updated_timestamp: 'last_updated_time',
} as const

interface OrderColumn {
  readonly column: (typeof orderAttributes)[keyof typeof orderAttributes]
  readonly descending: boolean
}

function orderColumns(orderBy: readonly string[] | undefined): readonly OrderColumn[] {
  const clauses = orderBy === undefined || orderBy.length === 0 ? ['last_updated_timestamp DESC'] : orderBy
  const orders = parseOrder(clauses, modelVersionVocabulary).map(({ entity, key, descending }): OrderColumn => {
    if (entity !== 'attribute') throw invalidParameter(`Invalid order_by entity: ${entity}`)
    return { column: orderAttributes[key as keyof typeof orderAttributes], descending }
  })
  const ties: readonly OrderColumn[] = [
    { column: 'name', descending: false },
    { column: 'version', descending: true },
  ]
  return [...orders, ...ties.filter((tie) => !orders.some(({ column }) => column === tie.column))]
}
