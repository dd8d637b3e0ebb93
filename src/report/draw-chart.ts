/** What Observable Plot is to draw for each kind of chart. Series are drawn one mark each, in the order given. */
import { axis, formatShare, labelled, longestLabel, tickCount, valueAxis, withoutAxes } from './axes.ts'
import type { BarChart, Chart, Heatmap, Histogram, LineChart, ScatterChart } from './chart.ts'
import { formatNumber } from './format.ts'
import type { Markish, Plot, PlotOptions } from './plot.ts'
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
  const longest = longestLabel(categories)
  const { horizontal = compact !== true && (longest > 9 || categories.length > 10) } = chart
  const scale = valueAxis(
    horizontal ? xLabel : yLabel,
    series.flatMap(({ values }) => values),
  )
  const values = { ...scale, ...(percent && { tickFormat: formatShare }) }
  const facets = { ...labelled(categories), label: (horizontal ? yLabel : xLabel) ?? null, padding: 0.2 }
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

function drawHeatmap(chart: Heatmap, plot: Plot): PlotOptions {
  const { rows, columns, xLabel, yLabel, compact = false } = chart
  const marginLeft = 16 + 7 * longestLabel(rows) + (yLabel === undefined ? 0 : 16)
  const { width = Math.min(560, marginLeft + 20 + 76 * columns.length), height = 60 + 44 * rows.length } = chart
  return {
    width,
    height,
    marginTop: 8,
    marginBottom: 52,
    marginLeft,
    x: { ...axis(xLabel), ...labelled(columns), tickSize: 0 },
    y: { ...axis(yLabel), ...labelled(rows), tickSize: 0 },
    opacity: { type: 'identity' },
    marks: drawCells(chart.values, !compact && columns.length <= 12, plot),
  }
}

/** Cells by the share of the strongest; negative ones in another colour. */
function drawCells(values: Heatmap['values'], withText: boolean, plot: Plot): Markish[] {
  const cells = values.flatMap((row, y) => row.map((value, x) => ({ x, y, value })))
  const shown = cells.filter(({ value }) => !Number.isNaN(value))
  const strongest = shown.reduce((most, { value }) => Math.max(most, Math.abs(value)), 0) || 1
  const shade = ({ value }: { value: number }): number => Math.abs(value) / strongest
  const look = { x: 'x', y: 'y', fillOpacity: shade, inset: 1, rx: 3 } as const
  const [negative = [], others = []] = [true, false].map((sign) => shown.filter(({ value }) => value < 0 === sign))
  const marks = [
    plot.cell(others, { ...look, fill: 'var(--heat)' }),
    plot.cell(negative, { ...look, fill: 'var(--heat-negative)' }),
  ]
  return withText ? [...marks, plot.text(shown, { x: 'x', y: 'y', text: ({ value }) => formatCell(value) })] : marks
}

/** Counts in full, other numbers to three significant digits. */
function formatCell(value: number): string {
  return formatNumber(Number.isInteger(value) ? value : Number(value.toPrecision(3)))
}

function ysOf(series: LineChart['series']): number[] {
  return series.flatMap(({ points }) => points.map(({ y }) => y))
}
