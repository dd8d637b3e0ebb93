/** Notices what an open SQLite database does not: that its file was moved, removed or replaced. */
import { statSync } from 'node:fs'
import { databaseFile } from '../tracking/sql/open-database.ts'
import type { Log } from './log.ts'

/** A look at the file of a store that has just been opened: says, once, when it is no longer the one that was opened. */
export function storeWatch(trackingUri: string, log: Log): () => void {
  const file = databaseFile(trackingUri)
  if (file === undefined) return () => undefined
  const opened = identityOf(file)
  let wasInPlace = true
  return () => {
    const isInPlace = identityOf(file) === opened
    if (wasInPlace && !isInPlace) {
      const message = `The file ${file} was moved, removed or replaced while it was open. What is in its place now is not seen: restart to follow it.`
      log({ level: 'warning', event: 'store_replaced', message, file })
    }
    wasInPlace = isInPlace
  }
}

function identityOf(file: string): string | undefined {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false })
  return stat && `${stat.dev} ${stat.ino}`
}
