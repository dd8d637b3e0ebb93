/** Modules that only move elements. */
import { flatten, padImage, type Tensor } from '../../tensor/index.ts'
import { Module } from '../module.ts'

/** All axes but the first made one: [batch, channels, height, width] → [batch, channels · height · width]. */
export class Flatten extends Module {
  override forward(x: Tensor): Tensor {
    return flatten(x)
  }
}

/** Zeros around images; four numbers are left, right, top and bottom, as torch.nn.ZeroPad2d orders them. */
export class ZeroPad2d extends Module {
  readonly padding: number | readonly [left: number, right: number, top: number, bottom: number]

  constructor(padding: number | readonly [left: number, right: number, top: number, bottom: number]) {
    super()
    this.padding = padding
  }

  override forward(x: Tensor): Tensor {
    const { padding } = this
    const [left, right, top, bottom] =
      typeof padding === 'number' ? ([padding, padding, padding, padding] as const) : padding
    return padImage(x, [top, left, bottom, right])
  }

  override options(): Readonly<Record<string, unknown>> {
    return { padding: this.padding }
  }
}
