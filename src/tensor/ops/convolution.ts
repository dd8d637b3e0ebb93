/**
 * Convolutions of images [n, channels, height, width] and their adjoints. Both are linear in the image and in the
 * weight, so each is the other's gradient by the image; the gradient by the weight is one large matrix product.
 */
import { formatShape, type Shape } from '../shape.ts'
import { apply, commonDType, type Emitter, type Rule, shapeError, type Tensor, type TensorType } from '../tensor.ts'
import { matmul } from './matmul.ts'
import { concat, reshape, sum, transpose } from './shaping.ts'
import {
  extentOf,
  imageSize,
  type Pads,
  padImage,
  type Pair,
  pairOf,
  tapsOf,
  underTap,
  type Window,
  windowCount,
  withImageSize,
} from './window.ts'

/** All there is to know of a convolution besides its operands; the kernel's size is the weight's. */
export interface Convolution extends Omit<Window, 'kernel'> {
  /** Channels are divided into so many groups, each convolved by itself. */
  readonly groups: number
}

export const conv2dRule: Rule<Convolution> = {
  name: 'conv2d',
  infer(inputs, convolution) {
    const [x, weight, bias] = inputs as readonly [Tensor, Tensor, Tensor?]
    imageSize('conv2d', x)
    const [outputs, perGroup] = weightSizes('conv2d', weight, convolution)
    const channels = perGroup * convolution.groups
    if (x.shape.length !== 4 || x.shape[1] !== channels) throw unfit('conv2d', x, channels, weight, convolution)
    checkBias('conv2d', bias, outputs)
    const size = windowCount('conv2d', x.shape, windowOf(weight, convolution))
    return { shape: [x.shape[0]!, outputs, ...size], dtype: commonDType('conv2d', inputs) }
  },
  gradient({ inputs, attributes }, upstream) {
    const [x, weight, bias] = inputs as readonly [Tensor, Tensor, Tensor?]
    const byX = apply(convTranspose2dRule, [upstream, weight], { ...attributes, size: imageSize('conv2d', x) })
    return [byX, gradientByWeight(x, upstream, weight, attributes), ...gradientByBias(bias, upstream)]
  },
  lower: (emit, inputs, { inputs: [, weight], attributes }) =>
    emit.node('Conv', inputs, onnxAttributes(windowOf(weight!, attributes), attributes.groups)),
}

/** The adjoint of the convolution that makes an image of x's size of one of `size`. */
export const convTranspose2dRule: Rule<Convolution & { readonly size: Pair }> = {
  name: 'convTranspose2d',
  infer(inputs, attributes) {
    const [x, weight, bias] = inputs as readonly [Tensor, Tensor, Tensor?]
    const found = imageSize('convTranspose2d', x)
    const [channels, perGroup] = weightSizes('convTranspose2d', weight, attributes)
    if (x.shape.length !== 4 || x.shape[1] !== channels) throw unfit('convTranspose2d', x, channels, weight, attributes)
    const outputs = perGroup * attributes.groups
    checkBias('convTranspose2d', bias, outputs)
    const shape = withImageSize(x.shape.with(1, outputs), attributes.size)
    const expected = windowCount('convTranspose2d', shape, windowOf(weight, attributes))
    if (expected[0] !== found[0] || expected[1] !== found[1]) {
      throw shapeError(
        'convTranspose2d',
        `images ${formatShape(found)} cannot become ${formatShape(attributes.size)}. The output padding must be smaller than the stride.`,
      )
    }
    return { shape, dtype: commonDType('convTranspose2d', inputs) }
  },
  gradient({ inputs, attributes: { size: _size, ...convolution } }, upstream) {
    const [x, weight, bias] = inputs as readonly [Tensor, Tensor, Tensor?]
    return [
      apply(conv2dRule, [upstream, weight], convolution),
      gradientByWeight(upstream, x, weight, convolution),
      ...gradientByBias(bias, upstream),
    ]
  },
  lower(emit, [x, weight, ...bias], { inputs, attributes: { size, ...convolution } }) {
    const window = windowOf(inputs[1]!, convolution)
    const mirrored = mirroredPads(window)
    if (window.strides.every((stride) => stride === 1) && mirrored.every((padding) => padding >= 0)) {
      const flipped = emitFlipped(emit, weight!, inputs[1]!.shape as readonly number[], convolution.groups)
      return emit.node(
        'Conv',
        [x!, flipped, ...bias],
        onnxAttributes({ ...window, pads: mirrored }, convolution.groups),
      )
    }
    const outputPadding = ([0, 1] as const).map((axis) => size[axis] - smallestSource(inputs[0]!.shape, window, axis))
    return emit.node('ConvTranspose', [x!, weight!, ...bias], {
      ...onnxAttributes(window, convolution.groups),
      output_padding: { ints: outputPadding },
    })
  },
}

