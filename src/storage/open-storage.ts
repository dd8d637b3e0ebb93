import { MillraceError } from '../core/index.ts'
import { fileStorage } from './file-storage.ts'
import { localPathOf } from './local-uri.ts'
import { type ObjectStorage } from './object-storage.ts'

/**
 * The storage at `uri`: a plain path or a `file://` URI, in Unix or Windows form.
 *
 * @throws MillraceError INVALID_ARGUMENT for a scheme that is not supported (yet): s3, gs, http and others
 */
export function openStorage(uri: string): ObjectStorage {
  const path = localPathOf(uri)
  if (path !== undefined) return fileStorage(path)
  const scheme = uri.slice(0, uri.indexOf(':'))
  throw new MillraceError(
    'INVALID_ARGUMENT',
    `Cannot open "${uri}": storage of kind "${scheme}" is not supported. Use a folder or a file:// URI.`,
  )
}
