/** Pooling of images [n, channels, height, width]: the largest element of each window, or the mean. */
import { formatShape } from '../shape.ts'
import { apply, constant, type Rule, scalar, shapeError, type Tensor } from '../tensor.ts'
import { emitOnBlocks, isBlocked } from './blocks.ts'
import { convTranspose2dRule } from './convolution.ts'
import { add, mul, sub } from './elementwise.ts'
import { equal, where } from './select.ts'
import { concat, expand, padAxes, type Padding, reshape, sliceAxes } from './shaping.ts'
import {
  extentOf,
  imageSize,
  padImage,
  type Pair,
  pairOf,
  tapsOf,
  underTap,
  type Window,
  windowCount,
  withImageSize,
} from './window.ts'

// --- the largest ---------------------------------------------------------------------------------------------------

export const maxPool2dRule: Rule<Window> = {
  name: 'maxPool2d',
  infer([x], window) {
    imageSize('maxPool2d', x!)
    return { shape: withImageSize(x!.shape, windowCount('maxPool2d', x!.shape, window)), dtype: x!.dtype }
  },
  gradient: ({ inputs: [x], output, attributes }, upstream) => [toWinners(x!, output, upstream, attributes)],
  // Without the positions of the winners, which would make the runtime's kernel many times slower.
  lower(emit, names, { inputs, output, attributes: { kernel, strides, pads, dilations } }) {
    const [x] = inputs as readonly [Tensor]
    const attributes = {
      kernel_shape: { ints: kernel },
      strides: { ints: strides },
      pads: { ints: pads },
      dilations: { ints: dilations },
    }
    return isBlocked(x)
      ? emitOnBlocks(emit, 'MaxPool', names, attributes, { x, output })
      : emit.node('MaxPool', names, attributes)
  },
}

/**
 * `upstream` where the first largest element of each window was found, row by row, and 0 elsewhere. The images may have
 * more axes behind height and width.
 */
export function toWinners(x: Tensor, pooled: Tensor, upstream: Tensor, window: Window): Tensor {
  const counts = imageSize('maxPool2d', pooled)
  const padded = padImage(x, window.pads, -Infinity)
  const zero = scalar(0, upstream.dtype)
  let left = upstream
  const parts = tapsOf(window.kernel).map((tap, i, { length }) => {
    // Where windows lie side by side, what nobody has won belongs to the last.
    if (i === length - 1 && tiles(window)) return left
    const wins = equal(underTap(padded, tap, window, counts), pooled)
    const won = where(wins, left, zero)
    left = sub(left, won)
    return won
  })
  const size = imageSize('maxPool2d', padded)
  const placed = tiles(window) ? sideBySide(parts, window.kernel, size) : onTopOfEachOther(parts, window, size)
  const [height, width] = imageSize('maxPool2d', x)
  const [top, left0] = window.pads
  return sliceAxes(placed, [
    [2, { start: top, end: top + height }],
    [3, { start: left0, end: left0 + width }],
  ])
}

/** Whether no two windows share an element and no element between two is left out. */
function tiles({ kernel, strides, dilations, pads }: Window): boolean {
  return ([0, 1] as const).every(
    (axis) => kernel[axis] === strides[axis] && dilations[axis] === 1 && pads[axis] === 0 && pads[axis + 2] === 0,
  )
}

function sideBySide(parts: readonly Tensor[], [height, width]: Pair, size: Pair): Tensor {
  const [batch, channels, down, across, ...rest] = parts[0]!.shape as readonly number[]
  const row = (first: number): Tensor => {
    const columns = parts.slice(first, first + width)
    return reshape(
      concat(
        columns.map((part) => reshape(part, [batch!, channels!, down!, across!, 1, ...rest])),
        4,
      ),
      [batch!, channels!, down!, 1, across! * width, ...rest],
    )
  }
  const rows = Array.from({ length: height }, (_, i) => row(i * width))
  const whole = reshape(concat(rows, 3), [batch!, channels!, down! * height, across! * width, ...rest])
  return padAxes(whole, [
    [2, { after: size[0] - down! * height }],
    [3, { after: size[1] - across! * width }],
  ])
}

function onTopOfEachOther(parts: readonly Tensor[], { kernel, strides, dilations }: Window, size: Pair): Tensor {
  const placed = tapsOf(kernel).map((tap, i) => {
    const part = parts[i]!
    const along = (axis: 0 | 1): readonly [number, Padding] => {
      const before = tap[axis] * dilations[axis]
      const length = ((part.shape[2 + axis] as number) - 1) * strides[axis] + 1
      return [2 + axis, { before, after: size[axis] - before - length, between: strides[axis] - 1 }]
    }
    return padAxes(part, [along(0), along(1)])
  })
  return placed.reduce((sum, part) => add(sum, part))
}

interface PoolOptions {
  /** Distance between windows. Default the kernel's size. */
  readonly stride?: number | Pair
  /** Elements on either side, at most half the kernel. Default 0. */
  readonly padding?: number | Pair
  /** Whether a last window that reaches over the edge counts. Default false. */
  readonly ceilMode?: boolean
}

