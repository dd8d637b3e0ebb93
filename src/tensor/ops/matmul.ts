/** Matrix products. */
import { broadcastShapes, type Dim, formatShape } from '../shape.ts'
import { apply, commonDType, type Emitter, type Rule, shapeError, type Tensor } from '../tensor.ts'
import { sumTo } from './shaping.ts'

/** Which operands are transposed (their last two axes exchanged) before they are multiplied. Default: none. */
export interface MatmulOptions {
  readonly transposeA?: boolean
  readonly transposeB?: boolean
}

export const matmulRule: Rule<Required<MatmulOptions>> = {
  name: 'matmul',
  infer(inputs, { transposeA, transposeB }) {
    const [a, b] = inputs as readonly [Tensor, Tensor]
    const shapes = `${formatShape(a.shape)}${transposeA ? 'ᵀ' : ''} × ${formatShape(b.shape)}${transposeB ? 'ᵀ' : ''}`
    if (a.shape.length < 2 || b.shape.length < 2) {
      throw shapeError('matmul', `both operands need at least two axes, found ${shapes}.`)
    }
    const [rows, inner] = lastTwo(a, transposeA)
    const [found, columns] = lastTwo(b, transposeB)
    if (inner !== found) {
      throw shapeError(
        'matmul',
        `inner sizes differ, ${shapes} (${inner} ≠ ${found}). Check the layer's sizes, or transpose an operand.`,
      )
    }
    const stack = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2))
    if (stack === undefined) throw shapeError('matmul', `the leading axes of ${shapes} do not fit each other.`)
    return { shape: [...stack, rows, columns], dtype: commonDType('matmul', inputs) }
  },
  gradient({ inputs, attributes: { transposeA, transposeB } }, upstream) {
    const [a, b] = inputs as readonly [Tensor, Tensor]
    const byA = transposeA
      ? matmul(b, upstream, { transposeA: transposeB, transposeB: true })
      : matmul(upstream, b, { transposeB: !transposeB })
    const byB = transposeB
      ? matmul(upstream, a, { transposeA: true, transposeB: transposeA })
      : matmul(a, upstream, { transposeA: !transposeA })
    return [sumTo(byA, a.shape), sumTo(byB, b.shape)]
  },
  lower(emit, [a, b], { inputs, output, attributes: { transposeA, transposeB } }) {
    const plain = inputs.every((operand) => operand.shape.length === 2)
    if (plain && !transposeA && dependsOnThreads(output, inputs[0]!.shape[1]!)) {
      if (output.shape[1] === 1) return gemm(emit, a!, emit.node('Reshape', [b!, emit.int64s([1, -1])]), false, true)
      const transposed = gemm(emit, b!, a!, !transposeB, true)
      return emit.node('Transpose', [transposed], { perm: { ints: [1, 0] } })
    }
    if (!transposeA && !transposeB) return emit.node('MatMul', [a!, b!])
    if (plain) return gemm(emit, a!, b!, transposeA, transposeB)
    const operand = (name: string, transposed: boolean, rank: number): string =>
      transposed ? emit.node('Transpose', [name], { perm: { ints: exchangeLastTwo(rank) } }) : name
    return emit.node('MatMul', [
      operand(a!, transposeA, inputs[0]!.shape.length),
      operand(b!, transposeB, inputs[1]!.shape.length),
    ])
  },
}

/** The matrix product over the last two axes, [.., n, k] × [.., k, m] → [.., n, m]; leading axes broadcast. */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  return apply(matmulRule, [a, b], { transposeA: false, transposeB: false, ...options })
}

function gemm(emit: Emitter, a: string, b: string, transposeA: boolean, transposeB: boolean): string {
  return emit.node('Gemm', [a, b], { transA: { int: Number(transposeA) }, transB: { int: Number(transposeB) } })
}

/**
 * Whether ONNX Runtime would add up the products in another order with several threads than with one: it splits a
 * product with more columns than rows by columns, and a thread with few columns cuts long sums elsewhere, unless the
 * first operand is transposed. Such a product is computed transposed, so that the split is by rows, which changes
 * nothing; a product by one column, which is split by rows in another way, is computed from a row instead. Measured on
 * onnxruntime 1.30 with 1 to 8 threads; src/onnx/threads.test.ts holds it.
 */
function dependsOnThreads({ shape }: Tensor, inner: Dim): boolean {
  const [rows, columns] = shape
  const known = typeof rows === 'number' && typeof columns === 'number' && typeof inner === 'number'
  return known && inner > 128 && (columns > rows || columns === 1)
}

function lastTwo({ shape }: Tensor, transposed: boolean): readonly [Dim, Dim] {
  const [rows, columns] = [shape.at(-2)!, shape.at(-1)!]
  return transposed ? [columns, rows] : [rows, columns]
}

function exchangeLastTwo(rank: number): readonly number[] {
  return Array.from({ length: rank }, (_, axis) => (axis === rank - 1 ? rank - 2 : axis === rank - 2 ? rank - 1 : axis))
}
