/** Files of the app that are loaded later than the first page. */
import { ServerError } from '../api/http.ts'
import { isServerWell } from '../api/queries.ts'
import { strings } from '../strings.ts'

/** A file that this page will not get any more; one that is loaded anew does. */
export class StaleApp extends Error {}

/**
 * What `load` imports.
 *
 * @param options whenStale is called before StaleApp is thrown
 * @throws ServerError where the server is away. StaleApp where it is there: it was built anew and has other files, or it
 *   was away before, and browsers ask only once for a module
 */
export async function loadFile<T>(
  load: () => Promise<T>,
  { whenStale }: { readonly whenStale?: (() => Promise<void>) | undefined } = {},
): Promise<T> {
  try {
    return await load()
  } catch {
    if (!(await isServerWell())) throw new ServerError(strings.errors.unreachable, 0, 'UNREACHABLE')
    await whenStale?.()
    throw new StaleApp(strings.errors.stale)
  }
}

const reloadedAt = 'millrace.reloadedAt'

/** Loads the whole app anew and never ends, unless that was tried just now. */
export async function reloadOnce(): Promise<void> {
  if (Date.now() - Number(sessionStorage.getItem(reloadedAt)) < 10_000) return
  sessionStorage.setItem(reloadedAt, String(Date.now()))
  location.reload()
  await new Promise(() => undefined)
}
