/** The users of a server from outside it: how the first one comes into being. */
import { MillraceError, shownUri } from '../../core/index.ts'
import { openDatabaseClient } from '../open-tracking.ts'
import { userStore } from '../sql/users.ts'
import { type UserStore } from './user.ts'

/**
 * The users that are kept in a database, which the server may have open at the same time. Disposing closes it.
 *
 * @throws MillraceError as openTracking; INVALID_ARGUMENT for a server, whose users are made over HTTP
 */
export async function openUsers(trackingUri: string): Promise<UserStore & AsyncDisposable> {
  if (/^https?:/i.test(trackingUri)) {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `Users are made in the database of a server, not through ${shownUri(trackingUri)}. Give its --backend-store-uri, or use MLflow's AuthServiceClient.`,
    )
  }
  const { client, context } = await openDatabaseClient(trackingUri, {})
  return { ...(await userStore(context)), [Symbol.asyncDispose]: async () => await client[Symbol.asyncDispose]() }
}
