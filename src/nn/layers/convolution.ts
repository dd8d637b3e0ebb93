/** Convolutions of images [batch, channels, height, width]. */
import { MillraceError } from '../../core/index.ts'
import { conv2d, convTranspose2d, type Pair, type Tensor } from '../../tensor/index.ts'
import { uniformByFanIn } from '../initializers.ts'
import { type Initializer, Module, Parameter } from '../module.ts'

interface SharedOptions {
  /** Default 1. */
  readonly stride?: number | Pair
  /** Distance between the taps of the kernel. Default 1. */
  readonly dilation?: number | Pair
  /** Into how many groups the channels are divided; as many as input channels make it depthwise. Default 1. */
  readonly groups?: number
  /** Whether a bias is added. Default true. */
  readonly bias?: boolean
  /** Initial weights. Default PyTorch's: uniform in ±1/√fan-in. */
  readonly initializer?: Initializer
}

export interface Conv2dOptions extends SharedOptions {
  /** Zeros on either side, or 'same' for an image of the same size (stride 1 only). Default 0. */
  readonly padding?: number | Pair | 'same' | 'valid'
}

export interface ConvTranspose2dOptions extends SharedOptions {
  /** Rows and columns taken off on either side. Default 0. */
  readonly padding?: number | Pair
  /** Rows and columns added at the bottom and on the right, fewer than the stride. Default 0. */
  readonly outputPadding?: number | Pair
}

/** What both directions have: the weight, the bias and what they were made with. */
abstract class Convolution<Options extends SharedOptions> extends Module {
  readonly inChannels: number
  readonly outChannels: number
  readonly weight: Parameter
  readonly bias: Parameter | undefined
  protected readonly given: Options
  readonly #kernelSize: number | Pair

  constructor(
    [inChannels, outChannels]: Pair,
    kernelSize: number | Pair,
    given: Options,
    [rows, perGroup]: readonly [number, number],
  ) {
    super()
    const { groups = 1 } = given
    if ([inChannels, outChannels].some((channels) => channels % groups !== 0)) {
      throw new MillraceError(
        'INVALID_ARGUMENT',
        `${new.target.name}: ${inChannels} channels in and ${outChannels} out do not both divide into ${groups} groups.`,
      )
    }
    const kernel = typeof kernelSize === 'number' ? [kernelSize, kernelSize] : kernelSize
    // PyTorch counts the fan-in of both directions along the second axis of the weight.
    const standard = uniformByFanIn(kernel.reduce((product, size) => product * size, perGroup))
    this.inChannels = inChannels
    this.outChannels = outChannels
    this.weight = new Parameter([rows, perGroup, ...kernel], given.initializer ?? standard)
    this.bias = given.bias === false ? undefined : new Parameter([outChannels], standard)
    this.given = given
    this.#kernelSize = kernelSize
  }

  /** What the operation takes besides image and weight. */
  protected operands(): Omit<Options, 'bias' | 'initializer'> & { readonly bias?: Tensor } {
    const { bias: _bias, initializer: _initializer, ...rest } = this.given
    return this.bias === undefined ? rest : { ...rest, bias: this.bias }
  }

  override options(): Readonly<Record<string, unknown>> {
    const { initializer: _, ...rest } = this.given
    const { inChannels, outChannels } = this
    return { inChannels, outChannels, kernelSize: this.#kernelSize, ...rest, bias: this.bias !== undefined }
  }
}

/**
 * Convolution, as torch.nn.Conv2d: [batch, inChannels, height, width] → [batch, outChannels, ..]. `weight` is
 * [outChannels, inChannels / groups, height, width] of the kernel.
 */
export class Conv2d extends Convolution<Conv2dOptions> {
  /** @throws MillraceError INVALID_ARGUMENT for sizes that make no weight, or channels that make no such groups */
  constructor(inChannels: number, outChannels: number, kernelSize: number | Pair, options: Conv2dOptions = {}) {
    super([inChannels, outChannels], kernelSize, options, [outChannels, inChannels / (options.groups ?? 1)])
  }

  /** @throws ShapeError when x has other channels, or no room for the kernel */
  override forward(x: Tensor): Tensor {
    return conv2d(x, this.weight, this.operands())
  }
}

/**
 * Transposed convolution, as torch.nn.ConvTranspose2d: what `Conv2d` does to gradients. `weight` is
 * [inChannels, outChannels / groups, height, width] of the kernel.
 */
export class ConvTranspose2d extends Convolution<ConvTranspose2dOptions> {
  /** @throws MillraceError INVALID_ARGUMENT for sizes that make no weight, or channels that make no such groups */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: number | Pair,
    options: ConvTranspose2dOptions = {},
  ) {
    super([inChannels, outChannels], kernelSize, options, [inChannels, outChannels / (options.groups ?? 1)])
  }

  /** @throws ShapeError when x has other channels */
  override forward(x: Tensor): Tensor {
    return convTranspose2d(x, this.weight, this.operands())
  }
}
