/** Training containers: started with `train`, they read what /opt/ml/input holds and leave a model in /opt/ml/model. */
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { z } from 'zod'
import {
  asError,
  makeFolders,
  MillraceError,
  inTemporaryFolder,
  type ObservedModel,
  observeTraining,
  suggest,
  type TrainingObserver,
} from '../core/index.ts'
import { type ContainerPaths, containerPaths, contract } from './contract.ts'
import { onCrash, writeFailure } from './failure.ts'
import { decodeHyperparameters, parseHyperparameters } from './hyperparameters.ts'
import {
  type InputDataConfig,
  readHyperparameters,
  readInputDataConfig,
  readResourceConfig,
  type ResourceConfig,
} from './job-config.ts'
import { loadProgram } from './program.ts'
import { sagemakerEnvironment } from './sagemaker-environment.ts'

/** Data that a training is given under a name. */
export interface Channel {
  readonly name: string
  readonly folder: string
  readonly inputMode: 'File' | 'FastFile' | 'Pipe'
  readonly contentType: string | undefined
  /** The pipe of an epoch, counted from 0, in Pipe mode. */
  readonly pipe: (epoch: number) => string
}

/** What a training gets. */
export interface TrainingContext<H> {
  readonly hyperparameters: H
  readonly channels: Readonly<Record<string, Channel>>
  /** The folder of a channel. @throws MillraceError RESOURCE_DOES_NOT_EXIST when the job has no such channel */
  readonly channel: (name: string) => string
  readonly resources: ResourceConfig
  /** What is in here in the end is the model. */
  readonly modelDir: string
  /** What is in here in the end is kept beside the model. */
  readonly outputDataDir: string
  /** Kept from the first training to the last that is needed, by way of S3. */
  readonly checkpointDir: string
  /** The newest file or folder of checkpoints: the highest number in its name, else the latest; undefined for none. */
  readonly newestCheckpoint: () => Promise<string | undefined>
  /** Options for `train` and `model.train`: go on from the checkpoints there are, end in order when told to. */
  readonly trainOptions: { readonly checkpoints: string; readonly resume: true; readonly signal: AbortSignal }
  /** Aborted when the job is to end: save what there is. */
  readonly signal: AbortSignal
  readonly jobName: string | undefined
  /** Writes a model, such as a ModelPackage, into `modelDir`. */
  readonly saveModel: (model: ObservedModel) => Promise<void>
  /** A line for the log of the job. */
  readonly log: (message: string) => void
}

export interface TrainingProgram<H> {
  /** What the hyperparameters are; z.strictObject refuses those it does not name. */
  readonly hyperparameters: z.ZodType<H>
  readonly train: (context: TrainingContext<H>) => void | Promise<void>
}

export interface TrainingDefinition<H> extends TrainingProgram<H> {
  readonly stage: 'train'
}

/** A program for training containers, to be the default export of a module. */
export function defineTraining<H>(program: TrainingProgram<H>): TrainingDefinition<H> {
  return { ...program, stage: 'train' }
}

export interface RunTrainingOptions {
  /** The module with the program. */
  readonly program: string
  /** What stands for /opt/ml. */
  readonly root: string
  /** Aborted on SIGTERM. */
  readonly signal: AbortSignal
  /** How long after that the process may go on. Default: 120 seconds, as the platform. */
  readonly stopMs?: number
  readonly log: (message: string) => void
}

/**
 * Runs a training as the platform would: sets SM_* variables, then imports the program and trains. A training that ends
 * early because `signal` was aborted has succeeded.
 *
 * @throws what the program throws, and MillraceError INVALID_CONFIG for hyperparameters that do not fit; it is in
 *   `output/failure` too. STORAGE_FAILED where `root` is no folder
 */
export async function runTraining(options: RunTrainingOptions): Promise<void> {
  const { root, signal, log, stopMs = contract.stopMs } = options
  const paths = containerPaths(root)
  makeFolders(root)
  // That of an earlier run in the same folder.
  await rm(paths.failure, { force: true })
  using watches = new DisposableStack()
  watches.use(onCrash((error) => writeFailure(paths.failure, error)))
  watches.use(onDeadline(signal, stopMs, () => writeFailure(paths.failure, tooLate(stopMs))))
  try {
    await trainIn(paths, options)
  } catch (error) {
    if (signal.aborted && asError(error).name === 'AbortError') return log('Stopped before there was a model.')
    writeFailure(paths.failure, error)
    throw error
  }
}

