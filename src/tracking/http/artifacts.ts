/** Artifacts that a tracking server keeps: object storage over MLflow's artifact proxy (`mlflow-artifacts:/…`). */
import { createWriteStream, openAsBlob } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { inTemporaryFolder, makeFolders, MillraceError, replaceAtomic } from '../../core/index.ts'
import {
  type ByteRange,
  normalizeObjectPath,
  type ObjectContent,
  type ObjectStorage,
  type StorageEntry,
} from '../../storage/index.ts'
import { type Connection } from './connection.ts'
import { parseAnswer } from './wire.ts'

const PROXY = '/api/2.0/mlflow-artifacts/artifacts'

const listing = z.object({
  files: z
    .array(z.object({ path: z.string(), is_dir: z.boolean().default(false), file_size: z.coerce.number().optional() }))
    .default([]),
})

/**
 * The folder `uri` of the server. Files go and come as streams, so that none has to fit into memory; each appears whole
 * or not at all, a folder file by file.
 */
export function proxiedStorage(connection: Connection, uri: string): ObjectStorage {
  const root = normalizeObjectPath(uri.replace(/^mlflow-artifacts:(\/\/[^/]*)?\/*/, ''))
  const full = (path: string): string => [root, normalizeObjectPath(path)].filter((part) => part !== '').join('/')
  const address = (path: string): string => `${PROXY}/${full(path).split('/').map(encodeURIComponent).join('/')}`

  const list = async (path = ''): Promise<readonly StorageEntry[]> => {
    const folder = normalizeObjectPath(path)
    const { files } = parseAnswer(listing, await connection.get(PROXY, { path: full(folder) }))
    return files
      .map((file) => ({
        path: folder === '' ? basename(file.path) : `${folder}/${basename(file.path)}`,
        isFolder: file.is_dir,
        ...(file.file_size !== undefined && !file.is_dir && { sizeBytes: file.file_size }),
      }))
      .sort((a, b) => (a.path < b.path ? -1 : 1))
  }
  const fileAt = async (path: string): Promise<StorageEntry> => {
    const entry = await entryOf(path)
    if (entry?.isFolder === false) return entry
    throw new MillraceError('RESOURCE_DOES_NOT_EXIST', `There is no file ${uri}/${path}.`)
  }
  const openRead = async (path: string, range?: ByteRange): Promise<ObjectContent> => {
    const entry = await fileAt(path)
    const asked = range === undefined ? {} : { range: `bytes=${range.first}-${range.last}` }
    const { body, headers, status } = await connection.raw('GET', address(path), undefined, asked)
    const sizeBytes = entry.sizeBytes ?? Number(headers.get('content-length') ?? 0)
    const pieces = body === null ? Readable.from([]) : Readable.fromWeb(body)
    // A server may send everything all the same.
    return { sizeBytes, pieces, ...(status === 206 && { range }) }
  }
  const entryOf = async (path: string): Promise<StorageEntry | undefined> => {
    const parts = normalizeObjectPath(path).split('/')
    const siblings = await list(parts.slice(0, -1).join('/'))
    return siblings.find((entry) => entry.path === parts.join('/'))
  }
  const exists = async (path: string): Promise<boolean> =>
    normalizeObjectPath(path) === '' ? (await list()).length > 0 : (await entryOf(path)) !== undefined
  const writeBlob = async (path: string, content: Blob): Promise<void> => {
    await connection.raw('PUT', address(path), content)
  }
  const upload = async (localPath: string, path: string): Promise<void> => {
    const source = resolve(localPath)
    const kind = await stat(source).catch(() => undefined)
    if (kind === undefined) {
      throw new MillraceError('RESOURCE_DOES_NOT_EXIST', `Cannot copy ${localPath}: there is no such file or folder.`)
    }
    if (!kind.isDirectory()) return await writeBlob(path, await openAsBlob(source))
    for (const name of (await readdir(source)).sort()) {
      await upload(join(source, name), path === '' ? name : `${path}/${name}`)
    }
  }
  const download = async (path: string, localPath: string): Promise<void> => {
    if (path !== '' && (await entryOf(path))?.isFolder !== true) return await downloadFile(path, localPath)
    const entries = await list(path)
    if (entries.length === 0) {
      throw new MillraceError('RESOURCE_DOES_NOT_EXIST', `Cannot copy ${uri}/${path}: there is no such file or folder.`)
    }
    makeFolders(localPath)
    for (const { path: child, isFolder } of entries) {
      await (isFolder ? download : downloadFile)(child, join(localPath, basename(child)))
    }
  }
  const downloadFile = async (path: string, localPath: string): Promise<void> => {
    const { pieces } = await openRead(path)
    await replaceAtomic(localPath, async (temporary) => {
      await pipeline(pieces, createWriteStream(temporary, { flush: true }))
    })
  }
  return {
    uri,
    list,
    stat: async (path) => ({ sizeBytes: (await fileAt(path)).sizeBytes ?? 0 }),
    openRead,
    exists,
    upload: async (localPath, path) => await upload(localPath, normalizeObjectPath(path)),
    download: async (path, localPath) => await download(normalizeObjectPath(path), resolve(localPath)),
    read: async (path) => {
      const { pieces } = await openRead(path)
      return await buffer(pieces)
    },
    write: async (path, content) => await writeBlob(path, new Blob([content])),
    // A request says how long it is before it starts: what comes in pieces is put together on this disk first.
    writeFrom: async (path, pieces) => {
      await inTemporaryFolder(async (folder) => {
        await pipeline(pieces, createWriteStream(join(folder, 'content')))
        await writeBlob(path, await openAsBlob(join(folder, 'content')))
      })
    },
    delete: async (path) => {
      await connection.raw('DELETE', address(path))
    },
    localPath: (path = '') => {
      normalizeObjectPath(path)
      return undefined
    },
  }
}
