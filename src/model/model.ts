/** The contract of every kind of model. */
import type { Table } from '../data/index.ts'
import type { EpochReport, TrainingResult, TrainOptions } from '../nn/index.ts'
import type { Frame, Learned } from './assemble.ts'
import type { ModelPackage } from './model-package.ts'

/** What a training may be given besides the model's own configuration. */
export interface ModelTrainOptions extends Pick<
  TrainOptions,
  'signal' | 'onEpoch' | 'onStep' | 'checkpoints' | 'resume' | 'threads' | 'keep' | 'validateEvery'
> {
  /** Rows that are not learned from: measured after each epoch, for early stopping and for keeping the best. */
  readonly validation?: Table
  /** Called after each epoch with a lower loss than all before (on the validation rows, if there are), with the model so far. */
  readonly onBest?: (model: ModelPackage, report: EpochReport) => void | Promise<void>
  /** Where the training rows come from, for the tracking. Default: unnamed, from memory. */
  readonly data?: TrainingData
}

export type Task = 'classification' | 'regression'

export interface TrainingData {
  readonly name: string
  readonly source: string
  /** Words that stood for missing values in the file. Kept with the model, so that other files are read alike. */
  readonly missing?: readonly string[]
}

/** What the configurations of all kinds have. */
export interface TabularConfig extends Readonly<Record<string, unknown>> {
  /** The column to predict. */
  readonly target: string
  /** The columns to learn from. Default: all others. */
  readonly features?: readonly string[] | undefined
  /** Epochs without a lower validation loss that are borne; needs validation rows. */
  readonly patience?: number | undefined
  readonly seed: number
}

/** A configured model. It can be trained; what that gives can predict. */
export interface Model<Config> {
  readonly kind: string
  readonly task: Task
  /** How often the rows will be gone through: epochs, or rounds of boosting. */
  readonly epochs: number
  /** The complete configuration, defaults filled in. */
  params(): Config
  /**
   * Looks at what `table` is to be learned from, before any work is done: whatever `train` would refuse, this refuses.
   *
   * @throws DataError for data that cannot be learned from, MillraceError INVALID_CONFIG for columns that are not there
   */
  check(table: Table): void
  /** @throws DataError for data that cannot be learned from, MillraceError INVALID_CONFIG for columns that are not there */
  train(table: Table, options?: ModelTrainOptions): Promise<TrainedModel>
}

export interface TrainedModel {
  readonly model: ModelPackage
  /** How the training went. A round of boosting counts as an epoch. */
  readonly training: TrainingResult
}

/** A kind of model: how to configure one, and how to make a saved one again in code. */
export interface ModelKind<Options, Config, L extends Learned = Learned> {
  readonly kind: string
  /** @throws MillraceError INVALID_CONFIG naming the key that is unknown or has a wrong value */
  create(options: Options): Model<Config>
  /** Preprocessor and what was learned, from a saved model. They assemble to the same ONNX bytes. */
  recreate(model: ModelPackage): Frame & L
}
