/** The rule that no object path leaves its root, in text and through links. */
import { join } from 'node:path'
import { MillraceError } from '../core/index.ts'
import { isLink } from './copy-tree.ts'

/** As many as Linux takes; buckets take fewer. */
const MAX_LENGTH = 4096

/**
 * `path` in its one spelling: no leading, doubled or trailing `/`; '' is the root.
 *
 * @throws MillraceError INVALID_ARGUMENT when the path is absolute, has a `..` or a backslash, plain or encoded, or has
 *   more than 4096 characters
 */
export function normalizeObjectPath(path: string): string {
  const decoded = decodeFully(path)
  if (path.includes('\0') || decoded.includes('\0')) throw refused(path, 'it holds a zero character')
  if (decoded.includes('\\')) throw refused(path, 'it holds a backslash. Separate folders with "/"')
  if (decoded.startsWith('/') || /^[a-z]:/i.test(decoded) || /^file:/i.test(decoded)) {
    throw refused(path, 'it is absolute. Paths are relative to the root')
  }
  if (decoded.split('/').includes('..')) throw refused(path, 'it holds ".."')
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')
}

/** Where `path` lies below the folder `root`, after checking that no part of it is a symbolic link. */
export async function resolveBelow(root: string, path: string): Promise<string> {
  let current = root
  for (const part of normalizeObjectPath(path).split('/')) {
    current = join(current, part)
    if (part !== '' && (await isLink(current))) {
      throw refused(path, `${current} is a symbolic link, and links are not followed out of the root`)
    }
  }
  return current
}

/**
 * Percent-decodes until nothing changes, so that `%252e` hides nothing either; text that is no encoding stays.
 *
 * @throws MillraceError INVALID_ARGUMENT for more than 4096 characters: what is encoded many times over takes as many rounds
 */
export function decodeFully(text: string): string {
  if (text.length > MAX_LENGTH) throw refused(`${text.slice(0, 40)}…`, `it has more than ${MAX_LENGTH} characters`)
  let current = text
  for (;;) {
    const next = current.replace(/%[0-9a-f]{2}/gi, (escape) => String.fromCharCode(parseInt(escape.slice(1), 16)))
    if (next === current) return current
    current = next
  }
}

function refused(path: string, reason: string): MillraceError {
  return new MillraceError('INVALID_ARGUMENT', `Invalid path "${path}": ${reason}.`)
}
