/** Changing the size of an image, to the very bytes of Pillow's `Image.resize`. */
import { blankImage, type Image, type Size } from '../image.ts'

/** How a pixel is made of those that were there: the nearest one, a triangle, or Lanczos' windowed sinc of three lobes. */
export type Filter = 'nearest' | 'bilinear' | 'lanczos'

/** The image at another size. Filters widen as the image shrinks, so that no pixel is skipped ("antialias"). */
export function resizeImage(image: Image, size: Size, filter: Filter): Image {
  if (image.width === size.width && image.height === size.height) return image
  if (filter === 'nearest') return pickNearest(image, size)
  return columnsFirst(image, size)
    ? stretchRows(stretchColumns(image, size.height, filter), size.width, filter)
    : stretchColumns(stretchRows(image, size.width, filter), size.height, filter)
}

/** Values are rounded between the two passes, so their order shows in the result. This is Pillow 13's, found by trial. */
function columnsFirst(from: Size, to: Size): boolean {
  return to.height < from.height && 2 * (from.width - to.width) < from.height - to.height
}

function pickNearest(image: Image, size: Size): Image {
  const resized = blankImage(size, image.channels)
  const columns = nearestPlaces(image.width, size.width)
  const rows = nearestPlaces(image.height, size.height)
  let at = 0
  for (const row of rows) {
    for (const column of columns) {
      const from = (row * image.width + column) * image.channels
      for (let c = 0; c < image.channels; c++) resized.data[at++] = image.data[from + c]!
    }
  }
  return resized
}

/** Adds the step up pixel by pixel, as Pillow does: a product would round differently. */
function nearestPlaces(from: number, to: number): Uint32Array {
  const step = from / to
  const places = new Uint32Array(to)
  for (let i = 0, place = step * 0.5; i < to; i++, place += step) places[i] = Math.min(Math.trunc(place), from - 1)
  return places
}

/** Weights of fixed point: Pillow keeps 22 bits behind the point. */
const WEIGHT_BITS = 22
const HALF = 1 << (WEIGHT_BITS - 1)

interface Weights {
  /** The first pixel that counts, by pixel of the result. */
  readonly first: Int32Array
  readonly counts: Int32Array
  /** `stride` places for each pixel of the result, of which the first `counts` are used. */
  readonly values: Int32Array
  readonly stride: number
}

function stretchRows(image: Image, width: number, filter: Exclude<Filter, 'nearest'>): Image {
  if (image.width === width) return image
  const { channels, height, data: from } = image
  const stretched = blankImage({ height, width }, channels)
  const into = stretched.data
  const { first, counts, values, stride } = weightsFor(image.width, width, filter)
  let at = 0
  for (let y = 0; y < height; y++) {
    const row = y * image.width
    for (let x = 0; x < width; x++) {
      const weight = x * stride
      const count = counts[x]!
      for (let c = 0; c < channels; c++) {
        let sum = HALF
        for (let i = 0, place = (row + first[x]!) * channels + c; i < count; i++, place += channels) {
          sum += from[place]! * values[weight + i]!
        }
        into[at++] = clipped(sum)
      }
    }
  }
  return stretched
}

function stretchColumns(image: Image, height: number, filter: Exclude<Filter, 'nearest'>): Image {
  if (image.height === height) return image
  const { channels, width, data: from } = image
  const stretched = blankImage({ height, width }, channels)
  const into = stretched.data
  const { first, counts, values, stride } = weightsFor(image.height, height, filter)
  const line = width * channels
  let at = 0
  for (let y = 0; y < height; y++) {
    const weight = y * stride
    const count = counts[y]!
    for (let x = 0; x < line; x++) {
      let sum = HALF
      for (let i = 0, place = first[y]! * line + x; i < count; i++, place += line) {
        sum += from[place]! * values[weight + i]!
      }
      into[at++] = clipped(sum)
    }
  }
  return stretched
}

function clipped(sum: number): number {
  const value = sum >> WEIGHT_BITS
  return value < 0 ? 0 : value > 255 ? 255 : value
}

function weightsFor(from: number, to: number, filter: Exclude<Filter, 'nearest'>): Weights {
  const { reach, weight } = kernels[filter]
  const scale = from / to
  const widening = Math.max(scale, 1)
  const support = reach * widening
  const stride = Math.ceil(support) * 2 + 1
  const first = new Int32Array(to)
  const counts = new Int32Array(to)
  const values = new Int32Array(to * stride)
  const exact = new Float64Array(stride)
  for (let i = 0; i < to; i++) {
    const center = (i + 0.5) * scale
    const low = Math.max(Math.trunc(center - support + 0.5), 0)
    const count = Math.min(Math.trunc(center + support + 0.5), from) - low
    let total = 0
    for (let j = 0; j < count; j++) {
      exact[j] = weight((j + low - center + 0.5) / widening)
      total += exact[j]!
    }
    first[i] = low
    counts[i] = count
    for (let j = 0; j < count; j++) values[i * stride + j] = fixedPoint(exact[j]! / total)
  }
  return { first, counts, values, stride }
}

function fixedPoint(weight: number): number {
  return Math.trunc(weight * (1 << WEIGHT_BITS) + (weight < 0 ? -0.5 : 0.5))
}

interface Kernel {
  /** Beyond it the weight is 0. */
  readonly reach: number
  readonly weight: (distance: number) => number
}

const kernels: { readonly [F in Exclude<Filter, 'nearest'>]: Kernel } = {
  bilinear: { reach: 1, weight: (x) => Math.max(1 - Math.abs(x), 0) },
  lanczos: { reach: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI)
}
