import { describe, expect, it } from 'vitest'
import { Classifier, recordedImages } from '../../../test/reference/images.ts'
import { checkLayer, namesOfState } from '../../../test/reference/layer-checks.ts'
import {
  add,
  concat,
  conv2d,
  input,
  maxPool2d,
  relu6,
  type Tensor,
  topologicalOrder,
  trace,
} from '../../tensor/index.ts'
import {
  AdaptiveAvgPool2d,
  AvgPool2d,
  BatchNorm2d,
  Conv2d,
  ConvTranspose2d,
  Dropout2d,
  Flatten,
  GroupNorm,
  Hardswish,
  Linear,
  MaxPool2d,
  Module,
  ReLU6,
  Sequential,
  ZeroPad2d,
} from '../index.ts'

class Residual extends Module {
  conv1 = new Conv2d(2, 4, 3, { padding: 1, bias: false })
  bn1 = new BatchNorm2d(4)
  conv2 = new Conv2d(4, 2, 1)

  override forward(x: Tensor): Tensor {
    const inner = this.conv2.forward(relu6(this.bn1.forward(this.conv1.forward(x))))
    return concat([add(x, inner), maxPool2d(x, 3, { stride: 1, padding: 1 })], 1)
  }
}

const modules: Readonly<Record<string, () => Module>> = {
  conv: () => new Conv2d(2, 3, 3),
  convStride: () => new Conv2d(2, 3, [3, 2], { stride: [2, 3], padding: [1, 0] }),
  convSame: () => new Conv2d(2, 3, [4, 3], { padding: 'same' }),
  convDilation: () => new Conv2d(2, 2, 3, { padding: 2, dilation: 2 }),
  convGroups: () => new Conv2d(4, 6, 3, { groups: 2, bias: false }),
  convDepthwise: () => new Conv2d(3, 6, 3, { padding: 1, groups: 3 }),
  convPointwise: () => new Conv2d(3, 2, 1, { stride: 2 }),
  convTranspose: () => new ConvTranspose2d(2, 3, 3),
  convTransposeStride: () => new ConvTranspose2d(2, 4, 3, { stride: 2, padding: 1, outputPadding: 1, groups: 2 }),
  convTransposeDilation: () => new ConvTranspose2d(2, 2, 2, { dilation: 2, bias: false }),
  maxPool: () => new MaxPool2d(2),
  maxPoolOverlap: () => new MaxPool2d(3, { stride: 2, padding: 1 }),
  maxPoolCeil: () => new MaxPool2d([2, 3], { stride: [2, 2], ceilMode: true }),
  maxPoolDilation: () => new MaxPool2d(2, { stride: 1, dilation: 2 }),
  avgPool: () => new AvgPool2d(2),
  avgPoolPadding: () => new AvgPool2d(3, { stride: 2, padding: 1 }),
  avgPoolWithoutPadding: () => new AvgPool2d(3, { stride: 2, padding: 1, countIncludePad: false }),
  avgPoolCeil: () => new AvgPool2d(2, { stride: 3, ceilMode: true }),
  avgPoolCeilPadding: () => new AvgPool2d(3, { stride: 2, padding: 1, ceilMode: true }),
  adaptiveOne: () => new AdaptiveAvgPool2d(1),
  adaptiveEven: () => new AdaptiveAvgPool2d([2, 3]),
  adaptiveUneven: () => new AdaptiveAvgPool2d([3, 2]),
  batchNorm2d: () => new BatchNorm2d(3),
  batchNorm2dEvaluation: () => new BatchNorm2d(3),
  groupNorm: () => new GroupNorm(2, 4),
  groupNormEpsilon: () => new GroupNorm(3, 3, { epsilon: 0.1 }),
  relu6: () => new ReLU6(),
  hardswish: () => new Hardswish(),
  flatten: () => new Flatten(),
  zeroPad: () => new ZeroPad2d([1, 2, 0, 3]),
  residual: () => new Residual(),
  classifier: () => new Classifier(true),
  classifierEvaluation: () => new Classifier(true),
}

describe.each(recordedImages.layers)('$name', (expected) => {
  const module = modules[expected.name]!()

  it('gives PyTorch’s output, gradients and running statistics', () => checkLayer(module, expected))

  it('has PyTorch’s names in its state dict', () => {
    expect([...module.stateDict().keys()].toSorted()).toEqual(namesOfState(expected))
  })
})

describe('Dropout2d', () => {
  it('draws one number for each channel of each image', () => {
    const { result } = trace({ training: true }, () => new Dropout2d(0.5).forward(input('x', [8, 3, 5, 5])))
    const noise = topologicalOrder([result]).filter(({ source }) => source.kind === 'random')
    expect(noise.map(({ shape }) => shape)).toEqual([[8, 3, 1, 1]])
  })
})

