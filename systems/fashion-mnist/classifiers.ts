/** From settings, as experiments have them and searches find them, to a classifier. */
import type { ImageClassifier } from 'millrace/model'
import { augmentation, preprocessing } from './images.ts'
import { fashionCnn, mlp, threeBlocks } from './networks.ts'

export interface Settings {
  readonly network: 'mlp' | 'fashion-cnn' | 'three-blocks'
  /** Units of the hidden layers, of the network `mlp` only. */
  readonly hidden?: readonly number[] | undefined
  /** Of the network `fashion-cnn` only; that of three blocks always has it. */
  readonly batchNorm?: boolean | undefined
  readonly dropout: number
  readonly learningRate: number
  readonly batchSize: number
  readonly labelSmoothing: number
  /** Images are mirrored and moved by up to so many pixels at random; undefined for neither. */
  readonly shift?: number | undefined
}

export interface Extent {
  readonly epochs: number
  /** The epochs after which the learning rate is 0: more than `epochs` where training may go on. Default: `epochs`. */
  readonly annealedOver?: number
  /** Fixes initial weights, the order of images, dropout and augmentation. */
  readonly seed: number
}

/** The learning rate falls along a cosine. */
export function classifierOf(
  settings: Settings,
  { epochs, annealedOver = epochs, seed }: Extent,
): ImageClassifier<object> {
  const { network, hidden, batchNorm, dropout, shift, ...optimization } = settings
  const training = {
    ...optimization,
    epochs,
    seed,
    schedule: { kind: 'cosine', epochs: annealedOver },
    preprocessing: preprocessing(),
    ...(shift !== undefined && { augmentation: augmentation(shift) }),
  } as const
  switch (network) {
    case 'mlp':
      return mlp.create({ network: { hidden: hidden && [...hidden], dropout }, training })
    case 'fashion-cnn':
      return fashionCnn.create({ network: { batchNorm, dropout }, training })
    case 'three-blocks':
      return threeBlocks.create({ network: { dropout }, training })
  }
}
