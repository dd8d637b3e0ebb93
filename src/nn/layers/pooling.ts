/** Pooling of images [batch, channels, height, width], as modules. */
import {
  adaptiveAvgPool2d,
  avgPool2d,
  type AvgPoolOptions,
  maxPool2d,
  type MaxPoolOptions,
  type Pair,
  type Tensor,
} from '../../tensor/index.ts'
import { Module } from '../module.ts'

/** The largest element of each window; windows lie side by side unless `stride` says otherwise. */
export class MaxPool2d extends Module {
  readonly #kernelSize: number | Pair
  readonly #options: MaxPoolOptions

  constructor(kernelSize: number | Pair, options: MaxPoolOptions = {}) {
    super()
    this.#kernelSize = kernelSize
    this.#options = options
  }

  override forward(x: Tensor): Tensor {
    return maxPool2d(x, this.#kernelSize, this.#options)
  }

  override options(): Readonly<Record<string, unknown>> {
    return { kernelSize: this.#kernelSize, ...this.#options }
  }
}

/** The mean of each window; windows lie side by side unless `stride` says otherwise. */
export class AvgPool2d extends Module {
  readonly #kernelSize: number | Pair
  readonly #options: AvgPoolOptions

  constructor(kernelSize: number | Pair, options: AvgPoolOptions = {}) {
    super()
    this.#kernelSize = kernelSize
    this.#options = options
  }

  override forward(x: Tensor): Tensor {
    return avgPool2d(x, this.#kernelSize, this.#options)
  }

  override options(): Readonly<Record<string, unknown>> {
    return { kernelSize: this.#kernelSize, ...this.#options }
  }
}

/** Means over windows that make an image of `outputSize`, whatever the size of the input. */
export class AdaptiveAvgPool2d extends Module {
  readonly outputSize: number | Pair

  constructor(outputSize: number | Pair) {
    super()
    this.outputSize = outputSize
  }

  override forward(x: Tensor): Tensor {
    return adaptiveAvgPool2d(x, this.outputSize)
  }

  override options(): Readonly<Record<string, unknown>> {
    return { outputSize: this.outputSize }
  }
}