async function trainIn(paths: ContainerPaths, { program, signal, log }: RunTrainingOptions): Promise<void> {
  const texts = await readHyperparameters(paths.inputConfig)
  const channels = await readInputDataConfig(paths)
  const resources = await readResourceConfig(paths.inputConfig)
  const jobName = process.env['TRAINING_JOB_NAME']
  const facts = { paths, channels, resources, program, jobName, cpus: availableParallelism() }
  Object.assign(process.env, sagemakerEnvironment({ ...facts, hyperparameters: decodeHyperparameters(texts) }))
  const definition = await loadProgram('train', program)
  const hyperparameters = parseHyperparameters(definition.hyperparameters, texts)
  const { model: modelDir, outputData: outputDataDir, checkpoints: checkpointDir } = paths
  for (const folder of [modelDir, outputDataDir, paths.outputIntermediate, checkpointDir]) {
    await mkdir(folder, { recursive: true })
  }
  const context: TrainingContext<unknown> = {
    hyperparameters,
    resources,
    modelDir,
    outputDataDir,
    checkpointDir,
    signal,
    jobName,
    log,
    ...channelsOf(channels, paths.inputData),
    newestCheckpoint: async () => await newestIn(checkpointDir),
    saveModel: async (model) => await saveInto(modelDir, model),
    trainOptions: { checkpoints: checkpointDir, resume: true, signal },
  }
  await observeTraining(epochLogger(log), async () => await definition.train(context))
}

function channelsOf(
  config: InputDataConfig,
  inputData: string,
): Pick<TrainingContext<unknown>, 'channels' | 'channel'> {
  const entries = Object.entries(config).map(([name, { TrainingInputMode: inputMode, ContentType: contentType }]) => {
    const folder = join(inputData, name)
    return [name, { name, folder, inputMode, contentType, pipe: (epoch: number) => `${folder}_${epoch}` }] as const
  })
  const channels: Readonly<Record<string, Channel>> = Object.fromEntries(entries)
  return {
    channels,
    channel: (name) => {
      if (Object.hasOwn(channels, name)) return channels[name]!.folder
      throw new MillraceError(
        'RESOURCE_DOES_NOT_EXIST',
        `The job has no channel "${name}". ${suggest(name, Object.keys(channels), 'channels')} Channels are the folders in ${inputData}.`,
      )
    },
  }
}

/** The platform's folder cannot be replaced as a whole, as models do: it may be a mount. */
async function saveInto(modelDir: string, model: ObservedModel): Promise<void> {
  await inTemporaryFolder(async (folder) => {
    await cp(await model.save(join(folder, 'model'), {}), modelDir, { recursive: true })
  })
}

/** Checkpoints come back from S3 with new times, so the number in a name says more. */
async function newestIn(folder: string): Promise<string | undefined> {
  if (!existsSync(folder)) return undefined
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.'))
  const dated = await Promise.all(
    names.map(async (name) => ({
      path: join(folder, name),
      number: Number(/(\d+)\D*$/.exec(name)?.[1] ?? -1),
      time: (await stat(join(folder, name))).mtimeMs,
    })),
  )
  return dated.toSorted((a, b) => b.number - a.number || b.time - a.time)[0]?.path
}

/** Logs what epochs come to, one `name=value` each, for metric definitions such as `val_loss=(\S+)`. */
function epochLogger(log: (message: string) => void): TrainingObserver {
  return {
    datasetUsed() {},
    started: () => ({
      epochEnded: (metrics, epoch) => {
        const values = Object.entries(metrics).map(([name, value]) => `${name}=${value.toPrecision(6)}`)
        log(`epoch=${epoch} ${values.join(' ')}`)
      },
      ended() {},
      weightsTrained() {},
      modelTrained() {},
    }),
  }
}

function tooLate(ms: number): MillraceError {
  return new MillraceError(
    'TASK_FAILED',
    `The training was told to stop, and had not ended ${ms / 1000} seconds later. Pass the signal on to what takes long.`,
  )
}

/** Calls `report` when it is `ms` after `signal` was aborted, and work still goes on. */
function onDeadline(signal: AbortSignal, ms: number, report: () => void): Disposable {
  let timer: NodeJS.Timeout | undefined
  // A little before the platform kills the process.
  const wait = (): void => {
    timer = setTimeout(report, ms * 0.95).unref()
  }
  if (signal.aborted) wait()
  else signal.addEventListener('abort', wait)
  return {
    [Symbol.dispose]: () => {
      signal.removeEventListener('abort', wait)
      clearTimeout(timer)
    },
  }
}
