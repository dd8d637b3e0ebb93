/** Softmax and its logarithm: primitives, because the runtime has fast and overflow-safe kernels for both. */
import { apply, type Rule, type Tensor } from '../tensor.ts'
import { exp, mul, sub } from './elementwise.ts'
import { resolveAxes, sum } from './shaping.ts'

export const softmaxRule: Rule<{ readonly axis: number }> = {
  name: 'softmax',
  infer: ([x]) => ({ shape: x!.shape, dtype: x!.dtype }),
  gradient({ output, attributes: { axis } }, upstream) {
    const weighted = mul(upstream, output)
    return [sub(weighted, mul(output, sum(weighted, { axes: [axis], keepDims: true })))]
  },
  lower: (emit, inputs, { attributes }) => emit.node('Softmax', inputs, { axis: { int: attributes.axis } }),
}

export const logSoftmaxRule: Rule<{ readonly axis: number }> = {
  name: 'logSoftmax',
  infer: ([x]) => ({ shape: x!.shape, dtype: x!.dtype }),
  gradient({ output, attributes: { axis } }, upstream) {
    return [sub(upstream, mul(exp(output), sum(upstream, { axes: [axis], keepDims: true })))]
  },
  lower: (emit, inputs, { attributes }) => emit.node('LogSoftmax', inputs, { axis: { int: attributes.axis } }),
}

/** exp(x) scaled to add up to 1 along `axis`. */
export function softmax(x: Tensor, axis = -1): Tensor {
  return apply(softmaxRule, [x], { axis: resolveAxes('softmax', x, [axis])[0]! })
}

/** The logarithm of softmax, without overflow. */
export function logSoftmax(x: Tensor, axis = -1): Tensor {
  return apply(logSoftmaxRule, [x], { axis: resolveAxes('logSoftmax', x, [axis])[0]! })
}
