import { describe, expect, it } from 'vitest'
import { checkLayer, namesOfState } from '../../../test/reference/layer-checks.ts'
import { expectClose, recorded, stateDict } from '../../../test/reference/nn.ts'
import { evaluate, type Value } from '../../onnx/index.ts'
import {
  add,
  constant,
  gelu,
  gradients,
  input,
  mul,
  random,
  relu,
  sum,
  tanh,
  type Tensor,
  topologicalOrder,
  trace,
} from '../../tensor/index.ts'
import {
  BatchNorm1d,
  Dropout,
  Embedding,
  GELU,
  LayerNorm,
  LeakyReLU,
  Linear,
  Module,
  ReLU,
  Sequential,
  Sigmoid,
  SiLU,
  Softmax,
  Tanh,
} from '../index.ts'

class Residual extends Module {
  norm: LayerNorm
  expand: Linear
  shrink: Linear

  constructor(size: number) {
    super()
    this.norm = new LayerNorm(size)
    this.expand = new Linear(size, 2 * size)
    this.shrink = new Linear(2 * size, size)
  }

  override forward(x: Tensor): Tensor {
    return add(x, this.shrink.forward(gelu(this.expand.forward(this.norm.forward(x)))))
  }
}

class Tower extends Module {
  blocks = [new Residual(4), new Residual(4)]
  head = new Sequential(new Linear(4, 5), new BatchNorm1d(5), new ReLU(), new Linear(5, 2))

  override forward(x: Tensor): Tensor {
    return this.head.forward(this.blocks.reduce((value, block) => block.forward(value), x))
  }
}

class Shared extends Module {
  first = new Linear(3, 3)
  norm = new BatchNorm1d(3)
  second = this.first
  again = this.norm

  override forward(x: Tensor): Tensor {
    return this.again.forward(this.second.forward(tanh(this.norm.forward(this.first.forward(x)))))
  }
}

const modules: Readonly<Record<string, () => Module>> = {
  linear: () => new Linear(3, 2),
  linearWithoutBias: () => new Linear(3, 2, { bias: false }),
  linearStacked: () => new Linear(3, 2),
  embedding: () => new Embedding(5, 3),
  batchNorm: () => new BatchNorm1d(3),
  batchNormOptions: () => new BatchNorm1d(3, { epsilon: 0.01, momentum: 0.4 }),
  batchNormEvaluation: () => new BatchNorm1d(3),
  layerNorm: () => new LayerNorm(4),
  layerNormStacked: () => new LayerNorm(4, { epsilon: 0.1 }),
  relu: () => new ReLU(),
  leakyRelu: () => new LeakyReLU(0.2),
  gelu: () => new GELU(),
  geluTanh: () => new GELU('tanh'),
  silu: () => new SiLU(),
  tanh: () => new Tanh(),
  sigmoid: () => new Sigmoid(),
  softmax: () => new Softmax(),
  softmaxFirst: () => new Softmax(0),
  tower: () => new Tower(),
  towerEvaluation: () => new Tower(),
  shared: () => new Shared(),
}

describe.each(recorded.layers)('$name', (expected) => {
  const module = modules[expected.name]!()

  it('gives PyTorch’s output, gradients and running statistics', () => checkLayer(module, expected))

  it('has PyTorch’s names in its state dict', () => {
    expect([...module.stateDict().keys()].toSorted()).toEqual(namesOfState(expected))
  })
})

