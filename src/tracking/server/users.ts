/** The endpoints of users and of what they may do, as MLflow's AuthServiceClient of version 2 and 3 uses them. */
import { z } from 'zod'
import { MillraceError } from '../../core/index.ts'
import { invalidParameter } from '../validation.ts'
import { isEnough, type Permission, permissions, type ResourceType, type User, type UserStore } from '../users/user.ts'
import { type Endpoint, jsonEndpoint } from './endpoint.ts'
import { requiredText, text } from './fields.ts'
import { HttpError } from './http.ts'
import type { ServerContext } from './server-context.ts'

const USERS = '/api/2.0/mlflow/users'
const PERMISSIONS = '/api/3.0/mlflow/users/permissions'

/** Only for administrators. */
export const userEndpoints: readonly Endpoint[] = [
  jsonEndpoint(
    'POST',
    `${USERS}/create`,
    { username: requiredText, password: requiredText },
    async (fields, context) => ({
      user: userJson(await usersOf(context).createUser(fields.username, fields.password)),
    }),
  ),
  jsonEndpoint('GET', `${USERS}/list`, {}, async (_, context) => ({
    users: (await usersOf(context).listUsers()).map(userJson),
  })),
  jsonEndpoint(
    'PATCH',
    `${USERS}/update-admin`,
    { username: requiredText, is_admin: z.boolean() },
    async (fields, context) => {
      if (!fields.is_admin) checkOther(fields.username, context)
      await usersOf(context).setAdmin(fields.username, fields.is_admin)
    },
  ),
  jsonEndpoint('DELETE', `${USERS}/delete`, { username: requiredText }, async ({ username }, context) => {
    checkOther(username, context)
    await usersOf(context).deleteUser(username)
  }),
]

/** For everybody about oneself, and for who manages something about that; each says so itself. */
export const permissionEndpoints: readonly Endpoint[] = [
  jsonEndpoint('GET', `${USERS}/get`, { username: requiredText }, async ({ username }, context) => {
    checkSelf(username, context)
    return { user: userJson(await usersOf(context).getUser(username)) }
  }),
  jsonEndpoint('GET', `${USERS}/current`, {}, async (_, context) => ({
    user: userJson(await usersOf(context).getUser(context.caller.user ?? '')),
    is_basic_auth: true,
  })),
  jsonEndpoint(
    'PATCH',
    `${USERS}/update-password`,
    { username: requiredText, password: requiredText, current_password: text },
    async ({ username, password, current_password: current = '' }, context) => {
      checkSelf(username, context)
      const users = usersOf(context)
      // Whoever has got hold of somebody's token or browser shall not get the account as well.
      if (username === context.caller.user) {
        if (current === '') throw invalidParameter('Current password is required when changing your own password.')
        const isRight = (await users.checkPassword(username, current)) !== undefined
        if (!isRight) throw invalidParameter('Current password does not match.')
        if (password === current) throw invalidParameter('New password must differ from the current password.')
      }
      await users.setPassword(username, password)
    },
  ),
  ...resourceEndpoints(
    '/api/2.0/mlflow/experiments/permissions',
    'experiment',
    'experiment_id',
    'experiment_permission',
  ),
  ...resourceEndpoints(
    '/api/2.0/mlflow/registered-models/permissions',
    'registered_model',
    'name',
    'registered_model_permission',
  ),
  jsonEndpoint(
    'POST',
    `${PERMISSIONS}/grant`,
    { username: requiredText, resource_type: requiredText, resource_id: requiredText, permission: requiredText },
    async (fields, context) => {
      const { type, resource } = await managed(fields.resource_type, fields.resource_id, context)
      await usersOf(context).grant(fields.username, { type, resource, permission: parsePermission(fields.permission) })
    },
  ),
  jsonEndpoint(
    'POST',
    `${PERMISSIONS}/revoke`,
    { username: requiredText, resource_type: requiredText, resource_id: requiredText },
    async (fields, context) => {
      await usersOf(context).revoke(fields.username, await managed(fields.resource_type, fields.resource_id, context))
    },
  ),
  jsonEndpoint(
    'GET',
    `${PERMISSIONS}/get`,
    { username: requiredText, resource_type: requiredText, resource_id: requiredText },
    async (fields, context) => {
      const [type, users] = [parseType(fields.resource_type), usersOf(context)]
      if (fields.username !== context.caller.user) await managed(type, fields.resource_id, context)
      const user = await users.getUser(fields.username)
      const own = (await users.grantsOf(user.username)).find(
        (grant) => grant.type === type && grant.resource === fields.resource_id,
      )
      const permission = user.isAdmin ? 'MANAGE' : (own?.permission ?? context.defaultPermission)
      return { allowed: isEnough(permission, 'USE'), permission }
    },
  ),
]

