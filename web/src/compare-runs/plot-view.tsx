/** Points and a contour, drawn by Observable Plot. */
import { useElementSize, useMergedRef } from '@mantine/hooks'
import { contour, dot, plot } from '@observablehq/plot'
import { type ReactNode, useEffect, useState } from 'react'
import { formatNumber } from '../shell/times.ts'
import { strings } from '../strings.ts'

/** A run with a place on both axes. */
export interface PlotPoint {
  readonly name: string
  readonly x: number | string
  readonly y: number | string
  readonly z: number | string | undefined
  readonly color: string
}

interface PlotViewProps {
  readonly points: readonly PlotPoint[]
  readonly xName: string
  readonly yName: string
  /** Of the contour; without it there is none. */
  readonly zName: string | undefined
}

const height = 440

export function PlotView({ points, xName, yName, zName }: PlotViewProps): ReactNode {
  const { ref, width } = useElementSize<HTMLDivElement>()
  const [place, setPlace] = useState<HTMLDivElement | null>(null)
  const places = useMergedRef(ref, setPlace)
  useEffect(() => {
    if (place === null || width === 0) return
    const measured = points.filter(({ z }) => z !== undefined)
    const drawn = plot({
      width,
      height,
      marginLeft: 60,
      grid: true,
      style: 'background: transparent; --plot-background: var(--mantine-color-body); font-size: 12px',
      x: { label: xName },
      y: { label: yName },
      ...(zName !== undefined && { color: { label: zName, legend: true, scheme: 'viridis' } }),
      marks: [
        ...(zName === undefined
          ? []
          : [
              contour(measured, {
                x: 'x',
                y: 'y',
                fill: 'z',
                interpolate: 'barycentric',
                thresholds: 16,
                fillOpacity: 0.6,
              }),
            ]),
        dot(points, {
          x: 'x',
          y: 'y',
          r: 5,
          fill: { value: 'color', scale: null },
          stroke: 'var(--mantine-color-body)',
          title: (point: PlotPoint) => titleOf(point, { xName, yName, zName }),
          tip: true,
        }),
      ],
    })
    // The place says what is drawn; the names of the parts, such as "dot", tell nothing.
    drawn.setAttribute('aria-hidden', 'true')
    place.replaceChildren(drawn)
  }, [place, width, points, xName, yName, zName])
  return (
    <div
      ref={places}
      role="img"
      aria-label={strings.compare.plotOf(xName, yName, zName)}
      style={{ minHeight: height }}
    />
  )
}

function titleOf(
  { name, x, y, z }: PlotPoint,
  { xName, yName, zName }: Pick<PlotViewProps, 'xName' | 'yName' | 'zName'>,
): string {
  const third = zName === undefined ? [] : [`${zName}: ${valueText(z)}`]
  return [name, `${xName}: ${valueText(x)}`, `${yName}: ${valueText(y)}`, ...third].join('\n')
}

function valueText(value: PlotPoint['z']): string {
  return typeof value === 'number' ? formatNumber(value) : (value ?? '')
}
