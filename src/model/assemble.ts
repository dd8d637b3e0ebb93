/** The one artefact: raw columns in, label and probabilities out, with preprocessing and what was learned in one ONNX graph. */
import { z } from 'zod'
import { lower, OnnxGraph } from '../onnx/index.ts'
import type { Module } from '../nn/index.ts'
import type { FittedLabels, FittedPreprocessor } from '../preprocess/index.ts'
import { add, argMax, input, mul, reshape, softmax, type Tensor, trace } from '../tensor/index.ts'
import type { TreeEnsemble } from '../trees/index.ts'

/**
 * What makes of features [batch, features] the logits [batch, classes], or [batch, 1] in units of the scaled target.
 * Trees have a single score for two classes: the logit of the second, that of the first being 0.
 */
export type Learned = { readonly network: Module } | { readonly ensemble: TreeEnsemble }

/** What belongs in front of it and behind it. */
export type Frame = { readonly preprocessor: FittedPreprocessor } & (
  | { readonly task: 'classification'; readonly labels: FittedLabels }
  | { readonly task: 'regression'; readonly target: TargetScale }
)

/** All that a model is made of. */
export type Assembly = Frame & Learned

/** What is learned is (target − center) / scale. */
export interface TargetScale {
  readonly center: number
  readonly scale: number
}

export const targetScaleSchema: z.ZodType<TargetScale> = z.strictObject({ center: z.number(), scale: z.number() })

/** The bytes of `model.onnx`. Weights stand in it under their parameters' names. */
export function assembleOnnx(assembly: Assembly): Uint8Array {
  const { preprocessor } = assembly
  const graph = new OnnxGraph('model')
  const features = preprocessor.lower(graph, preprocessor.declareInputs(graph))
  const bound = new Map<Tensor, string>()
  const output = lowerLearned(graph, assembly, features, bound)
  if (assembly.task === 'classification') {
    lowerClasses(graph, output, bound, assembly.labels)
  } else {
    const { center, scale } = assembly.target
    const [prediction] = lower(graph, [add(mul(reshape(output, ['batch']), scale), center)], bound)
    graph.output('prediction', prediction!, 'float32', ['batch'])
  }
  return graph.toBytes()
}

/** What was learned makes of the features that `name` names in the graph. */
function lowerLearned(graph: OnnxGraph, assembly: Assembly, name: string, bound: Map<Tensor, string>): Tensor {
  if ('network' in assembly) {
    const features = input('features', ['batch', assembly.preprocessor.featureCount])
    bound.set(features, name)
    return traceNetwork(graph, assembly.network, features, bound)
  }
  const width = assembly.task === 'classification' ? assembly.labels.classes.length : 1
  const scores = input('scores', ['batch', width])
  bound.set(scores, assembly.ensemble.lower(graph, name, width))
  return scores
}

/** The network's output for `features`, its weights written into the graph and added to `bound`. */
export function traceNetwork(graph: OnnxGraph, network: Module, features: Tensor, bound: Map<Tensor, string>): Tensor {
  for (const [name, stored] of [...network.namedParameters(), ...network.namedBuffers()]) {
    graph.initializer(name, stored.data, stored.shape, 'float32')
    bound.set(stored, name)
  }
  const moduleNames = new Map([...network.namedModules()].map(([name, module]) => [module, name]))
  return trace({ training: false, moduleNames }, () => network.forward(features)).result
}

/** Logits [batch, classes] become the outputs `label` and `probabilities`. */
export function lowerClasses(
  graph: OnnxGraph,
  logits: Tensor,
  bound: ReadonlyMap<Tensor, string>,
  labels: FittedLabels,
): void {
  const [number, probabilities] = lower(graph, [argMax(logits), softmax(logits)], bound)
  graph.output('label', labels.lowerDecode(graph, number!), 'string', ['batch'])
  graph.output('probabilities', probabilities!, 'float32', ['batch', labels.classes.length])
}
