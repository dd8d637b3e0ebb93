export { type ColumnGroup, columnTransformer, type ColumnTransformer } from './column-transformer.ts'
export {
  fitLabels,
  type FittedLabels,
  type LabelsJson,
  type LabelSource,
  labelsFromJSON,
  type LabelType,
} from './fitted-labels.ts'
export { type FeatureMatrix, type FittedPreprocessor, preprocessorFromJSON } from './fitted-preprocessor.ts'
export { hashingEncoder, type HashingOptions } from './hashing-encoder.ts'
export { type InputColumn } from './inputs.ts'
export { type Kind, type Kinds } from './kinds.ts'
export { oneHotEncoder, type OneHotOptions } from './one-hot-encoder.ts'
export { ordinalEncoder, type OrdinalOptions } from './ordinal-encoder.ts'
export { passthrough } from './passthrough.ts'
export { pipeline } from './pipeline.ts'
export { type PreprocessorJson } from './preprocessor-json.ts'
export { minMaxScaler, robustScaler, standardScaler } from './scaler.ts'
export { simpleImputer } from './simple-imputer.ts'
export { tableFeeds } from './table-feeds.ts'
export { type Encoder, type NumberTransformer, type StringTransformer, type Transformer } from './transformer.ts'
