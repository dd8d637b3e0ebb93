/** Renders charts as figures: title and legend in HTML, the drawing as SVG. */
import { type Chart, type ChartOptions, chartKinds } from './chart.ts'
import type { Component } from './component.ts'
import { drawChart } from './draw-chart.ts'
import { formatNumber } from './format.ts'
import { type Html, markup, trusted } from './html.ts'
import { drawPlot } from './plot.ts'
import { lineStyleOf, seriesColor, symbolOf } from './series-look.ts'

export function isChart(component: Component): component is Chart {
  return component.kind in chartKinds
}

/** A figure; of a compact chart the drawing alone. */
export async function renderChart(chart: Chart): Promise<Html> {
  const drawing = isEmpty(chart)
    ? markup`<p class="note">No values to show.</p>`
    : await drawPlot(describe(chart), (plot) => drawChart(chart, plot))
  if (chart.compact === true) return drawing
  return markup`<figure>${renderCaption(chart)}${drawing}${renderRest(chart)}</figure>`
}

function renderCaption(chart: Chart): Html | undefined {
  const legend = renderLegend(chart)
  if (chart.title === undefined && legend === undefined) return undefined
  return markup`<figcaption>${chart.title !== undefined && markup`<b>${chart.title}</b>`}${legend}</figcaption>\n`
}

/** The names of the series with what they are drawn in. One series alone is named by the title. */
function renderLegend(chart: Chart): Html | undefined {
  if (chart.kind === 'heatmap' || chart.series.length < 2) return undefined
  const keys = chart.series.map(({ name }, i) => markup`<span>${renderKey(chart, i)}${name}</span>`)
  return markup`<div class="legend">${keys}</div>`
}

function renderKey(chart: Exclude<Chart, { kind: 'heatmap' }>, i: number): Html {
  const color = trusted(seriesColor(chart.series, i))
  switch (chart.kind) {
    case 'line-chart':
      return markup`<i class="key line" style="--key:${color};border-top-style:${lineStyleOf(chart.series, i).border}"></i>`
    case 'scatter-chart':
      return markup`<svg class="key" viewBox="0 0 10 10" stroke="${color}" aria-hidden="true">
        <path d="${symbolOf(i).path}" />
      </svg>`
    case 'bar-chart':
    case 'histogram':
      return markup`<i class="key box" style="--key:${color}"></i>`
  }
}

function renderRest(chart: Chart): Html | undefined {
  if (chart.kind !== 'scatter-chart') return undefined
  const drawn = chart.series.reduce((sum, { points }) => sum + points.length, 0)
  if (drawn === chart.pointCount) return undefined
  return markup`<p class="note">${formatNumber(drawn)} of ${formatNumber(chart.pointCount)} points.</p>`
}

/** The words for those who do not see the drawing. */
function describe(chart: Chart): string {
  if (chart.description !== undefined) return chart.description
  const { title, xLabel, yLabel }: ChartOptions = chart
  const names = chart.kind === 'heatmap' ? [] : chart.series.map(({ name }) => name)
  const axes = [yLabel, xLabel].filter((label) => label !== undefined).join(' by ')
  return [chartKinds[chart.kind], title, axes, names.join(', ')]
    .filter((part) => part !== undefined && part !== '')
    .join(': ')
}

function isEmpty(chart: Chart): boolean {
  switch (chart.kind) {
    case 'line-chart':
    case 'scatter-chart':
      return chart.series.every(({ points }) => !points.some(({ y }) => Number.isFinite(y)))
    case 'bar-chart':
      return chart.categories.length === 0 || chart.series.length === 0
    case 'histogram':
      return chart.edges.length < 2 || chart.series.every(({ counts }) => !counts.some((count) => count > 0))
    case 'heatmap':
      return chart.rows.length === 0 || chart.columns.length === 0
  }
}
