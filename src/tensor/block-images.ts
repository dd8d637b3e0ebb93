/** The pass that puts the channels of images into blocks, for the runtime's fastest kernels. */
import { topologicalOrder } from './graph.ts'
import { block, blockedConv2dRule, unblock } from './ops/blocks.ts'
import { batchNormRule, scaleShiftRule, sumByChannel } from './ops/channels.ts'
import { conv2dRule } from './ops/convolution.ts'
import * as elementwise from './ops/elementwise.ts'
import { maxPool2dRule } from './ops/pooling.ts'
import { equalRule, greaterRule, reluRule, whereRule } from './ops/select.ts'
import { concatRule, reshape, sum, sumRule } from './ops/shaping.ts'
import { madeBy, withInputs } from './rewrite.ts'
import { sameShape } from './shape.ts'
import { apply, type Tensor } from './tensor.ts'
import { insidePath } from './trace.ts'

/**
 * The graph of `roots` with convolutions, and what lies between them, on blocked images. Images go into blocks where the
 * first convolution wants them so and come out where something needs them plain. Run it before differentiation: the
 * gradients then are blocked as well.
 *
 * @param size channels of a block, as the processor has them
 */
export function blockImages(roots: readonly Tensor[], size: number): Tensor[] {
  const images = new Images(size)
  for (const tensor of topologicalOrder(roots)) {
    const { source } = tensor
    if (source.kind === 'operation') insidePath(source.module, () => images.translate(tensor))
    else images.keep(tensor, tensor)
  }
  return roots.map((root) => images.plain(root))
}

/** Operations on each element alone. */
const elementwiseRules: ReadonlySet<unknown> = new Set<unknown>([
  ...Object.values(elementwise).filter((each) => typeof each === 'object'),
  greaterRule,
  equalRule,
  whereRule,
  reluRule,
])

/** What stands for each tensor of the old graph: plain, in blocks, or both. */
class Images {
  readonly #size: number
  readonly #plain = new Map<Tensor, Tensor>()
  readonly #blocked = new Map<Tensor, Tensor>()

  constructor(size: number) {
    this.#size = size
  }

  keep(tensor: Tensor, plain: Tensor): void {
    this.#plain.set(tensor, plain)
  }

  translate(tensor: Tensor): void {
    const blocked = this.#convolution(tensor) ?? this.#following(tensor)
    if (blocked !== undefined) this.#blocked.set(tensor, blocked)
    else this.keep(tensor, this.#reduction(tensor) ?? this.#unchanged(tensor))
  }

  plain(tensor: Tensor): Tensor {
    const known = this.#plain.get(tensor)
    if (known !== undefined) return known
    const made = unblock(this.#blocked.get(tensor)!)
    this.#plain.set(tensor, made)
    return made
  }

  /** `tensor` in blocks. Where an image is one element high and wide, that is nothing but another shape. */
  #inBlocks(tensor: Tensor): Tensor {
    const known = this.#blocked.get(tensor)
    if (known !== undefined) return known
    const [batch, channels, height, width] = tensor.shape
    const plain = this.plain(tensor)
    const single = height === 1 && width === 1
    const made = single
      ? reshape(plain, [batch!, (channels as number) / this.#size, 1, 1, this.#size])
      : block(plain, this.#size)
    this.#blocked.set(tensor, made)
    return made
  }

  #unchanged(tensor: Tensor): Tensor {
    const { source } = tensor
    return source.kind === 'operation'
      ? withInputs(
          tensor,
          source.inputs.map((each) => this.plain(each)),
        )
      : tensor
  }

  #convolution(tensor: Tensor): Tensor | undefined {
    const convolution = madeBy(tensor, conv2dRule)
    if (convolution === undefined) return undefined
    const { groups, ...attributes } = convolution.attributes
    const [x, ...rest] = convolution.inputs as readonly [Tensor, ...Tensor[]]
    const channels = x.shape[1] as number
    const few = channels < this.#size
    if (groups !== 1 || !this.#divides(tensor) || !(few || channels % this.#size === 0)) return undefined
    const image = few ? this.plain(x) : this.#inBlocks(x)
    const operands = [image, ...rest.map((each) => this.plain(each))]
    return apply(blockedConv2dRule, operands, { ...attributes, adjoint: false, size: this.#size })
  }

  /** Other operations, where an operand is in blocks already. */
  #following(tensor: Tensor): Tensor | undefined {
    const { source } = tensor
    if (source.kind !== 'operation' || !this.#divides(tensor)) return undefined
    if (!source.inputs.some((each) => this.#blocked.has(each))) return undefined
    const inputs = this.#operandsInBlocks(tensor)
    return inputs === undefined ? undefined : withInputs(tensor, inputs)
  }

  #operandsInBlocks(tensor: Tensor): Tensor[] | undefined {
    const { source } = tensor
    if (source.kind !== 'operation') return undefined
    const { rule, inputs } = source
    const byChannel = [maxPool2dRule, scaleShiftRule, batchNormRule].some((each) => (each as unknown) === rule)
    const joined = madeBy(tensor, concatRule)?.attributes.axis === 1
    if (!byChannel && !joined && !elementwiseRules.has(rule)) return undefined
    const operands = inputs.map((each) => {
      if (each.shape.length === 0 || (byChannel && each.shape.length === 1)) return this.plain(each)
      return this.#fitsBlocks(each, joined ? undefined : tensor) ? this.#inBlocks(each) : undefined
    })
    return operands.every((each) => each !== undefined) ? operands : undefined
  }

  /** Whether `operand` can be in blocks beside others of the shape of `result`, by broadcasting at most over height and width. */
  #fitsBlocks(operand: Tensor, result: Tensor | undefined): boolean {
    if (!this.#divides(operand)) return false
    if (this.#blocked.has(operand) || result === undefined) return true
    const { shape } = operand
    const single = shape[2] === 1 && shape[3] === 1 && shape[1] === result.shape[1]
    return operand.dtype === 'float32' && (single || sameShape(shape, result.shape))
  }

  /** Sums over height and width, with or without the batch. */
  #reduction(tensor: Tensor): Tensor | undefined {
    const reduction = madeBy(tensor, sumRule)
    const [x] = reduction?.inputs ?? []
    const blocked = x === undefined ? undefined : this.#blocked.get(x)
    if (reduction === undefined || blocked === undefined) return undefined
    const axes = reduction.attributes.axes.join()
    if (axes === '0,2,3') return reshape(sumByChannel(blocked), tensor.shape)
    if (axes === '2,3') return reshape(sum(blocked, { axes: [2, 3] }), tensor.shape)
    return undefined
  }

  #divides({ shape }: Tensor): boolean {
    const channels = shape[1]
    return shape.length === 4 && typeof channels === 'number' && channels % this.#size === 0
  }
}
