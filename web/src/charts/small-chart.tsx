/** A small chart over time with its title, and a legend where there is more than one line. */
import { ColorSwatch, Group, Skeleton, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { useLineColors } from './line-colors.ts'
import { MetricChart } from './metric-chart.tsx'
import type { LineSeries } from './series.ts'

const chartHeight = 130

export interface TitledLines {
  readonly title: string
  /** A quieter word beside the title. */
  readonly detail?: string
  readonly series: readonly LineSeries[]
}

interface SmallChartProps extends TitledLines {
  /** Whether the points are still to come. */
  readonly isLoading?: boolean
  /** What stands in the place of a chart without points. */
  readonly none?: string
}

export function SmallChart({ title, detail, series, isLoading = false, none }: SmallChartProps): ReactNode {
  return (
    <Stack gap={2}>
      <Group gap="sm" mih={22}>
        <Text size="sm" fw={600} className="user-text">
          {title}
        </Text>
        {detail !== undefined && (
          <Text size="xs" c="dimmed" className="user-text">
            {detail}
          </Text>
        )}
        {series.length > 1 && <Legend names={series.map(({ name }) => name)} />}
      </Group>
      {isLoading ? (
        <Skeleton height={chartHeight} />
      ) : series.every(({ points }) => points.length === 0) ? (
        <Text size="sm" c="dimmed" h={chartHeight}>
          {none}
        </Text>
      ) : (
        <MetricChart metric={title} series={series} axis="wall" smoothing={0} logScale={false} height={chartHeight} />
      )}
    </Stack>
  )
}

function Legend({ names }: { readonly names: readonly string[] }): ReactNode {
  const colors = useLineColors()
  return names.map((name, place) => (
    <Group key={name} gap={4} wrap="nowrap">
      <ColorSwatch size={10} color={colors[place % colors.length]!} withShadow={false} />
      <Text size="xs" className="user-text">
        {name}
      </Text>
    </Group>
  ))
}
