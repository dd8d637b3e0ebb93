/** Operations with a number for each channel, the second axis of [n, channels, ..] and of blocked images. */
import { formatShape, sameShape, type Shape } from '../shape.ts'
import { apply, commonDType, type Emitter, type Rule, scalar, scalarData, shapeError, type Tensor } from '../tensor.ts'
import { emitOnBlocks, emitPlainShape, isBlocked } from './blocks.ts'
import { add, div, mul, neg, sqrt } from './elementwise.ts'
import { toWinners } from './pooling.ts'
import { greater, where } from './select.ts'
import { reshape, sum } from './shaping.ts'
import type { Window } from './window.ts'

export const scaleShiftRule: Rule<undefined> = {
  name: 'scaleShift',
  infer(inputs) {
    const [x, scale, shift, added] = inputs as readonly [Tensor, Tensor, Tensor, Tensor?]
    checkChannels('scaleShift', x, [scale, shift])
    if (added !== undefined && !sameShape(added.shape, x.shape)) {
      throw shapeError('scaleShift', `cannot add ${formatShape(added.shape)} to ${formatShape(x.shape)}.`)
    }
    return { shape: x.shape, dtype: commonDType('scaleShift', inputs) }
  },
  gradient({ inputs: [x, scale, , added] }, upstream) {
    const byAdded = added === undefined ? [] : [upstream]
    return [scaleShift(upstream, scale!), sumByChannel(mul(upstream, x!)), sumByChannel(upstream), ...byAdded]
  },
  lower: (emit, [x, scale, shift, added], { inputs }) => emitScaleShift(emit, inputs[0]!, x!, scale!, shift!, added),
}

/** x · scale + shift + added, with a number of `scale` [channels] and of `shift` (default 0) for each channel. */
export function scaleShift(x: Tensor, scale: Tensor, shift?: Tensor, added?: Tensor): Tensor {
  const operands = [x, scale, shift ?? mul(scale, 0)]
  return apply(scaleShiftRule, added === undefined ? operands : [...operands, added], undefined)
}

/**
 * The normalised deviations from the mean, scaled and shifted: deviation / √(variance + ε) · |weight| + bias. Deviations
 * are turned by the sign of the weight, so that the largest of them is the largest of the result: a pool may have picked
 * from them, and the result is that of what it picked, the last operand. The gradient goes to x, whose mean and variance
 * by channel these have to be, and is that by way of them as well.
 */
export const batchNormRule: Rule<{ readonly epsilon: number; readonly pool?: Window }> = {
  name: 'batchNorm',
  infer(inputs) {
    const [x, deviation, variance, weight, bias, picked = deviation] = inputs as NormOperands
    checkChannels('batchNorm', x, [variance, weight, bias])
    return { shape: picked.shape, dtype: commonDType('batchNorm', inputs) }
  },
  gradient({ inputs, attributes: { epsilon, pool } }, upstream) {
    const [, deviation, variance, weight, , picked = deviation] = inputs as NormOperands
    const count = countByChannel(deviation)
    const root = sqrt(add(variance, epsilon))
    const scale = div(weight, root)
    const [total, weighted] = [sumByChannel(upstream), sumByChannel(mul(upstream, picked))]
    // Ioffe and Szegedy 2015, section 3: what moves mean and variance is taken off.
    const ofMean = neg(mul(mul(scale, total), 1 / count))
    const ofVariance = neg(div(mul(mul(scale, weighted), 1 / count), add(variance, epsilon)))
    const scaled = scaleShift(upstream, scale)
    const placed = pool === undefined ? scaled : toWinners(deviation, picked, scaled, pool)
    const byX = scaleShift(deviation, ofVariance, ofMean, placed)
    const byPicked = pool === undefined ? [] : [null]
    return [byX, null, null, div(mul(weighted, signOf(weight)), root), total, ...byPicked]
  },
  lower(emit, [, deviation, variance, weight, bias, picked = deviation], { inputs, output, attributes: { epsilon } }) {
    const small = emit.constant(scalarData(epsilon, output.dtype), [], output.dtype)
    const root = emit.node('Sqrt', [emit.node('Add', [variance!, small])])
    const scale = emit.node('Div', [emit.node('Abs', [weight!]), root])
    return emitScaleShift(emit, inputs.at(5) ?? inputs[1]!, picked!, scale, bias!)
  },
}

type NormOperands = readonly [
  x: Tensor,
  deviation: Tensor,
  variance: Tensor,
  weight: Tensor,
  bias: Tensor,
  picked?: Tensor,
]

/** `x` with mean 0 and variance 1 by channel, times `weight` [channels] plus `bias`; also the two statistics [channels]. */
export function batchNorm(
  x: Tensor,
  weight: Tensor,
  bias: Tensor,
  epsilon: number,
): { readonly normalized: Tensor; readonly mean: Tensor; readonly variance: Tensor } {
  const count = countByChannel(x)
  const mean = mul(sumByChannel(x), 1 / count)
  const sign = signOf(weight)
  const deviation = scaleShift(x, sign, neg(mul(mean, sign)))
  const variance = mul(sumByChannel(mul(deviation, deviation)), 1 / count)
  const normalized = apply(batchNormRule, [x, deviation, variance, weight, bias], { epsilon })
  return { normalized, mean, variance }
}

/** 1, or −1 where `x` is less than 0. */
function signOf(x: Tensor): Tensor {
  return where(greater(0, x), scalar(-1, x.dtype), scalar(1, x.dtype))
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
function emitScaleShift(emit: Emitter, x: Tensor, image: string, scale: string, shift: string, added?: string): string {
  const channels = channelsOf(x)
  if (isBlocked(x)) {
    const taps = emit.node('Reshape', [scale, emit.int64s([channels, 1, 1, 1])])
    const sums = added === undefined ? [] : [emitPlainShape(emit, added, x)]
    return emitOnBlocks(emit, 'Conv', [image, taps, shift, ...sums], { group: { int: channels } }, { x, output: x })
  }
  const shape: Shape = [channels, ...Array<number>(x.shape.length - 2).fill(1)]
  const along = (vector: string): string =>
    shape.length === 1 ? vector : emit.node('Reshape', [vector, emit.int64s(shape as readonly number[])])
  const shifted = emit.node('Add', [emit.node('Mul', [image, along(scale)]), along(shift)])
  return added === undefined ? shifted : emit.node('Add', [shifted, added])
}
