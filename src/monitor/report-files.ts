/** The report on files of any size: columns are read some at a time, so that memory stays bounded and scores exact. */
import { MillraceError } from '../core/index.ts'
import {
  type Column,
  readTable,
  type ReadTableOptions,
  requireRows,
  type Table,
  tableExtent,
  type TableExtent,
} from '../data/index.ts'
import { type ReportOptions, parseReportOptions } from './options.ts'
import { type MonitoringReport, ReportBuilder, type Sides, type TableShape } from './report.ts'

export interface ReportFilesOptions {
  /** Compared with; without it the report is on the current file alone. */
  readonly reference?: string
  /** How the files are read. */
  readonly read?: ReadTableOptions
  /** How large the columns in memory may be at a time, both sides together. At least one column is read. Default: 1 GiB. */
  readonly memoryBytes?: number
}

/**
 * The report of createReport on a CSV, JSON Lines or Parquet file.
 *
 * Files larger than `memoryBytes` are read several times, some columns each time; every number is that of the whole file.
 * Beside those columns 9 bytes a row are needed on each side, to find duplicated rows. JSON Lines are always read whole.
 *
 * @throws as readTable and createReport do
 */
export async function createFileReport(
  current: string,
  { reference, read = {}, memoryBytes = 2 ** 30, ...options }: ReportOptions & ReportFilesOptions = {},
): Promise<MonitoringReport> {
  const checked = parseReportOptions(options)
  if (current === '-' || reference === '-') {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      'Reports read files by parts, which standard input does not allow. Save it to a file first.',
    )
  }
  const extents = {
    current: await tableExtent(current, read),
    ...(reference !== undefined && { reference: await tableExtent(reference, read) }),
  }
  const names = [...new Set([...(extents.reference?.columnNames ?? []), ...extents.current.columnNames])]
  const size = extents.current.sizeBytes + (extents.reference?.sizeBytes ?? 0)
  const groupSize = Math.max(1, Math.floor((names.length * memoryBytes) / Math.max(1, size)))
  let builder: ReportBuilder | undefined
  for (let start = 0; start < names.length; start += groupSize) {
    const group = names.slice(start, start + groupSize)
    const tables = {
      current: await readPart(current, extents.current, group, read),
      ...(reference !== undefined && { reference: await readPart(reference, extents.reference, group, read) }),
    }
    builder ??= startReport(tables, extents, { current, ...(reference !== undefined && { reference }) }, checked)
    for (const name of group) {
      builder.add(name, {
        current: columnOf(tables.current, name),
        reference: tables.reference && columnOf(tables.reference, name),
      })
    }
  }
  if (builder === undefined) throw new MillraceError('INVALID_DATA', `${current} has no columns.`)
  return builder.finish()
}

function startReport(
  tables: Sides<Table>,
  extents: Sides<{ readonly columnNames: readonly string[] }>,
  paths: Sides<string>,
  options: ReportOptions,
): ReportBuilder {
  const shape = (side: keyof Sides<unknown>): TableShape => ({
    rowCount: requireRows({ rowCount: tables[side]?.rowCount ?? 0 }, paths[side]).rowCount,
    columnNames: extents[side]?.columnNames ?? [],
  })
  const sides = { current: shape('current'), ...(tables.reference && { reference: shape('reference') }) }
  return new ReportBuilder(sides, options)
}

/** Those of the columns in `group` that the file has. */
async function readPart(
  path: string,
  extent: TableExtent | undefined,
  group: readonly string[],
  read: ReadTableOptions,
): Promise<Table> {
  const columns = group.filter((name) => extent?.columnNames.includes(name))
  return extent?.table?.select(...columns) ?? (await readTable(path, { ...read, columns }))
}

function columnOf(table: Table, name: string): Column | undefined {
  return table.has(name) ? table.column(name) : undefined
}
