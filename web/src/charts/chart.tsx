/** A place for a chart, kept free until the library is there. */
import { Skeleton } from '@mantine/core'
import { lazyPart } from '../shell/lazy-part.tsx'

export const Chart = lazyPart(async () => (await import('./drawn-chart.tsx')).DrawnChart, {
  waiting: ({ height }) => <Skeleton height={height} />,
})
