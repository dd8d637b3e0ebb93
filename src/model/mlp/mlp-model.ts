/** Classifiers and regressors on tables by a multilayer perceptron. */
import { z } from 'zod'
import { DataError, MillraceError, parseWith } from '../../core/index.ts'
import type { Table } from '../../data/index.ts'
import { crossEntropyLoss, type Dataset, type Loss, mseLoss, tensorDataset, train } from '../../nn/index.ts'
import {
  type FittedLabels,
  type FittedPreprocessor,
  labelsFromJSON,
  preprocessorFromJSON,
} from '../../preprocess/index.ts'
import { assembleOnnx, type Assembly, type TargetScale } from '../assemble.ts'
import type { Model, ModelKind, ModelTrainOptions, Task, TrainedModel } from '../model.ts'
import { inputExample, ModelPackage } from '../model-package.ts'
import { optimizerOf } from '../optimizer-config.ts'
import { reportTraining, tableDatasets } from '../report-training.ts'
import { checkFeatures, fitFeatures } from '../tabular-features.ts'
import { fitClasses, targetLabels, targetNumbers } from '../target.ts'
import { Mlp } from './mlp.ts'
import { type MlpConfig, mlpConfigSchema, type MlpOptions, parseMlpConfig } from './mlp-config.ts'

/** Predicts one of several classes, with a probability for each. */
export const mlpClassifier: ModelKind<MlpOptions, MlpConfig> = {
  kind: 'mlp-classifier',
  create: (options) => mlpModel('mlp-classifier', 'classification', options, trainClassifier),
  recreate(model) {
    const { config, preprocessor } = restore(model)
    const labels = labelsFromJSON(model.config.fitted['labels'])
    const network = new Mlp(preprocessor.featureCount, labels.classes.length, config)
    network.loadStateDict(model.content.weights)
    return { task: 'classification', preprocessor, network, labels }
  },
}

/** Predicts a number. The target is standardised while training. */
export const mlpRegressor: ModelKind<MlpOptions, MlpConfig> = {
  kind: 'mlp-regressor',
  create: (options) => mlpModel('mlp-regressor', 'regression', options, trainRegressor),
  recreate(model) {
    const { config, preprocessor } = restore(model)
    const target = parseWith(
      targetScaleSchema,
      model.config.fitted['target'],
      'The scale of the target',
      'INVALID_MODEL',
    )
    const network = new Mlp(preprocessor.featureCount, 1, config)
    network.loadStateDict(model.content.weights)
    return { task: 'regression', preprocessor, network, target }
  },
}

const targetScaleSchema: z.ZodType<TargetScale> = z.strictObject({ center: z.number(), scale: z.number() })

type TrainFunction = (config: MlpConfig, table: Table, options: ModelTrainOptions) => Promise<TrainedModel>

function mlpModel(kind: string, task: Task, options: MlpOptions, trainIt: TrainFunction): Model<MlpConfig> {
  const config = parseMlpConfig(options, kind)
  const check = (table: Table): void => {
    requireRows(table)
    checkFeatures(table, config)
    if (task === 'classification') checkClasses(config.target, fitClasses(table, config.target), table.rowCount)
    else targetNumbers(table, config.target)
  }
  return {
    kind,
    task,
    params: () => config,
    check,
    async train(table, trainOptions = {}) {
      requireRows(table)
      requireValidation(config, trainOptions)
      // Checked inside, so that the run of a failed training tells which data it failed on.
      const datasets = async () => await Promise.resolve(tableDatasets(table, trainOptions))
      return await reportTraining(kind, config, datasets, async () => {
        check(table)
        return await trainIt(config, table, trainOptions)
      })
    },
  }
}

async function trainClassifier(config: MlpConfig, table: Table, options: ModelTrainOptions): Promise<TrainedModel> {
  const preprocessor = await fitFeatures(table, config)
  const labels = fitClasses(table, config.target)
  const dataset = async (rows: Table): Promise<Dataset> => {
    const data = labels.encode(targetLabels(rows, config.target, labels.classes))
    return tensorDataset(await featureField(preprocessor, rows), { data, shape: [rows.rowCount] })
  }
  const training = await dataset(table)
  const classWeights = config.balanced
    ? balancedWeights(labels.encode(table.column(config.target)), labels.classes.length)
    : undefined
  const loss = crossEntropyLoss({
    labelSmoothing: config.labelSmoothing,
    ...(classWeights === undefined ? {} : { classWeights }),
  })
  const network = new Mlp(preprocessor.featureCount, labels.classes.length, config)
  const result = await trainNetwork(network, training, loss, config, options, dataset)
  const assembly: Assembly = { task: 'classification', preprocessor, network, labels }
  const fitted = { preprocessor: preprocessor.toJSON(), labels: labels.toJSON() }
  return { model: packageOf('mlp-classifier', config, assembly, fitted, table, options), training: result }
}

