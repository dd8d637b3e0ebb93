/** Layers that bring activations to mean 0 and variance 1. */
import { MillraceError } from '../../core/index.ts'
import {
  add,
  batchNorm,
  bufferValue,
  div,
  flatten,
  formatShape,
  isTraining,
  mul,
  type Shape,
  scaleShift,
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

/** What both batch norms have; subclasses say what shapes they take. */
abstract class BatchNorm extends Module {
  readonly weight: Parameter
  readonly bias: Parameter
  readonly running_mean: Buffer
  readonly running_var: Buffer
  readonly #expected: Shape
  readonly #epsilon: number
  readonly #momentum: number

  /** @param expected the shape of inputs; the second axis is that of the features */
  constructor(expected: Shape, features: number, { epsilon = 1e-5, momentum = 0.1 }: BatchNormOptions) {
    super()
    this.weight = new Parameter([features], constantFill(1))
    this.bias = new Parameter([features], constantFill(0))
    this.running_mean = new Buffer([features], 0)
    this.running_var = new Buffer([features], 1)
    this.#expected = expected
    this.#epsilon = epsilon
    this.#momentum = momentum
  }

  /** @throws ShapeError when x has another shape, or a training batch has one value a feature only */
  override forward(x: Tensor): Tensor {
    if (x.shape.length !== this.#expected.length || x.shape[1] !== this.weight.shape[0]) {
      throw shapeError(
        this.constructor.name,
        `expected an input ${formatShape(this.#expected)}, found ${formatShape(x.shape)}.`,
      )
    }
    return isTraining() ? this.#byBatch(x) : this.#byRunning(x)
  }

  #byBatch(x: Tensor): Tensor {
    const count = x.shape.reduce<number>((product, size, axis) => (axis === 1 ? product : product * Number(size)), 1)
    if (count < 2) {
      throw shapeError(
        this.constructor.name,
        'a training batch needs at least two rows. Choose another batch size, or dropLast.',
      )
    }
    const { normalized, mean, variance } = batchNorm(x, this.weight, this.bias, this.#epsilon)
    // From the value so far, since a layer may be used twice in one step.
    const move = (running: Buffer, value: Tensor): void => {
      const kept = mul(bufferValue(running), 1 - this.#momentum)
      updateBuffer(running, add(kept, mul(value, this.#momentum)))
    }
    move(this.running_mean, mean)
    move(this.running_var, mul(variance, count / (count - 1)))
    return normalized
  }

  #byRunning(x: Tensor): Tensor {
    const scale = div(this.weight, sqrt(add(this.running_var, this.#epsilon)))
    return scaleShift(x, scale, sub(this.bias, mul(this.running_mean, scale)))
  }

  /** PyTorch counts batches for a momentum of 1/count, which this layer does not have. */
  override foreignState(): readonly string[] {
    return ['num_batches_tracked']
  }

  override options(): Readonly<Record<string, unknown>> {
    return { features: this.weight.shape[0], epsilon: this.#epsilon, momentum: this.#momentum }
  }
}

/**
 * Standardises each feature over the batch (Ioffe and Szegedy 2015): [batch, features] → the same shape. While training
 * by the batch's own statistics, otherwise by the running ones, whose variance is the unbiased one as PyTorch's is.
 */
export class BatchNorm1d extends BatchNorm {
  constructor(features: number, options: BatchNormOptions = {}) {
    super(['batch', features], features, options)
  }
}

/** As `BatchNorm1d`, for each channel of images [batch, features, height, width] over batch, height and width. */
export class BatchNorm2d extends BatchNorm {
  constructor(features: number, options: BatchNormOptions = {}) {
    super(['batch', features, 'height', 'width'], features, options)
  }
}

/**
 * Standardises each image over groups of its channels (Wu and He 2018), then scales and shifts each channel:
 * [batch, channels, ..] → the same shape.
 */
export class GroupNorm extends Module {
  readonly groups: number
  readonly weight: Parameter
  readonly bias: Parameter
  readonly #epsilon: number

  /** @throws MillraceError INVALID_ARGUMENT when the channels do not divide into the groups */
  constructor(groups: number, channels: number, { epsilon = 1e-5 }: { readonly epsilon?: number } = {}) {
    super()
    if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0) {
      throw new MillraceError('INVALID_ARGUMENT', `GroupNorm: ${channels} channels make no ${groups} groups.`)
    }
    this.groups = groups
    this.weight = new Parameter([channels], constantFill(1))
    this.bias = new Parameter([channels], constantFill(0))
    this.#epsilon = epsilon
  }

  /** @throws ShapeError when x has other channels, or sizes behind them that are not known before the run */
  override forward(x: Tensor): Tensor {
    const channels = this.weight.shape[0]!
    if (x.shape[1] !== channels) {
      throw shapeError('GroupNorm', `expected ${channels} channels in the second axis, found ${formatShape(x.shape)}.`)
    }
    const grouped = flatten(reshape(x, [x.shape[0]!, this.groups, channels / this.groups, ...x.shape.slice(2)]), 2)
    const normalized = reshape(standardize(grouped, [2], this.#epsilon).normalized, x.shape)
    const [scale, shift] = [this.weight, this.bias].map((values) => alongChannels(values, x.shape.length))
    return add(mul(normalized, scale!), shift!)
  }

  override options(): Readonly<Record<string, unknown>> {
    return { groups: this.groups, channels: this.weight.shape[0], epsilon: this.#epsilon }
  }
}

/** [channels] → [channels, 1, ..], which broadcasts along the second of `rank` axes. */
function alongChannels(values: Tensor, rank: number): Tensor {
  return reshape(values, [values.shape[0]!, ...Array<number>(rank - 2).fill(1)])
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
