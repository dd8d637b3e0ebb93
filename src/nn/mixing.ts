/**
 * Mixed augmentation: each row of a training batch is mixed with the one before it, and the loss with it. Formulas and
 * choices are those of torchvision's MixUp and CutMix; draws come from the training's seed.
 */
import { MillraceError, type Random } from '../core/index.ts'
import { formatShape, type TensorData } from '../tensor/index.ts'
import type { Field, FieldType } from './dataset.ts'
import type { Program } from './program.ts'

/** A way to mix rows, with the name and options that it is logged under. */
export interface Mixing {
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
  /** Mixes the rows of a batch in place, each with the one before (the first with the last), and returns the share of its own. */
  mix(inputs: readonly Field[], random: Random): number
}

export interface MixingOptions {
  /** Parameter of the Beta distribution of shares: small ones keep rows nearly whole. Default 1: any share alike. */
  readonly alpha?: number
}

/**
 * Sums of two rows by their shares (Zhang et al. 2018, arXiv 1710.09412): λ · row + (1 − λ) · other, with one λ a batch.
 *
 * @throws MillraceError INVALID_ARGUMENT for an alpha of 0 or less
 */
export function mixup({ alpha = 1 }: MixingOptions = {}): Mixing {
  checkAlpha('mixup', alpha)
  return {
    name: 'mixup',
    options: { alpha },
    mix(inputs, random) {
      // What the graph is told is a float32, and what is mixed has to agree with it.
      const share = Math.fround(beta(random, alpha))
      for (const field of inputs) {
        combineRows(floatsOf('mixup', field), field.shape[0]!, (own, other) => share * own + (1 - share) * other)
      }
      return share
    },
  }
}

/**
 * Rows with a rectangle of another (Yun et al. 2019, arXiv 1905.04899), for images [batch, channels, height, width]: its
 * area is 1 − λ of the image where it does not reach over the edge, and its place the same in the whole batch.
 *
 * @throws MillraceError INVALID_ARGUMENT for an alpha of 0 or less
 */
export function cutmix({ alpha = 1 }: MixingOptions = {}): Mixing {
  checkAlpha('cutmix', alpha)
  return {
    name: 'cutmix',
    options: { alpha },
    mix(inputs, random) {
      const [height, width] = imageSize(inputs)
      const half = 0.5 * Math.sqrt(1 - beta(random, alpha))
      const [x, y] = [random.integer(width), random.integer(height)]
      const range = (center: number, size: number): readonly [number, number] => {
        const reach = Math.trunc(half * size)
        return [Math.max(center - reach, 0), Math.min(center + reach, size)]
      }
      const [left, right] = range(x, width)
      const [top, bottom] = range(y, height)
      for (const field of inputs) {
        combineRows(floatsOf('cutmix', field), field.shape[0]!, (own, other, i) => {
          const [row, column] = [Math.floor(i / width) % height, i % width]
          return row >= top && row < bottom && column >= left && column < right ? other : own
        })
      }
      return 1 - ((right - left) * (bottom - top)) / (width * height)
    },
  }
}

/** One of several ways for each batch, each as likely. @throws MillraceError INVALID_ARGUMENT when there is none */
export function mixingChoice(...ways: readonly Mixing[]): Mixing {
  if (ways.length === 0) throw new MillraceError('INVALID_ARGUMENT', 'mixingChoice: needs at least one way to choose.')
  return {
    name: 'choice',
    options: { ways: ways.map(({ name, options }) => [name, options]) },
    mix: (inputs, random) => ways[random.integer(ways.length)]!.mix(inputs, random),
  }
}

/** Mixes the rows of a program's batch, and notes in it the targets and the share that its loss is to go by. */
export function mixBatch(
  mixing: Mixing,
  { batch: { inputs, target }, mixed }: Pick<Program, 'batch' | 'mixed'>,
  types: readonly FieldType[],
  random: Random,
): void {
  if (mixed === undefined) return
  const width = types[0]!.shape.reduce((product, size) => product * size, 1)
  const rowCount = inputs[0]!.length / width
  mixed.partner.set(target as never) // the two are of one type
  moveRowsDown(mixed.partner, rowCount)
  mixed.share[0] = mixing.mix(
    inputs.map((data, i) => ({ data, shape: [rowCount, ...types[i]!.shape] })),
    random,
  )
}

/** Each of `rowCount` rows takes the place of the next one, the last that of the first. */
function moveRowsDown(data: TensorData, rowCount: number): void {
  const width = data.length / rowCount
  const last = data.slice(data.length - width)
  data.copyWithin(width, 0, data.length - width)
  data.set(last as never) // a part of the same array
}

/** Each number becomes what `combine` makes of it and of the one at its place, `i`, in the row before. */
function combineRows(
  data: Float32Array,
  rowCount: number,
  combine: (own: number, other: number, i: number) => number,
): void {
  const width = data.length / rowCount
  const before = data.slice()
  moveRowsDown(before, rowCount)
  for (let at = 0; at < data.length; at++) data[at] = combine(data[at]!, before[at]!, at % width)
}

function floatsOf(name: string, { data }: Field): Float32Array {
  if (data instanceof Float32Array) return data
  throw new MillraceError('INVALID_ARGUMENT', `${name}: only float32 inputs can be mixed. Leave mixing out.`)
}

function imageSize(inputs: readonly Field[]): readonly [number, number] {
  const other = inputs.find(({ shape }) => shape.length !== 4)
  if (other === undefined) return inputs[0]!.shape.slice(2) as unknown as readonly [number, number]
  throw new MillraceError(
    'INVALID_ARGUMENT',
    `cutmix: expected images [batch, channels, height, width], found ${formatShape(other.shape)}. Use mixup.`,
  )
}

function checkAlpha(name: string, alpha: number): void {
  if (alpha > 0 && alpha < Infinity) return
  throw new MillraceError('INVALID_ARGUMENT', `${name}: alpha must be above 0, found ${alpha}.`)
}

/** A number of the distribution Beta(α, α). */
function beta(random: Random, alpha: number): number {
  const [a, b] = [gamma(random, alpha), gamma(random, alpha)]
  return a + b > 0 ? a / (a + b) : random.integer(2)
}

/** A number of the distribution Gamma(shape, 1): Marsaglia and Tsang 2000, with their step for shapes below 1. */
function gamma(random: Random, shape: number): number {
  if (shape < 1) return gamma(random, shape + 1) * random.uniform() ** (1 / shape)
  const d = shape - 1 / 3
  for (;;) {
    const x = random.normal()
    const v = (1 + x / Math.sqrt(9 * d)) ** 3
    if (v > 0 && Math.log(1 - random.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v
  }
}
