/** Finding and erasing what is marked as deleted. */
import { type Kysely, sql, type SqlBool } from 'kysely'
import { traceKeys } from '../trace-entities.ts'
import { invalidParameter, parseExperimentId } from '../validation.ts'
import { inChunks } from './store-context.ts'
import { type Tables } from './tables.ts'

type Database = Kysely<Tables>

interface Located {
  readonly id: string
  /** Where its artifacts are. */
  readonly uri: string
}

export interface Garbage {
  readonly experiments: readonly number[]
  readonly runs: readonly Located[]
  readonly loggedModels: readonly Located[]
  /** Those of the experiments. */
  readonly traces: readonly Located[]
}

export interface GarbageRequest {
  readonly deletedBefore: number
  readonly experimentIds?: readonly string[] | undefined
  readonly runIds?: readonly string[] | undefined
}

/** What is deleted since `deletedBefore`. An experiment takes its runs and models along. */
export async function findGarbage(db: Database, request: GarbageRequest): Promise<Garbage> {
  const { deletedBefore, experimentIds, runIds } = request
  // Who names some things means no others.
  const isAll = experimentIds === undefined && runIds === undefined
  const experiments = await deletedExperiments(db, deletedBefore)
  const runs = await deletedRuns(db, deletedBefore)
  checkNamed('experiments', experimentIds, experiments.map(String))
  checkNamed(
    'runs',
    runIds,
    runs.map(({ id }) => id),
  )
  const chosen = isAll ? experiments : (experimentIds ?? []).map(parseExperimentId)
  const ofChosen = await runsOf(db, chosen)
  const named = isAll ? runs : runs.filter(({ id }) => runIds?.includes(id) === true)
  return {
    experiments: chosen,
    runs: [...new Map([...ofChosen, ...named].map((run) => [run.id, run])).values()],
    loggedModels: await modelsOf(db, chosen, isAll ? deletedBefore : undefined),
    traces: await tracesOf(db, chosen),
  }
}

const ofDeleted = "experiment_id in (select experiment_id from experiments where lifecycle_stage = 'deleted')"
const isDeleted = `lifecycle_stage = 'deleted' or ${ofDeleted}`

/** What has artifacts: where it is kept, and when it is garbage, by itself or with its experiment. */
const kinds = {
  runs: { table: 'runs', key: 'run_uuid', condition: isDeleted },
  loggedModels: { table: 'logged_models', key: 'model_id', condition: isDeleted },
  traces: { table: 'trace_info', key: 'request_id', condition: ofDeleted },
} as const

/** Those of `things` that are deleted still: others may have been restored since they were found. */
export async function stillDeleted(
  db: Database,
  kind: keyof typeof kinds,
  things: readonly Located[],
): Promise<readonly Located[]> {
  const { table, key, condition } = kinds[kind]
  const query = async (chunk: readonly string[]): Promise<readonly { readonly id: string }[]> => {
    const isOneOf = sql`${sql.ref(key)} in (${sql.join(chunk)})`
    const found = sql<{ id: string }>`select ${sql.ref(key)} as id from ${sql.table(table)}
      where ${isOneOf} and (${sql.raw(condition)})`
    return (await found.execute(db)).rows
  }
  const rows = await inChunks(
    things.map(({ id }) => id),
    query,
  )
  const ids = new Set(rows.map(({ id }) => id))
  return things.filter(({ id }) => ids.has(id))
}

/** The same of all of it. */
export async function stillGarbage(db: Database, garbage: Garbage): Promise<Garbage> {
  const deleted = new Set(await deletedExperiments(db, Number.MAX_SAFE_INTEGER))
  return {
    experiments: garbage.experiments.filter((id) => deleted.has(id)),
    runs: await stillDeleted(db, 'runs', garbage.runs),
    loggedModels: await stillDeleted(db, 'loggedModels', garbage.loggedModels),
    traces: await stillDeleted(db, 'traces', garbage.traces),
  }
}

export async function eraseExperiments(tx: Database, ids: readonly number[]): Promise<void> {
  await eachChunk(ids, async (chunk) => {
    // Tags and spans of traces, data sets and logged models hang on these rows and go with them.
    await sql`delete from trace_info where experiment_id in (${sql.join(chunk)})`.execute(tx)
    await tx.deleteFrom('experiment_tags').where('experiment_id', 'in', chunk).execute()
    await tx.deleteFrom('experiments').where('experiment_id', 'in', chunk).execute()
  })
}

