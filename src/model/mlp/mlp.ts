/** The multilayer perceptron: fully connected layers with an activation between them. */
import {
  BatchNorm1d,
  constantFill,
  Dropout,
  GELU,
  LayerNorm,
  LeakyReLU,
  Linear,
  Module,
  ReLU,
  Sequential,
  Sigmoid,
  SiLU,
  Tanh,
  xavierUniform,
} from '../../nn/index.ts'
import type { Tensor } from '../../tensor/index.ts'
import type { activations } from './mlp-config.ts'

export interface MlpShape {
  readonly hidden: readonly number[]
  readonly activation: (typeof activations)[number]
  readonly initializer: 'torch' | 'xavier'
  readonly dropout: number
  readonly normalization: 'none' | 'batch' | 'layer'
}

const activationOf: { readonly [A in MlpShape['activation']]: () => Module } = {
  relu: () => new ReLU(),
  leakyRelu: () => new LeakyReLU(),
  gelu: () => new GELU(),
  silu: () => new SiLU(),
  tanh: () => new Tanh(),
  sigmoid: () => new Sigmoid(),
}

/** [batch, inputs] → [batch, outputs], without an activation at the end. Parameters are named `layers.0.weight`, … */
export class Mlp extends Module {
  readonly layers: Sequential

  constructor(inputs: number, outputs: number, { hidden, activation, initializer, dropout, normalization }: MlpShape) {
    super()
    const linear = (from: number, to: number): Linear =>
      initializer === 'torch'
        ? new Linear(from, to)
        : new Linear(from, to, { initializer: xavierUniform(from, to), biasInitializer: constantFill(0) })
    const widths = [inputs, ...hidden]
    const blocks = hidden.flatMap((width, i) => [
      linear(widths[i]!, width),
      ...(normalization === 'batch'
        ? [new BatchNorm1d(width)]
        : normalization === 'layer'
          ? [new LayerNorm(width)]
          : []),
      activationOf[activation](),
      ...(dropout > 0 ? [new Dropout(dropout)] : []),
    ])
    this.layers = new Sequential(...blocks, linear(widths.at(-1)!, outputs))
  }

  override forward(x: Tensor): Tensor {
    return this.layers.forward(x)
  }
}
