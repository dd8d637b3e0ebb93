/** What all kinds of models on tables have in common: how they are configured, what they refuse, how they are kept. */
import type { z } from 'zod'
import { DataError, MillraceError, parseWith } from '../core/index.ts'
import type { Table } from '../data/index.ts'
import type { StateDict } from '../nn/index.ts'
import { type FittedLabels, labelsFromJSON, preprocessorFromJSON } from '../preprocess/index.ts'
import { assembleOnnx, type Assembly, type Frame, type TargetScale, targetScaleSchema } from './assemble.ts'
import type { Model, ModelTrainOptions, TabularConfig, Task, TrainedModel } from './model.ts'
import { inputExample, ModelPackage } from './model-package.ts'
import { reportTraining, tableDatasets } from './report-training.ts'
import { checkFeatures } from './tabular-features.ts'
import { fitClasses, targetNumbers } from './target.ts'

/** How models of a kind are configured, and trained on rows that have been looked at. */
export interface TabularKind<Config extends TabularConfig> {
  readonly kind: string
  readonly task: Task
  /** How often the rows are gone through. */
  readonly epochs: (config: Config) => number
  readonly train: (config: Config, table: Table, options: ModelTrainOptions, pack: Pack) => Promise<TrainedModel>
}

/** Makes a model of what was learned. */
export type Pack = (assembly: Assembly, weights: StateDict) => ModelPackage

/** A model of the kind, configured. */
export function tabularModel<Config extends TabularConfig>(
  { kind, task, epochs, train }: TabularKind<Config>,
  config: Config,
): Model<Config> {
  const check = (table: Table): void => {
    requireRows(table)
    checkFeatures(table, config)
    if (task === 'classification') checkClasses(config.target, fitClasses(table, config.target), table.rowCount)
    else targetNumbers(table, config.target)
  }
  return {
    kind,
    task,
    epochs: epochs(config),
    params: () => config,
    check,
    async train(table, options = {}) {
      requireRows(table)
      if (options.validation !== undefined) requireRows(options.validation)
      requireValidation(config, options)
      // Checked inside, so that the run of a failed training tells which data it failed on.
      const datasets = async () => await Promise.resolve(tableDatasets(table, options))
      return await reportTraining(kind, config, datasets, async () => {
        check(table)
        const origin = { kind, config, table, data: options.data }
        return await train(config, table, options, (assembly, weights) => packageOf(origin, assembly, weights))
      })
    },
  }
}

/** @throws MillraceError INVALID_CONFIG naming every key that is unknown or has a wrong value */
export function parseConfig<Config>(
  schema: z.ZodType<Config> & { readonly shape: object },
  options: unknown,
  kind: string,
): Config {
  const known = Object.keys(schema.shape)
  const unknown = Object.keys(Object(options) as object).filter((key) => !known.includes(key))
  if (unknown.length > 0) {
    throw new MillraceError(
      'INVALID_CONFIG',
      `The configuration of ${kind} has no key ${unknown.map((key) => `"${key}"`).join(', ')}. There are: ${known.join(', ')}.`,
    )
  }
  return parseWith(schema, options, `The configuration of ${kind}`)
}

/** The model that a training has made. */
function packageOf(
  {
    kind,
    config,
    table,
    data,
  }: {
    readonly kind: string
    readonly config: TabularConfig
    readonly table: Table
    readonly data: ModelTrainOptions['data']
  },
  assembly: Assembly,
  weights: StateDict,
): ModelPackage {
  const { preprocessor } = assembly
  const { inputs } = preprocessor
  const answer = assembly.task === 'classification' ? { labels: assembly.labels.toJSON() } : { target: assembly.target }
  return new ModelPackage({
    config: {
      version: 1,
      kind,
      task: assembly.task,
      inputs: [...inputs],
      classes: assembly.task === 'classification' ? [...assembly.labels.classes] : [],
      ...(data?.missing !== undefined && { missing: [...data.missing] }),
      params: { ...config },
      fitted: { preprocessor: preprocessor.toJSON(), ...answer },
    },
    onnx: assembleOnnx(assembly),
    weights,
    example: inputExample(inputs, table),
  })
}

/** What `packageOf` kept besides what was learned. */
export function restoreFrame({ config: { task, fitted } }: ModelPackage): Frame {
  const preprocessor = preprocessorFromJSON(fitted['preprocessor'])
  if (task === 'classification') return { task, preprocessor, labels: labelsFromJSON(fitted['labels']) }
  const target = parseWith(targetScaleSchema, fitted['target'], 'The scale of the target', 'INVALID_MODEL')
  return { task, preprocessor, target }
}

/** Makes mean and standard deviation of the target 0 and 1; a constant one is only centred. */
export function fitTargetScale(table: Table, target: string): TargetScale {
  const values = targetNumbers(table, target)
  const center = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - center) ** 2, 0) / values.length
  return { center, scale: variance > 0 ? Math.sqrt(variance) : 1 }
}

/** The target as what is learned of it. */
export function scaledTargets(table: Table, target: string, { center, scale }: TargetScale): Float64Array {
  return targetNumbers(table, target).map((value) => (value - center) / scale)
}

/** For each class: rows / (classes · rows of the class), as scikit-learn's "balanced". */
export function balancedWeights(numbers: BigInt64Array, classCount: number): number[] {
  const counts = Array.from({ length: classCount }, () => 0)
  for (const number of numbers) counts[Number(number)]! += 1
  return counts.map((count) => numbers.length / (classCount * count))
}

function requireRows(table: Table): void {
  if (table.rowCount === 0) throw new MillraceError('INVALID_DATA', 'There are no rows to learn from.')
}

function requireValidation({ patience }: TabularConfig, { validation }: ModelTrainOptions): void {
  if (patience === undefined || validation !== undefined) return
  throw new MillraceError(
    'INVALID_CONFIG',
    'patience needs validation rows to look at. Give some, or leave "patience" out.',
  )
}

function checkClasses(target: string, { classes }: FittedLabels, rowCount: number): void {
  if (classes.length < 2) {
    throw new DataError(
      { column: target },
      `all rows have the class "${classes[0]}". A classifier needs at least two classes.`,
    )
  }
  if (classes.length * 2 > rowCount) {
    throw new DataError(
      { column: target },
      `${classes.length} classes in ${rowCount} rows are too many to learn. Is it an identifier? Choose another target, or a regressor for numbers, such as the kind mlp-regressor.`,
    )
  }
}
