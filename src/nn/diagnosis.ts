/** Finding out where numbers stopped being finite, once a loss has. */
import { MillraceError } from '../core/index.ts'
import { evaluate, type Value } from '../onnx/index.ts'
import { type Tensor, topologicalOrder } from '../tensor/index.ts'
import { firstNonFinite } from './flat-state.ts'
import type { Program, ProgramInputs } from './program.ts'

/** The error for a batch whose loss is not finite at `place`, such as `step 7 of epoch 1`: it names the first culprit among inputs, weights and layers. */
export async function explainNonFinite(
  program: Program,
  { module, parameters }: ProgramInputs,
  place: string,
  loss: number,
): Promise<MillraceError> {
  const what = `Training stopped at ${place}: the loss is ${loss}.`
  const badInput = program.batch.inputs.findIndex(hasNonFinite)
  if (badInput !== -1) {
    return nonFinite(
      `${what} Input ${badInput} of the batch already has values that are not finite. Impute missing values before training.`,
    )
  }
  if (hasNonFinite(program.batch.target)) {
    return nonFinite(
      `${what} The target of the batch has values that are not finite. Leave out the rows without a target.`,
    )
  }
  const weights = firstNonFinite(parameters.data, parameters.slots)
  const path = await firstNonFiniteLayer(program)
  const kind = [...module.namedModules()].find(([name]) => name === path)?.[1].constructor.name
  const layer =
    path === undefined ? 'the loss itself' : path === '' ? 'the outermost module' : `layer "${path}" (${kind})`
  const cause =
    weights === undefined ? '' : ` Its weights "${weights}" are no longer finite: an earlier update was too large.`
  return nonFinite(
    `${what} The first values that are not finite come from ${layer}.${cause} Lower the learning rate, or set clipNorm.`,
  )
}

/** The path of the module that made the first non-finite numbers of the forward pass. */
async function firstNonFiniteLayer({ batch, mixed, noise, graph }: Program): Promise<string | undefined> {
  const layers = topologicalOrder([graph.loss]).filter(({ source }) => source.kind === 'operation')
  const feeds: Record<string, Value> = {}
  const feed = (tensor: Tensor, data: unknown): void => {
    if (tensor.source.kind !== 'input') return
    feeds[tensor.source.name] = { dtype: tensor.dtype, data, shape: tensor.shape } as Value
  }
  graph.inputs.forEach((tensor, i) => feed(tensor, batch.inputs[i]))
  feed(graph.target, batch.target)
  if (graph.mixed !== undefined) {
    feed(graph.mixed.partner, mixed?.partner)
    feed(graph.mixed.share, mixed?.share)
  }
  const values = await evaluate(layers, feeds, { noise: new Map(graph.noise.map((tensor, i) => [tensor, noise[i]!])) })
  const first = layers[values.findIndex(({ data }) => hasNonFinite(data))]
  return first?.source.kind === 'operation' ? first.source.module : undefined
}

function hasNonFinite(data: Value['data']): boolean {
  return (
    (data instanceof Float32Array || data instanceof Float64Array) &&
    data.some((value: number) => !Number.isFinite(value))
  )
}

function nonFinite(message: string): MillraceError {
  return new MillraceError('NON_FINITE', message)
}
