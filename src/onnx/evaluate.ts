/** Computing expressions at once, without building a model around them: for trying things out and for tests. */
import { MillraceError } from '../core/index.ts'
import { type Tensor, topologicalOrder } from '../tensor/index.ts'
import { OnnxGraph } from './graph.ts'
import { lower } from './lower.ts'
import { Session, type SessionOptions, type Value } from './session.ts'

/**
 * The numbers of `tensors`, in order. Inputs they depend on take their numbers from `feeds`, by name.
 *
 * @throws MillraceError INVALID_ARGUMENT when an input has no numbers
 */
export async function evaluate(
  tensors: readonly Tensor[],
  feeds: Readonly<Record<string, Value>> = {},
  options?: SessionOptions,
): Promise<Value[]> {
  const graph = new OnnxGraph('expression')
  const bound = new Map<Tensor, string>()
  for (const tensor of topologicalOrder(tensors)) {
    if (tensor.source.kind !== 'input') continue
    const { name } = tensor.source
    if (feeds[name] === undefined) {
      throw new MillraceError(
        'INVALID_ARGUMENT',
        `evaluate: no numbers for the input "${name}". Pass them as feeds.${name}.`,
      )
    }
    bound.set(tensor, graph.input(name, tensor.dtype, tensor.shape))
  }
  const names = lower(graph, tensors, bound)
  names.forEach((name, i) => graph.output(`result_${i}`, name, tensors[i]!.dtype, tensors[i]!.shape))
  await using session = await Session.load(graph.toBytes(), options)
  const results = await session.run(feeds)
  return tensors.map((_, i) => results[`result_${i}`]!)
}
