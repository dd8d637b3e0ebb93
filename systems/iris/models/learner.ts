/** What training does with a model, whoever wrote it, and where trained models are kept. */
import type { FittedPreprocessor } from 'millrace/preprocess'
import { readLocally, writeLocally } from 'millrace/storage'
import type { ActiveRun } from 'millrace/tracking'
import { modelPlace, type Settings } from '../settings.ts'

export interface Learner {
  /** Of the model that was fitted, in order; empty for regression. */
  readonly classes: () => readonly string[]
  /** Learns, and keeps the best model whenever there is a better one and the final one in the end. */
  fit(signal: AbortSignal): Promise<void>
  /** What the best model says of each validation row: the probability of each class, or one number. */
  predictValid(): Promise<Rows>
  /** Makes the best model the artifact `model` of the run. */
  log(run: ActiveRun): Promise<void>
}

export type Rows = readonly (readonly number[])[]

/** Lets a model write itself to the folder of the best or the final one, in place of the one that was there. */
export async function keepModel(
  settings: Settings,
  which: 'best' | 'final',
  save: (folder: string) => Promise<unknown>,
): Promise<void> {
  await writeLocally(modelPlace(settings, which), save)
}

/** @throws MillraceError RESOURCE_DOES_NOT_EXIST or INVALID_MODEL where nothing has been trained yet */
export async function readBest<T>(settings: Settings, read: (folder: string) => Promise<T>): Promise<T> {
  return await readLocally(modelPlace(settings, 'best'), read)
}

/** What a model's config.json tells of it, whatever its kind. */
export function factsOf(
  { model }: Settings,
  preprocessor: FittedPreprocessor,
  classes: readonly string[],
): Record<string, unknown> {
  return {
    model_name: model.name,
    model_params: model.params,
    feature_names: preprocessor.inputs.map(({ name }) => name),
    class_names: classes,
  }
}
