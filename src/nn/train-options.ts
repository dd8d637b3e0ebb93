/** What a training can be told and what it tells: options, reports, result. */
import { MillraceError } from '../core/index.ts'
import { formatShape } from '../tensor/index.ts'
import type { Dataset } from './dataset.ts'
import type { Loss } from './losses.ts'
import type { Mixing } from './mixing.ts'
import type { Module } from './module.ts'
import type { Optimizer } from './optimizers.ts'
import type { BatchMetric } from './program.ts'
import type { Schedule } from './schedules.ts'

export interface TrainOptions {
  readonly loss: Loss
  readonly optimizer: Optimizer
  readonly epochs: number
  /** Default 32. */
  readonly batchSize?: number
  /** Fixes initial weights, order of rows, dropout and mixing. Default 0. */
  readonly seed?: number
  /** Measured after each epoch, and what `earlyStopping` and `keep: 'best'` go by. */
  readonly validation?: Dataset
  /** Measures the validation data after every so many epochs, and after the last. Patience counts measurements then. Default 1. */
  readonly validateEvery?: number
  /** Watched on the validation data, or on the training batches where there is none. */
  readonly metrics?: Readonly<Record<string, BatchMetric>>
  readonly schedule?: Schedule
  /** How rows of training batches are mixed with each other, such as `mixup()`. Default: not at all. */
  readonly mixing?: Mixing
  /** Scales the gradients of a step down to this norm at most. Default: no limit. */
  readonly clipNorm?: number
  /** Stops after this many epochs without a lower loss than the best by more than `minDelta`. */
  readonly earlyStopping?: { readonly patience: number; readonly minDelta?: number }
  /** Which weights the module holds in the end. Default 'best' with validation, else 'last'. */
  readonly keep?: 'best' | 'last'
  /** Default true. */
  readonly shuffle?: boolean
  /** Leaves out a last batch that is not full. Default false. */
  readonly dropLast?: boolean
  /** Threads for one operator. Results are the same for 1 and 2. Default 1: more pays off for large layers only. */
  readonly threads?: number
  /** A folder for `last.safetensors` and `best.safetensors`, written after each epoch and on interruption. */
  readonly checkpoints?: string
  /** Goes on from `last.safetensors` in `checkpoints`, if there is one. Default false. */
  readonly resume?: boolean
  /** Ends the training after the step under way; what was reached is kept. */
  readonly signal?: AbortSignal
  readonly onEpoch?: (report: EpochReport) => void | Promise<void>
  /** Called before `onEpoch` after each epoch with a lower loss than all before, while the module has its weights. */
  readonly onBest?: (report: EpochReport) => void | Promise<void>
  readonly onStep?: (report: StepReport) => void
}

export interface EpochReport {
  /** Counted from 1. */
  readonly epoch: number
  readonly epochs: number
  readonly trainLoss: number
  readonly validationLoss?: number
  readonly metrics: Readonly<Record<string, number>>
  /** The learning-rate factor the epoch ended with. */
  readonly rateFactor: number
  readonly rowsPerSecond: number
}

/** The metrics of an epoch under the names they are logged by. */
export function metricsOf({ trainLoss, validationLoss, metrics }: EpochReport): Record<string, number> {
  return { train_loss: trainLoss, ...(validationLoss === undefined ? {} : { val_loss: validationLoss }), ...metrics }
}

export interface StepReport {
  /** Counted from 1, over all epochs. */
  readonly step: number
  /** Rows of the step's batch. */
  readonly rows: number
  readonly epoch: number
  readonly epochs: number
  readonly stepsPerEpoch: number
  readonly loss: number
}

export interface TrainingResult {
  readonly history: readonly EpochReport[]
  /** The epoch with the lowest monitored loss, counted from 1; 0 when none was finished. */
  readonly bestEpoch: number
  readonly bestLoss: number
  readonly steps: number
  readonly ended: 'finished' | 'stopped early' | 'interrupted'
}

/** The options of a training as the flat parameters that runs are logged with. */
export function describeTraining(
  module: Module,
  dataset: Dataset,
  options: TrainOptions,
): Record<string, string | number | boolean> {
  const { optimizer, loss, schedule, mixing, epochs, batchSize = 32, seed = 0, clipNorm, earlyStopping } = options
  const { validateEvery = 1 } = options
  return {
    module: module.constructor.name,
    parameter_count: module.parameterCount(),
    train_rows: dataset.rowCount,
    epochs,
    batch_size: batchSize,
    seed,
    ...dataset.parameters,
    ...Object.fromEntries([
      ...named('optimizer', optimizer),
      ...named('loss', loss),
      ...(schedule === undefined ? [] : named('schedule', schedule)),
      ...(mixing === undefined ? [] : named('mixing', mixing)),
    ]),
    ...(clipNorm === undefined ? {} : { clip_norm: clipNorm }),
    ...(earlyStopping === undefined ? {} : { early_stopping_patience: earlyStopping.patience }),
    ...(validateEvery === 1 ? {} : { validate_every: validateEvery }),
  }
}

