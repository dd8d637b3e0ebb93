/** Modules one after the other. */
import type { Tensor } from '../../tensor/index.ts'
import { Module } from '../module.ts'

/** Feeds each module's output to the next. Parts are named by position, `0.weight`, as in PyTorch. */
export class Sequential extends Module {
  constructor(...modules: readonly Module[]) {
    super()
    Object.assign(this, modules)
  }

  override forward(x: Tensor): Tensor {
    return this.modules().reduce((value, module) => module.forward(value), x)
  }

  /** The modules in order. */
  modules(): Module[] {
    return Object.values(this).filter((part) => part instanceof Module)
  }
}
