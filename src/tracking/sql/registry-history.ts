/** The history of registered models: written in the transaction of the change, so that neither is there without the other. */
import { type Page, type RegistryAction, type RegistryChange } from '../entities.ts'
import { checkModelName } from '../registry-validation.ts'
import { type ChangeNote, type RegistryStore } from '../tracking-store.ts'
import { checkLength, checkMaxResults } from '../validation.ts'
import { findModel } from './find-models.ts'
import { createOwnTables, hasOwnTable } from './own-tables.ts'
import { parsePageToken, toPage } from './page.ts'
import { type StoreContext } from './store-context.ts'

const TABLE = 'millrace_registry_history'

type NewChange = Omit<RegistryChange, 'time' | 'user' | 'reason'>

/** Notes changes that the transaction makes. @throws INVALID_PARAMETER_VALUE for a reason that is too long */
export async function noteChanges(
  context: StoreContext,
  tx: StoreContext['db'],
  note: ChangeNote | undefined,
  changes: readonly NewChange[],
): Promise<void> {
  const { user = context.user, reason = '' } = note ?? {}
  checkLength(reason, 'reason', 1000)
  checkLength(user, 'user', 250)
  if (changes.length === 0) return
  const place = { db: tx, dialect: context.dialect }
  if (!(await hasOwnTable(place, TABLE))) await createOwnTables(place, TABLE)
  const last = await tx
    .selectFrom(TABLE)
    .select(({ fn }) => fn.max('sequence').as('sequence'))
    .executeTakeFirst()
  const rows = changes.map((change, i) => ({
    sequence: (last?.sequence ?? 0) + 1 + i,
    name: change.name,
    action: change.action,
    time: context.clock(),
    user_name: user,
    reason,
    version: change.version ?? null,
    alias: change.alias ?? null,
    from_value: change.from ?? null,
    to_value: change.to ?? null,
  }))
  await tx.insertInto(TABLE).values(rows).execute()
}

/** Gives a renamed model the history of its old name. */
export async function renameHistory(
  { dialect }: StoreContext,
  tx: StoreContext['db'],
  name: string,
  newName: string,
): Promise<void> {
  if (!(await hasOwnTable({ db: tx, dialect }, TABLE))) return
  await tx.updateTable(TABLE).set({ name: newName }).where('name', '=', name).execute()
}

export function registryHistory({ db, dialect }: StoreContext): Pick<RegistryStore, 'getRegistryHistory'> {
  return {
    getRegistryHistory: async (name, request = {}): Promise<Page<RegistryChange>> => {
      checkModelName(name)
      const maxResults = checkMaxResults(request.maxResults, 100, 1000)
      const offset = parsePageToken(request.pageToken)
      const rows = (await hasOwnTable({ db, dialect }, TABLE))
        ? await db
            .selectFrom(TABLE)
            .selectAll()
            .where('name', '=', name)
            .orderBy('sequence', 'desc')
            .limit(maxResults + 1)
            .offset(offset)
            .execute()
        : []
      if (rows.length === 0) await findModel(db, name)
      const page = toPage(rows, maxResults, offset)
      return {
        ...page,
        items: page.items.map((row) => ({
          name: row.name,
          action: row.action as RegistryAction,
          time: row.time,
          user: row.user_name,
          reason: row.reason,
          ...(row.version !== null && { version: row.version }),
          ...(row.alias !== null && { alias: row.alias }),
          ...(row.from_value !== null && { from: row.from_value }),
          ...(row.to_value !== null && { to: row.to_value }),
        })),
      }
    },
  }
}
