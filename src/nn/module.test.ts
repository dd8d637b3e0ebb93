import { describe, expect, it } from 'vitest'
import { Random } from '../core/index.ts'
import type { Tensor } from '../tensor/index.ts'
import {
  BatchNorm1d,
  constantFill,
  Embedding,
  type Initializer,
  kaimingNormal,
  Linear,
  Module,
  Parameter,
  ReLU,
  Sequential,
  type StateDict,
  xavierUniform,
} from './index.ts'

class Block extends Module {
  layers = [new Linear(2, 3), new Linear(3, 2)]
  scale = new Parameter([1], constantFill(2))
  note = 'not a part'
  override forward(x: Tensor): Tensor {
    return x
  }
}

class Net extends Module {
  body = new Block()
  norm = new BatchNorm1d(2)
  head = new Sequential(new ReLU(), new Linear(2, 1, { bias: false }))
  override forward(x: Tensor): Tensor {
    return x
  }
}

class Tied extends Module {
  embedding = new Embedding(4, 3)
  output = new Linear(3, 4)
  same: Linear
  constructor() {
    super()
    this.same = this.output
  }
  override forward(x: Tensor): Tensor {
    return x
  }
}

describe('Module', () => {
  it('names its state by the paths of its parts, lists by position', () => {
    expect([...new Net().namedParameters()].map(([name]) => name)).toEqual([
      'body.scale',
      'body.layers.0.weight',
      'body.layers.0.bias',
      'body.layers.1.weight',
      'body.layers.1.bias',
      'norm.weight',
      'norm.bias',
      'head.1.weight',
    ])
    expect([...new Net().namedBuffers()].map(([name]) => name)).toEqual(['norm.running_mean', 'norm.running_var'])
    expect([...new Net().namedModules()].map(([name]) => name)).toEqual([
      '',
      'body',
      'body.layers.0',
      'body.layers.1',
      'norm',
      'head',
      'head.0',
      'head.1',
    ])
  })

  it('counts a part with two names once, and saves it under both', () => {
    const tied = new Tied()
    expect(tied.parameterCount()).toBe(12 + 12 + 4)
    expect([...tied.namedParameters()].map(([name]) => name)).toEqual([
      'embedding.weight',
      'output.weight',
      'output.bias',
    ])
    expect([...tied.stateDict().keys()]).toEqual([
      'embedding.weight',
      'output.weight',
      'output.bias',
      'same.weight',
      'same.bias',
    ])
  })

  it('is initialised to the same bits by the same seed, to others by another', () => {
    expect(initialState(3)).toEqual(initialState(3))
    expect(initialState(3)).not.toEqual(initialState(4))
  })

  it('gives a parameter numbers that depend on its name and not on its neighbours', () => {
    class Wider extends Net {
      extra = new Linear(5, 5)
    }
    const [net, wider] = [new Net(), new Wider()]
    net.initialize(1)
    wider.initialize(1)
    expect(wider.head.stateDict()).toEqual(net.head.stateDict())
  })

  it('keeps numbers that were loaded when it is initialised', () => {
    const [net, other] = [new Net(), new Net()]
    net.initialize(1)
    other.loadStateDict(net.stateDict())
    other.initialize(2)
    expect(other.stateDict()).toEqual(net.stateDict())
  })

  it('copies its state, so that a state dict stays as it is', () => {
    const net = new Net()
    const before = net.stateDict()
    net.initialize(1)
    expect([...before.get('head.1.weight')!.data]).toEqual([0, 0])
  })

  it('refuses a state dict that does not fit, names all that is wrong, and stays as it was', () => {
    const net = new Net()
    net.initialize(1)
    const before = net.stateDict()
    const state = new Map(net.stateDict())
    state.delete('body.scale')
    state.set('body.scales', { shape: [1], data: new Float32Array(1) })
    state.set('head.1.weight', { shape: [2, 1], data: new Float32Array(2) })
    expect(() => net.loadStateDict(state)).toThrow(
      'The state dict does not fit Net: "body.scale" is missing; "body.scales" is not part of this module; "head.1.weight" has shape [2, 1], the module needs [1, 2].',
    )
    expect(net.stateDict()).toEqual(before)
  })

  it('skips the count of batches where a BatchNorm1d is, and nowhere else', () => {
    const count = { shape: [], data: Float32Array.of(9) }
    const net = new Net()
    net.loadStateDict(new Map([...net.stateDict(), ['norm.num_batches_tracked', count]]))
    expect(() => net.loadStateDict(new Map([...net.stateDict(), ['head.num_batches_tracked', count]]))).toThrow(
      '"head.num_batches_tracked" is not part of this module',
    )
  })

  it('tells what it was made with', () => {
    expect(new Linear(2, 1, { bias: false }).options()).toEqual({ inFeatures: 2, outFeatures: 1, bias: false })
    expect(new BatchNorm1d(2).options()).toEqual({ features: 2, epsilon: 1e-5, momentum: 0.1 })
    expect(new Embedding(4, 3).options()).toEqual({ count: 4, dimension: 3 })
  })
})

describe('initialisers', () => {
  it('stay within the bound of Linear’s default, ±1/√inFeatures, and spread over it', () => {
    const linear = new Linear(25, 800)
    linear.initialize(1)
    expect(Math.max(...linear.weight.data.map(Math.abs))).toBeLessThanOrEqual(0.2)
    expect(deviation(linear.weight.data)).toBeCloseTo(0.2 / Math.sqrt(3), 2)
  })

  it('have the deviations of Glorot and of He', () => {
    expect(deviation(drawn(xavierUniform(30, 70)))).toBeCloseTo(Math.sqrt(2 / 100), 2)
    expect(deviation(drawn(kaimingNormal(50)))).toBeCloseTo(Math.sqrt(2 / 50), 2)
  })
})

function initialState(seed: number): StateDict {
  const net = new Net()
  net.initialize(seed)
  return net.stateDict()
}

function drawn(fill: Initializer): Float32Array {
  const data = new Float32Array(20_000)
  fill(data, new Random(1))
  return data
}

function deviation(data: Float32Array): number {
  return Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length)
}

describe('a module that is written in an unusual way', () => {
  it('may know the module it is part of', () => {
    class Part extends Module {
      readonly fc = new Linear(2, 2)
      owner: Module | undefined
      override forward(x: Tensor): Tensor {
        return this.fc.forward(x)
      }
    }
    const part = new Part()
    const whole = new Sequential(part)
    part.owner = whole
    expect([...whole.namedParameters()].map(([name]) => name)).toEqual(['0.fc.weight', '0.fc.bias'])
  })

  it('is refused with advice when forward is a property', () => {
    class Arrow extends Module {
      override forward = (x: Tensor): Tensor => x
    }
    expect(() => new Arrow()).toThrow(/Arrow has no method "forward"/)
  })
})
