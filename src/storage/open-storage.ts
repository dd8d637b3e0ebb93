import { MillraceError } from '../core/index.ts'
import { fileStorage } from './file-storage.ts'
import { localPathOf } from './local-uri.ts'
import { type ObjectStorage } from './object-storage.ts'
import { s3Storage } from './s3/s3-storage.ts'

/**
 * The storage at `uri`: a plain path or a `file://` URI, in Unix or Windows form, or `s3://bucket/prefix`.
 *
 * @throws MillraceError INVALID_ARGUMENT for a scheme that is not supported: gs, http and others
 */
export function openStorage(uri: string): ObjectStorage {
  const path = localPathOf(uri)
  if (path !== undefined) return fileStorage(path)
  if (/^s3:/i.test(uri)) return s3Storage(uri)
  const scheme = uri.slice(0, uri.indexOf(':'))
  throw new MillraceError(
    'INVALID_ARGUMENT',
    `Cannot open "${uri}": storage of kind "${scheme}" is not supported. Use a folder, a file:// URI or s3://bucket/prefix.`,
  )
}
