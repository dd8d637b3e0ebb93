/** Work with files that only opens paths of this machine, on places that may be elsewhere. */
import { basename, join } from 'node:path'
import { inTemporaryFolder, MillraceError } from '../core/index.ts'
import { localPathOf } from './local-uri.ts'
import type { ObjectStorage } from './object-storage.ts'
import { openStorage } from './open-storage.ts'

/**
 * Calls `read` with the path of the file or folder at `uri`: its own, or that of a copy which is removed afterwards.
 *
 * @throws MillraceError INVALID_ARGUMENT for a URI that names no object; RESOURCE_DOES_NOT_EXIST or STORAGE_FAILED when it
 *   cannot be copied; and what `read` throws
 */
export async function readLocally<T>(uri: string, read: (path: string) => Promise<T>): Promise<T> {
  const local = localPathOf(uri)
  if (local !== undefined) return await read(local)
  const { storage, path } = placeOf(uri)
  return await inTemporaryFolder(async (folder) => {
    const copy = join(folder, basename(path))
    await storage.download(path, copy)
    return await read(copy)
  })
}

/**
 * Lets `write` make a file or folder at a path of this machine, which is that of `uri` or is copied there afterwards. When
 * `write` fails nothing is copied.
 *
 * @throws MillraceError INVALID_ARGUMENT for a URI that names no object, STORAGE_FAILED when it cannot be copied, and what
 *   `write` throws
 */
export async function writeLocally<T>(uri: string, write: (path: string) => Promise<T>): Promise<T> {
  const local = localPathOf(uri)
  if (local !== undefined) return await write(local)
  const { storage, path } = placeOf(uri)
  return await inTemporaryFolder(async (folder) => {
    const made = join(folder, basename(path))
    const result = await write(made)
    await storage.upload(made, path)
    return result
  })
}

/** The folder of an object that is elsewhere, and its name there. */
function placeOf(uri: string): { readonly storage: ObjectStorage; readonly path: string } {
  const [, folder = '', name = ''] = /^(\w+:\/\/.+)\/([^/]+)\/?$/.exec(uri) ?? []
  if (name === '') {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `Expected the place of a file or folder such as s3://bucket/name, found "${uri}".`,
    )
  }
  return { storage: openStorage(folder), path: name }
}
