/**
 * Images whose channels lie in blocks, [n, channels / size, height, width, size]: the layout that ONNX Runtime's fastest
 * kernels work in (its domain com.microsoft.nchwc). `size` is what fits into a vector register of the processor.
 */
import { greatestCommonDivisor } from '../../core/index.ts'
import { formatShape } from '../shape.ts'
import { apply, type Emitter, type Rule, shapeError, type Tensor, type TensorType } from '../tensor.ts'
import { type Convolution, convTranspose2dRule, mirroredPads, onnxAttributes, windowOf } from './convolution.ts'
import { matmul } from './matmul.ts'
import { concat, reshape, sum, transpose } from './shaping.ts'
import { imageSize, padImage, type Pair, tapsOf, underTap, windowCount } from './window.ts'

/** The domain of the kernels. They see blocked images as [n, channels, height, width]. */
const BLOCK_DOMAIN = 'com.microsoft.nchwc'

type Sizes = readonly [batch: number, blocks: number, height: number, width: number, size: number]

// --- layouts -------------------------------------------------------------------------------------------------------

export const blockRule: Rule<{ readonly size: number }> = {
  name: 'block',
  infer([x], { size }) {
    const [batch, channels] = x!.shape
    if (x!.shape.length !== 4 || typeof channels !== 'number' || channels % size !== 0) {
      throw shapeError('block', `expected images with channels in blocks of ${size}, found ${formatShape(x!.shape)}.`)
    }
    return { shape: [batch!, channels / size, ...imageSize('block', x!), size], dtype: x!.dtype }
  },
  gradient: (_, upstream) => [unblock(upstream)],
  lower: (emit, [x], { output }) => emitBlocked(emit, emit.node('ReorderInput', [x!], {}, RUNTIME), output),
}

export const unblockRule: Rule<undefined> = {
  name: 'unblock',
  infer: ([x]) => ({ shape: plainShape(x!), dtype: x!.dtype }),
  gradient: ({ inputs: [x] }, upstream) => [block(upstream, x!.shape[4] as number)],
  lower: (emit, [x], { inputs, output }) =>
    emit.node(
      'ReorderOutput',
      [emitPlainShape(emit, x!, inputs[0]!)],
      { channels: { int: output.shape[1] as number } },
      RUNTIME,
    ),
}

/** Images [n, channels, height, width] with their channels in blocks of `size`. */
export function block(x: Tensor, size: number): Tensor {
  return apply(blockRule, [x], { size })
}

/** Blocked images as [n, channels, height, width] again. */
export function unblock(x: Tensor): Tensor {
  return apply(unblockRule, [x], undefined)
}

/** Whether `x` is a blocked image. */
export function isBlocked({ shape }: TensorType): boolean {
  return shape.length === 5
}

/** The shape that the kernels and other layouts have for a blocked image. */
function plainShape({ shape }: TensorType): [number, number, number, number] {
  const [batch, blocks, height, width, size] = shape as Sizes
  return [batch, blocks * size, height, width]
}

/** What a kernel returned, under the shape that says how it lies in memory. */
function emitBlocked(emit: Emitter, name: string, { shape }: TensorType): string {
  return emit.node('Reshape', [name, emit.int64s(shape as readonly number[])])
}

/** A blocked image under the shape that kernels want to see. */
export function emitPlainShape(emit: Emitter, name: string, type: TensorType): string {
  return emit.node('Reshape', [name, emit.int64s(plainShape(type))])
}

/** Calls a kernel of the domain on blocked images. */
export function emitOnBlocks(
  emit: Emitter,
  opType: string,
  [x, ...rest]: readonly string[],
  attributes: Parameters<Emitter['node']>[2],
  types: { readonly x: TensorType; readonly output: TensorType },
): string {
  const image = isBlocked(types.x) ? emitPlainShape(emit, x!, types.x) : x!
  return emitBlocked(emit, emit.node(opType, [image, ...rest], attributes, RUNTIME), types.output)
}

const RUNTIME = { domain: BLOCK_DOMAIN } as const

// --- convolution ---------------------------------------------------------------------------------------------------

/** A convolution that gives blocked images; with `adjoint`, the one that is the adjoint of that with the same weight. */
export interface BlockedConvolution extends Omit<Convolution, 'groups'> {
  readonly adjoint: boolean
  readonly size: number
}

/** Takes blocked images, or plain ones of fewer channels than a block has. */
export const blockedConv2dRule: Rule<BlockedConvolution> = {
  name: 'blockedConv2d',
  infer(inputs, { adjoint, size, ...convolution }) {
    const [x, weight] = inputs as readonly [Tensor, Tensor, Tensor?]
    const [first, second] = weight.shape as readonly [number, number]
    const [channels, outputs] = adjoint ? [first, second] : [second, first]
    const found = isBlocked(x) ? plainShape(x)[1] : x.shape[1]
    const fits = isBlocked(x) ? x.shape[4] === size : !adjoint && channels < size
    if (found !== channels || outputs % size !== 0 || !fits) {
      throw shapeError(
        'blockedConv2d',
        `images ${formatShape(x.shape)} and weight ${formatShape(weight.shape)} do not fit blocks of ${size}.`,
      )
    }
    const counts = windowCount('blockedConv2d', x.shape, windowOf(weight, { ...convolution, groups: 1 }))
    return { shape: [x.shape[0]!, outputs / size, ...counts, size], dtype: x.dtype }
  },
  gradient({ inputs, attributes }, upstream) {
    const [x, weight, bias] = inputs as readonly [Tensor, Tensor, Tensor?]
    const [image, slopes] = attributes.adjoint ? [upstream, x] : [x, upstream]
    const byWeight = isBlocked(image)
      ? gradientOfBlocks(image, slopes, weight, attributes)
      : gradientOfImage(image, slopes, weight, attributes)
    const byBias = bias === undefined ? [] : [reshape(sum(sum(upstream, { axes: [2, 3] }), { axes: [0] }), bias.shape)]
    return [gradientByImage(x, upstream, weight, attributes), byWeight, ...byBias]
  },
  lower(emit, [x, weight, ...bias], { inputs, output, attributes: { adjoint, size, ...convolution } }) {
    const window = windowOf(inputs[1]!, { ...convolution, groups: 1 })
    const taps = emitWeight(emit, weight!, inputs[1]!.shape as readonly number[], { adjoint, size })
    return emitOnBlocks(emit, 'Conv', [x!, taps, ...bias], onnxAttributes(window, 1), { x: inputs[0]!, output })
  },
}

