/** The part of the SQL store that keeps registered models, their tags and aliases. */
import { type RawBuilder, sql, type SqlBool } from 'kysely'
import { MillraceError } from '../../core/index.ts'
import { type Condition, parseFilter } from '../filter/parse-filter.ts'
import { parseOrder } from '../filter/parse-order.ts'
import { registeredModelVocabulary } from '../filter/vocabulary.ts'
import { type RegisteredModel } from '../entities.ts'
import { isPromptTags } from '../prompt-tags.ts'
import { type ChangeNote, type CreateRegisteredModelOptions, type RegistryStore } from '../tracking-store.ts'
import { checkAlias, checkAliasNotReserved, checkModelName, checkRegistryTags } from '../registry-validation.ts'
import { checkKey, checkMaxResults, invalidParameter } from '../validation.ts'
import { filterSql, testColumn, testRows } from './conditions.ts'
import { type SqlDialect } from './dialects.ts'
import { findModel, findVersion } from './find-models.ts'
import { loadModels, modelColumns } from './load-models.ts'
import { parsePageToken, toPage } from './page.ts'
import { isPromptModel, promptConditions } from './prompts.ts'
import { noteChanges, renameHistory } from './registry-history.ts'
import { inTransaction, type StoreContext } from './store-context.ts'

type Database = StoreContext['db']

type RegisteredModelStore = Pick<
  RegistryStore,
  | 'createRegisteredModel'
  | 'getRegisteredModel'
  | 'renameRegisteredModel'
  | 'updateRegisteredModel'
  | 'deleteRegisteredModel'
  | 'searchRegisteredModels'
  | 'setRegisteredModelTag'
  | 'deleteRegisteredModelTag'
  | 'setRegisteredModelAlias'
  | 'deleteRegisteredModelAlias'
>

/** Models with tags and aliases; the first statement of each change makes sure that the model exists. */
export function registeredModelStore(context: StoreContext): RegisteredModelStore {
  const { db, dialect } = context
  const change = async (name: string, write: (tx: Database) => Promise<unknown>): Promise<void> => {
    await inTransaction(context, async (tx) => {
      await findModel(tx, name)
      await write(tx)
    })
  }
  return {
    createRegisteredModel: async (name, options = {}) => await createModel(context, name, options),
    getRegisteredModel: async (name) => await loadModel(db, name),
    renameRegisteredModel: async (name, newName, note) => await renameModel(context, name, newName, note),
    updateRegisteredModel: async (name, { description }) =>
      await inTransaction(context, async (tx) => {
        await findModel(tx, name)
        const values = { description, last_updated_time: context.clock() }
        await tx.updateTable('registered_models').set(values).where('name', '=', name).execute()
        return await loadModel(tx, name)
      }),
    deleteRegisteredModel: async (name, note) =>
      await change(name, async (tx) => {
        const tables = [
          'registered_model_aliases',
          'registered_model_tags',
          'model_version_tags',
          'model_versions',
        ] as const
        for (const table of tables) await tx.deleteFrom(table).where('name', '=', name).execute()
        await tx.deleteFrom('registered_models').where('name', '=', name).execute()
        await noteChanges(context, tx, note, [{ name, action: 'model_deleted' }])
      }),
    searchRegisteredModels: async (request = {}) => {
      const maxResults = checkMaxResults(request.maxResults, 100, 1000)
      const offset = parsePageToken(request.pageToken)
      const conditions = parseFilter(request.filter, registeredModelVocabulary)
      const orders = parseOrder(request.orderBy, registeredModelVocabulary)
      let query = db.selectFrom('registered_models').select(modelColumns)
      query = query.where(filterSql(promptConditions(conditions), (condition) => conditionSql(dialect, condition)))
      for (const { entity, key, descending } of orders) {
        if (entity !== 'attribute') throw invalidParameter(`Invalid order_by entity: ${entity}`)
        query = query.orderBy(orderColumns[key]!, descending ? 'desc' : 'asc')
      }
      const rows = await query
        .orderBy('name')
        .limit(maxResults + 1)
        .offset(offset)
        .execute()
      const page = toPage(rows, maxResults, offset)
      return { ...page, items: await loadModels(db, page.items) }
    },
    setRegisteredModelTag: async (name, key, value) => {
      checkRegistryTags({ [key]: value })
      await change(name, async (tx) => {
        await deleteTag(tx, name, key)
        await tx.insertInto('registered_model_tags').values({ name, key, value }).execute()
      })
    },
    deleteRegisteredModelTag: async (name, key) => {
      checkKey(key, 'key')
      await change(name, async (tx) => await deleteTag(tx, name, key))
    },
    setRegisteredModelAlias: async (name, alias, version, note) => {
      checkAlias(alias)
      checkAliasNotReserved(alias)
      await inTransaction(context, async (tx) => {
        const target = await findVersion(tx, name, version)
        const before = await deleteAlias(tx, name, alias)
        await tx.insertInto('registered_model_aliases').values({ name, alias, version: target.version }).execute()
        const move = { ...fromVersion(before), to: String(target.version) }
        await noteChanges(context, tx, note, [{ name, action: 'alias_set', alias, version: target.version, ...move }])
      })
    },
    deleteRegisteredModelAlias: async (name, alias, note) => {
      checkAlias(alias)
      await change(name, async (tx) => {
        const version = await deleteAlias(tx, name, alias)
        if (version === undefined) return
        await noteChanges(context, tx, note, [
          { name, action: 'alias_deleted', alias, version, ...fromVersion(version) },
        ])
      })
    },
  }
}

