/** A metric as lines, of one run or of several. */
import { type ReactNode, useMemo } from 'react'
import { formatNumber, formatTime } from '../shell/times.ts'
import { strings } from '../strings.ts'
import { Chart } from './chart.tsx'
import { useLineColors } from './line-colors.ts'
import { type LineSeries, smooth, type XAxis } from './series.ts'

export interface ChartSettings {
  readonly axis: XAxis
  /** Weight of what came before; 0 is none. */
  readonly smoothing: number
  readonly logScale: boolean
}

interface MetricChartProps extends ChartSettings {
  readonly metric: string
  readonly series: readonly LineSeries[]
  /** In pixels. */
  readonly height: number
}

export function MetricChart({ metric, series, height, axis, smoothing, logScale }: MetricChartProps): ReactNode {
  const colors = useLineColors()
  const option = useMemo(
    () => ({
      animation: false,
      grid: { left: 8, right: 16, top: 12, bottom: 4, containLabel: true },
      tooltip: {
        trigger: 'axis',
        confine: true,
        renderMode: 'richText',
        valueFormatter: (value: unknown) => (typeof value === 'number' ? formatNumber(value) : ''),
      },
      xAxis: {
        type: axis === 'wall' ? 'time' : 'value',
        min: 'dataMin',
        max: 'dataMax',
        axisLabel: { hideOverlap: true, ...(axis === 'relative' && { formatter: '{value} s' }) },
        axisPointer: { label: { formatter: ({ value }: { value: number }) => placeText(value, axis) } },
      },
      yAxis: { type: logScale ? 'log' : 'value', scale: true },
      toolbox: { show: true, itemSize: 0, feature: { dataZoom: { yAxisIndex: 'none' } } },
      dataZoom: [{ type: 'inside', zoomOnMouseWheel: 'ctrl', moveOnMouseMove: false, moveOnMouseWheel: false }],
      series: series.flatMap(({ name, points }, index) => {
        const color = colors[index % colors.length]
        const shown = logScale ? points.map(([x, y]) => [x, y > 0 ? y : Number.NaN] as const) : points
        const line = { type: 'line', color, showSymbol: points.length === 1, sampling: 'lttb' }
        if (smoothing === 0) return [{ ...line, name, data: shown }]
        const faint = {
          ...line,
          name,
          data: shown,
          silent: true,
          tooltip: { show: false },
          lineStyle: { opacity: 0.25 },
        }
        return [faint, { ...line, name, data: smooth(shown, smoothing) }]
      }),
    }),
    [series, axis, smoothing, logScale, colors],
  )
  return <Chart label={strings.charts.of(metric, series)} option={option} height={height} selectsRange />
}

function placeText(value: number, axis: XAxis): string {
  if (axis === 'wall') return formatTime(value)
  return axis === 'relative' ? `${formatNumber(value)} s` : formatNumber(value)
}
