/**
 * What the server does to a picture before the model's graph takes it, to the very number: grey, another size, dark for light.
 * The settings are the model's own, so a model that was trained with others is served rightly here too.
 *
 * @typedef {{ width: number, height: number, data: Uint8Array }} Plane one channel of a picture, row by row
 * @typedef {{ width: number, height: number, data: Uint8ClampedArray }} Picture red, green, blue, alpha of each pixel
 * @typedef {{ kind: 'resize', size: number | [number, number], filter: string }
 *   | { kind: 'invert', when: 'always' | 'light-border' }} Transform
 * @typedef {{ channels: 1 | 3, transforms: Transform[] }} Preprocessing
 */

/**
 * @param {Preprocessing} preprocessing
 * @param {Picture} picture
 * @returns {{ shape: [number, number, number], values: Float32Array }} [channels, height, width], from 0 to 1
 */
export function preprocess({ channels, transforms }, picture) {
  let planes = channels === 1 ? [grey(picture)] : [0, 1, 2].map((channel) => colour(picture, channel))
  for (const transform of transforms) planes = apply(transform, planes)
  const [{ width, height }] = planes
  const values = new Float32Array(channels * width * height)
  planes.forEach(({ data }, channel) => {
    values.set(
      Array.from(data, (value) => value / 255),
      channel * width * height,
    )
  })
  return { shape: [channels, height, width], values }
}

/** The luma of ITU-R 601, in whole numbers. @param {Picture} picture @returns {Plane} */
function grey({ width, height, data }) {
  const plane = { width, height, data: new Uint8Array(width * height) }
  for (let i = 0, at = 0; i < plane.data.length; i++, at += 4) {
    plane.data[i] = (19595 * data[at] + 38470 * data[at + 1] + 7471 * data[at + 2] + 0x8000) >> 16
  }
  return plane
}

/** @param {Picture} picture @param {number} channel @returns {Plane} */
function colour({ width, height, data }, channel) {
  return { width, height, data: Uint8Array.from({ length: width * height }, (_, i) => data[4 * i + channel]) }
}

/** @param {Transform} transform @param {Plane[]} planes */
function apply(transform, planes) {
  const { kind } = transform
  switch (kind) {
    case 'resize':
      return planes.map((plane) => resize(plane, sizeOf(transform.size, plane), transform.filter))
    case 'invert':
      return transform.when === 'always' || haveLightBorder(planes) ? planes.map(invert) : planes
    default:
      throw new Error(`This page cannot do the transform "${String(kind)}" yet. Ask the server instead.`)
  }
}

/** @param {Plane} plane @returns {Plane} */
function invert(plane) {
  return { ...plane, data: plane.data.map((value) => 255 - value) }
}

/** Whether the outermost pixels are light on the whole, as paper is. @param {Plane[]} planes */
function haveLightBorder(planes) {
  let [sum, count] = [0, 0]
  for (const { width, height, data } of planes) {
    for (let y = 0; y < height; y++) {
      const step = y === 0 || y === height - 1 ? 1 : Math.max(width - 1, 1)
      for (let x = 0; x < width; x += step, count++) sum += data[y * width + x]
    }
  }
  return sum > 127.5 * count
}

/** One number is the length of the shorter side. @param {number | [number, number]} size @param {Plane} plane */
function sizeOf(size, { width, height }) {
  if (typeof size !== 'number') return { height: size[0], width: size[1] }
  const longer = Math.trunc((size * Math.max(width, height)) / Math.min(width, height))
  return width <= height ? { width: size, height: longer } : { width: longer, height: size }
}

/**
 * Pillow's `Image.resize`: rows and columns one after the other, rounded in between, so that their order shows.
 *
 * @param {Plane} plane
 * @param {{ width: number, height: number }} size
 * @param {string} filter
 */
function resize(plane, size, filter) {
  if (plane.width === size.width && plane.height === size.height) return plane
  const columnsFirst = size.height < plane.height && 2 * (plane.width - size.width) < plane.height - size.height
  /** @param {Plane} each */
  const rows = (each) => stretchRows(each, size.width, filter)
  /** @param {Plane} each */
  const columns = (each) => transpose(stretchRows(transpose(each), size.height, filter))
  return columnsFirst ? rows(columns(plane)) : columns(rows(plane))
}

/** @param {Plane} plane @returns {Plane} */
function transpose({ width, height, data }) {
  const turned = { width: height, height: width, data: new Uint8Array(data.length) }
  for (let y = 0, at = 0; y < height; y++) for (let x = 0; x < width; x++) turned.data[x * height + y] = data[at++]
  return turned
}

/** @param {Plane} plane @param {number} width @param {string} filter @returns {Plane} */
function stretchRows(plane, width, filter) {
  if (plane.width === width) return plane
  const stretched = { width, height: plane.height, data: new Uint8Array(width * plane.height) }
  const weights = weightsFor(plane.width, width, filter)
  for (let y = 0, at = 0; y < plane.height; y++) {
    for (const { first, values } of weights) {
      let sum = HALF
      for (let i = 0; i < values.length; i++) sum += plane.data[y * plane.width + first + i] * values[i]
      stretched.data[at++] = Math.min(Math.max(sum >> WEIGHT_BITS, 0), 255)
    }
  }
  return stretched
}

/** Weights are whole numbers with so many bits behind the point. */
const WEIGHT_BITS = 22
const HALF = 1 << (WEIGHT_BITS - 1)

/**
 * How far a filter reaches, and what a pixel at a distance counts.
 *
 * @type {Record<string, { reach: number, weight: (distance: number) => number }>}
 */
const filters = {
  bilinear: { reach: 1, weight: (distance) => Math.max(1 - Math.abs(distance), 0) },
  lanczos: { reach: 3, weight: (distance) => (Math.abs(distance) <= 3 ? sinc(distance) * sinc(distance / 3) : 0) },
}

/** @param {number} x */
function sinc(x) {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI)
}

/**
 * For each pixel of the result: the first pixel that counts, and what it and the next ones count.
 *
 * @param {number} from
 * @param {number} to
 * @param {string} filter
 */
function weightsFor(from, to, filter) {
  if (!Object.hasOwn(filters, filter)) throw new Error(`This page has no filter "${filter}". Ask the server instead.`)
  const { reach, weight } = filters[filter]
  const scale = from / to
  // A filter widens as the picture shrinks, so that no pixel is passed over.
  const widening = Math.max(scale, 1)
  return Array.from({ length: to }, (_, i) => {
    const center = (i + 0.5) * scale
    const first = Math.max(Math.trunc(center - reach * widening + 0.5), 0)
    const end = Math.min(Math.trunc(center + reach * widening + 0.5), from)
    const shares = Array.from({ length: end - first }, (_, j) => weight((first + j - center + 0.5) / widening))
    const total = shares.reduce((sum, share) => sum + share, 0)
    return { first, values: shares.map((share) => fixedPoint(share / total)) }
  })
}

/** @param {number} weight */
function fixedPoint(weight) {
  return Math.trunc(weight * (1 << WEIGHT_BITS) + (weight < 0 ? -0.5 : 0.5))
}
