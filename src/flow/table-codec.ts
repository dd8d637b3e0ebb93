/** Tables as artifacts: their own columns, so that reading one back copies no values. */
import { type Column, Table } from '../data/index.ts'
import { registerCodec } from './codec.ts'

registerCodec<Table>(Table, {
  name: 'Table',
  encode: (table) => table.columnNames.map((name) => [name, { ...table.column(name) }]),
  decode: (columns) => Table.fromColumns(columns as [string, Column][]),
})
