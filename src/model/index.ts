export { assembleOnnx, type Assembly, type Frame, type Learned, type TargetScale } from './assemble.ts'
export type { BoostingConfig, BoostingOptions } from './boosting/boosting-config.ts'
export { gradientBoostingClassifier, gradientBoostingRegressor } from './boosting/boosting-model.ts'
export { evaluateModel, type Evaluation, scoreNames } from './evaluation.ts'
export {
  type ImageArchitecture,
  imageClassifier,
  type ImageClassifier,
  type ImageClassifierConfig,
  type ImageClassifierKind,
  type ImageClassifierOptions,
  type ImageTask,
  type ImageTrainOptions,
  type TrainedImageModel,
} from './image/image-classifier.ts'
export { ImageModel, type ImageModelConfig, type ImageModelContent } from './image/image-model.ts'
export type { ImageTraining, ImageTrainingOptions } from './image/image-training.ts'
export { loadModel } from './load-model.ts'
export { Mlp, type MlpShape } from './mlp/mlp.ts'
export type { MlpConfig, MlpOptions } from './mlp/mlp-config.ts'
export { mlpClassifier, mlpRegressor } from './mlp/mlp-model.ts'
export type { Model, ModelKind, ModelTrainOptions, TabularConfig, Task, TrainedModel, TrainingData } from './model.ts'
export { type InputExample, inputExample, type ModelConfig, type ModelContent, ModelPackage } from './model-package.ts'
export { models, type Models } from './models.ts'
export { withPreprocessor } from './with-preprocessor.ts'
export {
  type ClassificationPrediction,
  type Prediction,
  predictionTable,
  type RegressionPrediction,
} from './prediction.ts'
export { type Signature, signatureOf, type TensorSpec } from './signature.ts'
