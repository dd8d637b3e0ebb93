/** Activation functions as modules, for use in `Sequential`. Each is a function of the tensor room. */
import {
  gelu,
  hardswish,
  leakyRelu,
  relu,
  relu6,
  sigmoid,
  silu,
  softmax,
  tanh,
  type Tensor,
} from '../../tensor/index.ts'
import { Module } from '../module.ts'

/** max(x, 0) */
export class ReLU extends Module {
  override forward(x: Tensor): Tensor {
    return relu(x)
  }
}

/** x for x ≥ 0, slope · x below. */
export class LeakyReLU extends Module {
  readonly slope: number

  constructor(slope = 0.01) {
    super()
    this.slope = slope
  }

  override forward(x: Tensor): Tensor {
    return leakyRelu(x, this.slope)
  }

  override options(): Readonly<Record<string, unknown>> {
    return { slope: this.slope }
  }
}

/** x · Φ(x), exactly or by the tanh formula. */
export class GELU extends Module {
  readonly approximate: 'none' | 'tanh'

  constructor(approximate: 'none' | 'tanh' = 'none') {
    super()
    this.approximate = approximate
  }

  override forward(x: Tensor): Tensor {
    return gelu(x, this.approximate)
  }

  override options(): Readonly<Record<string, unknown>> {
    return { approximate: this.approximate }
  }
}

/** x · sigmoid(x) */
export class SiLU extends Module {
  override forward(x: Tensor): Tensor {
    return silu(x)
  }
}

/** min(max(x, 0), 6) */
export class ReLU6 extends Module {
  override forward(x: Tensor): Tensor {
    return relu6(x)
  }
}

/** x · relu6(x + 3) / 6 */
export class Hardswish extends Module {
  override forward(x: Tensor): Tensor {
    return hardswish(x)
  }
}

/** Hyperbolic tangent. */
export class Tanh extends Module {
  override forward(x: Tensor): Tensor {
    return tanh(x)
  }
}

/** 1 / (1 + e⁻ˣ) */
export class Sigmoid extends Module {
  override forward(x: Tensor): Tensor {
    return sigmoid(x)
  }
}

/** Probabilities along `axis`. Losses take logits: put this behind the network only where it is served. */
export class Softmax extends Module {
  readonly axis: number

  constructor(axis = -1) {
    super()
    this.axis = axis
  }

  override forward(x: Tensor): Tensor {
    return softmax(x, this.axis)
  }

  override options(): Readonly<Record<string, unknown>> {
    return { axis: this.axis }
  }
}
