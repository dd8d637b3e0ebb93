/** Notices what an open SQLite database does not: that its file was moved, removed or replaced. */
import { statSync } from 'node:fs'
import { databaseFile } from './open-database.ts'

export interface DatabasePlace {
  readonly file: string
  /** Whether the file there is still the one that was opened. Asks the system, which takes microseconds. */
  readonly isInPlace: () => boolean
}

/** The place of a store that has just been opened; undefined for one that is no file. */
export function databasePlace(trackingUri: string): DatabasePlace | undefined {
  const file = databaseFile(trackingUri)
  if (file === undefined) return undefined
  const opened = identityOf(file)
  return { file, isInPlace: () => identityOf(file) === opened }
}

function identityOf(file: string): string | undefined {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false })
  return stat && `${stat.dev} ${stat.ino}`
}
