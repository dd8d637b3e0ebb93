export { readParquet, type ReadParquetOptions, writeParquet } from './parquet.ts'
