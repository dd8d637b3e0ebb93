export { kFold, type KFoldOptions } from './k-fold.ts'
export { type Split, splitTable } from './split.ts'
export { type GroupBy, type OrderBy, type RowKeys, type SplitStrategy, type StratifyBy } from './strategy.ts'
export { trainTestSplit, type TrainTestSplitOptions } from './train-test-split.ts'
