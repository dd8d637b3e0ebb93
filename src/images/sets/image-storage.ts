/** Where the pixels of an image set are. Plain data, so that threads can be handed it; memory in it is shared. */
import { open, readFile } from 'node:fs/promises'
import { DataError, systemErrorCode } from '../../core/index.ts'
import { decodeImage, type DecodeOptions } from '../decode.ts'
import type { Channels, Image, Size } from '../image.ts'

export type ImageStorage = MemoryStorage | SlicesStorage | FilesStorage | ChosenStorage

/** All pixels in one block of memory. */
export interface MemoryStorage {
  readonly kind: 'memory'
  readonly channels: Channels
  readonly pixels: Uint8Array<SharedArrayBuffer>
  /** Start in `pixels`, height and width of each image. */
  readonly places: Float64Array<SharedArrayBuffer>
}

/** Images of one size side by side in a file. */
interface SlicesStorage extends Size {
  readonly kind: 'slices'
  readonly file: string
  readonly start: number
}

/** A file for each image. */
interface FilesStorage {
  readonly kind: 'files'
  readonly files: readonly string[]
  readonly decoding: DecodeOptions
}

/** Some of the images that are elsewhere. */
interface ChosenStorage {
  readonly kind: 'chosen'
  readonly from: ImageStorage
  readonly indices: Uint32Array
}

/** One image. @throws DataError naming the file that cannot be read */
export async function readImage(storage: ImageStorage, index: number): Promise<Image> {
  switch (storage.kind) {
    case 'memory':
      return imageInMemory(storage, index)
    case 'slices':
      return await readSlice(storage, index)
    case 'files':
      return await decodeFile(storage.files[index]!, storage.decoding)
    case 'chosen':
      return await readImage(storage.from, storage.indices[index]!)
  }
}

export async function decodeFile(file: string, decoding: DecodeOptions): Promise<Image> {
  return await decodeImage(await readImageFile(file), file, decoding)
}

/** @throws DataError when there is no such file, or it may not be read */
export async function readImageFile(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file)
  } catch (cause) {
    const reasons: Readonly<Record<string, string>> = { ENOENT: 'there is no such file', EISDIR: 'it is a folder' }
    const reason = reasons[systemErrorCode(cause) ?? ''] ?? `it cannot be read (${systemErrorCode(cause)})`
    throw new DataError({ file }, `Expected an image: ${reason}.`, { cause })
  }
}

/** Memory for images of these sizes, still blank: `imageInMemory(storage, i).data` is where the pixels of one go. */
export function memoryFor(sizes: readonly Size[], channels: Channels): MemoryStorage {
  const places = new Float64Array(new SharedArrayBuffer(sizes.length * 3 * Float64Array.BYTES_PER_ELEMENT))
  let end = 0
  sizes.forEach(({ height, width }, i) => {
    places.set([end, height, width], 3 * i)
    end += height * width * channels
  })
  return { kind: 'memory', channels, pixels: new Uint8Array(new SharedArrayBuffer(end)), places }
}

/** One image as a view of the memory it is in. */
export function imageInMemory({ channels, pixels, places }: MemoryStorage, index: number): Image {
  const start = places[3 * index]!
  const [height, width] = [places[3 * index + 1]!, places[3 * index + 2]!]
  return { height, width, channels, data: pixels.subarray(start, start + height * width * channels) }
}

async function readSlice({ file, start, height, width }: SlicesStorage, index: number): Promise<Image> {
  const length = height * width
  const data = new Uint8Array(length)
  await using handle = await open(file)
  const { bytesRead } = await handle.read(data, 0, length, start + index * length)
  if (bytesRead !== length) throw new DataError({ file }, `Image ${index + 1} is cut off: the file has become shorter.`)
  return { height, width, channels: 1, data }
}
