/** Object storage in a folder of this machine. */
import { createWriteStream, type Stats } from 'node:fs'
import { open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { isUnfinished, MillraceError, replaceAtomic, systemErrorCode, writeFileAtomic } from '../core/index.ts'
import { copyTree, kindOf, saysMissing } from './copy-tree.ts'
import { fileUriOf } from './local-uri.ts'
import { normalizeObjectPath, resolveBelow } from './object-path.ts'
import type { ByteRange, ObjectContent, ObjectInfo, ObjectStorage, StorageEntry } from './object-storage.ts'

/** The folder `root` as object storage. It need not exist yet: the first write makes it. */
export function fileStorage(root: string): ObjectStorage {
  const folder = resolve(root)
  return {
    uri: fileUriOf(folder),
    list: async (path = '') => await listFolder(folder, path),
    read: async (path) => await readObject(folder, path),
    write: async (path, content) => {
      await writeFileAtomic(await resolveObject(folder, path), content)
    },
    stat: async (path) => await statObject(folder, path),
    openRead: async (path, range) => await openObject(folder, path, range),
    writeFrom: async (path, pieces) => {
      await replaceAtomic(await resolveObject(folder, path), async (temporary) => {
        await pipeline(pieces, createWriteStream(temporary, { flush: true }))
      })
    },
    upload: async (localPath, path) => {
      const locate = async (inside: string): Promise<string> =>
        await resolveBelow(folder, [path, inside].filter((part) => part !== '').join('/'))
      await copyTree(resolve(localPath), { name: localPath, followLinks: true, locate })
    },
    download: async (path, localPath) => {
      const source = await resolveBelow(folder, path)
      const locate = async (inside: string): Promise<string> => await Promise.resolve(resolve(localPath, inside))
      await copyTree(source, { name: `${fileUriOf(folder)}/${path}`, followLinks: false, locate })
    },
    delete: async (path) => {
      const place = await resolveObject(folder, path)
      if ((await kindOf(place)) !== undefined) await rm(place, { recursive: true, force: true })
    },
    exists: async (path) => (await kindOf(await resolveBelow(folder, path))) !== undefined,
    localPath: (path = '') => join(folder, normalizeObjectPath(path)),
  }
}

async function resolveObject(folder: string, path: string): Promise<string> {
  const resolved = await resolveBelow(folder, path)
  if (normalizeObjectPath(path) === '') {
    throw new MillraceError('INVALID_ARGUMENT', `Invalid path "${path}": it names the root ${folder}, not an object.`)
  }
  return resolved
}

async function listFolder(folder: string, path: string): Promise<readonly StorageEntry[]> {
  const place = await resolveBelow(folder, path)
  if ((await kindOf(place)) !== 'folder') return []
  const found = await readdir(place, { withFileTypes: true })
  // Links are left out: they could not be read either.
  const entries = found.filter((entry) => (entry.isFile() || entry.isDirectory()) && !isUnfinished(entry.name))
  const listed = entries.map(async (entry): Promise<StorageEntry> => {
    const full = join(place, entry.name)
    const inside = relative(folder, full).split(sep).join('/')
    if (entry.isDirectory()) return { path: inside, isFolder: true }
    return { path: inside, isFolder: false, sizeBytes: (await stat(full)).size }
  })
  return (await Promise.all(listed)).sort((a, b) => (a.path < b.path ? -1 : 1))
}

async function readObject(folder: string, path: string): Promise<Uint8Array> {
  const place = await resolveBelow(folder, path)
  try {
    return await readFile(place)
  } catch (cause) {
    throw describeMissing(cause, `${fileUriOf(folder)}/${path}`)
  }
}

async function statObject(folder: string, path: string): Promise<ObjectInfo> {
  const place = await resolveBelow(folder, path)
  const uri = `${fileUriOf(folder)}/${path}`
  const found = await stat(place).catch((error: unknown) => {
    throw describeMissing(error, uri)
  })
  if (found.isFile()) return infoOf(found)
  throw isFolder(uri)
}

async function openObject(folder: string, path: string, range?: ByteRange): Promise<ObjectContent> {
  const place = await resolveBelow(folder, path)
  const uri = `${fileUriOf(folder)}/${path}`
  try {
    const file = await open(place)
    const found = await file.stat()
    if (found.isFile()) {
      return { ...infoOf(found), range, pieces: file.createReadStream({ start: range?.first, end: range?.last }) }
    }
    await file.close()
  } catch (cause) {
    throw describeMissing(cause, uri)
  }
  throw isFolder(uri)
}

function infoOf({ size, mtimeMs }: Stats): ObjectInfo {
  return { sizeBytes: size, etag: `"${mtimeMs.toString(16)}-${size.toString(16)}"` }
}

function describeMissing(cause: unknown, uri: string): unknown {
  if (saysMissing(cause)) {
    return new MillraceError('RESOURCE_DOES_NOT_EXIST', `There is no file ${uri} (looked in ${dirname(uri)}).`, {
      cause,
    })
  }
  return systemErrorCode(cause) === 'EISDIR' ? isFolder(uri) : cause
}

function isFolder(uri: string): MillraceError {
  return new MillraceError('INVALID_ARGUMENT', `Cannot read ${uri}: it is a folder. List it instead.`)
}