export async function eraseRuns(tx: Database, ids: readonly string[]): Promise<void> {
  await eachChunk(ids, async (chunk) => {
    const links = await tx
      .deleteFrom('inputs')
      .where((where) => where.or([where('destination_id', 'in', chunk), where('source_id', 'in', chunk)]))
      .returning('input_uuid')
      .execute()
    await eachChunk(
      links.map((link) => link.input_uuid),
      async (uuids) => await tx.deleteFrom('input_tags').where('input_uuid', 'in', uuids).execute(),
    )
    for (const table of ['metrics', 'latest_metrics', 'params', 'tags', 'runs'] as const) {
      await tx.deleteFrom(table).where('run_uuid', 'in', chunk).execute()
    }
  })
}

export async function eraseModels(tx: Database, ids: readonly string[]): Promise<void> {
  await eachChunk(ids, async (chunk) => {
    await tx.deleteFrom('inputs').where('destination_id', 'in', chunk).execute()
    await tx.deleteFrom('logged_models').where('model_id', 'in', chunk).execute()
  })
}

async function eachChunk<T>(items: readonly T[], work: (chunk: readonly T[]) => Promise<unknown>): Promise<void> {
  await inChunks(items, async (chunk) => {
    await work(chunk)
    return []
  })
}

async function deletedExperiments(db: Database, before: number): Promise<readonly number[]> {
  const rows = await db
    .selectFrom('experiments')
    .select('experiment_id')
    .where('lifecycle_stage', '=', 'deleted')
    .where(sql<SqlBool>`coalesce(last_update_time, 0) <= ${before}`)
    .orderBy('experiment_id')
    .execute()
  return rows.map((row) => row.experiment_id)
}

async function deletedRuns(db: Database, before: number): Promise<readonly Located[]> {
  const rows = await db
    .selectFrom('runs')
    .select(['run_uuid', 'artifact_uri'])
    .where('lifecycle_stage', '=', 'deleted')
    .where(sql<SqlBool>`coalesce(deleted_time, 0) <= ${before}`)
    .orderBy('run_uuid')
    .execute()
  return rows.map((row) => ({ id: row.run_uuid, uri: row.artifact_uri ?? '' }))
}

async function runsOf(db: Database, experimentIds: readonly number[]): Promise<readonly Located[]> {
  const rows = await inChunks(
    experimentIds,
    async (chunk) =>
      await db.selectFrom('runs').select(['run_uuid', 'artifact_uri']).where('experiment_id', 'in', chunk).execute(),
  )
  return rows.map((row) => ({ id: row.run_uuid, uri: row.artifact_uri ?? '' }))
}

/** The traces of experiments that may have files: attachments, and spans that are not in the database. */
async function tracesOf(db: Database, experimentIds: readonly number[]): Promise<readonly Located[]> {
  return await inChunks(experimentIds, async (chunk) => {
    const found = await sql<Located>`
      select t.request_id as id, t.value as uri from trace_tags t
      join trace_info i on i.request_id = t.request_id
      where t.key = ${traceKeys.artifactLocation} and i.experiment_id in (${sql.join(chunk)})`.execute(db)
    return found.rows
  })
}

/** The models of experiments, and with `before` those that are deleted themselves. */
async function modelsOf(
  db: Database,
  experimentIds: readonly number[],
  before: number | undefined,
): Promise<readonly Located[]> {
  const columns = ['model_id', 'artifact_location'] as const
  const ofExperiments = await inChunks(
    experimentIds,
    async (chunk) => await db.selectFrom('logged_models').select(columns).where('experiment_id', 'in', chunk).execute(),
  )
  const deleted =
    before === undefined
      ? []
      : await db
          .selectFrom('logged_models')
          .select(columns)
          .where('lifecycle_stage', '=', 'deleted')
          .where('last_updated_timestamp_ms', '<=', before)
          .execute()
  const found = [...ofExperiments, ...deleted].map((row) => ({ id: row.model_id, uri: row.artifact_location }))
  return [...new Map(found.map((model) => [model.id, model])).values()]
}

function checkNamed(what: string, named: readonly string[] | undefined, found: readonly string[]): void {
  const missing = (named ?? []).filter((id) => !found.includes(id))
  if (missing.length === 0) return
  throw invalidParameter(
    `These ${what} are not deleted, or not for so long: ${missing.join(', ')}. Delete them first; nothing was erased.`,
  )
}
