/** Matrix products. */
import { broadcastShapes, formatShape } from '../shape.ts'
import { apply, commonDType, type Rule, shapeError, type Tensor } from '../tensor.ts'
import { sumTo, transpose } from './shaping.ts'

export const matmulRule: Rule<undefined> = {
  name: 'matmul',
  infer(inputs) {
    const [a, b] = inputs as readonly [Tensor, Tensor]
    const shapes = `${formatShape(a.shape)} × ${formatShape(b.shape)}`
    if (a.shape.length < 2 || b.shape.length < 2)
      throw shapeError('matmul', `both operands need at least two axes, found ${shapes}.`)
    const inner = a.shape.at(-1)!
    if (inner !== b.shape.at(-2)) {
      throw shapeError(
        'matmul',
        `inner sizes differ, ${shapes} (${inner} ≠ ${b.shape.at(-2)}). Check the layer's sizes, or transpose an operand.`,
      )
    }
    const stack = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2))
    if (stack === undefined) throw shapeError('matmul', `the leading axes of ${shapes} do not fit each other.`)
    return { shape: [...stack, a.shape.at(-2)!, b.shape.at(-1)!], dtype: commonDType('matmul', inputs) }
  },
  gradient({ inputs }, upstream) {
    const [a, b] = inputs as readonly [Tensor, Tensor]
    return [sumTo(matmul(upstream, transpose(b)), a.shape), sumTo(matmul(transpose(a), upstream), b.shape)]
  },
  lower: (emit, inputs) => emit.node('MatMul', inputs),
}

/** The matrix product over the last two axes, [.., n, k] × [.., k, m] → [.., n, m]; leading axes broadcast. */
export function matmul(a: Tensor, b: Tensor): Tensor {
  return apply(matmulRule, [a, b], undefined)
}