export interface MaxPoolOptions extends PoolOptions {
  /** Distance between the elements of a window. Default 1. */
  readonly dilation?: number | Pair
}

/**
 * The largest element of each window, as torch.nn.functional.max_pool2d. The gradient goes to the first of equal ones,
 * row by row.
 *
 * @throws ShapeError where no window fits, or for a padding of more than half the kernel
 */
export function maxPool2d(x: Tensor, kernel: number | Pair, options: MaxPoolOptions = {}): Tensor {
  const { dilation = 1 } = options
  return apply(maxPool2dRule, [x], windowFor('maxPool2d', x, kernel, options, dilation))
}

// --- the mean ------------------------------------------------------------------------------------------------------

export const avgPool2dRule: Rule<Window> = {
  name: 'avgPool2d',
  infer([x], window) {
    imageSize('avgPool2d', x!)
    return { shape: withImageSize(x!.shape, windowCount('avgPool2d', x!.shape, window)), dtype: x!.dtype }
  },
  // The mean is a convolution of each channel with equal weights, and this is its adjoint.
  gradient({ inputs: [x], attributes: { kernel, ...window } }, upstream) {
    const channels = x!.shape[1] as number
    const count = kernel[0] * kernel[1]
    const weight = expand(scalar(1 / count, upstream.dtype), [channels, 1, ...kernel])
    const attributes = { ...window, groups: channels, size: imageSize('avgPool2d', x!) }
    return [apply(convTranspose2dRule, [upstream, weight], attributes)]
  },
  lower: (emit, [x], { attributes: { kernel, strides, pads } }) =>
    emit.node('AveragePool', [x!], {
      kernel_shape: { ints: kernel },
      strides: { ints: strides },
      pads: { ints: pads },
      count_include_pad: { int: 1 },
    }),
}

export interface AvgPoolOptions extends PoolOptions {
  /** Whether zeros of the padding count as elements of the mean. Default true. */
  readonly countIncludePad?: boolean
}

/**
 * The mean of each window, as torch.nn.functional.avg_pool2d. float32 only.
 *
 * @throws ShapeError where no window fits, or for a padding of more than half the kernel
 */
export function avgPool2d(x: Tensor, kernel: number | Pair, options: AvgPoolOptions = {}): Tensor {
  const window = windowFor('avgPool2d', x, kernel, options, 1)
  const pooled = apply(avgPool2dRule, [x], window)
  const { padding = 0, countIncludePad = true } = options
  const counted = countIncludePad ? pairOf('avgPool2d', 'the padding', padding, 0) : ([0, 0] as const)
  const [down, across] = [0, 1].map((axis) => elementCounts(x, pooled, window, axis as 0 | 1, counted))
  const whole = window.kernel[0] * window.kernel[1]
  const factors = down!.flatMap((rows) => across!.map((columns) => whole / (rows * columns)))
  if (factors.every((factor) => factor === 1)) return pooled
  return mul(pooled, constant(Float32Array.from(factors), [1, 1, down!.length, across!.length], 'float32'))
}

/** How many elements each window has along an axis, where `counted` elements of the padding on either side count. */
function elementCounts(x: Tensor, pooled: Tensor, window: Window, axis: 0 | 1, counted: Pair): number[] {
  const size = x.shape[2 + axis] as number
  return Array.from({ length: pooled.shape[2 + axis] as number }, (_, i) => {
    const start = i * window.strides[axis] - window.pads[axis]
    const end = Math.min(start + window.kernel[axis], size + counted[axis])
    return end - Math.max(start, -counted[axis])
  })
}

// --- windows of pools ----------------------------------------------------------------------------------------------

function windowFor(
  operation: string,
  x: Tensor,
  kernelSize: number | Pair,
  { stride = kernelSize, padding = 0, ceilMode = false }: PoolOptions,
  dilation: number | Pair,
): Window {
  const kernel = pairOf(operation, 'the kernel', kernelSize, 1)
  const strides = pairOf(operation, 'the stride', stride, 1)
  const dilations = pairOf(operation, 'the dilation', dilation, 1)
  const [height, width] = pairOf(operation, 'the padding', padding, 0)
  if (height > kernel[0] / 2 || width > kernel[1] / 2) {
    throw shapeError(
      operation,
      `the padding ${formatShape([height, width])} is more than half the kernel ${formatShape(kernel)}.`,
    )
  }
  const window: Window = { kernel, strides, dilations, pads: [height, width, height, width] }
  if (!ceilMode) return window
  const size = imageSize(operation, x)
  const added = ([0, 1] as const).map((axis) => overhang(size[axis], window, axis))
  return { ...window, pads: [height, width, height + added[0]!, width + added[1]!] }
}

/** How far the last window reaches over the edge, where one that starts within image or padding counts. */
function overhang(size: number, { kernel, strides, dilations, pads }: Window, axis: 0 | 1): number {
  const room = size + 2 * pads[axis] - extentOf(kernel[axis], dilations[axis])
  const rest = room % strides[axis]
  const start = room - rest + strides[axis]
  return rest > 0 && start < size + pads[axis] ? strides[axis] - rest : 0
}
