export { batchAccuracy, batchBinaryAccuracy, batchMeanAbsoluteError } from './batch-metrics.ts'
export {
  type Batch,
  type Dataset,
  type DatasetReader,
  type EpochPlan,
  type Field,
  type FieldType,
  openReader,
  subset,
  tensorDataset,
} from './dataset.ts'
export type { Elements, TensorsByName } from './element-types.ts'
export { constantFill, kaimingNormal, normalFill, uniformByFanIn, xavierUniform } from './initializers.ts'
export { GELU, Hardswish, LeakyReLU, ReLU, ReLU6, Sigmoid, SiLU, Softmax, Tanh } from './layers/activation.ts'
export { Conv2d, type Conv2dOptions, ConvTranspose2d, type ConvTranspose2dOptions } from './layers/convolution.ts'
export { Dropout, Dropout2d } from './layers/dropout.ts'
export { Embedding } from './layers/embedding.ts'
export { Linear, type LinearOptions } from './layers/linear.ts'
export { BatchNorm1d, BatchNorm2d, type BatchNormOptions, GroupNorm, LayerNorm } from './layers/normalization.ts'
export { AdaptiveAvgPool2d, AvgPool2d, MaxPool2d } from './layers/pooling.ts'
export { Sequential } from './layers/sequential.ts'
export { Flatten, ZeroPad2d } from './layers/shaping.ts'
export {
  bceWithLogitsLoss,
  crossEntropyLoss,
  type CrossEntropyOptions,
  huberLoss,
  type InvalidTarget,
  l1Loss,
  type Loss,
  mseLoss,
  nllLoss,
} from './losses.ts'
export { cutmix, type Mixing, mixingChoice, type MixingOptions, mixup } from './mixing.ts'
export { Buffer, type Initializer, Module, Parameter, type StateDict } from './module.ts'
export {
  adam,
  type AdamOptions,
  adamW,
  type Optimizer,
  type ParameterGroup,
  rmsprop,
  type RmspropOptions,
  sgd,
  type SgdOptions,
} from './optimizers.ts'
export type { BatchMetric } from './program.ts'
export { type ProgressOptions, type ProgressReport, progressReport } from './progress-report.ts'
export {
  decodeSafetensors,
  encodeSafetensors,
  loadSafetensors,
  type Safetensors,
  saveSafetensors,
} from './safetensors.ts'
export {
  constantSchedule,
  cosineSchedule,
  type OneCycleOptions,
  oneCycleSchedule,
  type PlateauOptions,
  plateauSchedule,
  type Progress,
  type Schedule,
  stepSchedule,
  warmup,
} from './schedules.ts'
export { decodeTorchFile, encodeTorchFile, loadTorchFile, saveTorchFile, type TorchFileOptions } from './torch-file.ts'
export type { EpochReport, StepReport, TrainingResult, TrainOptions } from './train-options.ts'
export { train } from './trainer.ts'