function gradientByImage(x: Tensor, upstream: Tensor, weight: Tensor, attributes: BlockedConvolution): Tensor {
  const { adjoint, size, ...convolution } = attributes
  const mirrored = mirroredPads(windowOf(weight, { ...convolution, groups: 1 }))
  const even = convolution.strides.every((stride) => stride === 1) && mirrored.every((padding) => padding >= 0)
  if (isBlocked(x) && even) {
    return apply(blockedConv2dRule, [upstream, weight], { ...attributes, pads: mirrored, adjoint: !adjoint })
  }
  const plain = apply(convTranspose2dRule, [unblock(upstream), weight], {
    ...convolution,
    groups: 1,
    size: imageSize('blockedConv2d', x),
  })
  return isBlocked(x) ? block(plain, size) : plain
}

/** Parts of a batch whose products are made side by side, where the batch can be divided so. */
const PARTS = 8

/**
 * The gradient by a weight whose images are blocked: a product for each tap, with channels along the last axis. The sum
 * over a batch is made of a few parts: one long sum would be work for one thread only, and parts of fixed size add up
 * alike for any number of threads.
 */
function gradientOfBlocks(image: Tensor, slopes: Tensor, weight: Tensor, convolution: BlockedConvolution): Tensor {
  const [batch, blocks, height, width, size] = image.shape as Sizes
  const [, outputs, ...counts] = plainShape(slopes)
  const channels = blocks * size
  const parts = greatestCommonDivisor(batch, PARTS)
  const places = (batch / parts) * counts[0] * counts[1]
  const channelsLast = reshape(transpose(image, [0, 2, 3, 1, 4]), [batch, height, width, channels])
  const padded = padImage(channelsLast, convolution.pads, 0, 1)
  const inParts = reshape(unblock(slopes), [parts, batch / parts, outputs, counts[0] * counts[1]])
  const bySlope = reshape(transpose(inParts, [0, 2, 1, 3]), [parts, outputs, places])
  const taps = tapsOf(weight.shape.slice(2) as unknown as Pair)
  const products = taps.map((tap) =>
    matmul(bySlope, reshape(underTap(padded, tap, convolution, counts, 1), [parts, places, channels])),
  )
  const byTap = sum(reshape(concat(products, 0), [taps.length, parts, outputs * channels]), { axes: [1] })
  return reshape(transpose(byTap), weight.shape)
}

/** The same where the images are plain and have few channels: a product for each image and block, then their sum. */
function gradientOfImage(image: Tensor, slopes: Tensor, weight: Tensor, convolution: BlockedConvolution): Tensor {
  const [batch, blocks, down, across, size] = slopes.shape as Sizes
  const channels = image.shape[1] as number
  const padded = padImage(image, convolution.pads)
  const taps = tapsOf(weight.shape.slice(2) as unknown as Pair).map((tap) =>
    reshape(underTap(padded, tap, convolution, [down, across]), [batch, channels, 1, down * across]),
  )
  const patches = reshape(concat(taps, 2), [batch, 1, channels * taps.length, down * across])
  const products = matmul(patches, reshape(slopes, [batch, blocks, down * across, size]))
  return reshape(transpose(sum(products, { axes: [0] })), weight.shape)
}

/** The weight [outputs, channels, height, width] as the kernel wants it: outputs in blocks, and channels within them. */
function emitWeight(
  emit: Emitter,
  weight: string,
  [outputs, channels, height, width]: readonly number[],
  { adjoint, size }: Pick<BlockedConvolution, 'adjoint' | 'size'>,
): string {
  const inBlocks = (count: number): number[] => (count < size ? [1, count] : [count / size, size])
  const split = emit.node('Reshape', [weight, emit.int64s([...inBlocks(outputs!), ...inBlocks(channels!), height!, width!])]) // prettier-ignore
  // Blocks of results, blocks of sources, taps, sources in a block, results in a block.
  const order = adjoint ? [2, 0, 4, 5, 1, 3] : channels! < size ? [0, 2, 3, 4, 5, 1] : [0, 2, 4, 5, 3, 1]
  const moved = emit.node('Transpose', [split], { perm: { ints: order } })
  const turned = adjoint ? emitTurned(emit, moved, [height!, width!]) : moved
  const shape = adjoint ? [channels!, outputs!, height!, width!] : [outputs!, channels!, height!, width!]
  return emit.node('Reshape', [turned, emit.int64s(shape)])
}

/** Taps, which are axes 2 and 3, in reverse order. */
function emitTurned(emit: Emitter, weight: string, [height, width]: Pair): string {
  const [last, beforeFirst] = [[height - 1, width - 1], [-height - 1, -width - 1]] // prettier-ignore
  return emit.node('Slice', [weight, ...[last, beforeFirst, [2, 3], [-1, -1]].map((each) => emit.int64s(each))])
}
