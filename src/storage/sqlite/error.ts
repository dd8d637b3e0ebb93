/** What SQLite's result codes mean for the person whose store it is. */
import { type ErrorCode, MillraceError } from '../../core/index.ts'

/** The primary result code (https://www.sqlite.org/rescode.html) of an error of node:sqlite, or undefined. */
export function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined
  return error.errcode & 0xff
}

/** Whether another connection was in the way and trying again later helps. */
export function isBusy(error: unknown): boolean {
  const code = sqliteCode(error)
  return code === 5 || code === 6
}

const meanings: Readonly<Record<number, { readonly code: ErrorCode; readonly text: string }>> = {
  3: { code: 'STORAGE_FAILED', text: 'permission denied. Check who owns the file and its folder' },
  5: {
    code: 'STORE_LOCKED',
    text: 'another process holds it locked. Let that process finish, or end it if it hangs, then try again',
  },
  6: { code: 'STORE_LOCKED', text: 'another connection holds it locked. Try again' },
  8: { code: 'STORAGE_FAILED', text: 'it is read-only. Check the permissions of the file and its folder' },
  10: { code: 'STORAGE_FAILED', text: 'the disk failed to read or write. Check the disk and its free space' },
  11: {
    code: 'STORE_CORRUPT',
    text: 'the file is damaged. Restore a backup, or save what can be read with: sqlite3 FILE .recover | sqlite3 new.db',
  },
  13: { code: 'STORAGE_FAILED', text: 'the disk is full. Free some space and try again; nothing was changed' },
  14: {
    code: 'STORAGE_FAILED',
    text: 'the file cannot be opened. Check that the path is a file in a folder you may write to',
  },
  23: { code: 'STORAGE_FAILED', text: 'permission denied. Check who owns the file and its folder' },
  26: {
    code: 'STORE_CORRUPT',
    text: 'the file is not an SQLite database. Check the path, or move the file away to start a new store',
  },
}

/** `error` in words about the database `file`, or as it is when SQLite's code says nothing a user can act on. */
export function describeSqliteError(error: unknown, file: string): unknown {
  const meaning = meanings[sqliteCode(error) ?? -1]
  if (meaning === undefined) return error
  const text = meaning.text.replace('FILE', file)
  return new MillraceError(meaning.code, `Cannot use the database ${file}: ${text}.`, { cause: error })
}
