/** The five experiments. `millrace flow run flows/experiments.ts` trains each and registers the best. */
import type { Settings } from '../classifiers.ts'

export const experimentNames = ['mlp', 'cnn', 'cnn-batch-norm', 'cnn-augmented', 'three-blocks'] as const
export type ExperimentName = (typeof experimentNames)[number]

/** Of each the settings that a search (`config/search.ts`) found, rounded; README.md has what the searches came to. */
export const experiments: Readonly<Record<ExperimentName, Settings>> = {
  mlp: {
    network: 'mlp',
    hidden: [512, 256],
    dropout: 0.05,
    learningRate: 0.003,
    batchSize: 128,
    labelSmoothing: 0.1,
  },
  cnn: {
    network: 'fashion-cnn',
    batchNorm: false,
    dropout: 0.18,
    learningRate: 0.004,
    batchSize: 64,
    labelSmoothing: 0.1,
  },
  'cnn-batch-norm': {
    network: 'fashion-cnn',
    batchNorm: true,
    dropout: 0.1,
    learningRate: 0.0006,
    batchSize: 128,
    labelSmoothing: 0,
  },
  'cnn-augmented': {
    network: 'fashion-cnn',
    batchNorm: true,
    dropout: 0.01,
    learningRate: 0.0009,
    batchSize: 64,
    labelSmoothing: 0,
    shift: 0,
  },
  'three-blocks': {
    network: 'three-blocks',
    dropout: 0.01,
    learningRate: 0.0009,
    batchSize: 64,
    labelSmoothing: 0,
    shift: 0,
  },
}
