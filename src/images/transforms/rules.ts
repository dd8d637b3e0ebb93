/** What each transform does: the size it gives, and its pixels. A kind that lacks a rule does not compile. */
import { DataError, type Random } from '../../core/index.ts'
import { formatSize, type Image, type Size } from '../image.ts'
import { adjustBrightness, adjustContrast, adjustHue, adjustSaturation } from './color.ts'
import {
  type Box,
  centerCrop,
  cropImage,
  flipHorizontally,
  flipVertically,
  hasLightBorder,
  invertImage,
  rotateImage,
  roundHalfToEven,
} from './geometry.ts'
import { resizeImage } from './resample.ts'
import type { PixelTransform, TransformKind, TransformOf } from './transform.ts'

interface Rule<T> {
  /** The size of the result; undefined where it depends on images of several sizes. */
  readonly size: (transform: T, from: Size | undefined) => Size | undefined
  readonly apply: (transform: T, image: Image, random: Random) => Image
}

const sameSize = (_: unknown, from: Size | undefined): Size | undefined => from
const ownSize = ({ size }: { readonly size: SizeSetting }): Size => sizeOf(size)

const rules: { readonly [K in TransformKind]: Rule<TransformOf<K>> } = {
  resize: {
    size: ({ size }, from) => resizedSize(size, from),
    apply: ({ size, filter }, image) => resizeImage(image, resizedSize(size, image)!, filter),
  },
  'center-crop': {
    size: ownSize,
    apply: ({ size }, image) => centerCrop(image, sizeOf(size)),
  },
  'random-crop': {
    size: ownSize,
    apply: ({ size, padding, fill }, image, random) =>
      cropImage(image, drawCrop(image, sizeOf(size), padding, random), fill),
  },
  'random-resized-crop': {
    size: ownSize,
    apply: (transform, image, random) =>
      resizeImage(cropImage(image, drawArea(image, transform, random)), sizeOf(transform.size), transform.filter),
  },
  'horizontal-flip': {
    size: sameSize,
    apply: ({ probability }, image, random) => (random.uniform() < probability ? flipHorizontally(image) : image),
  },
  'vertical-flip': {
    size: sameSize,
    apply: ({ probability }, image, random) => (random.uniform() < probability ? flipVertically(image) : image),
  },
  rotate: {
    size: sameSize,
    apply: ({ degrees, filter, fill }, image, random) =>
      rotateImage(image, uniformBetween(-degrees, degrees, random), filter, fill),
  },
  'color-jitter': { size: sameSize, apply: jitter },
  invert: {
    size: sameSize,
    apply: ({ when }, image) => (when === 'always' || hasLightBorder(image) ? invertImage(image) : image),
  },
}

/** The size an image has after `transform`; undefined where it varies. */
export function sizeAfter<K extends TransformKind>(
  transform: TransformOf<K>,
  from: Size | undefined,
): Size | undefined {
  return ruleOf(transform).size(transform, from)
}

/** One transform, with what chance decides drawn from `random`. */
export function applyTransform<K extends TransformKind>(
  transform: TransformOf<K>,
  image: Image,
  random: Random,
): Image {
  return ruleOf(transform).apply(transform, image, random)
}

/** Whether chance has a say in what comes out. */
export function isRandom({ kind }: PixelTransform): boolean {
  return !['resize', 'center-crop', 'invert'].includes(kind)
}

function ruleOf<K extends TransformKind>(transform: TransformOf<K>): Rule<TransformOf<K>> {
  return rules[transform.kind]
}

type SizeSetting = number | readonly [number, number]

function sizeOf(size: SizeSetting): Size {
  return typeof size === 'number' ? { height: size, width: size } : { height: size[0], width: size[1] }
}

/** One number is the length of the shorter side, as in torchvision's Resize; the other keeps the proportions. */
function resizedSize(size: SizeSetting, from: Size | undefined): Size | undefined {
  if (typeof size !== 'number') return sizeOf(size)
  if (from === undefined) return undefined
  const longer = Math.trunc((size * Math.max(from.width, from.height)) / Math.min(from.width, from.height))
  return from.width <= from.height ? { height: longer, width: size } : { height: size, width: longer }
}

function drawCrop(image: Image, size: Size, padding: number, random: Random): Box {
  const free = { y: image.height + 2 * padding - size.height, x: image.width + 2 * padding - size.width }
  if (free.y < 0 || free.x < 0) {
    throw new DataError(
      {},
      `random-crop: an image of ${formatSize(image)} with a padding of ${padding} is smaller than the crop, ${formatSize(size)}. Resize it first, or pad more.`,
    )
  }
  return { ...size, top: random.integer(free.y + 1) - padding, left: random.integer(free.x + 1) - padding }
}

/** A part of the image, of a size and proportions by chance, as torchvision's RandomResizedCrop draws it. */
function drawArea(image: Image, { scale, ratio }: TransformOf<'random-resized-crop'>, random: Random): Box {
  for (let attempt = 0; attempt < 10; attempt++) {
    const box = drawBox(image, scale, ratio, random)
    if (box.width > 0 && box.width <= image.width && box.height > 0 && box.height <= image.height) {
      return placeBox(box, image, random)
    }
  }
  const proportions = Math.min(Math.max(image.width / image.height, ratio[0]), ratio[1])
  const width = Math.min(image.width, Math.max(Math.round(image.height * proportions), 1))
  const height = Math.min(image.height, Math.max(Math.round(image.width / proportions), 1))
  return { width, height, left: (image.width - width) >> 1, top: (image.height - height) >> 1 }
}

/** A size of an area and proportions by chance: the area is uniform, the proportions are by their logarithm. */
export function drawBox(
  { width, height }: Size,
  scale: readonly [number, number],
  ratio: readonly [number, number],
  random: Random,
): Size {
  const area = width * height * uniformBetween(scale[0], scale[1], random)
  const proportions = Math.exp(uniformBetween(Math.log(ratio[0]), Math.log(ratio[1]), random))
  return {
    width: roundHalfToEven(Math.sqrt(area * proportions)),
    height: roundHalfToEven(Math.sqrt(area / proportions)),
  }
}

/** The box at a place by chance, wholly inside the image. */
export function placeBox(box: Size, image: Size, random: Random): Box {
  const top = random.integer(image.height - box.height + 1)
  return { ...box, top, left: random.integer(image.width - box.width + 1) }
}

/** Four adjustments in an order by chance; factors are drawn from 1 ± the setting, not below 0. */
function jitter(transform: TransformOf<'color-jitter'>, image: Image, random: Random): Image {
  const factor = (amount: number): number => uniformBetween(Math.max(1 - amount, 0), 1 + amount, random)
  const { brightness, contrast, saturation, hue } = transform
  const adjustments = [
    brightness > 0 && { adjust: adjustBrightness, by: factor(brightness) },
    contrast > 0 && { adjust: adjustContrast, by: factor(contrast) },
    saturation > 0 && { adjust: adjustSaturation, by: factor(saturation) },
    hue > 0 && { adjust: adjustHue, by: uniformBetween(-hue, hue, random) },
  ].filter((adjustment) => adjustment !== false)
  let adjusted = image
  for (const position of random.permutation(adjustments.length)) {
    const { adjust, by } = adjustments[position]!
    adjusted = adjust(adjusted, by)
  }
  return adjusted
}

function uniformBetween(low: number, high: number, random: Random): number {
  return low + (high - low) * random.uniform()
}
