/** Moving pixels about: cropping, mirroring, rotating, inverting; rotation to the very bytes of Pillow's `Image.rotate`. */
import { blankImage, type Image, type Size } from '../image.ts'
import type { Filter } from './resample.ts'

/** A part of an image; it may reach beyond the edges. */
export interface Box extends Size {
  readonly top: number
  readonly left: number
}

/** What is inside `box`; pixels beyond the edges of the image get the value `fill`, 0 to 255. */
export function cropImage(image: Image, { top, left, height, width }: Box, fill = 0): Image {
  const cropped = blankImage({ height, width }, image.channels)
  const { channels } = image
  const inside = top >= 0 && left >= 0 && top + height <= image.height && left + width <= image.width
  if (!inside && fill !== 0) cropped.data.fill(fill)
  const firstColumn = Math.max(left, 0)
  const length = (Math.min(left + width, image.width) - firstColumn) * channels
  if (length <= 0) return cropped
  for (let y = Math.max(-top, 0); y < height && y + top < image.height; y++) {
    const from = ((y + top) * image.width + firstColumn) * channels
    const into = (y * width + firstColumn - left) * channels
    for (let i = 0; i < length; i++) cropped.data[into + i] = image.data[from + i]!
  }
  return cropped
}

/** The middle of an image. Where it is smaller than `size`, black is added, as torchvision's center_crop does. */
export function centerCrop(image: Image, size: Size): Image {
  return cropImage(image, {
    ...size,
    top: middle(image.height, size.height),
    left: middle(image.width, size.width),
  })
}

/** Where a length of `wanted` begins in one of `given`. Halves go to the even side, as Python's `round` does. */
function middle(given: number, wanted: number): number {
  if (wanted > given) return -Math.floor((wanted - given) / 2)
  return roundHalfToEven((given - wanted) / 2)
}

export function roundHalfToEven(value: number): number {
  const floor = Math.floor(value)
  if (value - floor !== 0.5) return Math.round(value)
  return floor % 2 === 0 ? floor : floor + 1
}

/** Left and right exchanged. */
export function flipHorizontally(image: Image): Image {
  const { width, height, channels, data } = image
  const flipped = blankImage(image, channels)
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = width - 1; x >= 0; x--) {
      const from = (y * width + x) * channels
      for (let c = 0; c < channels; c++) flipped.data[at++] = data[from + c]!
    }
  }
  return flipped
}

/** Top and bottom exchanged. */
export function flipVertically(image: Image): Image {
  const flipped = blankImage(image, image.channels)
  const line = image.width * image.channels
  for (let y = 0; y < image.height; y++) {
    flipped.data.set(image.data.subarray(y * line, (y + 1) * line), (image.height - 1 - y) * line)
  }
  return flipped
}

/** White for black and black for white. */
export function invertImage(image: Image): Image {
  return { ...image, data: image.data.map((value) => 255 - value) }
}

/** Whether the outermost pixels are light on the whole (their mean is above half): paper rather than a dark ground. */
export function hasLightBorder({ width, height, channels, data }: Image): boolean {
  let [sum, count] = [0, 0]
  for (let y = 0; y < height; y++) {
    const step = y === 0 || y === height - 1 ? 1 : Math.max(width - 1, 1)
    for (let x = 0; x < width; x += step) {
      for (let c = 0; c < channels; c++) sum += data[(y * width + x) * channels + c]!
      count += channels
    }
  }
  return sum > 127.5 * count
}

/**
 * Rotates counter-clockwise about the middle, keeping the size; what comes from beyond the edges gets the value `fill`.
 *
 * @param degrees any number
 */
