/** From an image to the numbers a network reads: transforms, then float32, channels first, normalised. */
import { MillraceError, Random } from '../../core/index.ts'
import { formatSize, type Image, type Size, withChannels } from '../image.ts'
import { applyTransform, drawBox, isRandom, placeBox, sizeAfter } from './rules.ts'
import type { ImagePreprocessing, TransformKind } from './transform.ts'

/** The size all images have afterwards; undefined where images of several sizes stay so. */
export function preprocessedSize({ transforms }: ImagePreprocessing, from: Size | undefined): Size | undefined {
  return transforms.reduce<Size | undefined>((size, transform) => sizeAfter<TransformKind>(transform, size), from)
}

/** Whether chance has a say in what becomes of an image. */
export function hasRandomness({ transforms, erasing }: ImagePreprocessing): boolean {
  return erasing !== undefined || transforms.some(isRandom)
}

/** Writes one image, with what chance decides drawn from `random`, into `into` from `offset` on. */
export type Preprocessor = (image: Image, random: Random, into: Float32Array, offset: number) => void

/**
 * Compiles settings into a function. Its results are [channels, height, width] float32, those of torchvision's ToTensor
 * and Normalize to the bit.
 *
 * @param size what every image must have in the end
 */
export function compilePreprocessing(preprocessing: ImagePreprocessing, size: Size): Preprocessor {
  const { channels, transforms } = preprocessing
  const tables = Array.from({ length: channels }, (_, channel) => valueTable(preprocessing, channel))
  return (image, random, into, offset) => {
    let changed = withChannels(image, channels)
    for (const transform of transforms) changed = applyTransform<TransformKind>(transform, changed, random)
    requireSize(changed, size)
    writeChannels(changed, tables, into, offset)
    if (preprocessing.erasing !== undefined) erase(preprocessing.erasing, changed, random, into, offset)
  }
}

/**
 * Compiles settings without chance, as a server or an evaluation needs them, into a function for images that all end up
 * with `size`. @throws MillraceError where something is random
 */
export function imagePreprocessor(preprocessing: ImagePreprocessing, size: Size): (image: Image) => Float32Array {
  if (hasRandomness(preprocessing)) {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      'preprocessImage: these settings have random transforms, which are for training only. Keep settings without them for predicting.',
    )
  }
  const write = compilePreprocessing(preprocessing, size)
  const unused = new Random(0)
  return (image) => {
    const into = new Float32Array(preprocessing.channels * size.height * size.width)
    write(image, unused, into, 0)
    return into
  }
}

/** One image, as `imagePreprocessor` does many. @throws as it does */
export function preprocessImage(preprocessing: ImagePreprocessing, image: Image): Float32Array {
  return imagePreprocessor(preprocessing, preprocessedSize(preprocessing, image)!)(image)
}

function requireSize(image: Image, size: Size): void {
  if (image.height === size.height && image.width === size.width) return
  throw new MillraceError(
    'INVALID_DATA',
    `The image is ${formatSize(image)} after its transforms, the others are ${formatSize(size)}. Add a transform that gives all one size, such as resize to [${size.height}, ${size.width}].`,
  )
}

/** What each of the 256 values becomes, rounded to single precision after each step as PyTorch does. */
function valueTable({ normalize }: ImagePreprocessing, channel: number): Float32Array {
  const { fround } = Math
  const mean = fround(normalize?.mean[channel] ?? 0)
  const std = fround(normalize?.std[channel] ?? 1)
  const table = new Float32Array(256)
  for (let value = 0; value < 256; value++) table[value] = fround(fround(value / 255) - mean) / std
  return table
}

function writeChannels(
  { data, channels, height, width }: Image,
  tables: readonly Float32Array[],
  into: Float32Array,
  offset: number,
): void {
  const pixels = height * width
  for (let channel = 0; channel < channels; channel++) {
    const table = tables[channel]!
    const start = offset + channel * pixels
    for (let i = 0, from = channel; i < pixels; i++, from += channels) into[start + i] = table[data[from]!]!
  }
}

/** Overwrites a rectangle in all channels, as torchvision's RandomErasing does; nothing when ten draws do not fit. */
function erase(
  { probability, scale, ratio, value }: NonNullable<ImagePreprocessing['erasing']>,
  image: Image,
  random: Random,
  into: Float32Array,
  offset: number,
): void {
  if (random.uniform() >= probability) return
  for (let attempt = 0; attempt < 10; attempt++) {
    const size = drawBox(image, scale, ratio, random)
    if (size.height >= image.height || size.width >= image.width) continue
    const { top, left, height, width } = placeBox(size, image, random)
    for (let channel = 0; channel < image.channels; channel++) {
      for (let y = top; y < top + height; y++) {
        const start = offset + (channel * image.height + y) * image.width + left
        for (let x = start; x < start + width; x++) into[x] = value === 'random' ? random.normal() : value
      }
    }
    return
  }
}
