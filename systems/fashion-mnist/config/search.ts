/** What `flows/search.ts` tries out to find the settings of an experiment. */
import { asha, type Asha, choice, defineSearch, float, type Search, tpe, when } from 'millrace/search'
import type { Settings } from '../classifiers.ts'
import type { ExperimentName } from './experiments.ts'

interface Family {
  readonly network: Settings['network']
  readonly batchNorm: readonly boolean[]
  readonly shift: readonly (number | undefined)[]
}

/** What makes an experiment what it is; the search has the rest to choose. */
const families: Readonly<Record<ExperimentName, Family>> = {
  mlp: { network: 'mlp', batchNorm: [false], shift: [undefined] },
  cnn: { network: 'fashion-cnn', batchNorm: [false], shift: [undefined] },
  'cnn-batch-norm': { network: 'fashion-cnn', batchNorm: [true], shift: [undefined] },
  'cnn-augmented': { network: 'fashion-cnn', batchNorm: [false, true], shift: [0, 1, 2] },
  'three-blocks': { network: 'three-blocks', batchNorm: [true], shift: [undefined, 0, 1, 2] },
}

const spaceOf = ({ network, batchNorm, shift }: Family) => ({
  network: choice([network]),
  hidden: when('network', ['mlp'], choice([[256, 128], [512, 256], [512], [1024]])),
  batchNorm: when('network', ['fashion-cnn'], choice(batchNorm)),
  dropout: float(0, 0.5),
  learningRate: float(3e-4, 1e-2, { log: true }),
  batchSize: choice([64, 128]),
  labelSmoothing: choice([0, 0.05, 0.1]),
  shift: choice(shift),
})

export interface ExtentOfSearch {
  readonly experiment: ExperimentName
  readonly trials: number
  /** Epochs that every trial is trained for. */
  readonly minEpochs: number
  /** Epochs that the best trials are trained for at most. */
  readonly epochs: number
  readonly seed: number
}

/** The search by validation accuracy. */
export function searchOf({
  experiment,
  trials,
  minEpochs,
  epochs,
  seed,
}: ExtentOfSearch): Search<ReturnType<typeof spaceOf>, Asha> {
  return defineSearch({
    space: spaceOf(families[experiment]),
    sampler: tpe(),
    earlyStopping: asha({ minBudget: Math.min(minEpochs, epochs), maxBudget: epochs }),
    direction: 'maximize',
    metric: 'val_accuracy',
    trials,
    seed,
  })
}
