/** Charts of a run's metrics; only those in sight ask for their points. */
import { Button, Card, Center, SimpleGrid, Skeleton, Stack, Text, TextInput, Title } from '@mantine/core'
import { useQueries } from '@tanstack/react-query'
import { type ReactNode, useMemo, useState } from 'react'
import { metricHistory, type Run } from '../api/runs.ts'
import { together } from '../api/together.ts'
import { ChartSettingsBar } from '../charts/chart-settings.tsx'
import { type ChartSettings, MetricChart } from '../charts/metric-chart.tsx'
import { toPoints } from '../charts/series.ts'
import { EmptyState, Failure } from '../shell/failure.tsx'
import { formatNumber } from '../shell/times.ts'
import { strings } from '../strings.ts'

const text = strings.charts
const pageSize = 24
/** Of a chart, before and after it has come, and of a single number. */
const height = 220
const singleHeight = 56

interface MetricChartsProps {
  /** One run, or several to compare. */
  readonly runs: readonly Run[]
  readonly metrics: readonly string[]
}

export function MetricCharts({ runs, metrics }: MetricChartsProps): ReactNode {
  const [settings, setSettings] = useState<ChartSettings>({ axis: 'step', smoothing: 0, logScale: false })
  const [find, setFind] = useState('')
  const [limit, setLimit] = useState(pageSize)
  const found = useMemo(
    () => metrics.filter((name) => name.toLowerCase().includes(find.toLowerCase())),
    [metrics, find],
  )
  if (metrics.length === 0) return <EmptyState title={text.none} />
  return (
    <Stack>
      <ChartSettingsBar settings={settings} onChange={setSettings} />
      {metrics.length > 6 && (
        <TextInput
          size="xs"
          maw={320}
          aria-label={text.find}
          placeholder={text.find}
          value={find}
          onChange={({ currentTarget }) => setFind(currentTarget.value)}
        />
      )}
      <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }}>
        {found.slice(0, limit).map((metric) => (
          <MetricCard key={metric} runs={runs} metric={metric} settings={settings} />
        ))}
      </SimpleGrid>
      {found.length > limit && (
        <Button variant="default" onClick={() => setLimit(limit + pageSize)}>
          {text.more(found.length - limit)}
        </Button>
      )}
    </Stack>
  )
}

interface MetricCardProps {
  readonly runs: readonly Run[]
  readonly metric: string
  readonly settings: ChartSettings
}

function MetricCard({ runs, metric, settings }: MetricCardProps): ReactNode {
  const histories = useQueries({
    queries: runs.map(({ runId, status }) => ({
      queryKey: ['history', runId, metric],
      queryFn: async ({ signal }: { signal: AbortSignal }) => await metricHistory(runId, metric, signal),
      refetchInterval: status === 'RUNNING' ? 2000 : (false as const),
    })),
    combine: (results) => ({
      histories: results.map(({ data }) => data),
      ...together(results),
    }),
  })
  const series = useMemo(
    () => runs.map(({ name }, index) => ({ name, points: toPoints(histories.histories[index] ?? [], settings.axis) })),
    [runs, histories, settings.axis],
  )
  const points = histories.histories.flatMap((history) => history ?? [])
  const isLikelySingle = runs.length === 1 && runs[0]!.metrics[metric]?.step === 0
  const single = runs.length === 1 && points.length === 1 ? points[0] : undefined
  return (
    <Card withBorder padding="xs">
      <Title order={2} size="h6" className="user-text">
        {metric}
      </Title>
      {histories.error !== null && <Failure error={histories.error} retry={histories.reload} />}
      {histories.error === null && histories.isLoading && <Skeleton height={isLikelySingle ? singleHeight : height} />}
      {histories.error === null &&
        !histories.isLoading &&
        (single === undefined ? (
          <MetricChart metric={metric} series={series} height={height} {...settings} />
        ) : (
          <Single value={single.value} />
        ))}
    </Card>
  )
}

/** What was measured once only, by one run: a number, where others are lines. */
function Single({ value }: { readonly value: number }): ReactNode {
  return (
    <Center h={singleHeight}>
      <Text fz={32}>{formatNumber(value)}</Text>
    </Center>
  )
}
