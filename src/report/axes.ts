/** Axes of charts: their ticks, and labels that fit. */
import type { LineChart } from './chart.ts'
import { formatNumber, formatShort } from './format.ts'
import type { PlotOptions, ScaleOptions } from './plot.ts'

/** An axis of about five ticks. */
export function axis(label: string | undefined): ScaleOptions {
  return { label: label ?? null, labelArrow: false, ticks: 5 }
}

/** The axis of `values`, with a grid. Long numbers are shortened, so that their labels have room. */
export function valueAxis(label: string | undefined, values: readonly number[]): ScaleOptions {
  const greatest = values
    .filter((value) => Number.isFinite(value))
    .reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const isLong = greatest >= 1e5 || (greatest > 0 && greatest < 1e-3)
  return { ...axis(label), grid: true, ...(isLong && { tickFormat: formatShort }) }
}

/** About five ticks along x, but none between steps, which are whole numbers. */
export function tickCount(series: LineChart['series']): number {
  const xs = series.flatMap(({ points }) => points.map(({ x }) => Number(x)))
  return xs.every((x) => Number.isInteger(x)) ? Math.min(5, Math.max(1, Math.max(...xs) - Math.min(...xs))) : 5
}

/** A scale of positions 0, 1, … that are shown by their names. Names may be alike. */
export function labelled(names: readonly string[]): ScaleOptions {
  return { domain: names.map((_, i) => i), tickFormat: (i: number) => shorten(names[i]) }
}

/** How many characters the longest of `names` has when it is shown. */
export function longestLabel(names: readonly string[]): number {
  return names.reduce((longest, name) => Math.max(longest, Math.min(name.length, labelLength)), 0)
}

/** A label of an axis of shares: 0.125 as 12.5%. */
export function formatShare(share: number): string {
  return `${formatNumber(Number((share * 100).toPrecision(4)))}%`
}

/** The scales of `options`, each with no axis, and its marks. */
export function withoutAxes({ x, y, fx, fy, marks = [] }: PlotOptions): PlotOptions {
  const bare = { axis: null, grid: false } as const
  return {
    marks,
    x: { ...x, ...bare },
    y: { ...y, ...bare },
    ...(fx && { fx: { ...fx, ...bare } }),
    ...(fy && { fy: { ...fy, ...bare } }),
  }
}

const labelLength = 20

function shorten(label = ''): string {
  return label.length <= labelLength ? label : `${label.slice(0, labelLength - 1)}…`
}
