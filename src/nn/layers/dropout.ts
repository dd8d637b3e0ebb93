/** Random omission, against overfitting. */
import { MillraceError } from '../../core/index.ts'
import { cast, greater, isTraining, mul, random, type Tensor } from '../../tensor/index.ts'
import { Module } from '../module.ts'

/** While training, sets each element to 0 with `probability` and scales the others up; otherwise the identity. */
export class Dropout extends Module {
  readonly probability: number

  /** @throws MillraceError INVALID_ARGUMENT for a probability outside [0, 1) */
  constructor(probability = 0.5) {
    super()
    if (!(probability >= 0 && probability < 1)) {
      throw new MillraceError(
        'INVALID_ARGUMENT',
        `Dropout: the probability must be at least 0 and below 1, found ${probability}.`,
      )
    }
    this.probability = probability
  }

  override forward(x: Tensor): Tensor {
    if (!isTraining() || this.probability === 0) return x
    const kept = cast(greater(random(x.shape), this.probability), x.dtype)
    return mul(x, mul(kept, 1 / (1 - this.probability)))
  }

  override options(): Readonly<Record<string, unknown>> {
    return { probability: this.probability }
  }
}
