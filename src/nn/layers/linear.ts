/** The fully connected layer. */
import { add, formatShape, matmul, shapeError, type Tensor } from '../../tensor/index.ts'
import { type Initializer, Module, Parameter } from '../module.ts'
import { uniformByFanIn } from '../initializers.ts'

export interface LinearOptions {
  /** Whether a bias is added. Default true. */
  readonly bias?: boolean
  /** Initial weights. Default PyTorch's: uniform in ±1/√inFeatures. */
  readonly initializer?: Initializer
  /** Initial bias. Default PyTorch's: uniform in ±1/√inFeatures. */
  readonly biasInitializer?: Initializer
}

/** x · weightᵀ + bias: [.., inFeatures] → [.., outFeatures]. `weight` is [outFeatures, inFeatures]. */
export class Linear extends Module {
  readonly inFeatures: number
  readonly outFeatures: number
  readonly weight: Parameter
  readonly bias: Parameter | undefined

  constructor(inFeatures: number, outFeatures: number, options: LinearOptions = {}) {
    super()
    const standard = uniformByFanIn(inFeatures)
    const { bias = true, initializer = standard, biasInitializer = standard } = options
    this.inFeatures = inFeatures
    this.outFeatures = outFeatures
    this.weight = new Parameter([outFeatures, inFeatures], initializer)
    this.bias = bias ? new Parameter([outFeatures], biasInitializer) : undefined
  }

  /** @throws ShapeError when the last axis of x is not inFeatures */
  override forward(x: Tensor): Tensor {
    if (x.shape.at(-1) !== this.inFeatures || x.shape.length < 2) {
      const expected = formatShape(['batch', this.inFeatures])
      const layer = `[${this.inFeatures} → ${this.outFeatures}]`
      throw shapeError(
        'Linear',
        `expected an input ${expected} for ${layer}, found ${formatShape(x.shape)}. Check the sizes of this layer and the one before.`,
      )
    }
    const product = matmul(x, this.weight, { transposeB: true })
    return this.bias === undefined ? product : add(product, this.bias)
  }

  override options(): Readonly<Record<string, unknown>> {
    return { inFeatures: this.inFeatures, outFeatures: this.outFeatures, bias: this.bias !== undefined }
  }
}
