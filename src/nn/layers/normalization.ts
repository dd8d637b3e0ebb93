/** Layers that bring activations to mean 0 and variance 1. */
import {
  add,
  bufferValue,
  div,
  formatShape,
  isTraining,
  mul,
  shapeError,
  sqrt,
  standardize,
  sub,
  reshape,
  type Tensor,
  updateBuffer,
} from '../../tensor/index.ts'
import { constantFill } from '../initializers.ts'
import { Buffer, Module, Parameter } from '../module.ts'

export interface BatchNormOptions {
  /** Added to the variance. Default 1e-5. */
  readonly epsilon?: number
  /** How far the running statistics move at each step. Default 0.1. */
  readonly momentum?: number
}

/**
 * Standardises each feature over the batch (Ioffe and Szegedy 2015): [batch, features] → the same shape. While training
 * by the batch's own statistics, otherwise by the running ones, whose variance is the unbiased one as PyTorch's is.
 */
export class BatchNorm1d extends Module {
  readonly weight: Parameter
  readonly bias: Parameter
  readonly running_mean: Buffer
  readonly running_var: Buffer
  readonly #epsilon: number
  readonly #momentum: number

  constructor(features: number, { epsilon = 1e-5, momentum = 0.1 }: BatchNormOptions = {}) {
    super()
    this.weight = new Parameter([features], constantFill(1))
    this.bias = new Parameter([features], constantFill(0))
    this.running_mean = new Buffer([features], 0)
    this.running_var = new Buffer([features], 1)
    this.#epsilon = epsilon
    this.#momentum = momentum
  }

  /** @throws ShapeError when x is not [batch, features], or a training batch has one row only */
  override forward(x: Tensor): Tensor {
    const features = this.weight.shape[0]!
    if (x.shape.length !== 2 || x.shape[1] !== features) {
      throw shapeError(
        'BatchNorm1d',
        `expected an input ${formatShape(['batch', features])}, found ${formatShape(x.shape)}.`,
      )
    }
    return add(mul(isTraining() ? this.#byBatch(x) : this.#byRunning(x), this.weight), this.bias)
  }

  #byBatch(x: Tensor): Tensor {
    const rows = x.shape[0] as number
    if (rows < 2) {
      throw shapeError(
        'BatchNorm1d',
        'a training batch needs at least two rows. Choose another batch size, or dropLast.',
      )
    }
    const { normalized, mean, variance } = standardize(x, [0], this.#epsilon)
    // From the value so far, since a layer may be used twice in one step.
    const move = (running: Buffer, value: Tensor): void => {
      const kept = mul(bufferValue(running), 1 - this.#momentum)
      updateBuffer(running, add(kept, mul(reshape(value, running.shape), this.#momentum)))
    }
    move(this.running_mean, mean)
    move(this.running_var, mul(variance, rows / (rows - 1)))
    return normalized
  }

  #byRunning(x: Tensor): Tensor {
    return div(sub(x, this.running_mean), sqrt(add(this.running_var, this.#epsilon)))
  }

  /** PyTorch counts batches for a momentum of 1/count, which this layer does not have. */
  override foreignState(): readonly string[] {
    return ['num_batches_tracked']
  }

  override options(): Readonly<Record<string, unknown>> {
    return { features: this.weight.shape[0], epsilon: this.#epsilon, momentum: this.#momentum }
  }
}

/** Standardises each row over its last axis (Ba et al. 2016), then scales and shifts: [.., features] → the same shape. */
export class LayerNorm extends Module {
  readonly weight: Parameter
  readonly bias: Parameter
  readonly #epsilon: number

  constructor(features: number, { epsilon = 1e-5 }: { readonly epsilon?: number } = {}) {
    super()
    this.weight = new Parameter([features], constantFill(1))
    this.bias = new Parameter([features], constantFill(0))
    this.#epsilon = epsilon
  }

  /** @throws ShapeError when the last axis of x is not `features` */
  override forward(x: Tensor): Tensor {
    const features = this.weight.shape[0]!
    if (x.shape.at(-1) !== features) {
      throw shapeError('LayerNorm', `expected ${features} features in the last axis, found ${formatShape(x.shape)}.`)
    }
    return add(mul(standardize(x, [-1], this.#epsilon).normalized, this.weight), this.bias)
  }

  override options(): Readonly<Record<string, unknown>> {
    return { features: this.weight.shape[0], epsilon: this.#epsilon }
  }
}
