/** The five experiments. `millrace flow run flows/experiments.ts` trains each and registers the best. */
import type { ImageClassifier } from 'millrace/model'
import { augmentation, preprocessing } from '../images.ts'
import { fashionCnn, mlp, threeBlocks } from '../networks.ts'

/** What the flow decides for all experiments alike. */
export interface Shared {
  readonly epochs: number
  /** Fixes initial weights, the order of images, dropout and augmentation. */
  readonly seed: number
}

const cosine = { kind: 'cosine' } as const

export const experiments: Readonly<Record<string, (shared: Shared) => ImageClassifier<object>>> = {
  mlp: (shared) =>
    mlp.create({
      network: { hidden: [256, 128], dropout: 0.2 },
      training: { ...shared, preprocessing: preprocessing(), batchSize: 64, learningRate: 0.001 },
    }),
  cnn: (shared) =>
    fashionCnn.create({
      network: { batchNorm: false, dropout: 0.25 },
      training: { ...shared, preprocessing: preprocessing(), batchSize: 64, learningRate: 0.001 },
    }),
  'cnn-batch-norm': (shared) =>
    fashionCnn.create({
      network: { batchNorm: true, dropout: 0.4 },
      training: { ...shared, preprocessing: preprocessing(), batchSize: 64, learningRate: 0.001, schedule: cosine },
    }),
  'cnn-augmented': (shared) =>
    fashionCnn.create({
      network: { batchNorm: true, dropout: 0.25 },
      training: {
        ...shared,
        preprocessing: preprocessing({ normalize: 'measured' }),
        augmentation: augmentation({ normalize: 'measured' }),
        batchSize: 64,
        learningRate: 0.002,
        schedule: cosine,
        labelSmoothing: 0.05,
      },
    }),
  'three-blocks': (shared) =>
    threeBlocks.create({
      network: { dropout: 0.2 },
      training: {
        ...shared,
        preprocessing: preprocessing(),
        augmentation: augmentation(),
        batchSize: 128,
        learningRate: 0.003,
        schedule: cosine,
        labelSmoothing: 0.05,
      },
    }),
}
