export {
  checkSchema,
  type CheckSchemaOptions,
  requireSchema,
  type SchemaFinding,
  type SchemaReport,
} from './check-schema.ts'
export {
  type BooleanColumn,
  type Column,
  columnFrom,
  type ColumnOf,
  type ColumnType,
  type DatetimeColumn,
  type DoubleColumn,
  type LongColumn,
  missingBoolean,
  type StringColumn,
  type Value,
} from './column.ts'
export { defaultMissing, formatCsv, readCsv, type ReadCsvOptions, writeCsv, type WriteCsvOptions } from './csv/index.ts'
export {
  type CategoricalDescription,
  type ColumnDescription,
  type DescribeOptions,
  describeTable,
  type NumericDescription,
} from './describe.ts'
export { digest } from './digest.ts'
export { readJsonl, type ReadJsonlOptions, writeJsonl } from './jsonl.ts'
export { datasetFolders, findDataset, type FindDatasetOptions, hasFilesOf } from './known/find-dataset.ts'
export { type KnownDataset, knownDataset, knownDatasets, type KnownFile } from './known/known-datasets.ts'
export {
  onboardDataset,
  type OnboardedDataset,
  type OnboardedFile,
  type OnboardOptions,
  type OnboardProgress,
} from './known/onboard-dataset.ts'
export { readParquet, type ReadParquetOptions, writeParquet } from './parquet/index.ts'
export { readTable, type ReadTableOptions, requireRows, writeTable } from './read-table.ts'
export {
  type ColumnSchema,
  inferSchema,
  type InferSchemaOptions,
  readSchema,
  schemaPath,
  type TableSchema,
  writeSchema,
} from './schema.ts'
export {
  type GroupBy,
  kFold,
  type KFoldOptions,
  type OrderBy,
  type RowKeys,
  type Split,
  splitTable,
  type SplitStrategy,
  type StratifyBy,
  trainTestSplit,
  type TrainTestSplitOptions,
} from './splits/index.ts'
export { type RowOf, Table, type TableTypes } from './table.ts'
export { type TableExtent, tableExtent } from './table-extent.ts'
export { type Encoding } from './text-source.ts'
