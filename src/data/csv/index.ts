export { defaultMissing } from './missing-tokens.ts'
export { readCsv, type ReadCsvOptions } from './read-csv.ts'
export { formatCsv, writeCsv, type WriteCsvOptions } from './write-csv.ts'
