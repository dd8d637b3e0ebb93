/**
 * Being told of trainings without being asked for it. Whoever tracks runs puts an observer in place around some code;
 * every training inside reports to it. Trainers need not know who listens.
 */
import { AsyncLocalStorage } from 'node:async_hooks'

/** Data that a training used. */
export interface ObservedDataset {
  readonly name: string
  /** A hash of the content. */
  readonly digest: string
  /** Where it came from: a path or URI. */
  readonly source: string
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rowCount: number
  readonly context: 'training' | 'validation'
}

/** A trained model that can write itself to a folder. */
export interface ObservedModel {
  save(folder: string, options: { readonly runId?: string }): Promise<string>
}

/** Told of every training in its scope. Reports are awaited, so they may write. */
export interface TrainingObserver {
  /** Before training, for each table that is used. */
  datasetUsed(dataset: ObservedDataset): void | Promise<void>
  /** Before the first step: what the training was configured with. The answer is told the rest of this training. */
  started(parameters: Readonly<Record<string, string | number | boolean>>): TrainingLog | Promise<TrainingLog>
}

/** Told how one training goes. Several may be under way at once, each with a log of its own. */
export interface TrainingLog {
  /** After each epoch, counted from 1. Names are those of metrics, such as `train_loss`. */
  epochEnded(metrics: Readonly<Record<string, number>>, epoch: number): void | Promise<void>
  /** Once, after the last step. */
  ended(summary: Readonly<Record<string, string | number | boolean>>): void | Promise<void>
  /** When a network has been trained: its weights alone, as `model.safetensors`. */
  weightsTrained(weights: ObservedModel): void | Promise<void>
  /** When a whole model, with its preprocessing, has been made of what was trained. */
  modelTrained(model: ObservedModel): void | Promise<void>
}

const current = new AsyncLocalStorage<TrainingObserver>()

/** Runs `work` with `observer` told of every training in it. An inner observer takes the place of an outer one. */
export function observeTraining<T>(observer: TrainingObserver, work: () => Promise<T>): Promise<T> {
  return current.run(observer, work)
}

/** The observer in whose scope this code runs. */
export function trainingObserver(): TrainingObserver | undefined {
  return current.getStore()
}

/** Runs a training, with an observer around it that it puts in place. */
export type TrainingScope = <T>(training: () => Promise<T>) => Promise<T>

let scopeOfUnobserved: TrainingScope = (training) => training()

/** From now on `scope` runs each training of this process that nobody observes. Gives back what ran them before. */
export function setScopeOfUnobserved(scope: TrainingScope): TrainingScope {
  const before = scopeOfUnobserved
  scopeOfUnobserved = scope
  return before
}

/** Runs a training. Whoever trains does so in here: where nobody observes yet, somebody may want to. */
export async function observableTraining<T>(training: () => Promise<T>): Promise<T> {
  return await (current.getStore() === undefined ? scopeOfUnobserved(training) : training())
}
