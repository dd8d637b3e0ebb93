/** Object storage in a bucket that speaks the S3 protocol: Amazon's, MinIO, Ceph, Cloudflare R2 and others. */
import { createReadStream, createWriteStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type * as S3 from '@aws-sdk/client-s3'
import { asError, MillraceError, replaceAtomic } from '../../core/index.ts'
import { kindOf } from '../copy-tree.ts'
import { normalizeObjectPath } from '../object-path.ts'
import type { ByteRange, ObjectContent, ObjectInfo, ObjectStorage, StorageEntry } from '../object-storage.ts'
import { type LoadedS3, multipartUploads, type PlacedObject } from './multipart-uploads.ts'

/** Files that are copied at the same time. */
const PARALLEL = 8

/**
 * The bucket and prefix of `s3://bucket/prefix` as object storage.
 *
 * Credentials and region come from where AWS's tools find them. AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL,
 * MLFLOW_S3_ENDPOINT_URL or S3_ENDPOINT_URL name another server. A single object appears whole or not at all; the files of a folder appear
 * one by one, for a bucket knows no folders. Needs the packages `@aws-sdk/client-s3` and `@aws-sdk/lib-storage`.
 *
 * @throws MillraceError INVALID_ARGUMENT for a URI without a bucket; the methods also throw STORAGE_FAILED when the
 *   server refuses, and RUNTIME_UNAVAILABLE when the packages are not installed
 */
export function s3Storage(uri: string): ObjectStorage {
  const { bucket, prefix } = parseS3Uri(uri)
  const root = prefix === '' ? `s3://${bucket}` : `s3://${bucket}/${prefix}`
  const place = new Bucket(bucket, prefix, root)
  return {
    uri: root,
    multipart: multipartUploads({
      withObject: async (path, work) => await place.withObject(objectPath(root, path), work),
      loadPackage: async (load) => await place.loadPackage(load),
    }),
    list: async (path = '') => await place.list(normalizeObjectPath(path)),
    read: async (path) => await place.read(normalizeObjectPath(path)),
    stat: async (path) => await place.stat(normalizeObjectPath(path)),
    openRead: async (path, range) => await place.openRead(normalizeObjectPath(path), range),
    write: async (path, content) => await place.write(objectPath(root, path), content),
    writeFrom: async (path, pieces) => await place.writeFrom(objectPath(root, path), Readable.from(pieces)),
    upload: async (localPath, path) => await place.upload(resolve(localPath), normalizeObjectPath(path)),
    download: async (path, localPath) => await place.download(normalizeObjectPath(path), resolve(localPath)),
    delete: async (path) => await place.delete(objectPath(root, path)),
    exists: async (path) => (await place.kindOf(normalizeObjectPath(path))) !== undefined,
    localPath: (path = '') => {
      normalizeObjectPath(path)
      return undefined
    },
  }
}

function parseS3Uri(uri: string): { bucket: string; prefix: string } {
  const [, bucket = '', rest = ''] = /^s3:\/\/([^/]+)\/?(.*)$/s.exec(uri) ?? []
  if (bucket !== '') return { bucket, prefix: normalizeObjectPath(rest) }
  throw new MillraceError('INVALID_ARGUMENT', `Cannot open "${uri}": expected s3://bucket or s3://bucket/prefix.`)
}

function objectPath(root: string, path: string): string {
  const normalized = normalizeObjectPath(path)
  if (normalized !== '') return normalized
  throw new MillraceError('INVALID_ARGUMENT', `Invalid path "${path}": it names the root ${root}, not an object.`)
}

interface StoredObject {
  readonly key: string
  readonly sizeBytes: number
}

class Bucket {
  readonly #bucket: string
  readonly #prefix: string
  readonly #root: string
  #loaded: Promise<LoadedS3> | undefined

  constructor(bucket: string, prefix: string, root: string) {
    this.#bucket = bucket
    this.#prefix = prefix
    this.#root = root
  }

  async list(path: string): Promise<readonly StorageEntry[]> {
    const folder = this.#folderKey(path)
    const entries: StorageEntry[] = []
    for await (const { objects, folders } of this.#pages(folder, '/')) {
      for (const key of folders) entries.push({ path: this.#pathOf(key.slice(0, -1)), isFolder: true })
      for (const { key, sizeBytes } of objects) entries.push({ path: this.#pathOf(key), isFolder: false, sizeBytes })
    }
    return entries.sort((a, b) => (a.path < b.path ? -1 : 1))
  }

  async read(path: string): Promise<Uint8Array> {
    const { Body } = await this.#get(path)
    return (await Body?.transformToByteArray()) ?? new Uint8Array(0)
  }

  async stat(path: string): Promise<ObjectInfo> {
    const found = await this.#head(path)
    if (found === undefined) throw this.#missing(path)
    return { sizeBytes: found.ContentLength ?? 0, etag: found.ETag }
  }

  async openRead(path: string, range?: ByteRange): Promise<ObjectContent> {
    const { Body, ContentLength = 0, ContentRange, ETag } = await this.#get(path, range)
    const isPart = range !== undefined && ContentRange !== undefined
    const sizeBytes = isPart ? Number(ContentRange.split('/')[1]) : ContentLength
    return { sizeBytes, etag: ETag, pieces: Body as Readable, ...(isPart && { range }) }
  }

  async write(path: string, content: string | Uint8Array): Promise<void> {
    // The library takes an empty text for a stream, and warns of it.
    const Body = typeof content === 'string' ? Buffer.from(content) : content
    await this.#attempt(path, async ({ s3, client }) => {
      await client.send(new s3.PutObjectCommand({ Bucket: this.#bucket, Key: this.#key(path), Body }))
    })
  }

  async writeFrom(path: string, pieces: Readable): Promise<void> {
    const { Upload } = await this.loadPackage(async () => await import('@aws-sdk/lib-storage'))
    await this.#attempt(path, async ({ client }) => {
      const params = { Bucket: this.#bucket, Key: this.#key(path), Body: pieces }
      await new Upload({ client, params }).done()
    })
  }

  async upload(localPath: string, path: string): Promise<void> {
    const kind = await kindOf(localPath)
    if (kind === undefined) {
      throw new MillraceError('RESOURCE_DOES_NOT_EXIST', `Cannot copy ${localPath}: there is no such file or folder.`)
    }
    const targetKind = await this.kindOf(path)
    if (targetKind !== undefined && targetKind !== kind) {
      throw new MillraceError(
        'INVALID_ARGUMENT',
        `Cannot copy the ${kind} ${localPath} over the ${targetKind} ${this.#uriOf(path)}.`,
      )
    }
    const files = kind === 'file' ? [''] : await filesBelow(localPath)
    await eachOf(
      files,
      async (inside) => await this.writeFrom(joined(path, inside), createReadStream(join(localPath, inside))),
    )
  }

  async download(path: string, localPath: string): Promise<void> {
    if ((await this.kindOf(path)) === 'file') return await this.#downloadFile(path, localPath)
    const objects = await this.#below(path)
    if (objects.length === 0) {
      throw new MillraceError(
        'RESOURCE_DOES_NOT_EXIST',
        `Cannot copy ${this.#uriOf(path)}: there is no such file or folder.`,
      )
    }
    await eachOf(objects, async ({ key }) => {
      const inside = key.slice(this.#folderKey(path).length)
      // A key is free text; below a folder of this machine it has to be a path.
      await this.#downloadFile(this.#pathOf(key), join(localPath, normalizeObjectPath(inside)))
    })
  }

  async delete(path: string): Promise<void> {
    const keys = [this.#key(path), ...(await this.#below(path)).map(({ key }) => key)]
    await this.#attempt(path, async ({ s3, client }) => {
      for (let start = 0; start < keys.length; start += 1000) {
        const Objects = keys.slice(start, start + 1000).map((Key) => ({ Key }))
        const { Errors = [] } = await client.send(
          new s3.DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects, Quiet: true } }),
        )
        const [first] = Errors
        if (first !== undefined) throw new Error(`${first.Key}: ${first.Message ?? first.Code}`)
      }
    })
  }

  async kindOf(path: string): Promise<'file' | 'folder' | undefined> {
    if (path !== '' && (await this.#head(path)) !== undefined) return 'file'
    for await (const { objects } of this.#pages(this.#folderKey(path))) return objects.length > 0 ? 'folder' : undefined
    return undefined
  }

  async #head(path: string): Promise<S3.HeadObjectCommandOutput | undefined> {
    return await this.#attempt(path, async ({ s3, client }) => {
      try {
        return await client.send(new s3.HeadObjectCommand({ Bucket: this.#bucket, Key: this.#key(path) }))
      } catch (error) {
        if (statusOf(error) === 404) return undefined
        throw error
      }
    })
  }

  async #get(path: string, range?: ByteRange): Promise<S3.GetObjectCommandOutput> {
    const Range = range && `bytes=${range.first}-${range.last}`
    return await this.#attempt(path, async ({ s3, client }) => {
      try {
        return await client.send(new s3.GetObjectCommand({ Bucket: this.#bucket, Key: this.#key(path), Range }))
      } catch (error) {
        throw asError(error).name === 'NoSuchKey' ? this.#missing(path, error) : error
      }
    })
  }

  #missing(path: string, cause?: unknown): MillraceError {
    return new MillraceError('RESOURCE_DOES_NOT_EXIST', `There is no file ${this.#uriOf(path)}.`, { cause })
  }

  async #downloadFile(path: string, localPath: string): Promise<void> {
    const { Body } = await this.#get(path)
    await replaceAtomic(localPath, async (temporary) => {
      await pipeline(Body as Readable, createWriteStream(temporary, { flush: true }))
    })
  }

  /** All objects below the folder `path`. */
  async #below(path: string): Promise<readonly StoredObject[]> {
    const found: StoredObject[] = []
    for await (const { objects } of this.#pages(this.#folderKey(path))) found.push(...objects)
    return found
  }

  async *#pages(
    prefix: string,
    delimiter?: string,
  ): AsyncGenerator<{ readonly objects: readonly StoredObject[]; readonly folders: readonly string[] }> {
    let token: string | undefined
    do {
      const page: S3.ListObjectsV2CommandOutput = await this.#attempt(
        prefix,
        async ({ s3, client }) =>
          await client.send(
            new s3.ListObjectsV2Command({
              Bucket: this.#bucket,
              Prefix: prefix,
              ...(delimiter !== undefined && { Delimiter: delimiter }),
              ...(token !== undefined && { ContinuationToken: token }),
            }),
          ),
      )
      const objects = (page.Contents ?? []).flatMap(({ Key, Size }) =>
        // Some tools mark a folder by an empty object of its name.
        Key === undefined || Key === prefix ? [] : [{ key: Key, sizeBytes: Size ?? 0 }],
      )
      yield { objects, folders: (page.CommonPrefixes ?? []).flatMap(({ Prefix }) => Prefix ?? []) }
      token = page.NextContinuationToken
    } while (token !== undefined)
  }

  #key(path: string): string {
    return joined(this.#prefix, path)
  }

  #folderKey(path: string): string {
    const key = this.#key(path)
    return key === '' ? '' : `${key}/`
  }

  #pathOf(key: string): string {
    return this.#prefix === '' ? key : key.slice(this.#prefix.length + 1)
  }

  #uriOf(path: string): string {
    return path === '' ? this.#root : `${this.#root}/${path}`
  }

  async #attempt<T>(path: string, work: (loaded: LoadedS3) => Promise<T>): Promise<T> {
    const loaded = await this.#load()
    try {
      return await work(loaded)
    } catch (error) {
      if (error instanceof MillraceError) throw error
      throw new MillraceError('STORAGE_FAILED', `Cannot use ${this.#uriOf(path)}: ${reasonOf(error)}.`, {
        cause: error,
      })
    }
  }

  async withObject<T>(path: string, work: (object: PlacedObject) => Promise<T>): Promise<T> {
    const target = { Bucket: this.#bucket, Key: this.#key(path) }
    return await this.#attempt(path, async (loaded) => await work({ ...loaded, target }))
  }

  async #load(): Promise<LoadedS3> {
    this.#loaded ??= this.loadPackage(async () => await import('@aws-sdk/client-s3')).then((s3) => {
      const { env } = process
      const endpoint =
        env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL'] ?? env['MLFLOW_S3_ENDPOINT_URL'] ?? env['S3_ENDPOINT_URL']
      // Servers of one's own seldom have a host name for each bucket.
      const settings = {
        region: env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? 'us-east-1',
        ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
      }
      return { s3, client: new s3.S3Client(settings), settings }
    })
    return await this.#loaded
  }

  async loadPackage<T>(load: () => Promise<T>): Promise<T> {
    try {
      return await load()
    } catch (cause) {
      throw new MillraceError(
        'RUNTIME_UNAVAILABLE',
        `${this.#root} needs packages that are not installed. Install them: npm install @aws-sdk/client-s3 @aws-sdk/lib-storage @aws-sdk/s3-request-presigner`,
        { cause },
      )
    }
  }
}

