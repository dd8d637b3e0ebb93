/** The one artefact: raw columns in, label and probabilities out, with preprocessing and network in one ONNX graph. */
import { lower, OnnxGraph } from '../onnx/index.ts'
import type { Module } from '../nn/index.ts'
import type { FittedLabels, FittedPreprocessor } from '../preprocess/index.ts'
import { add, argMax, input, mul, reshape, softmax, type Tensor, trace } from '../tensor/index.ts'

/** A network with what belongs in front of it and behind it. */
export type Assembly =
  | {
      readonly task: 'classification'
      readonly preprocessor: FittedPreprocessor
      /** [batch, features] → logits [batch, classes] */
      readonly network: Module
      readonly labels: FittedLabels
    }
  | {
      readonly task: 'regression'
      readonly preprocessor: FittedPreprocessor
      /** [batch, features] → [batch, 1], in units of the scaled target */
      readonly network: Module
      readonly target: TargetScale
    }

/** The network learns (target − center) / scale. */
export interface TargetScale {
  readonly center: number
  readonly scale: number
}

/** The bytes of `model.onnx`. Weights stand in it under their parameters' names. */
export function assembleOnnx(assembly: Assembly): Uint8Array {
  const { preprocessor, network } = assembly
  const graph = new OnnxGraph('model')
  const features = input('features', ['batch', preprocessor.featureCount])
  const bound = new Map([[features, preprocessor.lower(graph, preprocessor.declareInputs(graph))]])
  const output = traceNetwork(graph, network, features, bound)

  if (assembly.task === 'classification') {
    lowerClasses(graph, output, bound, assembly.labels)
  } else {
    const { center, scale } = assembly.target
    const [prediction] = lower(graph, [add(mul(reshape(output, ['batch']), scale), center)], bound)
    graph.output('prediction', prediction!, 'float32', ['batch'])
  }
  return graph.toBytes()
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
