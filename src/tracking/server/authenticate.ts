/** Who asks: a user by name and password (basic authentication), or by a token (bearer). */
import type { User, UserStore } from '../users/user.ts'
import type { FailedLogins } from './failed-logins.ts'
import { HttpError, type HttpRequest } from './http.ts'

/** @throws HttpError 401 without a login, or with a wrong one; 429 after too many of those */
export async function authenticate(
  request: HttpRequest,
  users: Pick<UserStore, 'checkPassword' | 'checkToken'>,
  failures: FailedLogins,
): Promise<User> {
  const [scheme = '', value = ''] = (request.header('authorization') ?? '').split(/ +(.*)/s)
  const address = request.address ?? ''
  switch (scheme.toLowerCase()) {
    case 'basic': {
      const [name = '', password = ''] = Buffer.from(value, 'base64').toString('utf8').split(/:(.*)/s)
      return await tried(address, name, failures, async () => await users.checkPassword(name, password))
    }
    case 'bearer':
      return await tried(address, '', failures, async () => await users.checkToken(value))
    default:
      throw unauthenticated('You are not authenticated. Log in with a user name and password, or a token.')
  }
}

async function tried(
  address: string,
  name: string,
  failures: FailedLogins,
  check: () => Promise<User | undefined>,
): Promise<User> {
  if (failures.isTooMany(address, name)) {
    throw new HttpError(429, 'REQUEST_LIMIT_EXCEEDED', 'Too many failed logins. Wait a minute.')
  }
  const user = await check()
  if (user !== undefined) return user
  failures.note(address, name)
  throw unauthenticated('You are not authenticated: wrong user name, password or token.')
}

function unauthenticated(message: string): HttpError {
  return new HttpError(401, 'UNAUTHENTICATED', message)
}
