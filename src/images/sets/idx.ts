/**
 * IDX files, the format of MNIST and its kin: a magic number that tells type and rank, the sizes, then the numbers, all
 * big-endian. They may be packed by gzip. Only bytes are read: type 0x08.
 */
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import { createGunzip } from 'node:zlib'
import { asError, DataError, systemErrorCode } from '../../core/index.ts'
import { digestOfPixels } from './image-digest.ts'
import { checkLabels, DEFAULT_MEMORY_LIMIT, type ImageSet, type ImageSetOptions, once } from './image-set.ts'
import { type ImageStorage, memoryFor } from './image-storage.ts'

export interface IdxOptions extends ImageSetOptions {
  /** Names of the classes. Default: the numbers 0 up to the highest label. */
  readonly classes?: readonly string[]
}

/**
 * Images from a pair of IDX files, such as `train-images-idx3-ubyte.gz` and `train-labels-idx1-ubyte.gz`.
 *
 * @throws DataError naming the file when it is cut off, too long, of another kind, or the counts do not agree
 */
export async function readIdxImages(images: string, labels: string, options: IdxOptions = {}): Promise<ImageSet> {
  const { memoryLimit = DEFAULT_MEMORY_LIMIT, name = basename(images).split('.', 1)[0]! } = options
  const labelHeader = await readIdxHeader(labels, 1)
  const header = await readIdxHeader(images, 3)
  const [count, height, width] = header.shape as [number, number, number]
  if (labelHeader.byteCount !== count) {
    throw new DataError(
      { file: labels },
      `Expected ${count} labels, one for each image of ${images}, found ${labelHeader.byteCount}. The files may be of different sets.`,
    )
  }
  if (header.byteCount === 0) throw new DataError({ file: images }, 'Expected images, found none.')
  const size = { height, width }
  const storage = await storageOf(images, header, memoryLimit)
  const bytes = new Uint8Array(count)
  await readIdxInto(bytes, labels, labelHeader)
  const values = Uint32Array.from(bytes)
  const classes =
    options.classes ?? Array.from({ length: 1 + values.reduce((a, b) => Math.max(a, b)) }, (_, i) => String(i))
  checkLabels(values, classes, labels)
  return {
    name,
    source: images,
    count,
    channels: 1,
    size,
    classes,
    labels: values,
    skipped: [],
    storage,
    digest: once(() => digestOfPixels(pixelsOf(storage), { size, channels: 1, classes, labels: values })),
  }
}

async function storageOf(file: string, header: IdxHeader, memoryLimit: number): Promise<ImageStorage> {
  const [count, height, width] = header.shape as [number, number, number]
  if (header.byteCount <= memoryLimit) {
    const storage = memoryFor(
      Array.from({ length: count }, () => ({ height, width })),
      1,
    )
    await readIdxInto(storage.pixels, file, header)
    return storage
  }
  if (header.isPacked) throw beyondLimit(file, header, memoryLimit)
  await using handle = await open(file)
  checkLength(file, header, (await handle.stat()).size - header.start)
  return { kind: 'slices', file, start: header.start, height, width }
}

async function* pixelsOf(storage: ImageStorage): AsyncIterable<Uint8Array> {
  if (storage.kind === 'memory') yield storage.pixels
  if (storage.kind === 'slices') yield* createReadStream(storage.file, { start: storage.start })
}

interface IdxHeader {
  readonly shape: readonly number[]
  readonly isPacked: boolean
  /** Bytes before the first number. */
  readonly start: number
  /** Numbers, a byte each. */
  readonly byteCount: number
}

/** Reads all numbers, of which there must be as many as the header says. */
async function readIdxInto(data: Uint8Array, file: string, header: IdxHeader): Promise<void> {
  let position = -header.start
  await stream(file, header.isPacked, (chunk) => {
    const from = position
    position += chunk.length
    if (position > header.byteCount) return 'enough'
    if (position > 0) data.set(from < 0 ? chunk.subarray(-from) : chunk, Math.max(from, 0))
    return 'more'
  })
  checkLength(file, header, position)
}

function checkLength(file: string, { shape, byteCount }: IdxHeader, found: number): void {
  if (found === byteCount) return
  const relation = found < byteCount ? `${found} are there: the file is cut off` : 'more are there: the file is damaged'
  throw new DataError(
    { file },
    `Expected ${byteCount} bytes for ${shape.join(' × ')} numbers, ${relation}. Get it again.`,
  )
}

async function readIdxHeader(file: string, rank: 1 | 3): Promise<IdxHeader> {
  const isPacked = await startsPacked(file)
  const length = 4 + 4 * rank
  let head = Buffer.alloc(0)
  await stream(file, isPacked, (chunk) => {
    head = Buffer.concat([head, chunk.subarray(0, length - head.length)])
    return head.length < length ? 'more' : 'enough'
  })
  const magic = 0x0800 + rank
  const found = head.length < 4 ? undefined : head.readUInt32BE(0)
  if (found !== magic) {
    throw new DataError(
      { file },
      `Expected an IDX file of ${rank === 1 ? 'labels' : 'images'} with the magic number ${magic}, found ${found ?? 'a file of less than 4 bytes'}.${adviceFor(found)}`,
    )
  }
  if (head.length < length) throw new DataError({ file }, 'The header is cut off. Get the file again.')
  const shape = Array.from({ length: rank }, (_, axis) => head.readUInt32BE(4 + 4 * axis))
  return { shape, isPacked, start: length, byteCount: shape.reduce((product, size) => product * size, 1) }
}

function adviceFor(magic: number | undefined): string {
  if (magic === 0x0801) return ' These are labels: the files may be exchanged.'
  return magic === 0x0803 ? ' These are images: the files may be exchanged.' : ' It may be another file.'
}

async function startsPacked(file: string): Promise<boolean> {
  try {
    await using handle = await open(file)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0)
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b
  } catch (cause) {
    if (systemErrorCode(cause) !== 'ENOENT') throw cause
    throw new DataError({ file }, 'Expected an IDX file: there is no such file.', { cause })
  }
}

/** Reads until the file ends or `take` has had enough. */
async function stream(
  file: string,
  isPacked: boolean,
  take: (chunk: Uint8Array) => 'more' | 'enough',
): Promise<'more' | 'enough'> {
  const source = createReadStream(file)
  const unpacked = isPacked ? source.pipe(createGunzip()) : source
  // A pipe does not hand errors on.
  if (unpacked !== source) source.once('error', (error) => unpacked.destroy(error))
  try {
    for await (const chunk of unpacked) if (take(chunk as Uint8Array) === 'enough') return 'enough'
    return 'more'
  } catch (cause) {
    throw new DataError(
      { file },
      `Cannot be read: ${asError(cause).message}. The file is cut off or damaged; get it again.`,
      { cause },
    )
  } finally {
    source.destroy()
  }
}

function beyondLimit(file: string, { byteCount }: IdxHeader, memoryLimit: number): DataError {
  return new DataError(
    { file },
    `Needs ${byteCount} bytes of memory, more than the ${memoryLimit} that are allowed, and a packed file cannot be read in parts. Unpack it (gunzip), or raise memoryLimit.`,
  )
}
