export { readParquet, type ReadParquetOptions } from './read-parquet.ts'
export { writeParquet } from './write-parquet.ts'