function statusOf(error: unknown): number | undefined {
  const metadata = error instanceof Error && '$metadata' in error ? error.$metadata : undefined
  return (metadata as { httpStatusCode?: number } | undefined)?.httpStatusCode
}

/** What went wrong, and what to do. */
function reasonOf(error: unknown): string {
  const { name, message } = asError(error)
  switch (name) {
    case 'NoSuchBucket':
      return 'there is no such bucket. Create it, or correct the name'
    case 'AccessDenied':
    case 'InvalidAccessKeyId':
    case 'SignatureDoesNotMatch':
      return `access was refused (${name}). Check the credentials and what they may do`
    case 'CredentialsProviderError':
      return 'no credentials were found. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile'
    default:
      return `${message || name}. Check the address of the server and the network`
  }
}

function joined(folder: string, path: string): string {
  return [folder, path].filter((part) => part !== '').join('/')
}

/** The files below a folder of this machine, relative to it, with `/`. Links are followed. */
async function filesBelow(folder: string, inside = ''): Promise<readonly string[]> {
  const found: string[] = []
  for (const name of (await readdir(join(folder, inside))).sort()) {
    const path = joined(inside, name)
    if ((await stat(join(folder, path))).isDirectory()) found.push(...(await filesBelow(folder, path)))
    else found.push(path)
  }
  return found
}

/** Does `work` for each item, a few at a time; the first failure ends it. */
async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values()
  const worker = async (): Promise<void> => {
    for (const item of rest) await work(item)
  }
  await Promise.all(Array.from({ length: PARALLEL }, worker))
}