describe('Dropout', () => {
  it('keeps what the random numbers say and scales it up', async () => {
    const x = constant(Float32Array.of(1, 2, 3, 4), [4], 'float32')
    const { result } = trace({ training: true }, () => new Dropout(0.25).forward(x))
    const noise = topologicalOrder([result]).find(({ source }) => source.kind === 'random')!
    const [found] = await evaluate([result], {}, { noise: new Map([[noise, Float32Array.of(0.1, 0.9, 0.2, 0.26)]]) })
    expectClose(floats(found!), [0, 2 / 0.75, 0, 4 / 0.75], 1e-6)
  })

  it('passes the gradient on where it passed the value on', async () => {
    const x = input('x', [3])
    const { result } = trace({ training: true }, () => new Dropout(0.5).forward(x))
    const [slope] = gradients(sum(result), [x])
    const noise = topologicalOrder([slope!]).find(({ source }) => source.kind === 'random')!
    const feeds = { x: { dtype: 'float32', data: Float32Array.of(1, 1, 1), shape: [3] } } as const
    const [found] = await evaluate([slope!], feeds, { noise: new Map([[noise, Float32Array.of(0.7, 0.3, 0.6)]]) })
    expect([...floats(found!)]).toEqual([2, 0, 2])
  })

  it('does nothing outside training, nor with probability 0', () => {
    const x = random([2])
    expect(new Dropout(0.5).forward(x)).toBe(x)
    expect(trace({ training: true }, () => new Dropout(0).forward(x)).result).toBe(x)
  })

  it.each([-0.1, 1, NaN])('refuses the probability %d', (probability) => {
    expect(() => new Dropout(probability)).toThrow(/at least 0 and below 1/)
  })
})

describe('shapes that do not fit', () => {
  it('are refused with the path of the layer and both shapes', () => {
    const net = new Sequential(new Linear(4, 8), new Sequential(new ReLU(), new Linear(9, 2)))
    expect(refusal(net, input('x', [32, 4]))).toThrow(
      /Linear: expected an input \[batch, 9\] for \[9 → 2\], found \[32, 8\]\..*\(in module "1\.1"\)/,
    )
  })

  it.each([
    ['Linear', new Linear(4, 2), input('x', [4]), /\[batch, 4\].*found \[4\]/],
    ['BatchNorm1d of other features', new BatchNorm1d(3), input('x', [8, 4]), /\[batch, 3\], found \[8, 4\]/],
    ['LayerNorm', new LayerNorm(3), input('x', [8, 4]), /expected 3 features in the last axis, found \[8, 4\]/],
    ['Embedding of floats', new Embedding(3, 2), input('x', [8]), /indices must be int64, found float32/],
  ])('are refused by %s', (_, module, x, message) => {
    expect(refusal(module, x)).toThrow(message)
  })

  it('include a batch of one row for BatchNorm1d, in training only', () => {
    expect(refusal(new BatchNorm1d(3), input('x', [1, 3]), true)).toThrow(/at least two rows/)
    expect(refusal(new BatchNorm1d(3), input('x', [1, 3]))).not.toThrow()
  })
})

describe('a gradient penalty', () => {
  it('is written with gradients of gradients', async () => {
    // For f(x) = w₂ · relu(w₁ x) with w₁ x > 0, df/dx = w₁ w₂; the penalty (w₁ w₂)² has the slope 2 w₁ w₂² by w₁.
    class Net extends Module {
      first = new Linear(1, 1, { bias: false })
      second = new Linear(1, 1, { bias: false })

      override forward(x: Tensor): Tensor {
        return this.second.forward(relu(this.first.forward(x)))
      }
    }
    const net = new Net()
    net.loadStateDict(
      stateDict({ 'first.weight': { shape: [1, 1], data: [3] }, 'second.weight': { shape: [1, 1], data: [-2] } }),
    )
    const x = input('x', [1, 1])
    const [byInput] = gradients(sum(net.forward(x)), [x])
    const [byWeight] = gradients(sum(mul(byInput!, byInput!)), [net.first.weight])
    const [penalty, slope] = await evaluate([sum(mul(byInput!, byInput!)), byWeight!], {
      x: { dtype: 'float32', data: Float32Array.of(0.5), shape: [1, 1] },
    })
    expect(floats(penalty!)[0]).toBe(36)
    expect(floats(slope!)[0]).toBe(24)
  })
})

function floats(value: Value): Float32Array {
  return value.data as Float32Array
}

/** Tracing `module` on `x` as the trainer does. */
function refusal(module: Module, x: Tensor, training = false): () => unknown {
  const moduleNames = new Map<object, string>([...module.namedModules()].map(([name, part]) => [part, name]))
  return () => trace({ training, moduleNames }, () => module.forward(x))
}
