/** What is in the columns of a table, in numbers: the data summary, which the data tests compare. */
import type { ColumnProfile } from './profile.ts'
import type { RowHashes } from './row-hashes.ts'
import { quantile, squaredDeviations, mean } from './statistics/moments.ts'

interface CommonSummary {
  readonly missing: number
  readonly missingShare: number
  /** Different values; of dates it is not counted. */
  readonly distinct: number
  /** The share of the most frequent value among those present; 0 of texts and dates. */
  readonly topShare: number
}

export interface NumberSummary extends CommonSummary {
  readonly type: 'numerical'
  /** ±infinity; the statistics leave it out. */
  readonly infinite: number
  readonly min: number
  readonly max: number
  readonly mean: number
  /** Of the sample: divided by n - 1; 0 of a single value. */
  readonly std: number
  /** 25 %, 50 % and 75 %. */
  readonly quantiles: readonly [number, number, number]
}

export interface CategorySummary extends CommonSummary {
  readonly type: 'categorical'
  /** The most frequent 10 values, most frequent first. */
  readonly top: readonly { readonly value: string; readonly count: number }[]
}

export interface TextSummary extends CommonSummary {
  readonly type: 'text'
  /** In UTF-16 code units. */
  readonly length: { readonly min: number; readonly mean: number; readonly max: number }
}

export interface DateSummary extends CommonSummary {
  readonly type: 'datetime'
  /** ISO 8601. */
  readonly first: string
  readonly last: string
}

export interface EmptySummary extends CommonSummary {
  readonly type: 'unknown'
}

export type ColumnSummary = NumberSummary | CategorySummary | TextSummary | DateSummary | EmptySummary

export interface TableSummary {
  readonly rowCount: number
  readonly columnCount: number
  /** Missing values of all columns together. */
  readonly missing: number
  readonly missingShare: number
  /** Rows that equal one before them. */
  readonly duplicatedRows: number
  readonly emptyRows: number
  /** Columns that equal one before them. */
  readonly duplicatedColumns: readonly string[]
  /** Columns of one value; then those where one value makes up 95 % or more of those present, constant ones included. */
  readonly constantColumns: readonly string[]
  readonly almostConstantColumns: readonly string[]
  /** Columns without a value. */
  readonly emptyColumns: readonly string[]
  readonly columns: Readonly<Record<string, ColumnSummary>>
}

/** The summary of one side of a column. */
export function summariseColumn(profile: ColumnProfile): ColumnSummary {
  const { rowCount, missing } = profile
  const common = { missing, missingShare: rowCount === 0 ? 0 : missing / rowCount }
  switch (profile.type) {
    case 'numerical':
      return { type: profile.type, ...common, infinite: profile.infinite, ...describeNumbers(profile.sorted) }
    case 'categorical': {
      const top = [...profile.counts].sort((a, b) => b[1] - a[1]).slice(0, 10)
      const topShare = (top[0]?.[1] ?? 0) / Math.max(1, rowCount - missing)
      const shown = top.map(([value, count]) => ({ value, count }))
      return { type: profile.type, ...common, distinct: profile.counts.size, topShare, top: shown }
    }
    case 'text':
      return { type: profile.type, ...common, distinct: profile.distinct, topShare: 0, length: lengths(profile.texts) }
    case 'datetime': {
      const [first, last] = [profile.first, profile.last].map((time) =>
        Number.isFinite(time) ? new Date(time).toISOString() : '',
      )
      return { type: profile.type, ...common, distinct: Number.NaN, topShare: 0, first: first ?? '', last: last ?? '' }
    }
    case 'unknown':
      return { type: profile.type, ...common, distinct: 0, topShare: 0 }
  }
}

/** The summary of a table from those of its columns and the hashes of its rows. */
export function summariseTable(
  rowCount: number,
  columns: Readonly<Record<string, ColumnSummary>>,
  rows: RowHashes,
): TableSummary {
  const entries = Object.entries(columns)
  const named = (test: (column: ColumnSummary) => boolean): string[] =>
    entries.filter(([, column]) => test(column)).map(([name]) => name)
  const missing = entries.reduce((sum, [, column]) => sum + column.missing, 0)
  return {
    rowCount,
    columnCount: entries.length,
    missing,
    missingShare: missing / Math.max(1, rowCount * entries.length),
    duplicatedRows: rows.countDuplicates(),
    emptyRows: rows.countEmpty(),
    duplicatedColumns: rows.duplicatedColumns(),
    constantColumns: named(({ distinct }) => distinct === 1),
    almostConstantColumns: named(({ topShare }) => topShare >= 0.95),
    emptyColumns: named((column) => column.missing === rowCount),
    columns,
  }
}

function describeNumbers(sorted: Float64Array): Omit<NumberSummary, 'type' | 'infinite' | 'missing' | 'missingShare'> {
  const count = sorted.length
  let [distinct, run, longest] = [0, 0, 0]
  for (let i = 0; i < count; i++) {
    if (i > 0 && sorted[i] === sorted[i - 1]) run++
    else {
      distinct++
      run = 1
    }
    if (run > longest) longest = run
  }
  return {
    distinct,
    topShare: longest / Math.max(1, count),
    min: sorted[0] ?? Number.NaN,
    max: sorted.at(-1) ?? Number.NaN,
    mean: mean(sorted),
    std: count < 2 ? 0 : Math.sqrt(squaredDeviations(sorted) / (count - 1)),
    quantiles: [quantile(sorted, 0.25), quantile(sorted, 0.5), quantile(sorted, 0.75)],
  }
}

function lengths(texts: readonly string[]): TextSummary['length'] {
  let [min, max, sum] = [Number.POSITIVE_INFINITY, 0, 0]
  for (const { length } of texts) {
    min = Math.min(min, length)
    max = Math.max(max, length)
    sum += length
  }
  return { min: texts.length === 0 ? 0 : min, mean: sum / Math.max(1, texts.length), max }
}
