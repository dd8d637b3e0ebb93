/** Learned vectors for whole numbers. */
import { gather, type Tensor } from '../../tensor/index.ts'
import { normalFill } from '../initializers.ts'
import { Module, Parameter } from '../module.ts'

/** A row of `weight` [count, dimension] for each int64 index: [..] → [.., dimension]. Initially normal, as PyTorch's. */
export class Embedding extends Module {
  readonly weight: Parameter

  constructor(count: number, dimension: number) {
    super()
    this.weight = new Parameter([count, dimension], normalFill())
  }

  override forward(indices: Tensor): Tensor {
    return gather(this.weight, indices)
  }

  override options(): Readonly<Record<string, unknown>> {
    const [count, dimension] = this.weight.shape
    return { count, dimension }
  }
}
