/** The weights of a model: what there is, and how its numbers are spread. */
import { Card, SimpleGrid, Text, Title } from '@mantine/core'
import type { EChartsCoreOption } from 'echarts/core'
import { type ReactNode, useMemo } from 'react'
import { Chart } from '../../charts/chart.tsx'
import { EmptyState } from '../../shell/failure.tsx'
import { formatNumber } from '../../shell/times.ts'
import { strings } from '../../strings.ts'
import { type Histogram, histogramOf, readSafetensors, type Weights } from './safetensors.ts'

const bins = 40

export function WeightsView({ content }: { readonly content: ArrayBuffer }): ReactNode {
  const tensors = useMemo(() => {
    try {
      return readSafetensors(content)
    } catch {
      return undefined
    }
  }, [content])
  if (tensors === undefined) return <EmptyState title={strings.artifacts.noWeights} />
  return (
    <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }}>
      {tensors.slice(0, 120).map((weights) => (
        <WeightsCard key={weights.name} weights={weights} />
      ))}
    </SimpleGrid>
  )
}

function WeightsCard({ weights: { name, shape, type, values } }: { readonly weights: Weights }): ReactNode {
  const histogram = useMemo(() => (values === undefined ? undefined : histogramOf(values, bins)), [values])
  const option = useMemo(() => histogram && histogramOption(histogram), [histogram])
  return (
    <Card withBorder padding="xs">
      <Title order={2} size="h6" className="user-text">
        {name}
      </Title>
      <Text size="xs" c="dimmed">
        {type} [{shape.join(', ')}]
        {histogram !== undefined && ` · ${formatNumber(histogram.mean)} ± ${formatNumber(histogram.deviation)}`}
      </Text>
      {option !== undefined && <Chart label={strings.artifacts.spread(name)} option={option} height={140} />}
    </Card>
  )
}

function histogramOption({ low, high, counts }: Histogram): EChartsCoreOption {
  const width = (high - low) / counts.length
  return {
    animation: false,
    grid: { left: 8, right: 8, top: 8, bottom: 4, containLabel: true },
    tooltip: { trigger: 'axis', confine: true, renderMode: 'richText' },
    xAxis: { type: 'category', data: counts.map((_, bin) => formatNumber(low + (bin + 0.5) * width)) },
    yAxis: { type: 'value' },
    series: [{ type: 'bar', data: counts, barCategoryGap: 0 }],
  }
}
