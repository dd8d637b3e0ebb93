/** Reverse-mode differentiation: a graph in, a graph of gradients out, made of the same primitives. */
import { MillraceError } from '../core/index.ts'
import { topologicalOrder } from './graph.ts'
import { add } from './ops/elementwise.ts'
import { expand } from './ops/shaping.ts'
import { formatShape } from './shape.ts'
import { scalar, type Tensor } from './tensor.ts'

/**
 * The gradients of a scalar by each tensor of `by`. They are expressions themselves and can be differentiated again.
 * A tensor the scalar does not depend on gets zeros.
 *
 * @throws MillraceError INVALID_GRAPH when `of` is no floating scalar
 */
export function gradients(of: Tensor, by: readonly Tensor[]): Tensor[] {
  if (of.shape.length !== 0 || of.dtype === 'int64' || of.dtype === 'bool') {
    throw new MillraceError(
      'INVALID_GRAPH',
      `gradients: expected a floating scalar to differentiate, found ${of.dtype}${formatShape(of.shape)}. Reduce it with mean() or sum().`,
    )
  }
  const collected = new Map<Tensor, Tensor>([[of, scalar(1, of.dtype)]])
  const needed = dependents(of, new Set(by))
  for (const tensor of topologicalOrder([of]).toReversed()) {
    const upstream = collected.get(tensor)
    const { source } = tensor
    if (upstream === undefined || source.kind !== 'operation' || !needed.has(tensor)) continue
    source.rule.gradient({ ...source, output: tensor }, upstream).forEach((gradient, position) => {
      const operand = source.inputs[position]!
      if (gradient === null || !needed.has(operand)) return
      const sum = collected.get(operand)
      collected.set(operand, sum === undefined ? gradient : add(sum, gradient))
    })
  }
  return by.map((tensor) => collected.get(tensor) ?? expand(scalar(0, tensor.dtype), tensor.shape))
}

/** The tensors on a path from one of `leaves` to `root`: no gradient is computed for any other. */
function dependents(root: Tensor, leaves: ReadonlySet<Tensor>): ReadonlySet<Tensor> {
  const found = new Set<Tensor>()
  for (const tensor of topologicalOrder([root])) {
    const { source } = tensor
    if (leaves.has(tensor) || (source.kind === 'operation' && source.inputs.some((each) => found.has(each))))
      found.add(tensor)
  }
  return found
}
