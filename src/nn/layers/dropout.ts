/** Random omission, against overfitting. */
import { MillraceError } from '../../core/index.ts'
import {
  cast,
  formatShape,
  greater,
  isTraining,
  mul,
  random,
  type Shape,
  shapeError,
  type Tensor,
} from '../../tensor/index.ts'
import { Module } from '../module.ts'

/** Sets numbers to 0 at random; subclasses say how many random numbers there are for a tensor. */
abstract class RandomOmission extends Module {
  readonly probability: number

  /** @throws MillraceError INVALID_ARGUMENT for a probability outside [0, 1) */
  constructor(probability = 0.5) {
    super()
    if (!(probability >= 0 && probability < 1)) {
      throw new MillraceError(
        'INVALID_ARGUMENT',
        `${new.target.name}: the probability must be at least 0 and below 1, found ${probability}.`,
      )
    }
    this.probability = probability
  }

  /** The shape of the random numbers for x, which broadcasts to that of x. */
  protected abstract noiseShape(x: Tensor): Shape

  override forward(x: Tensor): Tensor {
    if (!isTraining() || this.probability === 0) return x
    const kept = cast(greater(random(this.noiseShape(x)), this.probability), x.dtype)
    return mul(x, mul(kept, 1 / (1 - this.probability)))
  }

  override options(): Readonly<Record<string, unknown>> {
    return { probability: this.probability }
  }
}

/** While training, sets each element to 0 with `probability` and scales the others up; otherwise the identity. */
export class Dropout extends RandomOmission {
  protected override noiseShape(x: Tensor): Shape {
    return x.shape
  }
}

/** As `Dropout`, but for whole channels of images [batch, channels, height, width] (Tompson et al. 2015). */
export class Dropout2d extends RandomOmission {
  /** @throws ShapeError when x is no image */
  protected override noiseShape(x: Tensor): Shape {
    if (x.shape.length !== 4) {
      throw shapeError('Dropout2d', `expected images [batch, channels, height, width], found ${formatShape(x.shape)}.`)
    }
    return [...x.shape.slice(0, 2), 1, 1]
  }
}
