/** What Observable Plot is to draw for each kind of chart. Series are drawn one mark each, in the order given. */
import type { BarChart, Chart, Heatmap, Histogram, LineChart, ScatterChart } from './chart.ts'
import { formatNumber, formatShort } from './format.ts'
import type { Plot, PlotOptions, ScaleOptions } from './plot.ts'
import { lineStyleOf, seriesColor, symbolOf } from './series-look.ts'

/** The options of `chart`, with its size and axes. */
export function drawChart(chart: Chart, plot: Plot): PlotOptions {
  const { compact = false, width = compact ? 120 : 560, height = compact ? 32 : 240 } = chart
  const drawn = drawKind(chart, plot)
  if (compact) return { width, height, margin: 1, ...withoutAxes(drawn) }
  const marginTop = drawn.y?.label === null ? 12 : 28
  return { width, height, marginTop, marginLeft: 52, marginBottom: 36, ...drawn }
}

function drawKind(chart: Chart, plot: Plot): PlotOptions {
  switch (chart.kind) {
    case 'line-chart':
      return drawLines(chart, plot)
    case 'scatter-chart':
      return drawPoints(chart, plot)
    case 'bar-chart':
      return drawBars(chart, plot)
    case 'histogram':
      return drawHistogram(chart, plot)
    case 'heatmap':
      return drawHeatmap(chart, plot)
  }
}

function drawLines({ series, xLabel, yLabel }: LineChart, plot: Plot): PlotOptions {
  return {
    x: { ...axis(xLabel), ticks: tickCount(series) },
    y: valueAxis(yLabel, ysOf(series)),
    marks: series.flatMap(({ points }, i) => {
      const stroke = seriesColor(series, i)
      const { dashes } = lineStyleOf(series, i)
      const line = plot.lineY(points, {
        x: 'x',
        y: 'y',
        stroke,
        strokeWidth: 2,
        ...(dashes !== undefined && { strokeDasharray: dashes }),
      })
      // A line of one point is nothing to see, and few points are worth to be told apart.
      return points.length > 30 ? [line] : [line, plot.dot(points, { x: 'x', y: 'y', fill: stroke, r: 2.5 })]
    }),
  }
}

function drawPoints({ series, xLabel, yLabel }: ScatterChart, plot: Plot): PlotOptions {
  return {
    x: { ...axis(xLabel), grid: true },
    y: valueAxis(yLabel, ysOf(series)),
    marks: series.map(({ points }, i) =>
      plot.dot(points, { x: 'x', y: 'y', stroke: seriesColor(series, i), symbol: symbolOf(i).symbol, r: 3 }),
    ),
  }
}

/** Each category is a facet, so that the bars of several series stand side by side in it. */
function drawBars(chart: BarChart, plot: Plot): PlotOptions {
  const { categories, series, percent = false, xLabel, yLabel, compact } = chart
  const longest = Math.max(...categories.map((name) => Math.min(name.length, labelLength)))
  const { horizontal = compact !== true && (longest > 9 || categories.length > 10) } = chart
  const scale = valueAxis(
    horizontal ? xLabel : yLabel,
    series.flatMap(({ values }) => values),
  )
  const values = { ...scale, ...(percent && { tickFormat: formatShare }) }
  const facets = {
    domain: categories.map((_, i) => i),
    tickFormat: (i: number) => shorten(categories[i]),
    label: (horizontal ? yLabel : xLabel) ?? null,
    padding: 0.2,
  }
  const bars = series.map((one) => Array.from(one.values, (value, category) => ({ value, category })))
  if (horizontal) {
    return {
      ...(chart.height === undefined && { height: 44 + categories.length * (10 + 12 * series.length) }),
      marginTop: 8,
      marginLeft: 16 + 8 * longest,
      x: values,
      y: { axis: null, padding: 0 },
      fy: { ...facets, axis: 'left' },
      marks: bars.map((bar, i) =>
        plot.barX(bar, { x: 'value', y: () => i, fy: 'category', fill: seriesColor(series, i) }),
      ),
    }
  }
  return {
    x: { axis: null, padding: 0 },
    y: values,
    fx: { ...facets, axis: 'bottom' },
    marks: bars.map((bar, i) =>
      plot.barY(bar, { y: 'value', x: () => i, fx: 'category', fill: seriesColor(series, i) }),
    ),
  }
}

/** One series is drawn as counts, several as shares; in bins of unequal width as density, so that areas compare. */
function drawHistogram({ edges, series, xLabel, yLabel }: Histogram, plot: Plot): PlotOptions {
  const widths = edges.slice(1).map((edge, i) => edge - (edges[i] ?? edge))
  const isEven = widths.every((width) => Math.abs(width - (widths[0] ?? 0)) <= 1e-6 * Math.abs(width))
  const unit = !isEven ? 'density' : series.length > 1 ? 'share' : 'count'
  const heightsOf = (counts: readonly number[]): number[] => {
    const total = counts.reduce((sum, count) => sum + count, 0) || 1
    if (unit === 'count') return [...counts]
    return counts.map((count, i) => count / total / (unit === 'share' ? 1 : widths[i] || Infinity))
  }
  const heights = series.map(({ counts }) => heightsOf(counts))
  const scale = valueAxis(yLabel ?? unit, heights.flat())
  return {
    x: axis(xLabel),
    y: { ...scale, ...(unit === 'share' && { tickFormat: formatShare }) },
    marks: heights.map((heights, i) => {
      const color = seriesColor(series, i)
      if (series.length > 1)
        return plot.line(outlineOf(edges, heights), { stroke: color, fill: color, fillOpacity: 0.35 })
      const bars = heights.map((y, bin) => ({ x1: edges[bin], x2: edges[bin + 1], y }))
      return plot.rectY(bars, { x1: 'x1', x2: 'x2', y: 'y', fill: color })
    }),
  }
}

