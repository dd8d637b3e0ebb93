/** Each run as a line across its parameters and metrics; drawing along an axis chooses a range. */
import { MultiSelect, ScrollArea, Stack, Text } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import type { EChartsCoreOption } from 'echarts/core'
import { type ReactNode, useMemo } from 'react'
import type { Run } from '../api/runs.ts'
import { Chart } from '../charts/chart.tsx'
import { useLineColors } from '../charts/line-colors.ts'
import { scrollRegion } from '../shell/scroll-region.ts'
import { strings } from '../strings.ts'
import { axisIds, axisName, axisOf, usualAxes } from './run-axes.ts'

const text = strings.compare
const route = getRouteApi('/compare-runs')

export function ParallelView({ runs }: { readonly runs: readonly Run[] }): ReactNode {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const colors = useLineColors()
  const known = useMemo(() => axisIds(runs), [runs])
  const axes = useMemo(() => search.axes ?? usualAxes(runs, known), [search.axes, runs, known])
  const option = useMemo(() => parallelOption(runs, axes, colors), [runs, axes, colors])
  return (
    <Stack>
      <MultiSelect
        size="xs"
        searchable
        limit={200}
        label={text.axes}
        data={known}
        value={[...axes]}
        onChange={(value) => void navigate({ search: (old) => ({ ...old, axes: value }), replace: true })}
      />
      {axes.length < 2 ? (
        <Text size="sm" c="dimmed">
          {text.chooseAxes}
        </Text>
      ) : (
        <ScrollArea type="auto" viewportProps={scrollRegion(text.tabs.parallel)}>
          <div style={{ minWidth: 120 * axes.length }}>
            {/* The library keeps axes it once had, so other axes are another chart. */}
            <Chart key={axes.join('\n')} label={text.parallelOf(axes.map(axisName))} option={option} height={420} />
          </div>
        </ScrollArea>
      )}
    </Stack>
  )
}

function parallelOption(runs: readonly Run[], ids: readonly string[], colors: readonly string[]): EChartsCoreOption {
  const axes = ids.map((id) => axisOf(runs, id))
  return {
    animation: false,
    parallel: { left: 60, right: 80, top: 40, bottom: 30 },
    tooltip: { confine: true, renderMode: 'richText', formatter: ({ name }: { readonly name: string }) => name },
    parallelAxis: axes.map((axis, dim) => ({
      dim,
      name: axisName(ids[dim]!),
      nameTruncate: { maxWidth: 140 },
      ...(axis.kind === 'numbers' ? { type: 'value', scale: true } : { type: 'category', data: axis.names }),
    })),
    series: [
      {
        type: 'parallel',
        lineStyle: { width: 2, opacity: 0.8 },
        data: runs.map(({ name }, place) => ({
          name,
          value: axes.map(({ values }) => values[place] ?? '-'),
          lineStyle: { color: colors[place % colors.length] },
        })),
      },
    ],
  }
}
