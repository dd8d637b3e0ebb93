/** Which column type each column of a Parquet file becomes. */

import { type FileMetaData, parquetSchema, type SchemaElement } from 'hyparquet'
import { type ColumnType } from '../column.ts'

/** A top-level column of the file; without a type when a table cannot hold it. */
export interface ParquetColumn {
  readonly name: string
  readonly type: ColumnType | undefined
  /** What it is in Parquet's words. */
  readonly description: string
  /** How many decimals a decimal has. */
  readonly scale: number | undefined
}

/** The top-level columns, in the file's order. */
export function parquetColumns(metadata: FileMetaData): ParquetColumn[] {
  return parquetSchema(metadata).children.map(({ element, children }) => {
    const nested = children.length > 0 || element.repetition_type === 'REPEATED'
    const logical = element.logical_type?.type ?? element.converted_type
    const description = nested ? `nested (${logical ?? 'a group'})` : `of type ${logical ?? element.type ?? 'unknown'}`
    const scale = logical === 'DECIMAL' ? (element.scale ?? 0) : undefined
    return { name: element.name, type: nested ? undefined : columnType(element), description, scale }
  })
}

function columnType({ type, converted_type: converted, logical_type: logical }: SchemaElement): ColumnType | undefined {
  const kind = logical?.type ?? converted?.replace(/_(MILLIS|MICROS)$/, '')
  if (kind === 'DATE' || kind === 'TIMESTAMP' || type === 'INT96') return 'datetime'
  if (kind === 'DECIMAL' || kind === 'FLOAT16') return 'double'
  if (kind === 'UUID') return 'string'
  if (kind !== undefined && !/^(STRING|UTF8|ENUM|INTEGER|U?INT_\d+|NULL)$/.test(kind)) return undefined
  if (type === 'BOOLEAN') return 'boolean'
  if (type === 'INT32' || type === 'INT64') return 'long'
  if (type === 'FLOAT' || type === 'DOUBLE') return 'double'
  return type === 'BYTE_ARRAY' ? 'string' : undefined
}