describe('first weights', () => {
  it.each([
    ['Conv2d', new Conv2d(8, 32, 3, { groups: 2 }), 4 * 9],
    // The second axis of its weight is that of the outputs, and PyTorch counts along it.
    ['ConvTranspose2d', new ConvTranspose2d(32, 16, 3), 16 * 9],
  ])('are uniform in ±1/√fan-in, as PyTorch’s: %s', (_, layer, fanIn) => {
    layer.initialize(0)
    const bound = 1 / Math.sqrt(fanIn)
    const largest = Math.max(...layer.weight.data.map(Math.abs))
    expect(largest).toBeLessThanOrEqual(Math.fround(bound))
    expect(largest).toBeGreaterThan(0.98 * bound)
    expect(Math.max(...layer.bias!.data.map(Math.abs))).toBeLessThanOrEqual(Math.fround(bound))
  })
})

describe('shapes that do not fit', () => {
  it('are refused with the path of the layer and both shapes', () => {
    const net = new Sequential(new Conv2d(1, 8, 3), new Sequential(new ReLU6(), new Conv2d(16, 8, 3)))
    expect(refusal(net, input('x', [32, 1, 28, 28]))).toThrow(
      /conv2d: expected images \[batch, 16, height, width\] for the weight \[8, 16, 3, 3\], found \[32, 8, 26, 26\]\..*\(in module "1\.1"\)/,
    )
  })

  it('are refused by the class of the outermost module, which has no path', () => {
    class Net extends Sequential {
      override forward(x: Tensor): Tensor {
        return add(x, super.forward(x))
      }
    }
    expect(refusal(new Net(new Conv2d(1, 8, 3)), input('x', [32, 1, 28, 28]))).toThrow(
      /\[32, 1, 28, 28\] and \[32, 8, 26, 26\] do not fit.*\(in module "Net"\)/,
    )
  })

  it.each([
    [
      'channels below 1',
      () => new Conv2d(1, -4, 3),
      /shape \[-4, 1, 3, 3\]: sizes must be whole numbers of at least 1/,
    ],
    ['no kernel', () => new Conv2d(1, 4, 0), /shape \[4, 1, 0, 0\]/],
    ['groups', () => new Conv2d(3, 4, 3, { groups: 2 }), /Conv2d: 3 channels in and 4 out .* 2 groups/],
    [
      'groups of a weight by itself',
      () => conv2d(input('x', [1, 3, 9, 9]), input('w', [4, 1, 3, 3]), { groups: 3 }),
      /4 channels .* make no 3 groups/,
    ],
    ['other groups', () => new ConvTranspose2d(4, 3, 3, { groups: 2 }), /ConvTranspose2d: 4 .* 3 out .* 2 groups/],
  ])('are refused as the layer is made: %s', (_, make, message) => {
    expect(make).toThrow(message)
  })

  it.each([
    ['a flat input', new Conv2d(1, 8, 3), [32, 784], /expected images .* found \[32, 784\]/],
    ['an image smaller than the kernel', new Conv2d(1, 8, 5), [32, 1, 4, 9], /no room for a window \[5, 5\]/],
    ["'same' with a stride", new Conv2d(1, 8, 3, { padding: 'same', stride: 2 }), [1, 1, 9, 9], /needs a stride of 1/],
    [
      'other channels in groups',
      new Conv2d(4, 4, 3, { groups: 2 }),
      [1, 6, 9, 9],
      /\[batch, 4, height, width\] for the weight \[4, 2, 3, 3\] in 2 groups, found \[1, 6, 9, 9\]/,
    ],
    ['a stride of 0', new Conv2d(1, 1, 3, { stride: 0 }), [1, 1, 9, 9], /stride must be whole numbers of at least 1/],
    [
      'an output padding of a stride',
      new ConvTranspose2d(1, 1, 3, { stride: 2, outputPadding: 2 }),
      [1, 1, 4, 4],
      /must be smaller than the stride/,
    ],
    [
      'other channels transposed',
      new ConvTranspose2d(2, 4, 3),
      [1, 3, 4, 4],
      /weight \[2, 4, 3, 3\], found \[1, 3, 4, 4\]/,
    ],
    ['too much padding', new MaxPool2d(2, { padding: 2 }), [1, 1, 4, 4], /more than half the kernel \[2, 2\]/],
    ['a pool larger than the image', new AvgPool2d(5), [1, 1, 4, 4], /no room for a window \[5, 5\]/],
    ['BatchNorm2d of rows', new BatchNorm2d(3), [8, 3], /\[batch, 3, height, width\], found \[8, 3\]/],
    ['GroupNorm of other channels', new GroupNorm(2, 4), [8, 6, 2, 2], /expected 4 channels .* found \[8, 6, 2, 2\]/],
    ['Dropout2d of rows', new Dropout2d(0.5), [8, 3], /expected images .* found \[8, 3\]/],
    ['a layer behind Flatten', new Sequential(new Flatten(), new Linear(9, 2)), [8, 1, 4, 4], /found \[8, 16\]/],
  ])('are refused: %s', (_, module, shape, message) => {
    expect(refusal(module, input('x', shape))).toThrow(message)
  })

  it('are refused by GroupNorm when it is made', () => {
    expect(() => new GroupNorm(3, 4)).toThrow(/4 channels make no 3 groups/)
  })
})

/** Tracing `module` on `x` as the trainer does. */
function refusal(module: Module, x: Tensor): () => unknown {
  const moduleNames = new Map<object, string>([...module.namedModules()].map(([name, part]) => [part, name]))
  return () => trace({ training: true, moduleNames }, () => module.forward(x))
}