async function createModel(
  context: StoreContext,
  name: string,
  { tags = {}, description }: CreateRegisteredModelOptions,
): Promise<RegisteredModel> {
  checkModelName(name)
  checkRegistryTags(tags)
  return await inTransaction(context, async (tx) => {
    await checkNameFree(tx, name, isPromptTags(tags))
    const now = context.clock()
    const row = { name, creation_time: now, last_updated_time: now, description: description ?? null }
    await tx.insertInto('registered_models').values(row).execute()
    const tagRows = Object.entries(tags).map(([key, value]) => ({ name, key, value }))
    if (tagRows.length > 0) await tx.insertInto('registered_model_tags').values(tagRows).execute()
    return await loadModel(tx, name)
  })
}

async function renameModel(
  context: StoreContext,
  name: string,
  newName: string,
  note: ChangeNote | undefined,
): Promise<RegisteredModel> {
  checkModelName(newName, 'new_name')
  return await inTransaction(context, async (tx) => {
    await findModel(tx, name)
    if (newName !== name) await checkNameFree(tx, newName, await isPromptModel(tx, name))
    const last_updated_time = context.clock()
    // The foreign keys carry the new name to versions, tags and aliases.
    await tx
      .updateTable('registered_models')
      .set({ name: newName, last_updated_time })
      .where('name', '=', name)
      .execute()
    await tx.updateTable('model_versions').set({ last_updated_time }).where('name', '=', newName).execute()
    await renameHistory(context, tx, name, newName)
    await noteChanges(context, tx, note, [{ name: newName, action: 'model_renamed', from: name, to: newName }])
    return await loadModel(tx, newName)
  })
}

async function checkNameFree(tx: Database, name: string, isPrompt: boolean): Promise<void> {
  const taken = await tx.selectFrom('registered_models').select('name').where('name', '=', name).executeTakeFirst()
  if (taken === undefined) return
  const wanted = isPrompt ? 'Prompt' : 'Registered Model'
  if ((await isPromptModel(tx, name)) === isPrompt) {
    throw new MillraceError('RESOURCE_ALREADY_EXISTS', `${wanted} (name=${name}) already exists.`)
  }
  throw new MillraceError(
    'RESOURCE_ALREADY_EXISTS',
    `Tried to create a ${wanted.toLowerCase()} with name '${name}', but the name is already taken by a ` +
      `${isPrompt ? 'registered model' : 'prompt'}. MLflow does not allow creating a model and a prompt with the same name.`,
  )
}

async function loadModel(db: Database, name: string): Promise<RegisteredModel> {
  return (await loadModels(db, [await findModel(db, name)]))[0]!
}

async function deleteTag(tx: Database, name: string, key: string): Promise<void> {
  await tx.deleteFrom('registered_model_tags').where('name', '=', name).where('key', '=', key).execute()
}

/** @returns the version that it meant */
async function deleteAlias(tx: Database, name: string, alias: string): Promise<number | undefined> {
  const row = await tx
    .deleteFrom('registered_model_aliases')
    .where('name', '=', name)
    .where('alias', '=', alias)
    .returning('version')
    .executeTakeFirst()
  return row?.version
}

function fromVersion(version: number | undefined): { readonly from?: string } {
  return version === undefined ? {} : { from: String(version) }
}

const orderColumns: Readonly<Record<string, 'name' | 'creation_time' | 'last_updated_time'>> = {
  name: 'name',
  creation_timestamp: 'creation_time',
  last_updated_timestamp: 'last_updated_time',
}

function conditionSql(dialect: SqlDialect, { entity, key, test }: Condition): RawBuilder<SqlBool> {
  if (entity === 'attribute') return testColumn(dialect, 'registered_models.name', test)
  return testRows(
    dialect,
    sql`from registered_model_tags as t where t.name = registered_models.name and t.key = ${key}`,
    't.value',
    test,
  )
}
