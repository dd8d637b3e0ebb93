/** Writing metrics, parameters and tags of a run: one statement for many rows. */
import { type CompiledQuery, type Insertable, sql, type SqlBool } from 'kysely'
import { type Metric, type Param, type Tag } from '../entities.ts'
import { invalidParameter } from '../validation.ts'
import { type StoreContext } from './store-context.ts'
import { type Tables } from './tables.ts'

type Database = StoreContext['db']
type MetricRow = Insertable<Tables['metrics']>

/** Adds points to the history and keeps the latest of each key; a point that is there already changes nothing. */
export async function insertMetrics(tx: Database, runId: string, metrics: readonly Metric[]): Promise<void> {
  if (metrics.length === 0) return
  const rows = metrics.map((metric) => metricRow(runId, metric))
  for (let start = 0; start < rows.length; start += rowsAtOnce) {
    await insertPoints(tx, rows.slice(start, start + rowsAtOnce))
  }
  await tx
    .insertInto('latest_metrics')
    .values(latestOfEach(rows))
    .onConflict((conflict) =>
      conflict
        .columns(['key', 'run_uuid'])
        .doUpdateSet((eb) => ({
          value: eb.ref('excluded.value'),
          timestamp: eb.ref('excluded.timestamp'),
          step: eb.ref('excluded.step'),
          is_nan: eb.ref('excluded.is_nan'),
        }))
        .where(
          sql<SqlBool>`(excluded.step, excluded.timestamp, excluded.value)
            > (latest_metrics.step, latest_metrics.timestamp, latest_metrics.value)`,
        ),
    )
    .execute()
}

const rowsAtOnce = 100
const pointColumns = ['key', 'value', 'timestamp', 'run_uuid', 'step', 'is_nan'] as const

/** The statements that insert 1, 2, … 100 points, by the database they were made for. */
const insertions = new WeakMap<object, Map<number, CompiledQuery>>()

/** To put a statement of a thousand values together takes longer than to run it, so it is done once for each length. */
async function insertPoints(tx: Database, rows: readonly MetricRow[]): Promise<void> {
  const { adapter } = tx.getExecutor()
  const known = insertions.get(adapter) ?? new Map<number, CompiledQuery>()
  insertions.set(adapter, known)
  const insertion = known.get(rows.length) ?? compileInsertion(tx, rows)
  known.set(rows.length, insertion)
  await tx.executeQuery({ ...insertion, parameters: rows.flatMap((row) => pointColumns.map((name) => row[name])) })
}

/** Kysely lists columns in the order of a row's keys. */
function inOrder(row: MetricRow): MetricRow {
  return Object.fromEntries(pointColumns.map((name) => [name, row[name]])) as unknown as MetricRow
}

function compileInsertion(tx: Database, rows: readonly MetricRow[]): CompiledQuery {
  return tx
    .insertInto('metrics')
    .values(rows.map(inOrder))
    .onConflict((conflict) => conflict.doNothing())
    .compile()
}

/** @throws INVALID_PARAMETER_VALUE when the parameter has another value already */
export async function insertParam(tx: Database, runId: string, param: Param): Promise<void> {
  const [changed] = await addParams(tx, runId, [param])
  if (changed === undefined) return
  throw invalidParameter(
    `Changing param values is not allowed. Param with key='${changed.key}' was already logged with ` +
      `value='${changed.old}' for run ID='${runId}'. Attempted logging new value '${changed.value}'.`,
  )
}

/** @throws INVALID_PARAMETER_VALUE naming every parameter that has another value already */
export async function insertParams(tx: Database, runId: string, params: readonly Param[]): Promise<void> {
  if (params.length === 0) return
  const changed = await addParams(tx, runId, params)
  if (changed.length === 0) return
  const list = changed.map(({ key, old, value }) => `{'key': '${key}', 'old_value': '${old}', 'new_value': '${value}'}`)
  throw invalidParameter(
    `Changing param values is not allowed. Params were already logged='[${list.join(', ')}]' for run ID='${runId}'.`,
  )
}

/** Sets tags, whatever they were; of two with one key the last counts. */
export async function upsertTags(tx: Database, runId: string, tags: readonly Tag[]): Promise<void> {
  const last = new Map(tags.map(({ key, value }) => [key, value]))
  if (last.size === 0) return
  await tx
    .insertInto('tags')
    .values([...last].map(([key, value]) => ({ key, value, run_uuid: runId })))
    .onConflict((conflict) =>
      conflict.columns(['key', 'run_uuid']).doUpdateSet((eb) => ({ value: eb.ref('excluded.value') })),
    )
    .execute()
}

/** As MLflow stores it: NaN as 0 with a mark, infinities as the greatest numbers there are. */
function metricRow(run_uuid: string, { key, value, timestamp, step }: Metric): MetricRow {
  const isNaN = Number.isNaN(value)
  const finite = Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value))
  return { key, value: isNaN ? 0 : finite, timestamp, step, is_nan: isNaN ? 1 : 0, run_uuid }
}

function latestOfEach(rows: readonly MetricRow[]): MetricRow[] {
  const latest = new Map<string, MetricRow>()
  for (const row of rows) {
    const known = latest.get(row.key)
    if (known === undefined || isLater(row, known)) latest.set(row.key, row)
  }
  return [...latest.values()]
}

function isLater(a: MetricRow, b: MetricRow): boolean {
  if (a.step !== b.step) return a.step > b.step
  return a.timestamp === b.timestamp ? a.value > b.value : a.timestamp > b.timestamp
}

interface ChangedParam extends Param {
  readonly old: string
}

/** Adds those of `params` that are new and tells which have another value already; those that have the same are fine. */
async function addParams(tx: Database, run_uuid: string, params: readonly Param[]): Promise<readonly ChangedParam[]> {
  const added = await tx
    .insertInto('params')
    .values(params.map((param) => ({ ...param, run_uuid })))
    .onConflict((conflict) => conflict.doNothing())
    .returning('key')
    .execute()
  if (added.length === params.length) return []
  const rows = await tx
    .selectFrom('params')
    .select(['key', 'value'])
    .where('run_uuid', '=', run_uuid)
    .where(
      'key',
      'in',
      params.map((param) => param.key),
    )
    .execute()
  const existing = new Map(rows.map((row) => [row.key, row.value]))
  return params.flatMap((param) => {
    const old = existing.get(param.key)
    return old === undefined || old === param.value ? [] : [{ ...param, old }]
  })
}
