/** Functions composed of primitives: they need no gradient or lowering of their own. */
import { add, div, erf, exp, log, mul, neg, relu, sigmoid, sqrt, sub, tanh } from './ops/elementwise.ts'
import { greater, where } from './ops/select.ts'
import { type ReduceOptions, resolveAxes, sum } from './ops/shaping.ts'
import { formatShape } from './shape.ts'
import { shapeError, type Tensor } from './tensor.ts'

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
