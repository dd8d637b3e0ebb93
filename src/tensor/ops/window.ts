/** Windows that slide over images, as convolutions and pools have them: sizes, steps, padding. */
import { type Dim, formatShape, type Shape } from '../shape.ts'
import { shapeError, type Tensor } from '../tensor.ts'
import { padAxes, type Range, sliceAxes } from './shaping.ts'

/** Height and width; one number stands for both. */
export type Pair = readonly [height: number, width: number]

/** How windows lie on an image. */
export interface Window {
  readonly kernel: Pair
  readonly strides: Pair
  /** Elements added around the image: top, left, bottom, right, as ONNX orders them. */
  readonly pads: Pads
  readonly dilations: Pair
}
export type Pads = readonly [top: number, left: number, bottom: number, right: number]

/** Both numbers of a pair. @throws ShapeError unless they are whole numbers of at least `least` */
export function pairOf(operation: string, what: string, value: number | Pair, least: number): Pair {
  const pair = typeof value === 'number' ? ([value, value] as const) : value
  if (pair.length === 2 && pair.every((size) => Number.isInteger(size) && size >= least)) return pair
  throw shapeError(operation, `${what} must be whole numbers of at least ${least}, found ${pair.join(' and ')}.`)
}

/** The height and width of an image [n, channels, height, width]. @throws ShapeError for another rank or named sizes */
export function imageSize(operation: string, { shape }: Tensor): Pair {
  const [height, width] = shape.slice(2)
  if (shape.length >= 4 && typeof height === 'number' && typeof width === 'number') return [height, width]
  throw shapeError(operation, `expected images [batch, channels, height, width], found ${formatShape(shape)}.`)
}

/** How many windows fit, down and across. @throws ShapeError when there is no room for one */
export function windowCount(operation: string, shape: Shape, { kernel, strides, pads, dilations }: Window): Pair {
  const count = (axis: 0 | 1): number => {
    const room = (shape[2 + axis] as number) + pads[axis] + pads[axis + 2]! - extentOf(kernel[axis], dilations[axis])
    return Math.floor(room / strides[axis]) + 1
  }
  const counts = [count(0), count(1)] as const
  if (counts.every((size) => size >= 1)) return counts
  throw shapeError(
    operation,
    `images ${formatShape(shape)} with padding ${formatShape(pads)} have no room for a window ${formatShape([extentOf(kernel[0], dilations[0]), extentOf(kernel[1], dilations[1])])}.`,
  )
}

/** How many elements `kernel` taps with gaps reach over. */
export function extentOf(kernel: number, dilation: number): number {
  return (kernel - 1) * dilation + 1
}

/** The image with `value` around it; `axis` is that of its height, the width follows. */
export function padImage(x: Tensor, [top, left, bottom, right]: Pads, value = 0, axis = 2): Tensor {
  const paddings = [[axis, { before: top, after: bottom }], [axis + 1, { before: left, after: right }]] as const // prettier-ignore
  return padAxes(x, paddings, value)
}

/** The places of a window, row by row. */
export function tapsOf([height, width]: Pair): Pair[] {
  return Array.from({ length: height * width }, (_, i) => [Math.floor(i / width), i % width] as const)
}

/** What lies under one tap of all windows on a padded image; `axis` is that of its height, the width follows. */
export function underTap(
  padded: Tensor,
  tap: Pair,
  { strides, dilations }: Pick<Window, 'strides' | 'dilations'>,
  counts: Pair,
  axis = 2,
): Tensor {
  const along = (side: 0 | 1): readonly [number, Range] => {
    const start = tap[side] * dilations[side]
    return [axis + side, { start, end: start + (counts[side] - 1) * strides[side] + 1, step: strides[side] }]
  }
  return sliceAxes(padded, [along(0), along(1)])
}

/** The shape of an image tensor with another height and width. */
export function withImageSize(shape: Shape, [height, width]: Pair): Dim[] {
  return shape.with(2, height).with(3, width)
}
