/** Charts as values: data, reduced to what can be seen, and labels. Drawing them is `render-chart.ts`. */
import { MillraceError } from '../core/index.ts'
import { binValues, decimate, every } from './reduce-points.ts'

export type Chart = LineChart | ScatterChart | BarChart | Histogram | Heatmap

/** The kinds of charts, in words. */
export const chartKinds = {
  'line-chart': 'Line chart',
  'scatter-chart': 'Scatter chart',
  'bar-chart': 'Bar chart',
  histogram: 'Histogram',
  heatmap: 'Heatmap',
} as const satisfies Record<Chart['kind'], string>

export interface ChartOptions {
  readonly title?: string
  readonly xLabel?: string
  readonly yLabel?: string
  /** What the chart tells, for those who do not see it. Default: its kind, title and series. */
  readonly description?: string
  /** Pixels. Default: 560, or 120 when compact. The chart shrinks where there is less room. */
  readonly width?: number
  /** Pixels. Default: 240, or 32 when compact; bars that lie and heatmaps grow with their rows. */
  readonly height?: number
  /** Without axes, title and legend, for a table's cell. Default: false. */
  readonly compact?: boolean
}

/** What every series has. */
interface Named {
  readonly name: string
  /** Draws it in grey, as what the others are compared with. Default: false. */
  readonly reference?: boolean
}

export interface XySeries extends Named {
  /** [n], where the points are. Default: 0, 1, 2, … */
  readonly x?: ArrayLike<number> | readonly Date[]
  /** [n]; NaN and infinities are left out and break a line. */
  readonly y: ArrayLike<number>
}

export interface CategorySeries extends Named {
  /** [c], one for each category. */
  readonly values: ArrayLike<number>
}

export interface SampleSeries extends Named {
  /** [n], in any order; NaN and infinities are left out. */
  readonly values: ArrayLike<number>
}

export interface CountSeries extends Named {
  /** [bins], how many values each bin has. */
  readonly counts: ArrayLike<number>
}

export interface Point {
  readonly x: number | Date
  readonly y: number
}

interface PointSeries extends Named {
  readonly points: readonly Point[]
}

export interface LineChart extends ChartOptions {
  readonly kind: 'line-chart'
  readonly series: readonly PointSeries[]
}

export interface ScatterChart extends ChartOptions {
  readonly kind: 'scatter-chart'
  readonly series: readonly PointSeries[]
  /** How many points there were; more than are drawn when they were too many. */
  readonly pointCount: number
}

export interface BarChartOptions extends ChartOptions {
  /** Bars that lie, with room for long names. Default: when names are long or many. */
  readonly horizontal?: boolean
  /** Show shares as percentages. Default: false. */
  readonly percent?: boolean
}

export interface BarChart extends BarChartOptions {
  readonly kind: 'bar-chart'
  readonly categories: readonly string[]
  readonly series: readonly (Named & { readonly values: readonly number[] })[]
}

export interface HistogramOptions extends ChartOptions {
  /** How many bins, of equal width. Default: 20. */
  readonly bins?: number
}

export interface Histogram extends ChartOptions {
  readonly kind: 'histogram'
  /** [bins + 1], ascending. */
  readonly edges: readonly number[]
  readonly series: readonly (Named & { readonly counts: readonly number[] })[]
}

export interface Heatmap extends ChartOptions {
  readonly kind: 'heatmap'
  readonly rows: readonly string[]
  readonly columns: readonly string[]
  /** [rows, columns]; NaN is an empty cell. */
  readonly values: readonly (readonly number[])[]
}

/**
 * Lines over numbers or time. Of more than a thousand points a line keeps the lowest and highest of each stretch, so
 * that it looks the same.
 *
 * @throws MillraceError INVALID_ARGUMENT when x and y of a series differ in length
 */
export function lineChart(series: readonly XySeries[], options: ChartOptions = {}): LineChart {
  return {
    kind: 'line-chart',
    ...options,
    series: series.map((one) => ({ ...nameOf(one), points: decimate(pointsOf('lineChart', one), 1000) })),
  }
}

