/** CSV and Parquet as tables. */
import { Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { csvParseRows } from 'd3-dsv'
import { parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { type ReactNode, useMemo } from 'react'
import { Waiting } from '../../shell/failure.tsx'
import { strings } from '../../strings.ts'
import { DataTable } from '../../table/data-table.tsx'

/** A row with its place. */
interface Line {
  readonly index: number
  readonly values: readonly unknown[]
}

export function CsvView({ content }: { readonly content: ArrayBuffer }): ReactNode {
  const [header = [], ...rows] = useMemo(() => csvParseRows(new TextDecoder().decode(content)), [content])
  return <Rows header={header} rows={rows} />
}

export function ParquetView({ content }: { readonly content: ArrayBuffer }): ReactNode {
  const { data, error } = useQuery({
    queryKey: ['parquet', content],
    queryKeyHashFn: () => `parquet ${content.byteLength}`,
    queryFn: async () => await parquetReadObjects({ file: content, compressors }),
    gcTime: 0,
  })
  if (data === undefined) return <Waiting error={error} size="sm" />
  const header = Object.keys(data[0] ?? {})
  return <Rows header={header} rows={data.map((row) => header.map((name) => row[name]))} />
}

/** More are not read, and each cell in sight is an element of the page. */
const maxColumns = 200

interface RowsProps {
  readonly header: readonly string[]
  readonly rows: readonly (readonly unknown[])[]
}

function Rows({ header, rows }: RowsProps): ReactNode {
  const columns = useMemo(
    () =>
      header.slice(0, maxColumns).map((name, place) => ({
        id: `${place} ${name}`,
        header: name,
        width: Math.min(240, Math.max(90, 8 * name.length + 24)),
        cell: ({ values }: Line) => cellText(values[place]),
      })),
    [header],
  )
  const lines = useMemo(() => rows.map((values, index): Line => ({ index, values })), [rows])
  return (
    <Stack h="70vh" gap="xs">
      <Text size="xs" c="dimmed">
        {strings.artifacts.tableSize(rows.length, header.length)}
        {header.length > maxColumns && ` · ${strings.artifacts.columnsShown(maxColumns)}`}
      </Text>
      <DataTable
        label={strings.artifacts.table}
        columns={columns}
        rows={lines}
        rowId={({ index }) => String(index)}
        rowName={({ index }) => String(index)}
      />
    </Stack>
  )
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'string' || typeof value === 'bigint') return value.toString()
  return JSON.stringify(value)
}