export interface ConvolutionOptions {
  /** A number for each output channel. Default none. */
  readonly bias?: Tensor
  /** Default 1. */
  readonly stride?: number | Pair
  /** Zeros on either side, or 'same' for an image of the same size (stride 1 only; an odd one goes behind). Default 0. */
  readonly padding?: number | Pair | 'same' | 'valid'
  /** Distance between the taps of the kernel. Default 1. */
  readonly dilation?: number | Pair
  /** Default 1. As many as channels make it depthwise. */
  readonly groups?: number
}

/**
 * The convolution (cross-correlation) of images [n, channels, height, width] with a weight
 * [outputs, channels / groups, height, width], as torch.nn.functional.conv2d. float32 only.
 *
 * @throws ShapeError for sizes that do not fit, naming both
 */
export function conv2d(x: Tensor, weight: Tensor, options: ConvolutionOptions = {}): Tensor {
  const { bias, stride = 1, padding = 0, dilation = 1, groups = 1 } = options
  const strides = pairOf('conv2d', 'the stride', stride, 1)
  const dilations = pairOf('conv2d', 'the dilation', dilation, 1)
  if (padding === 'same' && strides.some((each) => each !== 1)) {
    throw shapeError('conv2d', `padding 'same' needs a stride of 1, found ${strides.join(' and ')}.`)
  }
  const kernel = weight.shape.slice(2) as unknown as Pair
  const pads = padding === 'same' ? samePads(kernel, dilations) : evenPads('conv2d', padding === 'valid' ? 0 : padding)
  return apply(conv2dRule, bias === undefined ? [x, weight] : [x, weight, bias], { strides, pads, dilations, groups })
}

export interface ConvTransposeOptions extends ConvolutionOptions {
  readonly padding?: number | Pair
  /** Rows and columns added to the result on one side, fewer than the stride. Default 0. */
  readonly outputPadding?: number | Pair
}

/**
 * The adjoint of `conv2d` with the same weight, which therefore is [channels, outputs / groups, height, width], as
 * torch.nn.functional.conv_transpose2d. float32 only.
 *
 * @throws ShapeError for sizes that do not fit, naming both
 */
export function convTranspose2d(x: Tensor, weight: Tensor, options: ConvTransposeOptions = {}): Tensor {
  const { bias, stride = 1, padding = 0, dilation = 1, groups = 1, outputPadding = 0 } = options
  const convolution: Convolution = {
    strides: pairOf('convTranspose2d', 'the stride', stride, 1),
    pads: evenPads('convTranspose2d', padding),
    dilations: pairOf('convTranspose2d', 'the dilation', dilation, 1),
    groups,
  }
  imageSize('convTranspose2d', x)
  weightSizes('convTranspose2d', weight, convolution)
  const added = pairOf('convTranspose2d', 'the output padding', outputPadding, 0)
  const window = windowOf(weight, convolution)
  const size = [smallestSource(x.shape, window, 0) + added[0], smallestSource(x.shape, window, 1) + added[1]] as const
  return apply(convTranspose2dRule, bias === undefined ? [x, weight] : [x, weight, bias], { ...convolution, size })
}

/** The gradient by the weight of the convolution that made an image like `upstream` of `x`. */
function gradientByWeight(x: Tensor, upstream: Tensor, weight: Tensor, convolution: Convolution): Tensor {
  const { groups, pads } = convolution
  const [outputs, perGroup, ...kernel] = weight.shape as readonly [number, number, number, number]
  const [batch, , ...counts] = upstream.shape as readonly [number, number, number, number]
  const places = counts[0] * counts[1]
  const padded = padImage(x, pads)
  const taps = tapsOf(kernel).map((tap) =>
    reshape(underTap(padded, tap, convolution, counts), [batch, groups * perGroup, 1, places]),
  )
  // [groups, taps of one group, all places] × [groups, all places, outputs of one group]
  const rows = perGroup * taps.length
  const patches = transpose(reshape(concat(taps, 2), [batch, groups, rows, places]), [1, 2, 0, 3])
  const slopes = transpose(reshape(upstream, [batch, groups, outputs / groups, places]), [1, 0, 3, 2])
  const stack = groups === 1 ? [] : [groups]
  const product = matmul(
    reshape(patches, [...stack, rows, batch * places]),
    reshape(slopes, [...stack, batch * places, outputs / groups]),
  )
  return reshape(transpose(product), weight.shape)
}

