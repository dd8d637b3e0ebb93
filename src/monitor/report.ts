/** The whole report on a table: drift against a reference, summaries, tests, and the quality of predictions. */
import { type Column, requireRows, Table } from '../data/index.ts'
import type { Check } from './check.ts'
import { type ColumnDrift, compareColumn } from './column-drift.ts'
import { inferColumnType } from './column-type.ts'
import { driftReport, type DriftReport, requireColumn, selectColumns, unscoredReason } from './compare.ts'
import { checkData, checkDrift } from './data-checks.ts'
import { type Distribution, distributionOf } from './distribution.ts'
import type { ExpectedQuality } from './expected-quality.ts'
import { type ReportOptions, parseReportOptions } from './options.ts'
import { profileColumn } from './profile.ts'
import { checkQuality, expectQuality, measureQuality, type Quality, usedColumns } from './quality.ts'
import { RowHashes } from './row-hashes.ts'
import { type ColumnSummary, summariseColumn, summariseTable, type TableSummary } from './summary.ts'

/** Both sides of something; the reference is absent where there is none. */
export interface Sides<T> {
  readonly reference?: T
  readonly current: T
}

/** Plain data, ready to be written as JSON (NaN becomes null). */
export interface MonitoringReport {
  /** With a reference. */
  readonly drift?: DriftReport
  readonly summary: Sides<TableSummary>
  /** How numbers and categories are distributed, by column. */
  readonly distributions: Readonly<Record<string, Distribution>>
  /** Unless `tests` is false. */
  readonly tests: readonly Check[]
  /** With target and prediction columns: how right the predictions were, where rows are labelled. */
  readonly quality?: Sides<Quality>
  /** With probabilities: how right the predictions of the current rows should be, without their labels. */
  readonly expected?: ExpectedQuality
}

/**
 * The report on `current`, compared with `reference` where there is one.
 *
 * @throws as compareTables does; DataError when a target, prediction or probability column is wrong
 */
export function createReport(
  current: Table,
  { reference, ...options }: ReportOptions & { readonly reference?: Table } = {},
): MonitoringReport {
  requireRows(current, 'current')
  if (reference !== undefined) requireRows(reference, 'reference')
  const sides = { current: shapeOf(current), ...(reference && { reference: shapeOf(reference) }) }
  const builder = new ReportBuilder(sides, parseReportOptions(options))
  for (const name of builder.columnNames) {
    builder.add(name, { current: columnOf(current, name), reference: reference && columnOf(reference, name) })
  }
  return builder.finish()
}

/** How many rows a side has, and which columns. */
export interface TableShape {
  readonly rowCount: number
  readonly columnNames: readonly string[]
}

/** One column on both sides; undefined where a side does not have it. */
export interface ColumnSides {
  readonly reference: Column | undefined
  readonly current: Column | undefined
}

interface SideState {
  readonly shape: TableShape
  readonly rows: RowHashes
  readonly summaries: Map<string, ColumnSummary>
  /** The columns that the quality of predictions is measured on. */
  readonly kept: Map<string, Column>
}

/** Makes a report of columns that come one after the other, so that no more than some of them are in memory. */
export class ReportBuilder {
  /** All columns, in the order they are to be added. */
  readonly columnNames: readonly string[]
  readonly #options: ReportOptions
  readonly #sides: Sides<SideState>
  readonly #scored: ReadonlySet<string>
  readonly #unscored: Record<string, string>
  readonly #drifts = new Map<string, ColumnDrift>()
  readonly #distributions = new Map<string, Distribution>()
  readonly #kept: ReadonlySet<string>

