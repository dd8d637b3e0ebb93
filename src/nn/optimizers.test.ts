import { describe, expect, it } from 'vitest'
import { expectClose, recorded, stateDict } from '../../test/reference/nn.ts'
import {
  adam,
  adamW,
  crossEntropyLoss,
  type Dataset,
  Linear,
  type Optimizer,
  rmsprop,
  Sequential,
  sgd,
  Tanh,
  tensorDataset,
  train,
} from './index.ts'

const optimizers: Readonly<Record<string, (options: never) => Optimizer>> = { sgd, adam, adamW, rmsprop }
const { features, labels, epochs, batchSize, initial, runs } = recorded.optimizers

function dataset(): Dataset {
  return tensorDataset(
    { data: Float32Array.from(features.data), shape: features.shape },
    { data: BigInt64Array.from(labels.data, BigInt), shape: labels.shape },
  )
}

describe.each(runs)('$optimizer with $options and clipNorm $clipNorm', (expected) => {
  it('follows PyTorch’s loss curve over 51 steps and ends with its weights', async () => {
    const network = new Sequential(new Linear(4, 8), new Tanh(), new Linear(8, 3))
    network.loadStateDict(stateDict(initial))
    const curve: number[] = []
    await train(network, dataset(), {
      loss: crossEntropyLoss(),
      optimizer: optimizers[expected.optimizer]!(withPatterns(expected.options) as never),
      ...(expected.clipNorm === null ? {} : { clipNorm: expected.clipNorm }),
      epochs,
      batchSize,
      shuffle: false,
      onStep: ({ loss }) => void curve.push(loss),
    })
    expect(curve).toHaveLength(expected.curve.length)
    expected.curve.forEach((loss, step) => {
      expect(Math.abs(curve[step]! - loss) / loss, `step ${step}: ${curve[step]} for ${loss}`).toBeLessThan(1e-4)
    })
    for (const [name, { data }] of network.stateDict()) expectClose(data, expected.state[name]!.data, 1e-4, name)
  })
})

describe('optimisers', () => {
  it.each([
    ['a negative rate', () => sgd({ lr: -1 }), /sgd: lr must be a number of at least 0, found -1/],
    ['a rate that is no number', () => adam({ lr: NaN }), /adam: lr .* found NaN/],
    ['a momentum of 1', () => sgd({ lr: 1, momentum: 1 }), /momentum must be at least 0 and below 1/],
    ['a beta of 1', () => adamW({ lr: 1, betas: [0.9, 1] }), /betas\[1\] must be at least 0 and below 1/],
    ['Nesterov without momentum', () => sgd({ lr: 1, nesterov: true }), /nesterov needs a momentum/],
    ['Nesterov with dampening', () => sgd({ lr: 1, momentum: 0.9, dampening: 0.1, nesterov: true }), /no dampening/],
    ['a bad rate in a group', () => rmsprop({ lr: 1, groups: [{ match: /bias/, lr: -2 }] }), /lr .* found -2/],
  ])('refuse %s where it is written', (_, make, message) => {
    expect(make).toThrow(message)
  })

  it('log their options, groups by the source of their pattern', () => {
    expect(adamW({ lr: 0.1, groups: [{ match: /bias$/, weightDecay: 0 }] }).options).toEqual({
      lr: 0.1,
      groups: [{ match: 'bias$', weightDecay: 0 }],
    })
  })
})

/** Options as recorded in JSON, with the patterns of groups made into expressions again. */
function withPatterns(options: Readonly<Record<string, unknown>>): object {
  const { groups, ...rest } = options as { readonly groups?: readonly { readonly match: string }[] }
  if (groups === undefined) return rest
  return { ...rest, groups: groups.map((group) => ({ ...group, match: new RegExp(group.match) })) }
}
