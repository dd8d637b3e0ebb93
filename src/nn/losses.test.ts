import { describe, expect, it } from 'vitest'
import { expectClose, recorded } from '../../test/reference/nn.ts'
import { evaluate } from '../onnx/index.ts'
import { constant, gradients, input } from '../tensor/index.ts'
import { bceWithLogitsLoss, crossEntropyLoss, huberLoss, l1Loss, type Loss, mseLoss, nllLoss } from './index.ts'

const losses: Readonly<Record<string, (options: object) => Loss>> = {
  crossEntropy: crossEntropyLoss,
  nll: nllLoss,
  bceWithLogits: bceWithLogitsLoss,
  mse: mseLoss,
  l1: l1Loss,
  huber: huberLoss,
}

describe.each(recorded.losses)('$loss with $options', ({ loss, options, output, target, value, gradient }) => {
  it('equals PyTorch’s, gradient included', async () => {
    const given = input('output', output.shape)
    const isLabel = loss === 'crossEntropy' || loss === 'nll'
    const wanted = isLabel
      ? constant(BigInt64Array.from(target.data, BigInt), target.shape, 'int64')
      : constant(Float32Array.from(target.data), target.shape, 'float32')
    const scalar = losses[loss]!(options).compute(given, wanted)
    const [found, slope] = await evaluate([scalar, ...gradients(scalar, [given])], {
      output: { dtype: 'float32', data: Float32Array.from(output.data), shape: output.shape },
    })
    expectClose(found!.data as Float32Array, [value], 1e-6, 'loss')
    expectClose(slope!.data as Float32Array, gradient.data, 1e-6, 'gradient')
  })
})

describe('losses', () => {
  it('carry the options they are logged with', () => {
    expect(crossEntropyLoss({ labelSmoothing: 0.1 })).toMatchObject({
      name: 'crossEntropy',
      options: { labelSmoothing: 0.1 },
    })
    expect(huberLoss()).toMatchObject({ name: 'huber', options: { delta: 1 } })
  })

  it.each([
    [
      'a smoothing of 1',
      () => crossEntropyLoss({ labelSmoothing: 1 }),
      /labelSmoothing must be at least 0 and below 1/,
    ],
    ['a negative smoothing', () => crossEntropyLoss({ labelSmoothing: -0.1 }), /found -0\.1/],
    ['a negative class weight', () => crossEntropyLoss({ classWeights: [1, -2] }), /at least 0, found -2/],
    ['a class weight that is no number', () => nllLoss({ classWeights: [NaN] }), /found NaN/],
  ])('refuse %s', (_, make, message) => {
    expect(make).toThrow(message)
  })

  it.each([
    ['float labels', [4, 3], [4], 'float32', /int64 labels \[batch\], found \[4, 3\] and float32 \[4\]/],
    ['labels of another batch', [4, 3], [5], 'int64', /found \[4, 3\] and int64 \[5\]/],
    ['one-hot labels', [4, 3], [4, 3], 'int64', /found \[4, 3\] and int64 \[4, 3\]/],
  ] as const)('refuse %s', (_, output, target, dtype, message) => {
    expect(() => crossEntropyLoss().compute(input('o', output), input('t', target, dtype))).toThrow(message)
  })

  it('refuse class weights for another number of classes', () => {
    const loss = crossEntropyLoss({ classWeights: [1, 2] })
    expect(() => loss.compute(input('o', [4, 3]), input('t', [4], 'int64'))).toThrow(/2 class weights for 3 classes/)
  })

  it('refuse a target that would be broadcast', () => {
    expect(() => mseLoss().compute(input('o', [4, 1]), input('t', [4]))).toThrow(/output \[4, 1\] and target \[4\]/)
  })

  it('find the first label that is no class', () => {
    const { findInvalidTarget } = crossEntropyLoss()
    expect(findInvalidTarget?.(BigInt64Array.of(0n, 2n), [2, 3])).toBeUndefined()
    expect(findInvalidTarget?.(BigInt64Array.of(0n, 3n, -1n), [3, 3])).toEqual({
      position: 1,
      problem: 'the label 3 is none of the 3 classes (0 to 2)',
    })
  })
})
