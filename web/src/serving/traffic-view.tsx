/** The traffic of a model server as small charts, live. */
import { SimpleGrid } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useMemo } from 'react'
import { getTraffic } from '../api/serving.ts'
import { SmallChart } from '../charts/small-chart.tsx'
import { Failure } from '../shell/failure.tsx'
import { strings } from '../strings.ts'
import { noTraffic, trafficCharts } from './traffic-lines.ts'
import { lookEveryMs } from './use-servers.ts'

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
        <SmallChart key={chart.title} {...chart} isLoading={data === undefined} none={strings.serving.charts.soon} />
      ))}
    </SimpleGrid>
  )
}
