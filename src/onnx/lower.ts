/** Lowering: a graph of tensors becomes nodes of an ONNX graph. */
import { MillraceError } from '../core/index.ts'
import { checkGraph, type Tensor, topologicalOrder } from '../tensor/index.ts'
import type { OnnxGraph } from './graph.ts'

/**
 * Writes what `outputs` are computed from into `graph` and returns their names there, in order.
 *
 * `bound` names tensors that are in the graph already (inputs, weights that are fed). Variables and constants that
 * are not bound are written as initialisers with the numbers they hold now.
 *
 * @throws MillraceError INVALID_GRAPH for an input or random source that is not bound
 */
export function lower(graph: OnnxGraph, outputs: readonly Tensor[], bound: ReadonlyMap<Tensor, string>): string[] {
  checkGraph(outputs, 'the last pass before lowering')
  const names = new Map(bound)
  for (const tensor of topologicalOrder(outputs)) {
    if (!names.has(tensor)) names.set(tensor, lowerOne(graph, tensor, names))
  }
  graph.module = ''
  return outputs.map((tensor) => names.get(tensor)!)
}

function lowerOne(graph: OnnxGraph, tensor: Tensor, names: ReadonlyMap<Tensor, string>): string {
  const { source } = tensor
  switch (source.kind) {
    case 'operation': {
      graph.module = source.module
      const inputs = source.inputs.map((operand) => names.get(operand)!)
      return source.rule.lower(graph, inputs, { ...source, output: tensor })
    }
    case 'variable':
    case 'constant':
      return graph.constant(source.data, tensor.shape as readonly number[], tensor.dtype)
    case 'input':
    case 'random':
      throw new MillraceError(
        'INVALID_GRAPH',
        `lower: ${tensor.toString()} is not bound to an input of the ONNX graph.`,
      )
  }
}
