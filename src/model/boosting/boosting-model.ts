/** Classifiers and regressors on tables by gradient-boosted trees. Missing numbers are learned from, not filled in. */
import { MillraceError, trainingObserver } from '../../core/index.ts'
import type { Table } from '../../data/index.ts'
import type { EpochReport, TrainingResult } from '../../nn/index.ts'
import { metricsOf } from '../../nn/train-options.ts'
import type { FittedPreprocessor } from '../../preprocess/index.ts'
import {
  boost,
  type BoostResult,
  type LabeledFeatures,
  logistic,
  type Objective,
  type RoundReport,
  softmax,
  squaredError,
  TreeEnsemble,
} from '../../trees/index.ts'
import type { ModelKind, ModelTrainOptions, TrainedModel } from '../model.ts'
import type { ModelPackage } from '../model-package.ts'
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
import { type BoostingConfig, boostingConfigSchema, type BoostingOptions } from './boosting-config.ts'

type BoostingKind = ModelKind<BoostingOptions, BoostingConfig, { readonly ensemble: TreeEnsemble }>

/** Predicts one of several classes, with a probability for each. */
export const gradientBoostingClassifier: BoostingKind = boostingKind({
  kind: 'gradient-boosting-classifier',
  task: 'classification',
  train: trainClassifier,
})

/** Predicts a number. The target is standardised while training. */
export const gradientBoostingRegressor: BoostingKind = boostingKind({
  kind: 'gradient-boosting-regressor',
  task: 'regression',
  train: trainRegressor,
})

function boostingKind(given: Omit<TabularKind<BoostingConfig>, 'epochs'>): BoostingKind {
  const { kind } = given
  return {
    kind,
    create: (options) =>
      tabularModel(
        { ...given, epochs: ({ nEstimators }) => nEstimators },
        parseConfig(boostingConfigSchema, options, kind),
      ),
    recreate: (model) => ({ ...restoreFrame(model), ensemble: TreeEnsemble.fromTensors(model.content.weights) }),
  }
}

async function trainClassifier(
  config: BoostingConfig,
  table: Table,
  options: ModelTrainOptions,
  pack: Pack,
): Promise<TrainedModel> {
  const preprocessor = await fitFeatures(table, { ...config, scaling: 'none', missing: 'keep' })
  const labels = fitClasses(table, config.target)
  const numbersOf = (rows: Table): BigInt64Array => labels.encode(targetLabels(rows, config.target, labels.classes))
  const classCount = labels.classes.length
  const numbers = numbersOf(table)
  const weightOf = config.balanced ? balancedWeights(numbers, classCount) : undefined
  return await trainTrees(config, options, {
    packed: (ensemble) => pack({ task: 'classification', preprocessor, ensemble, labels }, ensemble.toTensors()),
    objective: classCount === 2 ? logistic : softmax(classCount),
    ...(weightOf !== undefined && {
      weights: Float64Array.from(numbers, (number) => weightOf[Number(number)]!),
    }),
    training: await labeled(preprocessor, table, Float64Array.from(numbers, Number)),
    validation: async (rows) => await labeled(preprocessor, rows, Float64Array.from(numbersOf(rows), Number)),
  })
}

async function trainRegressor(
  config: BoostingConfig,
  table: Table,
  options: ModelTrainOptions,
  pack: Pack,
): Promise<TrainedModel> {
  const preprocessor = await fitFeatures(table, { ...config, scaling: 'none', missing: 'keep' })
  const target = fitTargetScale(table, config.target)
  const scaled = (rows: Table): Float64Array => scaledTargets(rows, config.target, target)
  return await trainTrees(config, options, {
    packed: (ensemble) => pack({ task: 'regression', preprocessor, ensemble, target }, ensemble.toTensors()),
    objective: squaredError,
    training: await labeled(preprocessor, table, scaled(table)),
    validation: async (rows) => await labeled(preprocessor, rows, scaled(rows)),
  })
}

interface TreeTask {
  readonly objective: Objective
  readonly weights?: Float64Array
  readonly training: LabeledFeatures
  readonly validation: (rows: Table) => Promise<LabeledFeatures>
  /** The model of these trees. */
  readonly packed: (ensemble: TreeEnsemble) => ModelPackage
}

/** Boosts trees, and tells of it as every training does. */
async function trainTrees(
  config: BoostingConfig,
  { validation, checkpoints, onEpoch, onBest, keep, validateEvery, signal }: ModelTrainOptions,
  { objective, weights, training, validation: labeledRows, packed }: TreeTask,
): Promise<TrainedModel> {
  if (checkpoints !== undefined) {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      'Gradient boosting writes no checkpoints: it trains in a short time. Leave "checkpoints" out.',
    )
  }
  const { rowCount, featureCount } = training.features
  const log = await trainingObserver()?.started({
    objective: objective.name,
    train_rows: rowCount,
    feature_count: featureCount,
    epochs: config.nEstimators,
    seed: config.seed,
  })
  const history: EpochReport[] = []
  let started = performance.now()
  const reportOf = ({ round, ...losses }: RoundReport): EpochReport => {
    const rowsPerSecond = (rowCount / (performance.now() - started)) * 1000
    return { epoch: round, epochs: config.nEstimators, ...losses, metrics: {}, rateFactor: 1, rowsPerSecond }
  }
  const result = await boost(training, {
    ...config,
    objective,
    weights,
    signal,
    validation: validation === undefined ? undefined : await labeledRows(validation),
    keep,
    validateEvery,
    onBest: onBest && (async (ensemble, round) => await onBest(packed(ensemble), reportOf(round))),
    onRound: async (ended) => {
      const report = reportOf(ended)
      history.push(report)
      await log?.epochEnded(metricsOf(report), report.epoch)
      await onEpoch?.(report)
      started = performance.now()
    },
  })
  await log?.ended({ ended: result.ended, best_epoch: result.bestRound, best_loss: result.bestLoss })
  return { model: packed(result.ensemble), training: resultOf(result, history) }
}

function resultOf({ bestRound, bestLoss, ended }: BoostResult, history: readonly EpochReport[]): TrainingResult {
  return { history, bestEpoch: bestRound, bestLoss, steps: history.length, ended }
}

async function labeled(preprocessor: FittedPreprocessor, rows: Table, targets: Float64Array): Promise<LabeledFeatures> {
  return { features: await preprocessor.transform(rows), targets }
}
