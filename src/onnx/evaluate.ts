/** Computing expressions at once, without building a model around them: for trying things out and for tests. */
import { MillraceError } from '../core/index.ts'
import { type Tensor, topologicalOrder } from '../tensor/index.ts'
import { OnnxGraph } from './graph.ts'
import { lower } from './lower.ts'
import { Session, type SessionOptions, type Value } from './session.ts'

export interface EvaluateOptions extends SessionOptions {
  /** The numbers that random sources shall give, in [0, 1). */
  readonly noise?: ReadonlyMap<Tensor, Float32Array>
}

/**
 * The numbers of `tensors`, in order. Inputs they depend on take their numbers from `feeds`, by name.
 *
 * @throws MillraceError INVALID_ARGUMENT when an input has no numbers
 */
export async function evaluate(
  tensors: readonly Tensor[],
  feeds: Readonly<Record<string, Value>> = {},
  { noise = new Map(), ...options }: EvaluateOptions = {},
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
  const allFeeds = { ...feeds }
  for (const [tensor, data] of noise) {
    const name = `noise_${bound.size}`
    bound.set(tensor, graph.input(name, 'float32', tensor.shape))
    allFeeds[name] = { dtype: 'float32', data, shape: tensor.shape as readonly number[] }
  }
  const names = lower(graph, tensors, bound)
  names.forEach((name, i) => graph.output(`result_${i}`, name, tensors[i]!.dtype, tensors[i]!.shape))
  await using session = await Session.load(graph.toBytes(), options)
  const results = await session.run(Object.fromEntries([...bound.values()].map((name) => [name, allFeeds[name]!])))
  return tensors.map((_, i) => results[`result_${i}`]!)
}
