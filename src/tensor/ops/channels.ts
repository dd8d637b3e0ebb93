/** Operations with a number for each channel, the second axis of [n, channels, ..] and of blocked images. */
import { formatShape, type Shape } from '../shape.ts'
import { apply, commonDType, type Emitter, type Rule, scalarData, shapeError, type Tensor } from '../tensor.ts'
import { emitOnBlocks, isBlocked } from './blocks.ts'
import { add, div, mul, neg, sqrt } from './elementwise.ts'
import { reshape, sum } from './shaping.ts'

export const scaleShiftRule: Rule<undefined> = {
  name: 'scaleShift',
  infer(inputs) {
    const [x, scale, shift] = inputs as readonly [Tensor, Tensor, Tensor]
    checkChannels('scaleShift', x, [scale, shift])
    return { shape: x.shape, dtype: commonDType('scaleShift', inputs) }
  },
  gradient({ inputs: [x, scale] }, upstream) {
    return [scaleShift(upstream, scale!), sumByChannel(mul(upstream, x!)), sumByChannel(upstream)]
  },
  lower: (emit, [x, scale, shift], { inputs }) => emitScaleShift(emit, inputs[0]!, x!, scale!, shift!),
}

/** x · scale + shift, with a number of `scale` [channels] and of `shift` (default 0) for each channel. */
export function scaleShift(x: Tensor, scale: Tensor, shift?: Tensor): Tensor {
  return apply(scaleShiftRule, [x, scale, shift ?? mul(scale, 0)], undefined)
}

/**
 * The normalised deviations from the mean, scaled and shifted: deviation / √(variance + ε) · weight + bias. The gradient
 * goes to x, whose mean and variance by channel these have to be, and is that by way of them as well.
 */
export const batchNormRule: Rule<{ readonly epsilon: number }> = {
  name: 'batchNorm',
  infer(inputs) {
    const [x, deviation, variance, weight, bias] = inputs as readonly [Tensor, Tensor, Tensor, Tensor, Tensor]
    checkChannels('batchNorm', x, [variance, weight, bias])
    return { shape: deviation.shape, dtype: commonDType('batchNorm', inputs) }
  },
  gradient({ inputs, attributes: { epsilon } }, upstream) {
    const [, deviation, variance, weight] = inputs as readonly [Tensor, Tensor, Tensor, Tensor]
    const count = countByChannel(upstream)
    const root = sqrt(add(variance, epsilon))
    const scale = div(weight, root)
    const [total, weighted] = [sumByChannel(upstream), sumByChannel(mul(upstream, deviation))]
    // Ioffe and Szegedy 2015, section 3: what moves mean and variance is taken off.
    const ofMean = neg(mul(mul(scale, total), 1 / count))
    const ofVariance = neg(div(mul(mul(scale, weighted), 1 / count), add(variance, epsilon)))
    const byX = add(scaleShift(upstream, scale, ofMean), scaleShift(deviation, ofVariance))
    return [byX, null, null, div(weighted, root), total]
  },
  lower(emit, [, deviation, variance, weight, bias], { inputs: [x], attributes: { epsilon } }) {
    const small = emit.constant(scalarData(epsilon, x!.dtype), [], x!.dtype)
    const scale = emit.node('Div', [weight!, emit.node('Sqrt', [emit.node('Add', [variance!, small])])])
    return emitScaleShift(emit, x!, deviation!, scale, bias!)
  },
}

/** `x` with mean 0 and variance 1 by channel, times `weight` [channels] plus `bias`; also the two statistics [channels]. */
export function batchNorm(
  x: Tensor,
  weight: Tensor,
  bias: Tensor,
  epsilon: number,
): { readonly normalized: Tensor; readonly mean: Tensor; readonly variance: Tensor } {
  const count = countByChannel(x)
  const mean = mul(sumByChannel(x), 1 / count)
  const one = add(mul(mean, 0), 1)
  const deviation = scaleShift(x, one, neg(mean))
  const variance = mul(sumByChannel(mul(deviation, deviation)), 1 / count)
  const normalized = apply(batchNormRule, [x, deviation, variance, weight, bias], { epsilon })
  return { normalized, mean, variance }
}

/** The sum of each channel, as [channels]. */
export function sumByChannel(x: Tensor): Tensor {
  if (!isBlocked(x)) return sum(x, { axes: x.shape.map((_, axis) => axis).filter((axis) => axis !== 1) })
  return reshape(sum(sum(x, { axes: [2, 3] }), { axes: [0] }), [channelsOf(x)])
}

/** How many numbers a channel has. @throws ShapeError when that is not known before the run */
function countByChannel(x: Tensor): number {
  return x.shape.reduce<number>((product, size, axis) => {
    if (axis === 1 || (axis === 4 && isBlocked(x))) return product
    if (typeof size === 'number') return product * size
    throw shapeError('batchNorm', `size "${size}" of ${formatShape(x.shape)} is not known before the run.`)
  }, 1)
}

function channelsOf(x: Tensor): number {
  return (x.shape[1] as number) * (isBlocked(x) ? (x.shape[4] as number) : 1)
}

function checkChannels(operation: string, x: Tensor, vectors: readonly Tensor[]): void {
  const bad = vectors.find(({ shape }) => x.shape.length < 2 || shape.length !== 1 || shape[0] !== channelsOf(x))
  if (bad === undefined) return
  throw shapeError(operation, `${formatShape(bad.shape)} has not a number for each channel of ${formatShape(x.shape)}.`)
}

/** On blocked images a depthwise convolution of one tap: one pass, where broadcasting over short spans would be slow. */
function emitScaleShift(emit: Emitter, x: Tensor, image: string, scale: string, shift: string): string {
  const channels = channelsOf(x)
  if (isBlocked(x)) {
    const taps = emit.node('Reshape', [scale, emit.int64s([channels, 1, 1, 1])])
    return emitOnBlocks(emit, 'Conv', [image, taps, shift], { group: { int: channels } }, { x, output: x })
  }
  const shape: Shape = [channels, ...Array<number>(x.shape.length - 2).fill(1)]
  const along = (vector: string): string =>
    shape.length === 1 ? vector : emit.node('Reshape', [vector, emit.int64s(shape as readonly number[])])
  return emit.node('Add', [emit.node('Mul', [image, along(scale)]), along(shift)])
}
