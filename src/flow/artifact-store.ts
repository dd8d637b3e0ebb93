/**
 * Artifacts by the hash of their content: written once, shared by tasks and runs, checked when they are read. Small ones
 * travel inside their reference and need no file of their own.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { asError, MillraceError, systemErrorCode } from '../core/index.ts'
import type { ObjectStorage } from '../storage/index.ts'
import { decodeValue, encodeValue, loadCodecs } from './codec.ts'

/** What a task's record holds of an artifact. */
export interface ArtifactReference {
  /** SHA-256 of the encoded value, in hexadecimal digits. */
  readonly hash: string
  /** Encoded, before compression. */
  readonly sizeBytes: number
  /** The encoded value itself in base64, when it is small. */
  readonly inline?: string | undefined
  /** Classes in it that need a codec. */
  readonly classes?: readonly string[] | undefined
}

/** Artifacts of a task by name. */
export type References = Readonly<Record<string, ArtifactReference>>

export interface ArtifactStore {
  /** @throws MillraceError INVALID_ARTIFACT when `value`, called `name`, cannot be stored */
  save(value: unknown, name: string): Promise<ArtifactReference>
  /** Whether the content is there to be read. What a remote store was given counts as there; nothing is asked. */
  has(reference: ArtifactReference): boolean
  /** @throws MillraceError INVALID_ARTIFACT when the stored bytes are missing or not what was stored */
  load(reference: ArtifactReference, name: string): Promise<unknown>
  /**
   * The artifacts as an object that reads and decodes each when it is first looked at, and then keeps it. What a remote
   * store holds is fetched here, because a property cannot wait.
   */
  lazy(references: References): Promise<Record<string, unknown>>
}

/** Values up to this size stay inside the reference: a number or a short text is not worth a file. */
const INLINE_BYTES = 512

/** The artifacts below `data/` of `storage`. */
export function artifactStore(storage: ObjectStorage): ArtifactStore {
  const fetch = async ({ hash }: ArtifactReference, name: string): Promise<Uint8Array> => {
    try {
      return await storage.read(pathOf(hash))
    } catch (error) {
      throw damaged(name, hash, error)
    }
  }
  /** Of files also whether they hold what they should: one that was cut off would be taken for the content for ever. */
  const isStored = async (hash: string): Promise<boolean> => {
    const path = pathOf(hash)
    if (!(await storage.exists(path))) return false
    if (storage.localPath(path) === undefined) return true
    try {
      return hashOf(await promisify(zlib().zstdDecompress)(await storage.read(path))) === hash
    } catch {
      return false
    }
  }
  return {
    save: async (value, name) => {
      const { bytes, classes } = await encodeValue(value, name)
      const reference: ArtifactReference = {
        hash: hashOf(bytes),
        sizeBytes: bytes.length,
        ...(classes.length > 0 && { classes: [...classes] }),
      }
      if (bytes.length <= INLINE_BYTES) return { ...reference, inline: Buffer.from(bytes).toString('base64') }
      if (!(await isStored(reference.hash))) await storage.write(pathOf(reference.hash), await compress(bytes))
      return reference
    },
    has: ({ hash, inline }) => {
      if (inline !== undefined) return true
      const path = storage.localPath(pathOf(hash))
      return path === undefined || existsSync(path)
    },
    load: async (reference, name) => {
      await loadCodecs(reference.classes ?? [])
      return decode(reference, name, reference.inline === undefined ? await fetch(reference, name) : undefined)
    },
    lazy: async (references) => {
      const entries = Object.entries(references)
      await loadCodecs(entries.flatMap(([, { classes = [] }]) => classes))
      const sources = entries.map(async ([name, reference]) => {
        const path = storage.localPath(pathOf(reference.hash))
        if (reference.inline !== undefined) return [name, () => decode(reference, name)] as const
        if (path !== undefined)
          return [name, () => decode(reference, name, readLocal(path, name, reference.hash))] as const
        const bytes = await fetch(reference, name)
        return [name, () => decode(reference, name, bytes)] as const
      })
      const object = lazyObject(await Promise.all(sources))
      origins.set(object, references)
      return object
    },
  }
}

const origins = new WeakMap<object, References>()

/** What an object made by `lazy` was made from. */
export function referencesOf(artifacts: object): References | undefined {
  return origins.get(artifacts)
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function pathOf(hash: string): string {
  return `data/${hash.slice(0, 2)}/${hash}.cbor.zst`
}

/** Loaded with the first artifact that is large enough to need it. */
const zlib = () => process.getBuiltinModule('node:zlib')

async function compress(bytes: Uint8Array): Promise<Uint8Array> {
  const { constants, zstdCompress } = zlib()
  return await promisify(zstdCompress)(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 1 } })
}

function decode(reference: ArtifactReference, name: string, compressed?: Uint8Array): unknown {
  const bytes =
    compressed === undefined ? Buffer.from(reference.inline ?? '', 'base64') : inflate(reference, name, compressed)
  if (hashOf(bytes) !== reference.hash) throw damaged(name, reference.hash)
  return decodeValue(bytes)
}

function inflate({ hash }: ArtifactReference, name: string, compressed: Uint8Array): Uint8Array {
  try {
    return zlib().zstdDecompressSync(compressed)
  } catch (cause) {
    throw damaged(name, hash, cause)
  }
}

function readLocal(path: string, name: string, hash: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw damaged(name, hash, cause)
  }
}

function damaged(name: string, hash: string, cause?: unknown): MillraceError {
  const gone = cause instanceof MillraceError || systemErrorCode(cause) === 'ENOENT'
  const found = gone
    ? 'its file is not there'
    : `its content has another hash${cause === undefined ? '' : ` (${asError(cause).message})`}`
  return new MillraceError(
    'INVALID_ARTIFACT',
    `The artifact "${name}" cannot be read: ${found}. Expected the hash ${hash} for ${pathOf(hash)}. Restore the file, or make it again: resume the run from the step that wrote it.`,
    { cause },
  )
}

/** An object whose properties are worked out when they are first read. They can be listed without that. */
function lazyObject(sources: readonly (readonly [string, () => unknown])[]): Record<string, unknown> {
  const object: Record<string, unknown> = {}
  for (const [name, read] of sources) {
    Object.defineProperty(object, name, {
      enumerable: true,
      configurable: true,
      get: () => {
        const value = read()
        Object.defineProperty(object, name, { value, enumerable: true })
        return value
      },
    })
  }
  return object
}
