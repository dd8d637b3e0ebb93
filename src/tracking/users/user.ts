/** Users of a server, and what each may do with an experiment or a registered model. Names and meanings are MLflow's. */

/** From nothing to everything, in this order. */
export const permissions = ['NO_PERMISSIONS', 'READ', 'USE', 'EDIT', 'MANAGE'] as const

/** READ sees, EDIT changes, MANAGE deletes and lets others in; USE is READ here. */
export type Permission = (typeof permissions)[number]

/** What a permission is about. Prompts are registered models. */
export type ResourceType = 'experiment' | 'registered_model'

export interface User {
  readonly id: number
  readonly username: string
  /** Whether the user may do everything. */
  readonly isAdmin: boolean
}

export interface Grant {
  readonly type: ResourceType
  /** The id of an experiment, the name of a model. */
  readonly resource: string
  readonly permission: Permission
}

/** Users are found by name; the methods throw RESOURCE_DOES_NOT_EXIST for a user, or grant, there is none of. */
export interface UserStore {
  /** @throws RESOURCE_ALREADY_EXISTS; INVALID_PARAMETER_VALUE for a name or password that cannot be one */
  createUser(username: string, password: string, options?: { readonly isAdmin?: boolean }): Promise<User>
  getUser(username: string): Promise<User>
  listUsers(): Promise<readonly User[]>
  setPassword(username: string, password: string): Promise<void>
  setAdmin(username: string, isAdmin: boolean): Promise<void>
  /** With tokens and grants. */
  deleteUser(username: string): Promise<void>
  /** The user, if that is the password. */
  checkPassword(username: string, password: string): Promise<User | undefined>
  /** A new token that stands for the user. Only its hash is kept. */
  createToken(username: string): Promise<string>
  /** Makes all tokens of the user worthless. */
  deleteTokens(username: string): Promise<void>
  checkToken(token: string): Promise<User | undefined>
  grantsOf(username: string): Promise<readonly Grant[]>
  /** Replaces the grant that there is. */
  grant(username: string, grant: Grant): Promise<void>
  revoke(username: string, grant: Omit<Grant, 'permission'>): Promise<void>
  /** Gives the grants for a resource to another name, or takes them away without one. */
  moveGrants(type: ResourceType, resource: string, newResource?: string): Promise<void>
}

/** Whether `permission` is as much as `needed`. */
export function isEnough(permission: Permission, needed: Permission): boolean {
  return permissions.indexOf(permission) >= permissions.indexOf(needed)
}
