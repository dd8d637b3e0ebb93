/** Says that the file of the store that a server follows is another one now. */
import { databasePlace } from '../tracking/sql/file-in-place.ts'
import type { Log } from './log.ts'

/** A look at the file of a store that has just been opened: says, once, when it is no longer the one that was opened. */
export function storeWatch(trackingUri: string, log: Log): () => void {
  const place = databasePlace(trackingUri)
  if (place === undefined) return () => undefined
  const { file } = place
  let wasInPlace = true
  return () => {
    const isInPlace = place.isInPlace()
    if (wasInPlace && !isInPlace) {
      const message = `The file ${file} was moved, removed or replaced while it was open. What is in its place now is not seen: restart to follow it.`
      log({ level: 'warning', event: 'store_replaced', message, file })
    }
    wasInPlace = isInPlace
  }
}