  /** @throws MillraceError or DataError as selectColumns does, also for a column of quality that neither side has */
  constructor({ reference, current }: Sides<TableShape>, options: ReportOptions) {
    this.#options = options
    this.#sides = { current: stateOf(current), ...(reference && { reference: stateOf(reference) }) }
    this.columnNames = [...new Set([...(reference?.columnNames ?? []), ...current.columnNames])]
    const selected = reference && selectColumns(reference.columnNames, current.columnNames, options)
    this.#scored = new Set(selected?.names)
    this.#unscored = selected?.unscored ?? {}
    this.#kept = new Set(usedColumns(options))
    for (const name of this.#kept) {
      // Labels may be in the reference only, as long as none has come.
      if (!this.columnNames.includes(name)) requireColumn(name, new Set(current.columnNames), 'current')
    }
  }

  /** @throws as compareTables does */
  add(name: string, { reference, current }: ColumnSides): void {
    const decisive = reference ?? current
    if (decisive === undefined) return
    const named = this.#options.types?.[name]
    const type = named ?? inferColumnType(decisive)
    const before = reference && profileColumn(name, reference, type)
    // An empty reference says nothing of the type of the values that came later.
    const now = current && profileColumn(name, current, type === 'unknown' ? (named ?? inferColumnType(current)) : type)
    this.#record(this.#sides.reference, name, reference, before && summariseColumn(before))
    this.#record(this.#sides.current, name, current, now && summariseColumn(now))
    const distribution = now && distributionOf(before, now)
    if (distribution !== undefined) this.#distributions.set(name, distribution)
    if (!this.#scored.has(name) || before === undefined || now === undefined) return
    const isUnlabelled = name === this.#options.target && now.missing === now.rowCount
    const reason = unscoredReason(before, now) ?? (isUnlabelled ? 'no label has come yet' : undefined)
    if (reason === undefined) this.#drifts.set(name, compareColumn(name, before, now, this.#options))
    else this.#unscored[name] = reason
  }

  /** The report of all columns that were added. */
  finish(): MonitoringReport {
    const { reference, current } = this.#sides
    const drift =
      reference &&
      driftReport(
        this.#driftsInOrder(),
        this.#unscored,
        { reference: reference.shape.rowCount, current: current.shape.rowCount },
        this.#options,
      )
    const summary = { current: tableSummary(current), ...(reference && { reference: tableSummary(reference) }) }
    const tables = { current: keptTable(current), ...(reference && { reference: keptTable(reference) }) }
    const quality = measureQuality(tables, this.#options)
    const expected = expectQuality(tables, this.#options)
    return {
      ...(drift && { drift }),
      summary,
      distributions: Object.fromEntries(this.#distributions),
      tests:
        this.#options.tests === false
          ? []
          : [
              ...(drift === undefined ? [] : checkDrift(drift)),
              ...checkData(summary.current, summary.reference, this.#options),
              ...(quality === undefined ? [] : checkQuality(quality)),
            ],
      ...(quality && { quality }),
      ...(expected && { expected }),
    }
  }

  /** As `columns` names them, else as the reference has them. */
  #driftsInOrder(): [string, ColumnDrift][] {
    return [...this.#scored].flatMap((name): [string, ColumnDrift][] => {
      const drift = this.#drifts.get(name)
      return drift === undefined ? [] : [[name, drift]]
    })
  }

  #record(
    side: SideState | undefined,
    name: string,
    column: Column | undefined,
    summary: ColumnSummary | undefined,
  ): void {
    if (side === undefined || column === undefined || summary === undefined) return
    side.rows.add(name, column)
    side.summaries.set(name, summary)
    if (this.#kept.has(name)) side.kept.set(name, column)
  }
}

function stateOf(shape: TableShape): SideState {
  return { shape, rows: new RowHashes(shape.rowCount), summaries: new Map(), kept: new Map() }
}

function shapeOf({ rowCount, columnNames }: Table): TableShape {
  return { rowCount, columnNames }
}

function columnOf(table: Table, name: string): Column | undefined {
  return table.has(name) ? table.column(name) : undefined
}

function tableSummary({ shape, summaries, rows }: SideState): TableSummary {
  return summariseTable(shape.rowCount, Object.fromEntries(summaries), rows)
}

function keptTable({ kept }: SideState): Table {
  return Table.fromColumns(kept)
}