async function trainRegressor(config: MlpConfig, table: Table, options: ModelTrainOptions): Promise<TrainedModel> {
  const preprocessor = await fitFeatures(table, config)
  const target = fitTargetScale(table, config.target)
  const dataset = async (rows: Table): Promise<Dataset> => {
    const data = Float32Array.from(
      targetNumbers(rows, config.target),
      (value) => (value - target.center) / target.scale,
    )
    return tensorDataset(await featureField(preprocessor, rows), { data, shape: [rows.rowCount, 1] })
  }
  const network = new Mlp(preprocessor.featureCount, 1, config)
  const result = await trainNetwork(network, await dataset(table), mseLoss(), config, options, dataset)
  const assembly: Assembly = { task: 'regression', preprocessor, network, target }
  const fitted = { preprocessor: preprocessor.toJSON(), target }
  return { model: packageOf('mlp-regressor', config, assembly, fitted, table, options), training: result }
}

async function trainNetwork(
  network: Mlp,
  dataset: Dataset,
  loss: Loss,
  config: MlpConfig,
  { validation, ...options }: ModelTrainOptions,
  toDataset: (rows: Table) => Promise<Dataset>,
): Promise<TrainedModel['training']> {
  const { epochs, batchSize, seed, patience, clipNorm } = config
  return await train(network, dataset, {
    ...options,
    loss,
    optimizer: optimizerOf(config),
    epochs,
    batchSize,
    seed,
    // Batch statistics of a single row say nothing.
    dropLast: config.normalization === 'batch' && dataset.rowCount % batchSize === 1 && dataset.rowCount > batchSize,
    ...(validation === undefined ? {} : { validation: await toDataset(requireRows(validation)) }),
    ...(patience === undefined ? {} : { earlyStopping: { patience } }),
    ...(clipNorm === undefined ? {} : { clipNorm }),
  })
}

function packageOf(
  kind: string,
  config: MlpConfig,
  assembly: Assembly,
  fitted: Record<string, unknown>,
  table: Table,
  { data }: ModelTrainOptions,
): ModelPackage {
  const { inputs } = assembly.preprocessor
  return new ModelPackage({
    config: {
      version: 1,
      kind,
      task: assembly.task,
      inputs: [...inputs],
      classes: assembly.task === 'classification' ? [...assembly.labels.classes] : [],
      ...(data?.missing !== undefined && { missing: [...data.missing] }),
      params: config,
      fitted,
    },
    onnx: assembleOnnx(assembly),
    weights: assembly.network.stateDict(),
    example: inputExample(inputs, table),
  })
}

function restore({ config: { params, fitted } }: ModelPackage): {
  config: MlpConfig
  preprocessor: FittedPreprocessor
} {
  const config = parseWith(mlpConfigSchema, params, 'The model configuration', 'INVALID_MODEL')
  return { config, preprocessor: preprocessorFromJSON(fitted['preprocessor']) }
}

async function featureField(
  preprocessor: FittedPreprocessor,
  rows: Table,
): Promise<{ data: Float32Array; shape: number[] }> {
  const { data, rowCount, featureCount } = await preprocessor.transform(rows)
  return { data, shape: [rowCount, featureCount] }
}

function requireRows(table: Table): Table {
  if (table.rowCount === 0) throw new MillraceError('INVALID_DATA', 'There are no rows to learn from.')
  return table
}

function requireValidation({ patience }: MlpConfig, { validation }: ModelTrainOptions): void {
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
      `${classes.length} classes in ${rowCount} rows are too many to learn. Is it an identifier? Choose another target, or the kind mlp-regressor for numbers.`,
    )
  }
}

/** Rows / (classes · rows of the class), as scikit-learn's "balanced". */
function balancedWeights(numbers: BigInt64Array, classCount: number): number[] {
  const counts = Array.from({ length: classCount }, () => 0)
  for (const number of numbers) counts[Number(number)]! += 1
  return counts.map((count) => numbers.length / (classCount * count))
}

function fitTargetScale(table: Table, target: string): TargetScale {
  const values = targetNumbers(table, target)
  const center = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - center) ** 2, 0) / values.length
  return { center, scale: variance > 0 ? Math.sqrt(variance) : 1 }
}