/** What has to be the same for a training to go on from a checkpoint, by option; with defaults filled in. */
export function fingerprintOf(
  dataset: Dataset,
  { optimizer, loss, seed = 0, shuffle = true, dropLast = false, clipNorm, mixing }: TrainOptions,
  { batchSize, schedule }: { readonly batchSize: number; readonly schedule: Schedule },
): Readonly<Record<string, string>> {
  return {
    optimizer: JSON.stringify([optimizer.name, optimizer.options]),
    schedule: JSON.stringify([schedule.name, schedule.options]),
    loss: JSON.stringify([loss.name, loss.options]),
    seed: String(seed),
    rows: String(dataset.rowCount),
    data: JSON.stringify(dataset.parameters ?? {}),
    batchSize: String(batchSize),
    order: `shuffle ${shuffle}, dropLast ${dropLast}`,
    clipNorm: String(clipNorm),
    mixing: JSON.stringify(mixing === undefined ? [] : [mixing.name, mixing.options]),
  }
}

/** @throws MillraceError INVALID_ARGUMENT for the first option that makes no sense */
export function checkOptions(module: Module, dataset: Dataset, options: TrainOptions): void {
  const { epochs, batchSize = 32, seed = 0, validation, dropLast = false, threads = 1 } = options
  if (!Number.isInteger(epochs) || epochs < 1) wrong(`epochs must be a whole number of at least 1, found ${epochs}.`)
  if (!Number.isInteger(batchSize) || batchSize < 1)
    wrong(`batchSize must be a whole number of at least 1, found ${batchSize}.`)
  if (!Number.isInteger(threads) || threads < 1)
    wrong(`threads must be a whole number of at least 1, found ${threads}.`)
  if (!Number.isInteger(seed)) wrong(`seed must be a whole number, found ${seed}.`)
  if (dataset.rowCount === 0) wrong('the dataset has no rows.')
  if (dropLast && dataset.rowCount < batchSize)
    wrong(`dropLast leaves nothing of ${dataset.rowCount} rows in batches of ${batchSize}.`)
  if (module.parameterCount() === 0) wrong(`${module.constructor.name} has no parameters to learn.`)
  if (validation !== undefined && validation.rowCount === 0)
    wrong('the validation dataset has no rows. Leave it out instead.')
  if (validation !== undefined && describeFields(validation) !== describeFields(dataset))
    wrong(`the validation data are ${describeFields(validation)}, the training data ${describeFields(dataset)}.`)
  const { clipNorm, earlyStopping, validateEvery = 1, resume = false, checkpoints } = options
  if (!Number.isInteger(validateEvery) || validateEvery < 1)
    wrong(`validateEvery must be a whole number of at least 1, found ${validateEvery}.`)
  if (clipNorm !== undefined && !(clipNorm > 0)) wrong(`clipNorm must be above 0, found ${clipNorm}.`)
  if (earlyStopping !== undefined && !(earlyStopping.patience >= 1))
    wrong(`earlyStopping.patience must be at least 1, found ${earlyStopping.patience}.`)
  if (resume && checkpoints === undefined) wrong('resume needs the folder of the checkpoints. Set `checkpoints`.')
}

interface Named {
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
}

function named(prefix: string, { name, options }: Named): [string, string | number | boolean][] {
  return [
    [prefix, name],
    ...Object.entries(options)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]): [string, string | number | boolean] => [`${prefix}_${key}`, plain(value)]),
  ]
}

/** The types of a row, such as `inputs float32[4], target int64[]`. */
function describeFields({ inputs, target }: Dataset): string {
  const [last, ...fields] = [target, ...inputs].map(({ dtype, shape }) => `${dtype}${formatShape(shape)}`)
  return `inputs ${fields.join(', ')}, target ${last}`
}

function plain(value: unknown): string | number | boolean {
  const fits = typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean'
  return fits ? value : JSON.stringify(value)
}

function wrong(problem: string): never {
  throw new MillraceError('INVALID_ARGUMENT', `train: ${problem}`)
}