/**
 * Points. Of more than 2000 in all, every k-th is drawn, and the reader is told.
 *
 * @throws MillraceError INVALID_ARGUMENT when x and y of a series differ in length
 */
export function scatterChart(series: readonly XySeries[], options: ChartOptions = {}): ScatterChart {
  const all = series.map((one) => ({
    ...nameOf(one),
    points: pointsOf('scatterChart', one).filter(({ y }) => Number.isFinite(y)),
  }))
  const pointCount = all.reduce((sum, { points }) => sum + points.length, 0)
  const step = Math.ceil(pointCount / 2000)
  return {
    kind: 'scatter-chart',
    ...options,
    pointCount,
    series: all.map((one) => ({ ...one, points: every(step, one.points) })),
  }
}

/**
 * Bars of categories; several series stand side by side.
 *
 * @throws MillraceError INVALID_ARGUMENT when a series has not one value for each category
 */
export function barChart(
  { categories, series }: { readonly categories: readonly string[]; readonly series: readonly CategorySeries[] },
  options: BarChartOptions = {},
): BarChart {
  return {
    kind: 'bar-chart',
    ...options,
    categories: [...categories],
    series: series.map((one) => {
      checkLength('barChart', `values of "${one.name}"`, one.values.length, categories.length, 'categories')
      return { ...nameOf(one), values: Array.from(one.values) }
    }),
  }
}

/** How values are distributed; several series lie over each other, in the same bins. Several are drawn as shares. */
export function histogram(
  series: readonly SampleSeries[],
  { bins = 20, ...options }: HistogramOptions = {},
): Histogram {
  const { edges, counts } = binValues(
    series.map((one) => one.values),
    bins,
  )
  return binnedHistogram(
    { edges, series: series.map((one, i) => ({ ...nameOf(one), counts: counts[i] ?? [] })) },
    options,
  )
}

/**
 * A histogram of values that are counted already.
 *
 * @param data edges [bins + 1] ascending and finite, counts [bins] of each series
 * @throws MillraceError INVALID_ARGUMENT when counts and edges do not fit
 */
export function binnedHistogram(
  { edges, series }: { readonly edges: ArrayLike<number>; readonly series: readonly CountSeries[] },
  options: ChartOptions = {},
): Histogram {
  return {
    kind: 'histogram',
    ...options,
    edges: Array.from(edges),
    series: series.map((one) => {
      checkLength(
        'binnedHistogram',
        `counts of "${one.name}"`,
        one.counts.length,
        Math.max(0, edges.length - 1),
        'bins',
      )
      return { ...nameOf(one), counts: Array.from(one.counts) }
    }),
  }
}

/**
 * A table of numbers as shades, such as a confusion matrix (rows actual, columns predicted) or correlations.
 *
 * @throws MillraceError INVALID_ARGUMENT when `values` is not rows × columns
 */
export function heatmap(data: Pick<Heatmap, 'rows' | 'columns' | 'values'>, options: ChartOptions = {}): Heatmap {
  checkLength('heatmap', 'values', data.values.length, data.rows.length, 'rows')
  for (const row of data.values) checkLength('heatmap', 'a row', row.length, data.columns.length, 'columns')
  return {
    kind: 'heatmap',
    ...options,
    rows: [...data.rows],
    columns: [...data.columns],
    values: data.values.map((row) => [...row]),
  }
}

function nameOf({ name, reference }: Named): Named {
  return { name, ...(reference === true && { reference }) }
}

function pointsOf(chart: string, { name, x, y }: XySeries): Point[] {
  if (x !== undefined) checkLength(chart, `y of "${name}"`, y.length, x.length, 'x')
  return Array.from(y, (value, i) => ({ x: x?.[i] ?? i, y: value }))
}

function checkLength(chart: string, what: string, found: number, expected: number, of: string): void {
  if (found === expected) return
  throw new MillraceError(
    'INVALID_ARGUMENT',
    `${chart}: ${what} has ${found} values, but there are ${expected} ${of}. Give one value for each.`,
  )
}
