/** Operations on each element alone: arithmetic with broadcasting, and functions of one variable. */
import { broadcastShapes, formatShape } from '../shape.ts'
import { apply, commonDType, type Node, type Rule, scalar, shapeError, Tensor } from '../tensor.ts'
import { sumTo } from './shaping.ts'

/** A tensor, or a number that becomes a scalar of the other operand's dtype. */
export type Operand = Tensor | number

// --- two operands --------------------------------------------------------------------------------------------------

function binaryRule(
  name: string,
  opType: string,
  gradient: (a: Tensor, b: Tensor, upstream: Tensor, output: Tensor) => readonly [Tensor, Tensor],
): Rule<undefined> {
  return {
    name,
    infer: (inputs) => {
      const [a, b] = inputs as readonly [Tensor, Tensor]
      const shape = broadcastShapes(a.shape, b.shape)
      if (shape === undefined) {
        throw shapeError(
          name,
          `${formatShape(a.shape)} and ${formatShape(b.shape)} do not fit each other: sizes must be equal or 1, counted from the last axis.`,
        )
      }
      return { shape, dtype: commonDType(name, inputs) }
    },
    gradient({ inputs, output }, upstream) {
      const [a, b] = inputs as readonly [Tensor, Tensor]
      const [byA, byB] = gradient(a, b, upstream, output)
      return [sumTo(byA, a.shape), sumTo(byB, b.shape)]
    },
    lower: (emit, inputs) => emit.node(opType, inputs),
  }
}

export const addRule: Rule<undefined> = binaryRule('add', 'Add', (_a, _b, upstream) => [upstream, upstream])
export const subRule: Rule<undefined> = binaryRule('sub', 'Sub', (_a, _b, upstream) => [upstream, neg(upstream)])
export const mulRule: Rule<undefined> = binaryRule('mul', 'Mul', (a, b, upstream) => [
  mul(upstream, b),
  mul(upstream, a),
])
export const divRule: Rule<undefined> = binaryRule('div', 'Div', (_a, b, upstream, output) => [
  div(upstream, b),
  neg(div(mul(upstream, output), b)),
])

/** a + b */
export function add(a: Operand, b: Operand): Tensor {
  if (b === 0 && a instanceof Tensor) return a
  return applyBinary(addRule, a, b)
}

/** a − b */
export function sub(a: Operand, b: Operand): Tensor {
  return applyBinary(subRule, a, b)
}

/** a · b */
export function mul(a: Operand, b: Operand): Tensor {
  if (b === 1 && a instanceof Tensor) return a
  return applyBinary(mulRule, a, b)
}

/** a / b */
export function div(a: Operand, b: Operand): Tensor {
  return applyBinary(divRule, a, b)
}

function applyBinary(rule: Rule<undefined>, a: Operand, b: Operand): Tensor {
  return apply(rule, asTensors(rule.name, a, b), undefined)
}

/** Both operands as tensors. @throws ShapeError when both are plain numbers */
export function asTensors(operation: string, a: Operand, b: Operand): readonly [Tensor, Tensor] {
  if (a instanceof Tensor) return [a, b instanceof Tensor ? b : scalar(b, a.dtype)]
  if (b instanceof Tensor) return [scalar(a, b.dtype), b]
  throw shapeError(operation, `needs a tensor, found the numbers ${a} and ${b}.`)
}

// --- one operand ---------------------------------------------------------------------------------------------------

function unaryRule(
  name: string,
  opType: string,
  derivative: (node: Node<undefined>, upstream: Tensor) => Tensor | null,
): Rule<undefined> {
  return {
    name,
    infer: ([x]) => ({ shape: x!.shape, dtype: x!.dtype }),
    gradient: (node, upstream) => [derivative(node, upstream)],
    lower: (emit, inputs) => emit.node(opType, inputs),
  }
}

export const negRule: Rule<undefined> = unaryRule('neg', 'Neg', (_, upstream) => neg(upstream))
export const absRule: Rule<undefined> = unaryRule('abs', 'Abs', ({ inputs: [x] }, upstream) => mul(upstream, sign(x!)))
export const signRule: Rule<undefined> = unaryRule('sign', 'Sign', () => null)
export const expRule: Rule<undefined> = unaryRule('exp', 'Exp', ({ output }, upstream) => mul(upstream, output))
export const logRule: Rule<undefined> = unaryRule('log', 'Log', ({ inputs: [x] }, upstream) => div(upstream, x!))
export const sqrtRule: Rule<undefined> = unaryRule('sqrt', 'Sqrt', ({ output }, upstream) =>
  div(mul(upstream, 0.5), output),
)
export const tanhRule: Rule<undefined> = unaryRule('tanh', 'Tanh', ({ output }, upstream) =>
  mul(upstream, sub(1, mul(output, output))),
)
export const sigmoidRule: Rule<undefined> = unaryRule('sigmoid', 'Sigmoid', ({ output }, upstream) =>
  mul(upstream, mul(output, sub(1, output))),
)
export const erfRule: Rule<undefined> = unaryRule('erf', 'Erf', ({ inputs: [x] }, upstream) =>
  mul(upstream, mul(exp(neg(mul(x!, x!))), 2 / Math.sqrt(Math.PI))),
)
/** −x */
export function neg(x: Tensor): Tensor {
  return apply(negRule, [x], undefined)
}

/** |x|; its gradient at 0 is 0. */
export function abs(x: Tensor): Tensor {
  return apply(absRule, [x], undefined)
}

/** −1, 0 or 1; no gradient flows through it. */
export function sign(x: Tensor): Tensor {
  return apply(signRule, [x], undefined)
}

/** eˣ */
export function exp(x: Tensor): Tensor {
  return apply(expRule, [x], undefined)
}

/** Natural logarithm; NaN below 0. */
export function log(x: Tensor): Tensor {
  return apply(logRule, [x], undefined)
}

/** √x; NaN below 0, and its gradient at 0 is infinite. */
export function sqrt(x: Tensor): Tensor {
  return apply(sqrtRule, [x], undefined)
}

/** Hyperbolic tangent. */
export function tanh(x: Tensor): Tensor {
  return apply(tanhRule, [x], undefined)
}

/** 1 / (1 + e⁻ˣ) */
export function sigmoid(x: Tensor): Tensor {
  return apply(sigmoidRule, [x], undefined)
}

/** The error function 2/√π ∫₀ˣ e^(−t²) dt. */
export function erf(x: Tensor): Tensor {
  return apply(erfRule, [x], undefined)
}
