/** The part of the SQL store that keeps the users of a server, in tables of our own. */
import { type Selectable } from 'kysely'
import { MillraceError } from '../../core/index.ts'
import { checkLength, invalidParameter } from '../validation.ts'
import { hashPassword, hashToken, newToken, passwordChecker } from '../users/passwords.ts'
import { type Permission, type ResourceType, type User, type UserStore } from '../users/user.ts'
import { createOwnTables, hasOwnTable, type OwnTables } from './own-tables.ts'
import { inTransaction, type StoreContext } from './store-context.ts'

type Database = StoreContext['db']
type UserRow = Selectable<OwnTables['millrace_users']>

const TABLES = ['millrace_users', 'millrace_user_tokens', 'millrace_user_grants'] as const
const columns = ['id', 'username', 'password_hash', 'is_admin'] as const

/** Makes the tables of users, if they are not there. */
export async function userStore(context: StoreContext): Promise<UserStore> {
  const { db, dialect, clock } = context
  const isThere = await hasOwnTable({ db, dialect }, 'millrace_user_grants')
  if (!isThere) await inTransaction(context, async (tx) => await createOwnTables({ db: tx, dialect }, ...TABLES))
  const checkPassword = passwordChecker()
  const change = async (
    username: string,
    values: Partial<Pick<UserRow, 'password_hash' | 'is_admin'>>,
  ): Promise<void> => {
    await inTransaction(context, async (tx) => {
      await findUser(tx, username)
      await tx.updateTable('millrace_users').set(values).where('username', '=', username).execute()
    })
  }
  return {
    createUser: async (username, password, { isAdmin = false } = {}) => {
      if (username === '') throw invalidParameter('Username cannot be empty.')
      // A colon ends the name where name and password are sent together.
      if (/[:\p{Cc}]/u.test(username))
        throw invalidParameter(`Invalid username '${username}': it must not contain ':'.`)
      checkLength(username, 'username', 255)
      const password_hash = await hashed(password)
      return await inTransaction(context, async (tx) => {
        const taken = await tx.selectFrom('millrace_users').select('id').where('username', '=', username).execute()
        if (taken.length > 0) {
          throw new MillraceError('RESOURCE_ALREADY_EXISTS', `User (username=${username}) already exists.`)
        }
        const last = await tx
          .selectFrom('millrace_users')
          .select(({ fn }) => fn.max('id').as('id'))
          .executeTakeFirst()
        const row = { id: (last?.id ?? 0) + 1, username, password_hash, is_admin: Number(isAdmin) }
        await tx.insertInto('millrace_users').values(row).execute()
        return userOf(row)
      })
    },
    getUser: async (username) => userOf(await findUser(db, username)),
    listUsers: async () =>
      (await db.selectFrom('millrace_users').select(columns).orderBy('username').execute()).map(userOf),
    setPassword: async (username, password) => await change(username, { password_hash: await hashed(password) }),
    setAdmin: async (username, isAdmin) => await change(username, { is_admin: Number(isAdmin) }),
    deleteUser: async (username) => {
      await inTransaction(context, async (tx) => {
        await findUser(tx, username)
        for (const table of TABLES) await tx.deleteFrom(table).where('username', '=', username).execute()
      })
    },
    checkPassword: async (username, password) => {
      const row = await db
        .selectFrom('millrace_users')
        .select(columns)
        .where('username', '=', username)
        .executeTakeFirst()
      const isRight = await checkPassword(password, row?.password_hash)
      return isRight && row !== undefined ? userOf(row) : undefined
    },
    createToken: async (username) => {
      const token = newToken()
      await inTransaction(context, async (tx) => {
        await findUser(tx, username)
        const row = { token_hash: hashToken(token), username, created_time: clock() }
        await tx.insertInto('millrace_user_tokens').values(row).execute()
      })
      return token
    },
    deleteTokens: async (username) => {
      await findUser(db, username)
      await db.deleteFrom('millrace_user_tokens').where('username', '=', username).execute()
    },
    checkToken: async (token) => {
      // Found by a hash, so that the time it takes tells nothing about tokens that there are.
      const row = await db
        .selectFrom('millrace_user_tokens as t')
        .innerJoin('millrace_users as u', 'u.username', 't.username')
        .select(['u.id', 'u.username', 'u.password_hash', 'u.is_admin'])
        .where('t.token_hash', '=', hashToken(token))
        .executeTakeFirst()
      return row === undefined ? undefined : userOf(row)
    },
    grantsOf: async (username) => {
      const rows = await db
        .selectFrom('millrace_user_grants')
        .select(['resource_type', 'resource_id', 'permission'])
        .where('username', '=', username)
        .orderBy('resource_type')
        .orderBy('resource_id')
        .execute()
      return rows.map((row) => ({
        type: row.resource_type as ResourceType,
        resource: row.resource_id,
        permission: row.permission as Permission,
      }))
    },
    grant: async (username, { type, resource, permission }) => {
      await inTransaction(context, async (tx) => {
        await findUser(tx, username)
        const key = { username, resource_type: type, resource_id: resource }
        await tx
          .insertInto('millrace_user_grants')
          .values({ ...key, permission })
          .onConflict((conflict) =>
            conflict.columns(['username', 'resource_type', 'resource_id']).doUpdateSet({ permission }),
          )
          .execute()
      })
    },
    revoke: async (username, { type, resource }) => {
      await findUser(db, username)
      const gone = await db
        .deleteFrom('millrace_user_grants')
        .where('username', '=', username)
        .where('resource_type', '=', type)
        .where('resource_id', '=', resource)
        .returning('permission')
        .execute()
      if (gone.length > 0) return
      throw new MillraceError(
        'RESOURCE_DOES_NOT_EXIST',
        `User ${username} has no permission of its own for ${type} ${resource}.`,
      )
    },
    moveGrants: async (type, resource, newResource) => {
      await inTransaction(context, async (tx) => {
        if (newResource === undefined) return await deleteGrants(tx, type, resource)
        // What is left of an earlier resource of that name is nobody's right to this one.
        await deleteGrants(tx, type, newResource)
        await tx
          .updateTable('millrace_user_grants')
          .set({ resource_id: newResource })
          .where('resource_type', '=', type)
          .where('resource_id', '=', resource)
          .execute()
      })
    },
  }
}

/** MLflow's least length. */
const LEAST_PASSWORD = 12

async function hashed(password: string): Promise<string> {
  if (password.length < LEAST_PASSWORD) {
    throw invalidParameter(`Password must be at least ${LEAST_PASSWORD} characters.`)
  }
  if (password.length > 1000) throw invalidParameter('Password must be at most 1000 characters.')
  return await hashPassword(password)
}

async function deleteGrants(tx: Database, type: ResourceType, resource: string): Promise<void> {
  await tx
    .deleteFrom('millrace_user_grants')
    .where('resource_type', '=', type)
    .where('resource_id', '=', resource)
    .execute()
}

async function findUser(db: Database, username: string): Promise<UserRow> {
  const row = await db.selectFrom('millrace_users').select(columns).where('username', '=', username).executeTakeFirst()
  if (row !== undefined) return row
  throw new MillraceError('RESOURCE_DOES_NOT_EXIST', `User with username=${username} not found`)
}

function userOf({ id, username, is_admin }: UserRow): User {
  return { id, username, isAdmin: is_admin === 1 }
}
