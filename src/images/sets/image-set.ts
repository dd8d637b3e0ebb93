/** A set of labelled images: what it is, wherever its pixels are. */
import { MillraceError } from '../../core/index.ts'
import { type Channels, formatSize, type Image, type Size } from '../image.ts'
import { digestOfPixels } from './image-digest.ts'
import { type ImageStorage, memoryFor, readImage } from './image-storage.ts'

/** An image that was left out because it cannot be decoded. */
export interface SkippedImage {
  readonly file: string
  readonly reason: string
}

/** Labelled images. `imageDataset` makes training data of them. */
export interface ImageSet {
  readonly name: string
  /** Where it came from: a path or URI. */
  readonly source: string
  readonly count: number
  readonly channels: Channels
  /** Undefined when images differ in size. */
  readonly size: Size | undefined
  /** Names of the classes; labels are positions in it. */
  readonly classes: readonly string[]
  /** The class of each image. */
  readonly labels: Uint32Array
  /** Images that were left out, where `corrupt` is 'skip'. */
  readonly skipped: readonly SkippedImage[]
  /** The file of each image, where each has one of its own. */
  readonly files?: readonly string[]
  readonly storage: ImageStorage
  /** Eight hexadecimal digits for pixels, labels and classes; whether images are in memory is of no matter. */
  digest(): Promise<string>
}

/** How a set is read. */
export interface ImageSetOptions {
  /** Default: the name of the folder or file. */
  readonly name?: string
  /** Bytes of pixels to keep in memory at most; a larger set is read from its files as needed. Default 512 MiB. */
  readonly memoryLimit?: number
}

export const DEFAULT_MEMORY_LIMIT: number = 512 * 1024 ** 2

/** Images that are in memory already. */
export interface ImagesInMemory {
  readonly name: string
  readonly source?: string
  /** [count, height, width, channels], row by row, 0 to 255. */
  readonly pixels: Uint8Array
  readonly size: Size
  readonly channels: Channels
  readonly classes: readonly string[]
  /** The class of each image, as a position in `classes`. */
  readonly labels: ArrayLike<number>
}

/** A set of images that are in memory already. @throws MillraceError INVALID_DATA when lengths or labels do not fit */
export function imagesInMemory({
  name,
  source = 'memory',
  pixels,
  size,
  channels,
  classes,
  labels,
}: ImagesInMemory): ImageSet {
  const count = labels.length
  const expected = count * size.height * size.width * channels
  if (pixels.length !== expected) {
    throw new MillraceError(
      'INVALID_DATA',
      `imagesInMemory: ${count} labels and images of ${formatSize(size)} with ${channels} channels make ${expected} bytes of pixels, found ${pixels.length}.`,
    )
  }
  const storage = memoryFor(
    Array.from({ length: count }, () => size),
    channels,
  )
  storage.pixels.set(pixels)
  const checked = Uint32Array.from(labels)
  checkLabels(checked, classes, source)
  return {
    name,
    source,
    count,
    channels,
    size,
    classes,
    labels: checked,
    skipped: [],
    storage,
    digest: once(() => digestOfPixels([storage.pixels], { size, channels, classes, labels: checked })),
  }
}

/** One image of a set, in the channels of the set. @throws DataError naming the file when it cannot be read */
export async function imageAt(set: ImageSet, index: number): Promise<Image> {
  if (!Number.isInteger(index) || index < 0 || index >= set.count) {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `imageAt: ${set.name} has images 0 to ${set.count - 1}, found ${index}.`,
    )
  }
  return await readImage(set.storage, index)
}

/** @throws MillraceError INVALID_DATA naming the first label that is no class */
export function checkLabels(labels: Uint32Array, classes: readonly string[], source: string): void {
  const wrong = labels.findIndex((label) => label >= classes.length)
  if (wrong < 0) return
  throw new MillraceError(
    'INVALID_DATA',
    `${source}: the label of image ${wrong + 1} is ${labels[wrong]}, but there are ${classes.length} classes, 0 to ${classes.length - 1}.`,
  )
}

/** A function that does its work at the first call and remembers the result. */
export function once<T>(work: () => T): () => T {
  let result: { readonly value: T } | undefined
  return () => (result ??= { value: work() }).value
}
