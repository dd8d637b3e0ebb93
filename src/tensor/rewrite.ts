/** Making a graph anew, tensor by tensor: what passes are written with. */
import { topologicalOrder } from './graph.ts'
import { type Rule, Tensor } from './tensor.ts'
import { insidePath } from './trace.ts'

/**
 * The graph of `roots` with each operation replaced by what `replace` makes of it, its inputs being replaced already.
 * Tensors that nothing changed stay the same objects; new ones belong to the module of the one they stand for.
 */
export function rewrite(roots: readonly Tensor[], replace: (tensor: Tensor) => Tensor): Tensor[] {
  const made = new Map<Tensor, Tensor>()
  for (const tensor of topologicalOrder(roots)) {
    const { source } = tensor
    const inputs = source.kind === 'operation' ? source.inputs.map((each) => made.get(each)!) : []
    made.set(
      tensor,
      source.kind === 'operation' ? insidePath(source.module, () => replace(withInputs(tensor, inputs))) : tensor,
    )
  }
  return roots.map((root) => made.get(root)!)
}

/** The same operation, of the same module, on other inputs. */
export function withInputs(tensor: Tensor, inputs: readonly Tensor[]): Tensor {
  const { source } = tensor
  if (source.kind !== 'operation' || inputs.every((each, i) => each === source.inputs[i])) return tensor
  return new Tensor(source.rule.infer(inputs, source.attributes), { ...source, inputs })
}

/** Inputs and attributes of `tensor` if it was made by `rule`. */
export function madeBy<A>(
  { source }: Tensor,
  rule: Rule<A>,
): { readonly inputs: readonly Tensor[]; readonly attributes: A } | undefined {
  if (source.kind !== 'operation' || (source.rule as Rule<never>) !== (rule as Rule<never>)) return undefined
  return { inputs: source.inputs, attributes: source.attributes as A }
}
