export { accuracy, balancedAccuracy, type WeightOptions } from './accuracy.ts'
export {
  bootstrapConfidenceInterval,
  bootstrapDifference,
  type BootstrapOptions,
  type ConfidenceInterval,
} from './bootstrap.ts'
export {
  type BinOptions,
  type CalibrationBin,
  calibrationCurve,
  type CalibrationOptions,
  confidenceCurve,
  expectedCalibrationError,
} from './calibration.ts'
export {
  type ClassificationReport,
  classificationReport,
  type ClassificationReportOptions,
  type ProbabilityScores,
} from './classification-report.ts'
export {
  type ConfusionMatrix,
  confusionMatrix,
  type ConfusionMatrixOptions,
  type LabelOptions,
} from './confusion-matrix.ts'
export { crossValidate, type CrossValidation, summarise, type Summary } from './cross-validation.ts'
export { type Label } from './labels.ts'
export { brierScore, type BrierScoreOptions, logLoss } from './log-loss.ts'
export {
  type Average,
  type AverageOptions,
  classScores,
  type ClassScoreOptions,
  type ClassScores,
  f1,
  precision,
  recall,
  type Scores,
  type ZeroDivision,
} from './precision-recall.ts'
export { binaryProbabilities, type Probabilities } from './probabilities.ts'
export { mae, mse, r2, rmse } from './regression.ts'
export { multiclassRocAuc, type MulticlassRocAucOptions, rocAuc, type RocAucOptions } from './roc-auc.ts'
export { spearman } from './spearman.ts'
