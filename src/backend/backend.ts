/** Where a model lives, and where what it was asked and answered is kept. */
import type { RowOf, Table, TableTypes } from '../data/index.ts'

/** What a model answered for one row; null where it could not answer. */
export interface Answer {
  /** The class, or the number that was estimated. */
  readonly prediction: string | number | null
  /** The probability of the predicted class. */
  readonly confidence: number | null
}

export interface LoadOptions {
  /** How many rows at most, the newest. Default: all. */
  readonly limit?: number
  /** Only rows whose `target` is known (true) or unknown (false). The filter comes before the limit. Default: all rows. */
  readonly labelled?: boolean
}

export interface LabelOptions {
  /** The probability, 0 to 1, with which a row's label is the right one. Default: 0.8. */
  readonly quality?: number
  /** The right label of a row, undefined where nobody knows it. Default: what the model predicted. */
  readonly truth?: (row: RowOf<TableTypes>) => string | undefined
  /** What is drawn from otherwise; the right one may be drawn again. Default: all classes predicted so far. */
  readonly classes?: readonly string[]
  /** The same seed labels the same rows alike. Default: another one each time. */
  readonly seed?: number
}

/** What happened to a version that was to be deployed. */
export interface Deployment {
  /** Where the model answers: a URL or the name of an endpoint. */
  readonly target: string
  /** `serving` when the version answers, `not running` when nothing answers there. */
  readonly state: 'serving' | 'not running'
}

/**
 * A place that serves a model and keeps its production rows. The rows are those of the model's inputs, to which come
 * `prediction`, `confidence`, `target` (the label, missing until it is known), `date` (UTC) and `uuid`.
 */
export interface Backend extends AsyncDisposable {
  /** What it is called in messages, such as `data/penguins.db`. */
  readonly name: string

  /**
   * Production rows, the newest first. A backend that has kept nothing yet gives a table without rows.
   *
   * @throws MillraceError INVALID_ARGUMENT for a limit that is no number of rows; STORE_LOCKED, STORE_CORRUPT or
   *   STORAGE_FAILED, saying what to do
   */
  load(options?: LoadOptions): Promise<Table>

  /**
   * Keeps rows and their answers, all of them or none. `answers` are in the order of the rows.
   *
   * @throws MillraceError INVALID_ARGUMENT when the numbers of rows and answers differ, SCHEMA_MISMATCH for columns
   *   that do not fit those already kept, and what load throws
   */
  save(input: Table, answers: readonly Answer[]): Promise<void>

  /** Gives labels to the predicted rows that have none, as if people had checked them, and returns how many. */
  label(options?: LabelOptions): Promise<number>

  /** Asks the deployed model. @throws MillraceError ENDPOINT_FAILED when it does not answer, or not within 5 seconds */
  invoke(rows: Table): Promise<readonly Answer[]>

  /** Has the model version at `modelUri` answer from now on, or sees that it does. */
  deploy(modelUri: string, version: number): Promise<Deployment>
}

/** The columns that come to the inputs, with their types. */
export const answerColumns = {
  prediction: 'string',
  confidence: 'double',
  target: 'string',
  date: 'datetime',
  uuid: 'string',
} as const