export function rotateImage(image: Image, degrees: number, filter: Exclude<Filter, 'lanczos'>, fill = 0): Image {
  const turn = ((degrees % 360) + 360) % 360
  if (turn === 0) return image
  if (turn === 180) return flipVertically(flipHorizontally(image))
  if (turn % 90 === 0 && image.width === image.height) return quarterTurn(image, turn === 90)
  const rotated = blankImage(image, image.channels)
  if (fill !== 0) rotated.data.fill(fill)
  const matrix = rotationMatrix(image, turn)
  if (filter === 'nearest') rotateNearest(image, rotated, matrix)
  else rotateBilinear(image, rotated, matrix)
  return rotated
}

function quarterTurn(image: Image, isLeft: boolean): Image {
  const turned = blankImage(image, image.channels)
  const last = image.width - 1
  for (let y = 0, at = 0; y <= last; y++) {
    for (let x = 0; x <= last; x++) {
      const from = (isLeft ? x * image.width + last - y : (last - x) * image.width + y) * image.channels
      for (let c = 0; c < image.channels; c++) turned.data[at++] = image.data[from + c]!
    }
  }
  return turned
}

/** From a place in the result to the place it comes from: x' = a x + b y + c, y' = d x + e y + f. */
type Matrix = readonly [number, number, number, number, number, number]

function rotationMatrix({ width, height }: Size, degrees: number): Matrix {
  const angle = -(degrees * Math.PI) / 180
  const cosine = roundTo15Digits(Math.cos(angle))
  const sine = roundTo15Digits(Math.sin(angle))
  const [x, y] = [width / 2, height / 2]
  return [cosine, sine, cosine * -x + sine * -y + 0 + x, -sine, cosine, -sine * -x + cosine * -y + 0 + y]
}

function roundTo15Digits(value: number): number {
  return Number(value.toFixed(15))
}

/** Walks through the source in steps of fixed point, 16 bits behind the point. */
function rotateNearest(image: Image, rotated: Image, [a, b, c, d, e, f]: Matrix): void {
  const { width, height, channels, data } = image
  const into = rotated.data
  const [stepX, stepY, lineX, lineY] = [fixed(a), fixed(d), fixed(b), fixed(e)]
  let [startX, startY] = [fixed(c + a * 0.5 + b * 0.5), fixed(f + d * 0.5 + e * 0.5)]
  for (let y = 0, at = 0; y < height; y++) {
    let [fromX, fromY] = [startX, startY]
    for (let x = 0; x < width; x++, at += channels) {
      const [column, row] = [fromX >> 16, fromY >> 16]
      if (column >= 0 && column < width && row >= 0 && row < height) {
        const from = (row * width + column) * channels
        for (let channel = 0; channel < channels; channel++) into[at + channel] = data[from + channel]!
      }
      fromX += stepX
      fromY += stepY
    }
    startX += lineX
    startY += lineY
  }
}

function fixed(value: number): number {
  return Math.floor(value * 65536 + 0.5)
}

function rotateBilinear(image: Image, rotated: Image, [a, b, c, d, e, f]: Matrix): void {
  const { width, height, channels, data } = image
  const into = rotated.data
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += channels) {
      const fromX = a * (x + 0.5) + b * (y + 0.5) + c
      const fromY = d * (x + 0.5) + e * (y + 0.5) + f
      if (fromX < 0 || fromX >= width || fromY < 0 || fromY >= height) continue
      const [left, top] = [Math.floor(fromX - 0.5), Math.floor(fromY - 0.5)]
      const [shareX, shareY] = [fromX - 0.5 - left, fromY - 0.5 - top]
      const columns = [Math.max(left, 0) * channels, Math.min(left + 1, width - 1) * channels] as const
      const upper = Math.max(top, 0) * width * channels
      const lower = Math.min(top + 1, height - 1) * width * channels
      for (let channel = 0; channel < channels; channel++) {
        const above = between(data[upper + columns[0] + channel]!, data[upper + columns[1] + channel]!, shareX)
        const below = between(data[lower + columns[0] + channel]!, data[lower + columns[1] + channel]!, shareX)
        into[at + channel] = between(above, below, shareY)
      }
    }
  }
}

function between(low: number, high: number, share: number): number {
  return low + (high - low) * share
}
