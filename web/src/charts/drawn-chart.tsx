/** A chart that follows the size and the colours of the page. Its library is large, so `chart.tsx` loads this file. */
import { useComputedColorScheme } from '@mantine/core'
import type { EChartsCoreOption, ECharts } from 'echarts/core'
import { type ReactNode, useEffect, useRef } from 'react'
import { init } from './echarts.ts'

export interface ChartProps {
  /** What the chart shows, for those who hear it. */
  readonly label: string
  readonly option: EChartsCoreOption
  /** In pixels. */
  readonly height: number
  /** Whether drawing over the chart chooses a range; a double click shows all again. */
  readonly selectsRange?: boolean
}

export function DrawnChart({ label, option, height, selectsRange = false }: ChartProps): ReactNode {
  const place = useRef<HTMLDivElement>(null)
  const chart = useRef<ECharts>(undefined)
  const scheme = useComputedColorScheme('light')

  useEffect(() => {
    if (place.current === null) return
    const made = init(place.current, scheme === 'dark' ? 'dark' : undefined)
    chart.current = made
    const sizes = new ResizeObserver(() => made.resize())
    sizes.observe(place.current)
    const showAll = (): void => made.dispatchAction({ type: 'dataZoom', start: 0, end: 100 })
    made.getZr().on('dblclick', showAll)
    return () => {
      sizes.disconnect()
      made.dispose()
      chart.current = undefined
    }
  }, [scheme])

  useEffect(() => {
    chart.current?.setOption({ backgroundColor: 'transparent', ...option }, { replaceMerge: ['series'] })
    if (!selectsRange) return
    chart.current?.dispatchAction({
      type: 'takeGlobalCursor',
      key: 'dataZoomSelect',
      dataZoomSelectActive: true,
    })
  }, [option, scheme, selectsRange])

  return <div ref={place} role="img" aria-label={label} style={{ height }} />
}
