/** Functions composed of primitives: they need no gradient or lowering of their own. */
import { add, div, erf, exp, log, mul, neg, sigmoid, sqrt, sub, tanh } from './ops/elementwise.ts'
import { matmul } from './ops/matmul.ts'
import { avgPool2d } from './ops/pooling.ts'
import { greater, relu, where } from './ops/select.ts'
import { type ReduceOptions, reshape, resolveAxes, sum } from './ops/shaping.ts'
import { imageSize, type Pair, pairOf } from './ops/window.ts'
import { formatShape } from './shape.ts'
import { constant, shapeError, type Tensor } from './tensor.ts'

/** The mean over some axes. @throws ShapeError when a reduced size is known only at run time */
export function mean(x: Tensor, options: ReduceOptions = {}): Tensor {
  const axes = resolveAxes('mean', x, options.axes)
  let count = 1
  for (const axis of axes) {
    const size = x.shape[axis]!
    if (typeof size === 'string')
      throw shapeError('mean', `size "${size}" of ${formatShape(x.shape)} is not known before the run.`)
    count *= size
  }
  return mul(sum(x, { ...options, axes }), 1 / count)
}

/** (x − mean) / √(variance + epsilon) over `axes`, with the population variance; also gives the two statistics. */
export function standardize(
  x: Tensor,
  axes: readonly number[],
  epsilon: number,
): { normalized: Tensor; mean: Tensor; variance: Tensor } {
  const center = mean(x, { axes, keepDims: true })
  const deviation = sub(x, center)
  const variance = mean(square(deviation), { axes, keepDims: true })
  return { normalized: div(deviation, sqrt(add(variance, epsilon))), mean: center, variance }
}

/** x² */
export function square(x: Tensor): Tensor {
  return mul(x, x)
}

/** x for x > 0, slope · x elsewhere; its gradient at 0 is `slope`, as PyTorch's. */
export function leakyRelu(x: Tensor, slope = 0.01): Tensor {
  return where(greater(x, 0), x, mul(x, slope))
}

/** x · Φ(x): exactly, by the error function, or by the tanh formula of Hendrycks and Gimpel (arXiv 1606.08415). */
export function gelu(x: Tensor, approximate: 'none' | 'tanh' = 'none'): Tensor {
  const half = mul(x, 0.5)
  if (approximate === 'none') return mul(half, add(erf(mul(x, Math.SQRT1_2)), 1))
  const cubed = mul(square(x), x)
  return mul(half, add(tanh(mul(add(x, mul(cubed, 0.044715)), Math.sqrt(2 / Math.PI))), 1))
}

/** x · sigmoid(x), also called swish. */
export function silu(x: Tensor): Tensor {
  return mul(x, sigmoid(x))
}

/** log(1 + eˣ), without overflow for large x; 0 where eˣ is too small to be added to 1. */
export function softplus(x: Tensor): Tensor {
  // −|x| by a condition: the gradient of abs at 0 is 0, and a model of zero weights would never start to learn.
  const negative = where(greater(x, 0), neg(x), x)
  return add(relu(x), log(add(exp(negative), 1)))
}

/** min(max(x, 0), 6); its gradient at 0 and 6 is 0, as PyTorch's. */
export function relu6(x: Tensor): Tensor {
  return where(greater(6, x), relu(x), 6)
}

/** x · relu6(x + 3) / 6 */
export function hardswish(x: Tensor): Tensor {
  return mul(mul(x, relu6(add(x, 3))), 1 / 6)
}

/** `x` with the axes from `startAxis` on made one, by default all but the first. @throws ShapeError for sizes not known before the run */
export function flatten(x: Tensor, startAxis = 1): Tensor {
  const start = resolveAxes('flatten', x, [startAxis])[0]!
  let count = 1
  for (const size of x.shape.slice(start)) {
    if (typeof size === 'string')
      throw shapeError('flatten', `size "${size}" of ${formatShape(x.shape)} is not known before the run.`)
    count *= size
  }
  return reshape(x, [...x.shape.slice(0, start), count])
}

/**
 * Means over windows of images [n, channels, height, width] that are chosen so that the result has `size`, as
 * torch.nn.functional.adaptive_avg_pool2d: window i of n covers ⌊i·h/n⌋ up to, not including, ⌈(i+1)·h/n⌉. float32 only.
 */
export function adaptiveAvgPool2d(x: Tensor, size: number | Pair): Tensor {
  const wanted = pairOf('adaptiveAvgPool2d', 'the size', size, 1)
  const found = imageSize('adaptiveAvgPool2d', x)
  if (wanted.every((count) => count === 1)) return mean(x, { axes: [2, 3], keepDims: true })
  if (wanted.every((count, axis) => found[axis]! % count === 0)) {
    return avgPool2d(x, [found[0] / wanted[0], found[1] / wanted[1]])
  }
  const averaged = matmul(averagingMatrix(wanted[0], found[0]), x)
  return matmul(averaged, averagingMatrix(wanted[1], found[1]), { transposeB: true })
}

/** Row i averages what window i of `count` covers of `size` elements. */
function averagingMatrix(count: number, size: number): Tensor {
  const weights = new Float32Array(count * size)
  for (let i = 0; i < count; i++) {
    const [start, end] = [Math.floor((i * size) / count), Math.ceil(((i + 1) * size) / count)]
    weights.fill(1 / (end - start), i * size + start, i * size + end)
  }
  return constant(weights, [count, size], 'float32')
}