function gradientByBias(bias: Tensor | undefined, upstream: Tensor): Tensor[] {
  return bias === undefined ? [] : [sum(upstream, { axes: [0, 2, 3] })]
}

export function windowOf({ shape }: TensorType, { strides, pads, dilations }: Convolution): Window {
  return { kernel: shape.slice(2) as unknown as Pair, strides, pads, dilations }
}

/** The first two sizes of a weight. @throws ShapeError when it is no weight, or not divisible into groups */
function weightSizes(operation: string, { shape }: Tensor, { groups }: Convolution): Pair {
  const [first, second] = shape
  if (shape.length !== 4 || typeof first !== 'number' || typeof second !== 'number') {
    throw shapeError(operation, `expected a weight of four axes, found ${formatShape(shape)}.`)
  }
  if (!Number.isInteger(groups) || groups < 1 || first % groups !== 0) {
    throw shapeError(operation, `${first} channels of the weight ${formatShape(shape)} make no ${groups} groups.`)
  }
  return [first, second]
}

function unfit(operation: string, x: Tensor, channels: number, weight: Tensor, { groups }: Convolution): Error {
  const inGroups = groups === 1 ? '' : ` in ${groups} groups`
  return shapeError(
    operation,
    `expected images ${formatShape(['batch', channels, 'height', 'width'])} for the weight ${formatShape(weight.shape)}${inGroups}, found ${formatShape(x.shape)}. Check the channels of this layer and the one before.`,
  )
}

function checkBias(operation: string, bias: Tensor | undefined, outputs: number): void {
  if (bias === undefined || (bias.shape.length === 1 && bias.shape[0] === outputs)) return
  throw shapeError(operation, `expected a bias [${outputs}], found ${formatShape(bias.shape)}.`)
}

function evenPads(operation: string, padding: number | Pair): Pads {
  const [height, width] = pairOf(operation, 'the padding', padding, 0)
  return [height, width, height, width]
}

function samePads(kernel: Pair, dilations: Pair): Pads {
  const total = ([0, 1] as const).map((axis) => extentOf(kernel[axis], dilations[axis]) - 1)
  const before = total.map((padding) => Math.floor(padding / 2))
  return [before[0]!, before[1]!, total[0]! - before[0]!, total[1]! - before[1]!]
}

/** The padding of the convolution that is the adjoint of one with stride 1. */
export function mirroredPads({ kernel, pads, dilations }: Window): Pads {
  const mirrored = pads.map((padding, i) => extentOf(kernel[i % 2]!, dilations[i % 2]!) - 1 - padding)
  return mirrored as unknown as Pads
}

/** The smallest height or width of an image on which as many windows lie as `shape` has rows or columns. */
function smallestSource(shape: Shape, { kernel, strides, pads, dilations }: Window, axis: 0 | 1): number {
  const steps = (shape[2 + axis] as number) - 1
  return steps * strides[axis] + extentOf(kernel[axis], dilations[axis]) - pads[axis] - pads[axis + 2]!
}

/** The weight of the adjoint: inputs and outputs exchanged, taps in reverse order. */
function emitFlipped(emit: Emitter, weight: string, shape: readonly number[], groups: number): string {
  const [outputs, perGroup, height, width] = shape as readonly [number, number, number, number]
  const grouped = emit.node('Reshape', [weight, emit.int64s([groups, outputs / groups, perGroup, height, width])])
  const exchanged = emit.node('Transpose', [grouped], { perm: { ints: [0, 2, 1, 3, 4] } })
  const merged = emit.node('Reshape', [exchanged, emit.int64s([groups * perGroup, outputs / groups, height, width])])
  if (height === 1 && width === 1) return merged
  const [last, beforeFirst] = [[height - 1, width - 1], [-height - 1, -width - 1]] // prettier-ignore
  return emit.node('Slice', [merged, ...[last, beforeFirst, [2, 3], [-1, -1]].map((each) => emit.int64s(each))])
}

export function onnxAttributes(
  { kernel, strides, pads, dilations }: Window,
  groups: number,
): Record<string, { ints: readonly number[] } | { int: number }> {
  return {
    kernel_shape: { ints: kernel },
    strides: { ints: strides },
    pads: { ints: pads },
    dilations: { ints: dilations },
    group: { int: groups },
  }
}
