/** Classifiers and regressors on tables by a multilayer perceptron. */
import { parseWith } from '../../core/index.ts'
import type { Table } from '../../data/index.ts'
import {
  crossEntropyLoss,
  type Dataset,
  type Loss,
  type Module,
  mseLoss,
  tensorDataset,
  train,
} from '../../nn/index.ts'
import type { FittedPreprocessor } from '../../preprocess/index.ts'
import type { Assembly } from '../assemble.ts'
import type { ModelKind, ModelTrainOptions, TrainedModel } from '../model.ts'
import type { ModelPackage } from '../model-package.ts'
import { optimizerOf } from '../optimizer-config.ts'
import { fitFeatures } from '../tabular-features.ts'
import {
  balancedWeights,
  fitTargetScale,
  type Pack,
  parseConfig,
  restoreFrame,
  scaledTargets,
  type TabularKind,
  tabularModel,
} from '../tabular-model.ts'
import { fitClasses, targetLabels } from '../target.ts'
import { Mlp } from './mlp.ts'
import { type MlpConfig, mlpConfigSchema, type MlpOptions } from './mlp-config.ts'

type MlpKind = ModelKind<MlpOptions, MlpConfig, { readonly network: Module }>

/** Predicts one of several classes, with a probability for each. */
export const mlpClassifier: MlpKind = mlpKind({
  kind: 'mlp-classifier',
  task: 'classification',
  train: trainClassifier,
})

/** Predicts a number. The target is standardised while training. */
export const mlpRegressor: MlpKind = mlpKind({
  kind: 'mlp-regressor',
  task: 'regression',
  train: trainRegressor,
})

function mlpKind(given: Omit<TabularKind<MlpConfig>, 'epochs'>): MlpKind {
  const { kind } = given
  return {
    kind,
    create: (options) =>
      tabularModel({ ...given, epochs: ({ epochs }) => epochs }, parseConfig(mlpConfigSchema, options, kind)),
    recreate(model) {
      const frame = restoreFrame(model)
      const outputs = frame.task === 'classification' ? frame.labels.classes.length : 1
      const config = parseWith(mlpConfigSchema, model.config.params, 'The model configuration', 'INVALID_MODEL')
      const network = new Mlp(frame.preprocessor.featureCount, outputs, config)
      network.loadStateDict(model.content.weights)
      return { ...frame, network }
    },
  }
}

async function trainClassifier(
  config: MlpConfig,
  table: Table,
  options: ModelTrainOptions,
  pack: Pack,
): Promise<TrainedModel> {
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
  const assembly: Assembly = { task: 'classification', preprocessor, network, labels }
  const packed = (): ModelPackage => pack(assembly, network.stateDict())
  const result = await trainNetwork({ network, dataset, loss, packed, training }, config, options)
  return { model: packed(), training: result }
}

async function trainRegressor(
  config: MlpConfig,
  table: Table,
  options: ModelTrainOptions,
  pack: Pack,
): Promise<TrainedModel> {
  const preprocessor = await fitFeatures(table, config)
  const target = fitTargetScale(table, config.target)
  const dataset = async (rows: Table): Promise<Dataset> => {
    const data = Float32Array.from(scaledTargets(rows, config.target, target))
    return tensorDataset(await featureField(preprocessor, rows), { data, shape: [rows.rowCount, 1] })
  }
  const network = new Mlp(preprocessor.featureCount, 1, config)
  const assembly: Assembly = { task: 'regression', preprocessor, network, target }
  const packed = (): ModelPackage => pack(assembly, network.stateDict())
  const task = { network, dataset, loss: mseLoss(), packed, training: await dataset(table) }
  const result = await trainNetwork(task, config, options)
  return { model: packed(), training: result }
}

interface NetworkTask {
  readonly network: Mlp
  readonly loss: Loss
  readonly training: Dataset
  readonly dataset: (rows: Table) => Promise<Dataset>
  /** The model with the weights that the network has now. */
  readonly packed: () => ModelPackage
}

async function trainNetwork(
  { network, loss, training, dataset, packed }: NetworkTask,
  config: MlpConfig,
  { validation, onBest, ...options }: ModelTrainOptions,
): Promise<TrainedModel['training']> {
  const { epochs, batchSize, seed, patience, clipNorm } = config
  return await train(network, training, {
    ...options,
    loss,
    optimizer: optimizerOf(config),
    epochs,
    batchSize,
    seed,
    // Batch statistics of a single row say nothing.
    dropLast: config.normalization === 'batch' && training.rowCount % batchSize === 1 && training.rowCount > batchSize,
    ...(validation === undefined ? {} : { validation: await dataset(validation) }),
    ...(onBest === undefined ? {} : { onBest: async (report) => await onBest(packed(), report) }),
    ...(patience === undefined ? {} : { earlyStopping: { patience } }),
    ...(clipNorm === undefined ? {} : { clipNorm }),
  })
}

async function featureField(
  preprocessor: FittedPreprocessor,
  rows: Table,
): Promise<{ data: Float32Array; shape: number[] }> {
  const { data, rowCount, featureCount } = await preprocessor.transform(rows)
  return { data, shape: [rowCount, featureCount] }
}
