/** Users in every kind of database. */
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type SqlPlace, sqlPlaces } from '../../../test/sql-places.ts'
import { type UserStore } from '../users/user.ts'
import { openDatabase } from './open-database.ts'
import { userStore } from './users.ts'

const PASSWORD = 'correct horse battery'

describe.each(sqlPlaces)('users in $kind (skipped where missing: $missing)', ({ missing, prepare }) => {
  describe.skipIf(missing !== undefined)('as a server keeps them', () => {
    let place: SqlPlace
    let database: Awaited<ReturnType<typeof openDatabase>>
    let users: UserStore

    beforeEach(async () => {
      place = await prepare()
      database = await openDatabase(place.trackingUri)
      users = await userStore({ ...database, truncateLongValues: true, user: '' })
    })

    afterEach(async () => {
      await database.close()
      await place.remove()
    })

    it('are known by password and token, of which only hashes are kept', async () => {
      const ada = await users.createUser('ada', PASSWORD, { isAdmin: true })
      expect(ada).toEqual({ id: 1, username: 'ada', isAdmin: true })
      const token = await users.createToken('ada')
      expect(await users.checkPassword('ada', PASSWORD)).toEqual(ada)
      expect(await users.checkPassword('ada', PASSWORD)).toEqual(ada)
      expect(await users.checkToken(token)).toEqual(ada)
      expect(await users.checkPassword('ada', `${PASSWORD}!`)).toBeUndefined()
      expect(await users.checkPassword('bob', PASSWORD)).toBeUndefined()
      expect(await users.checkToken(token.slice(1))).toBeUndefined()
      const kept = await sql`select password_hash, token_hash from millrace_users, millrace_user_tokens`.execute(
        database.db,
      )
      expect(JSON.stringify(kept.rows)).not.toMatch(new RegExp(`${PASSWORD}|${token.slice(4)}`))
      await users.setPassword('ada', 'another horse battery')
      expect(await users.checkPassword('ada', PASSWORD)).toBeUndefined()
      await users.deleteTokens('ada')
      expect(await users.checkToken(token)).toBeUndefined()
    })

    it('have grants, which follow what they are for, and go with the user', async () => {
      for (const name of ['ada', 'bob']) await users.createUser(name, PASSWORD)
      const token = await users.createToken('bob')
      const grant = { type: 'registered_model', resource: 'iris', permission: 'READ' } as const
      await users.grant('bob', grant)
      await users.grant('bob', { ...grant, permission: 'EDIT' })
      await users.grant('ada', { ...grant, resource: 'flowers' })
      await users.moveGrants('registered_model', 'iris', 'flowers')
      expect(await users.grantsOf('bob')).toEqual([{ ...grant, resource: 'flowers', permission: 'EDIT' }])
      expect(await users.grantsOf('ada')).toEqual([])
      await users.revoke('bob', { type: 'registered_model', resource: 'flowers' })
      await expect(users.revoke('bob', grant)).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
      await users.grant('bob', grant)
      await users.deleteUser('bob')
      expect([await users.grantsOf('bob'), await users.checkToken(token)]).toEqual([[], undefined])
      expect(await users.listUsers()).toEqual([{ id: 1, username: 'ada', isAdmin: false }])
      await expect(users.grant('bob', grant)).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
      await expect(users.createUser('ada', PASSWORD)).rejects.toMatchObject({ code: 'RESOURCE_ALREADY_EXISTS' })
    })
  })
})
