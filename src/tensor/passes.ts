/** Passes over graphs: each computes the same numbers in a cheaper way. */
import { batchNormRule } from './ops/channels.ts'
import * as elementwise from './ops/elementwise.ts'
import { mul, mulRule } from './ops/elementwise.ts'
import { maxPool2dRule } from './ops/pooling.ts'
import { relu, reluRule, whereRule } from './ops/select.ts'
import { expandRule } from './ops/shaping.ts'
import { madeBy, rewrite, withInputs } from './rewrite.ts'
import { sameShape } from './shape.ts'
import { apply, type Rule, type Tensor } from './tensor.ts'

export type Pass = (roots: readonly Tensor[]) => Tensor[]

/** max(relu(x)) = relu(max(x)), which for windows side by side is a quarter of the work or less, backwards too. */
export const poolBeforeRelu: Pass = (roots) =>
  rewrite(roots, (tensor) => {
    const pool = madeBy(tensor, maxPool2dRule)
    const activation = pool === undefined ? undefined : madeBy(pool.inputs[0]!, reluRule)
    if (pool === undefined || activation === undefined) return tensor
    return relu(apply(maxPool2dRule, activation.inputs, pool.attributes))
  })

/**
 * Batch norm keeps the order of the deviations that it scales (batchNormRule), so a pool may pick from them: only those are
 * scaled then, and the sums of the gradient run over them alone.
 */
export const poolBeforeNorm: Pass = (roots) =>
  rewrite(roots, (tensor) => {
    const pool = madeBy(tensor, maxPool2dRule)
    const norm = pool === undefined ? undefined : madeBy(pool.inputs[0]!, batchNormRule)
    if (pool === undefined || norm === undefined || norm.attributes.pool !== undefined) return tensor
    const picked = apply(maxPool2dRule, [norm.inputs[1]!], pool.attributes)
    return apply(batchNormRule, [...norm.inputs, picked], { ...norm.attributes, pool: pool.attributes })
  })

const broadcasting: ReadonlySet<Rule<undefined>> = new Set([
  elementwise.addRule,
  elementwise.subRule,
  elementwise.mulRule,
  elementwise.divRule,
  whereRule,
])

/** Operations that broadcast need no operand to be repeated first. */
export const dropExpansions: Pass = (roots) =>
  rewrite(roots, (tensor) => {
    const { source } = tensor
    if (source.kind !== 'operation' || !broadcasting.has(source.rule)) return tensor
    const inputs = source.inputs.map((each) => madeBy(each, expandRule)?.inputs[0] ?? each)
    const narrow = withInputs(tensor, inputs)
    return sameShape(narrow.shape, tensor.shape) ? narrow : tensor
  })

/** x · a · b with numbers a and b is x · (a · b), one pass less. */
export const mergeFactors: Pass = (roots) =>
  rewrite(roots, (tensor) => {
    const outer = factorOf(tensor)
    const inner = outer === undefined ? undefined : factorOf(outer.of)
    return outer === undefined || inner === undefined ? tensor : mul(inner.of, outer.factor * inner.factor)
  })

/** What `tensor` is a multiple of, if it is one by a constant number. */
function factorOf(tensor: Tensor): { readonly of: Tensor; readonly factor: number } | undefined {
  const product = madeBy(tensor, mulRule)
  if (product === undefined || tensor.dtype === 'int64') return undefined
  const [of, factor] = product.inputs as readonly [Tensor, Tensor]
  if (factor.source.kind !== 'constant' || factor.shape.length > 0) return undefined
  return { of, factor: Number(factor.source.data[0]) }
}
