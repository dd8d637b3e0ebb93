/**
 * Models of your own. A model implements `fit`, `save`, `load` and `predict` only; everything else, from splitting and
 * scaling to tracking, the best model, metrics and serving, is done for it. Put its class into a file beside this one, its
 * name into `ownModels`, and that name into `model.name` of a configuration.
 */
import type { Table } from 'millrace/data'
import type { Settings } from '../settings.ts'

export interface OwnModel {
  /** Learns. Both tables have the features as numbers, scaled, and the target. */
  fit(data: FitData, options: FitOptions): void | Promise<void>
  /** Writes files into the empty folder `folder`; not config.json or preprocessor.json, which are added. */
  save(folder: string): void | Promise<void>
  /** Becomes the model that was saved in `folder`. */
  load(folder: string): void | Promise<void>
  /** For each row the probability of each class, in the order of `FitData.classes`, or one number for regression. */
  predict(features: Table): readonly (readonly number[])[] | Promise<readonly (readonly number[])[]>
}

export interface FitData {
  readonly train: Table
  readonly valid: Table
  readonly target: string
  readonly features: readonly string[]
  /** In order; empty where the target is a number. */
  readonly classes: readonly string[]
}

export interface FitOptions {
  readonly seed: number
  readonly training: Settings['training']
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
  /**
   * To be told of each epoch: losses are logged, and the model is saved when `valLoss` is lower than ever. Says whether to go
   * on; with false patience is at its end. A model that has no epochs need not call it.
   */
  readonly epochEnded: (losses: { readonly trainLoss: number; readonly valLoss?: number }) => Promise<boolean>
}

/** How to make models, untrained, of `model.params`, by the names that configurations know them by. */
export type OwnModels = Record<string, (params: Readonly<Record<string, unknown>>) => OwnModel>

export const ownModels: OwnModels = {}
