/** Comparing a layer with what PyTorch says of it. */
import { expect } from 'vitest'
import type { Module } from '../../src/nn/index.ts'
import { evaluate, type Value } from '../../src/onnx/index.ts'
import { constant, gradients, input, mul, sum, trace } from '../../src/tensor/index.ts'
import { expectClose, type LayerCase, type RecordedArray, stateDict } from './nn.ts'

/** Sums over a few dozen float32 products differ from PyTorch's by their order alone. */
const TOLERANCE = 1e-5

/** Checks output, gradients and buffers of one step. */
export async function checkLayer(module: Module, expected: LayerCase): Promise<void> {
  module.loadStateDict(stateDict(expected.state))
  const x = input('x', expected.input.shape, expected.input.dtype)
  const { result: output, updates } = trace({ training: expected.training }, () => module.forward(x))
  const probe = constant(Float32Array.from(expected.probe.data), expected.probe.shape, 'float32')
  const parameters = [...module.namedParameters()]
  const buffers = [...module.namedBuffers()]
  const leaves = [...parameters.map(([, tensor]) => tensor), ...(expected.inputGradient === null ? [] : [x])]
  const slopes = leaves.length === 0 ? [] : gradients(sum(mul(output, probe)), leaves)
  const [found, ...rest] = await evaluate(
    [output, ...slopes, ...buffers.map(([, buffer]) => updates.get(buffer) ?? buffer)],
    { x: feed(expected) },
  )
  const wanted: [string, RecordedArray][] = [
    ...parameters.map(([name]): [string, RecordedArray] => [name, expected.gradients[name]!]),
    ...(expected.inputGradient === null ? [] : [['input', expected.inputGradient] as [string, RecordedArray]]),
    ...buffers.map(([name]): [string, RecordedArray] => [name, expected.buffers[name]!]),
  ]
  expect(found!.shape).toEqual(expected.output.shape)
  expectClose(found!.data as Float32Array, expected.output.data, TOLERANCE, 'output')
  wanted.forEach(([name, { data }], i) => expectClose(rest[i]!.data as Float32Array, data, TOLERANCE, name))
}

/** The names in PyTorch's state dict that Millrace has too, sorted. */
export function namesOfState({ state }: LayerCase): string[] {
  return Object.keys(state)
    .filter((name) => !name.endsWith('num_batches_tracked'))
    .toSorted()
}

function feed({ input: { data, shape, dtype } }: LayerCase): Value {
  return dtype === 'int64'
    ? { dtype, data: BigInt64Array.from(data, BigInt), shape }
    : { dtype, data: Float32Array.from(data), shape }
}