/** The four endpoints that MLflow 2 has for the permissions of a kind of resource. */
function resourceEndpoints(
  path: string,
  type: ResourceType,
  key: 'experiment_id' | 'name',
  name: string,
): readonly Endpoint[] {
  const target = { experiment_id: text, name: text, username: requiredText }
  const resourceOf = (fields: {
    readonly experiment_id?: string | undefined
    readonly name?: string | undefined
  }): string => {
    const resource = fields[key]
    if (resource !== undefined && resource !== '') return resource
    throw invalidParameter(`Missing value for required parameter '${key}'.`)
  }
  const json = async (
    users: UserStore,
    username: string,
    resource: string,
    permission: Permission,
  ): Promise<unknown> => ({
    [name]: { [key]: resource, user_id: (await users.getUser(username)).id, permission },
  })
  const current = async (users: UserStore, username: string, resource: string): Promise<Permission> => {
    const found = (await users.grantsOf((await users.getUser(username)).username)).find(
      (grant) => grant.type === type && grant.resource === resource,
    )
    if (found !== undefined) return found.permission
    throw new MillraceError(
      'RESOURCE_DOES_NOT_EXIST',
      `${type === 'experiment' ? 'Experiment' : 'Registered model'} permission with ${key}=${resource} and username=${username} not found`,
    )
  }
  return [
    jsonEndpoint('POST', `${path}/create`, { ...target, permission: requiredText }, async (fields, context) => {
      const { resource } = await managed(type, resourceOf(fields), context)
      const [users, permission] = [usersOf(context), parsePermission(fields.permission)]
      const { username } = fields
      const isThere = (await users.grantsOf(username)).some((one) => one.type === type && one.resource === resource)
      if (isThere) {
        throw new MillraceError(
          'RESOURCE_ALREADY_EXISTS',
          `Permission (${key}=${resource}, username=${username}) already exists.`,
        )
      }
      await users.grant(username, { type, resource, permission })
      return await json(users, username, resource, permission)
    }),
    jsonEndpoint('GET', `${path}/get`, target, async (fields, context) => {
      const { resource } = await managed(type, resourceOf(fields), context)
      const [users, username] = [usersOf(context), fields.username]
      return await json(users, username, resource, await current(users, username, resource))
    }),
    jsonEndpoint('PATCH', `${path}/update`, { ...target, permission: requiredText }, async (fields, context) => {
      const { resource } = await managed(type, resourceOf(fields), context)
      const [users, username] = [usersOf(context), fields.username]
      const permission = parsePermission(fields.permission)
      await current(users, username, resource)
      await users.grant(username, { type, resource, permission })
    }),
    jsonEndpoint('DELETE', `${path}/delete`, target, async (fields, context) => {
      const { resource } = await managed(type, resourceOf(fields), context)
      const [users, username] = [usersOf(context), fields.username]
      await current(users, username, resource)
      await users.revoke(username, { type, resource })
    }),
  ]
}

/** The resource, if the caller manages it. */
async function managed(
  type: string,
  resource: string,
  { rights }: ServerContext,
): Promise<{ readonly type: ResourceType; readonly resource: string }> {
  const parsed = parseType(type)
  if (parsed === 'experiment') await rights.experiment(resource, 'MANAGE')
  else await rights.model(resource, 'MANAGE')
  return { type: parsed, resource }
}

function checkSelf(username: string, { caller, rights }: ServerContext): void {
  if (username !== caller.user) rights.admin()
}

/** There is always an administrator left. */
function checkOther(username: string, { caller }: ServerContext): void {
  if (username !== caller.user) return
  throw new HttpError(400, 'BAD_REQUEST', 'Users cannot delete or demote themselves. Ask another administrator.')
}

function usersOf({ users }: ServerContext): UserStore {
  if (users !== undefined) return users
  throw new HttpError(404, 'ENDPOINT_NOT_FOUND', 'This server has no users. Start it with --auth to have some.')
}

function parseType(type: string): ResourceType {
  if (type === 'experiment' || type === 'registered_model') return type
  if (type === 'prompt') return 'registered_model'
  throw invalidParameter(
    `Invalid resource type '${type}'. Valid resource types are: experiment, registered_model, prompt`,
  )
}

function parsePermission(permission: unknown): Permission {
  const found = permissions.find((known) => known === permission)
  if (found !== undefined) return found
  throw invalidParameter(`Invalid permission '${String(permission)}'. Valid permissions are: ${permissions.join(', ')}`)
}

function userJson({ id, username, isAdmin }: User): unknown {
  return { id, username, is_admin: isAdmin }
}
