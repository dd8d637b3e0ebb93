/** What `flows/search.ts` tries out. */
import type { ImageClassifier } from 'millrace/model'
import {
  asha,
  type Asha,
  choice,
  defineSearch,
  float,
  type ParametersOf,
  type Search,
  tpe,
  when,
} from 'millrace/search'
import { augmentation, preprocessing } from '../images.ts'
import { fashionCnn, threeBlocks } from '../networks.ts'
import type { Shared } from './experiments.ts'

const space = {
  network: choice(['fashion-cnn', 'three-blocks']),
  batchNorm: when('network', ['fashion-cnn'], choice([true, false])),
  dropout: float(0, 0.5),
  learningRate: float(3e-4, 1e-2, { log: true }),
  batchSize: choice([64, 128]),
  labelSmoothing: choice([0, 0.05, 0.1]),
  augmented: choice([true, false]),
}

export interface ExtentOfSearch {
  readonly trials: number
  /** Epochs of the trials that are trained furthest; all are trained for a ninth of it. */
  readonly epochs: number
  readonly seed: number
}

/** The search by validation accuracy. */
export function searchOf({ trials, epochs, seed }: ExtentOfSearch): Search<typeof space, Asha> {
  return defineSearch({
    space,
    sampler: tpe(),
    earlyStopping: asha({ minBudget: Math.ceil(epochs / 9), maxBudget: epochs }),
    direction: 'maximize',
    metric: 'val_accuracy',
    trials,
    seed,
  })
}

/** The classifier of a trial. */
export function classifierOf(parameters: ParametersOf<typeof space>, shared: Shared): ImageClassifier<object> {
  const { network, batchNorm, dropout, augmented, learningRate, batchSize, labelSmoothing } = parameters
  const training = {
    ...shared,
    learningRate,
    batchSize,
    labelSmoothing,
    preprocessing: preprocessing(),
    ...(augmented && { augmentation: augmentation() }),
  }
  return network === 'three-blocks'
    ? threeBlocks.create({ network: { dropout }, training })
    : fashionCnn.create({ network: { batchNorm, dropout }, training })
}
