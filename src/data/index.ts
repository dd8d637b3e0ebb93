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
export { digest } from './digest.ts'
export { type RowOf, Table, type TableTypes } from './table.ts'
