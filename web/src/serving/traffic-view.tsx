/** The traffic of a model server as small charts, live. */
import { ColorSwatch, Group, SimpleGrid, Skeleton, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useMemo } from 'react'
import { getTraffic } from '../api/serving.ts'
import { useLineColors } from '../charts/line-colors.ts'
import { MetricChart } from '../charts/metric-chart.tsx'
import { Failure } from '../shell/failure.tsx'
import { strings } from '../strings.ts'
import { noTraffic, type TrafficChart, trafficCharts } from './traffic-lines.ts'
import { lookEveryMs } from './use-servers.ts'

const text = strings.serving.charts
const chartHeight = 130

export function TrafficView({ server }: { readonly server: string }): ReactNode {
  const { data, error, refetch } = useQuery({
    queryKey: ['traffic', server],
    queryFn: async ({ signal }) => await getTraffic(server, signal),
    refetchInterval: lookEveryMs,
  })
  const charts = useMemo(() => trafficCharts(data ?? noTraffic), [data])
  if (error !== null && data === undefined) return <Failure error={error} retry={refetch} />
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, xl: 4 }}>
      {charts.map((chart) => (
        <Stack key={chart.title} gap={2}>
          <Heading chart={chart} />
          {data === undefined ? <Skeleton height={chartHeight} /> : <Drawn chart={chart} />}
        </Stack>
      ))}
    </SimpleGrid>
  )
}

function Drawn({ chart: { title, series } }: { readonly chart: TrafficChart }): ReactNode {
  if (series[0]?.points.length === 0) {
    return (
      <Text size="sm" c="dimmed" h={chartHeight}>
        {text.soon}
      </Text>
    )
  }
  return <MetricChart metric={title} series={series} axis="wall" smoothing={0} logScale={false} height={chartHeight} />
}

function Heading({ chart: { title, series } }: { readonly chart: TrafficChart }): ReactNode {
  const colors = useLineColors()
  const names = series.length > 1 ? series.map(({ name }) => name) : []
  return (
    <Group gap="sm" mih={22}>
      <Text size="sm" fw={600}>
        {title}
      </Text>
      {names.map((name, place) => (
        <Group key={name} gap={4} wrap="nowrap">
          <ColorSwatch size={10} color={colors[place % colors.length]!} withShadow={false} />
          <Text size="xs" className="user-text">
            {name}
          </Text>
        </Group>
      ))}
    </Group>
  )
}
