/** From the points of metrics to what a chart of lines shows. */
import type { MetricPoint } from '../api/runs.ts'

/** Along the steps, in seconds since the first point, or at the time of day. */
export type XAxis = 'step' | 'relative' | 'wall'

export interface LineSeries {
  /** What the legend says. */
  readonly name: string
  /** x and y, in the order of x. */
  readonly points: readonly (readonly [number, number])[]
}

/** The points of one metric as a line. NaN breaks the line, so do infinities. */
export function toPoints(points: readonly MetricPoint[], axis: XAxis): LineSeries['points'] {
  const first = points.reduce((time, { timestamp }) => Math.min(time, timestamp), Infinity)
  const place = {
    step: ({ step }: MetricPoint): number => step,
    relative: ({ timestamp }: MetricPoint): number => (timestamp - first) / 1000,
    wall: ({ timestamp }: MetricPoint): number => timestamp,
  }[axis]
  return points
    .map((point) => [place(point), Number.isFinite(point.value) ? point.value : Number.NaN] as const)
    .toSorted((a, b) => a[0] - b[0])
}

/**
 * An exponential moving average, freed of the pull to zero at its beginning (as in Adam, Kingma and Ba 2015).
 *
 * @param weight of what came before, from 0 (nothing changes) to less than 1
 */
export function smooth(points: LineSeries['points'], weight: number): LineSeries['points'] {
  let [average, remaining] = [0, 1]
  return points.map(([x, y]) => {
    if (Number.isNaN(y)) return [x, y]
    average = weight * average + (1 - weight) * y
    remaining *= weight
    return [x, average / (1 - remaining)]
  })
}
