/** Walking and checking graphs of tensors. */
import { MillraceError } from '../core/index.ts'
import { primitives } from './ops/index.ts'
import { formatShape, sameShape } from './shape.ts'
import type { Tensor } from './tensor.ts'

/** All tensors that `roots` are computed from, each after its inputs, in an order that depends on the graph alone. */
export function topologicalOrder(roots: readonly Tensor[]): Tensor[] {
  const order: Tensor[] = []
  const seen = new Set<Tensor>()
  // Iterative, since a deep network would overflow the stack: a tensor is pushed again to be closed after its inputs.
  const stack = roots.toReversed().map((tensor) => ({ tensor, closing: false }))
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { tensor, closing } = top
    if (closing) {
      order.push(tensor)
    } else if (!seen.has(tensor)) {
      seen.add(tensor)
      stack.push({ tensor, closing: true })
      if (tensor.source.kind === 'operation') {
        for (const operand of tensor.source.inputs.toReversed()) stack.push({ tensor: operand, closing: false })
      }
    }
  }
  return order
}

const primitiveRules: ReadonlySet<unknown> = new Set(primitives)

/**
 * Checks what every pass must leave behind: only primitives, each with the type its own rule infers. Run between
 * passes, so that a broken one fails there and not three stages later.
 *
 * @throws MillraceError INVALID_GRAPH naming the pass and the node
 */
export function checkGraph(roots: readonly Tensor[], pass: string): void {
  for (const tensor of topologicalOrder(roots)) {
    const { source } = tensor
    if (source.kind !== 'operation') continue
    const place = source.module === '' ? '' : ` in module "${source.module}"`
    if (!primitiveRules.has(source.rule)) {
      throw new MillraceError(
        'INVALID_GRAPH',
        `after ${pass}: "${source.rule.name}"${place} is not one of the primitives.`,
      )
    }
    const inferred = source.rule.infer(source.inputs, source.attributes)
    if (inferred.dtype !== tensor.dtype || !sameShape(inferred.shape, tensor.shape)) {
      const [found, expected] = [tensor, inferred].map((type) => `${type.dtype}${formatShape(type.shape)}`)
      throw new MillraceError(
        'INVALID_GRAPH',
        `after ${pass}: "${source.rule.name}"${place} has type ${found}, its rule says ${expected}.`,
      )
    }
  }
}