/** The corners of a histogram's upper edge, from the ground to the ground. */
function outlineOf(edges: readonly number[], heights: readonly number[]): [number, number][] {
  const corners = heights.flatMap((height, bin): [number, number][] => [
    [edges[bin] ?? 0, height],
    [edges[bin + 1] ?? 0, height],
  ])
  return [[edges[0] ?? 0, 0], ...corners, [edges.at(-1) ?? 0, 0]]
}

function drawHeatmap(
  { rows, columns, values, xLabel, yLabel, width, height, compact }: Heatmap,
  plot: Plot,
): PlotOptions {
  const cells = values
    .flatMap((row, y) => row.map((value, x) => ({ x, y, value })))
    .filter(({ value }) => value === value)
  const strongest = Math.max(...cells.map(({ value }) => Math.abs(value))) || 1
  const longest = Math.max(...rows.map((name) => Math.min(name.length, labelLength)))
  const place = { x: 'x', y: 'y' } as const
  const shade = (cell: { value: number }): number => Math.abs(cell.value) / strongest
  const ofSign = (negative: boolean): typeof cells => cells.filter(({ value }) => value < 0 === negative)
  const marginLeft = 16 + 7 * longest + (yLabel === undefined ? 0 : 16)
  return {
    width: width ?? Math.min(560, marginLeft + 20 + 76 * columns.length),
    height: height ?? 60 + 44 * rows.length,
    marginTop: 8,
    marginBottom: 52,
    marginLeft,
    x: {
      ...axis(xLabel),
      domain: columns.map((_, i) => i),
      tickFormat: (i: number) => shorten(columns[i]),
      tickSize: 0,
    },
    y: { ...axis(yLabel), domain: rows.map((_, i) => i), tickFormat: (i: number) => shorten(rows[i]), tickSize: 0 },
    opacity: { type: 'identity' },
    marks: [
      plot.cell(ofSign(false), { ...place, fill: 'var(--heat)', fillOpacity: shade, inset: 1, rx: 3 }),
      plot.cell(ofSign(true), { ...place, fill: 'var(--heat-negative)', fillOpacity: shade, inset: 1, rx: 3 }),
      ...(compact !== true && columns.length <= 12
        ? [
            plot.text(cells, {
              ...place,
              text: ({ value }: { value: number }) => formatCell(value),
            }),
          ]
        : []),
    ],
  }
}

/** The longest label of a category, in characters. */
const labelLength = 20

function shorten(label = ''): string {
  return label.length <= labelLength ? label : `${label.slice(0, labelLength - 1)}…`
}

/** Counts in full, other numbers to three significant digits. */
function formatCell(value: number): string {
  return formatNumber(Number.isInteger(value) ? value : Number(value.toPrecision(3)))
}

function ysOf(series: LineChart['series']): number[] {
  return series.flatMap(({ points }) => points.map(({ y }) => y))
}

function formatShare(share: number): string {
  return `${formatNumber(Number((share * 100).toPrecision(4)))}%`
}

function axis(label: string | undefined): { label: string | null; labelArrow: false; ticks: number } {
  return { label: label ?? null, labelArrow: false, ticks: 5 }
}

/** The axis of `values`, with a grid. Long numbers are shortened, so that their labels have room. */
function valueAxis(label: string | undefined, values: readonly number[]): ScaleOptions {
  const greatest = values
    .filter((value) => Number.isFinite(value))
    .reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const isLong = greatest >= 1e5 || (greatest > 0 && greatest < 1e-3)
  return { ...axis(label), grid: true, ...(isLong && { tickFormat: formatShort }) }
}

/** About five ticks along x, but none between steps, which are whole numbers. */
function tickCount(series: LineChart['series']): number {
  const xs = series.flatMap(({ points }) => points.map(({ x }) => Number(x)))
  return xs.every((x) => Number.isInteger(x)) ? Math.min(5, Math.max(1, Math.max(...xs) - Math.min(...xs))) : 5
}

/** The scales of `options`, each with no axis, and its marks. */
function withoutAxes({ x, y, fx, fy, marks = [] }: PlotOptions): PlotOptions {
  const bare = { axis: null, grid: false } as const
  return {
    marks,
    x: { ...x, ...bare },
    y: { ...y, ...bare },
    ...(fx && { fx: { ...fx, ...bare } }),
    ...(fy && { fy: { ...fy, ...bare } }),
  }
}
