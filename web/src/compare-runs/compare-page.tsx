/** Several runs beside each other. */
import { Stack, Tabs, Text } from '@mantine/core'
import { useQueries, type UseQueryResult } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { type ReactNode, useMemo } from 'react'
import { getRun, type Run } from '../api/runs.ts'
import { together } from '../api/together.ts'
import { MetricCharts } from '../run/metric-charts.tsx'
import { EmptyPage, Waiting } from '../shell/failure.tsx'
import { lazyPart } from '../shell/lazy-part.tsx'
import { PageTitle } from '../shell/page-title.tsx'
import { strings } from '../strings.ts'
import type { CompareTab } from './compare-search.ts'
import { ConfusionView } from './confusion-view.tsx'
import { ImagesView } from './images-view.tsx'
import { ParallelView } from './parallel-view.tsx'
import { axisIds, axisName, runLabels } from './run-axes.ts'
import { RunDifferences } from './run-differences.tsx'
import { RunLegend } from './run-legend.tsx'

const text = strings.compare
const route = getRouteApi('/compare-runs')
const ScatterView = lazyPart(async () => (await import('./scatter-view.tsx')).ScatterView)

/** More lines than that tell nothing. */
const maxRuns = 100

export function ComparePage(): ReactNode {
  const { runs: ids } = route.useSearch()
  const { runs, error, isLoading, reload } = useChosenRuns(ids.slice(0, maxRuns))
  if (ids.length === 0) return <EmptyPage title={text.none} text={text.noneText} />
  return (
    <Stack p="md">
      <PageTitle name={text.title(Math.min(ids.length, maxRuns))} />
      {ids.length > maxRuns && <Text size="sm">{text.tooMany(maxRuns)}</Text>}
      {(isLoading || error !== null) && <Waiting error={error} retry={reload} />}
      {!isLoading && runs.length > 0 && <Compared runs={runs} />}
    </Stack>
  )
}

interface ChosenRuns {
  /** In the order of the address; without those that cannot be had. Runs of one name have it with the id. */
  readonly runs: readonly Run[]
  readonly error: Error | null
  readonly isLoading: boolean
  readonly reload: () => Promise<unknown>
}

function useChosenRuns(ids: readonly string[]): ChosenRuns {
  return useQueries({
    queries: [...new Set(ids)].map((runId) => ({
      queryKey: ['run', runId],
      queryFn: async ({ signal }: { signal: AbortSignal }) => await getRun(runId, signal),
      refetchInterval: ({ state }: { state: { data?: Run | undefined } }) =>
        state.data?.status === 'RUNNING' ? 3000 : (false as const),
    })),
    combine: chosenOf,
  })
}

function chosenOf(results: readonly UseQueryResult<Run>[]): ChosenRuns {
  const runs = results.flatMap(({ data }) => data ?? [])
  const labels = runLabels(runs)
  return {
    runs: runs.map((run, place) => ({ ...run, name: labels[place]! })),
    ...together(results),
    isLoading: results.some(({ isPending, error }) => isPending && error === null),
  }
}

function Compared({ runs }: { readonly runs: readonly Run[] }): ReactNode {
  const { tab = 'metrics' } = route.useSearch()
  const navigate = route.useNavigate()
  const metrics = useMemo(
    () =>
      axisIds(runs)
        .filter((id) => id.startsWith('metrics.'))
        .map(axisName),
    [runs],
  )
  const views: Readonly<Record<CompareTab, ReactNode>> = {
    metrics: <MetricCharts runs={runs} metrics={metrics} />,
    differences: <RunDifferences runs={runs} />,
    parallel: <ParallelView runs={runs} />,
    scatter: <ScatterView runs={runs} />,
    confusion: <ConfusionView runs={runs} />,
    images: <ImagesView runs={runs} />,
  }
  return (
    <>
      <RunLegend runs={runs} />
      <Tabs
        value={tab}
        keepMounted={false}
        onChange={(value) =>
          void navigate({
            search: (old) => ({
              ...old,
              tab: value === 'metrics' || value === null ? undefined : (value as 'parallel'),
            }),
          })
        }
      >
        <Tabs.List>
          {Object.keys(views).map((name) => (
            <Tabs.Tab key={name} value={name}>
              {text.tabs[name as CompareTab]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {Object.entries(views).map(([name, view]) => (
          <Tabs.Panel key={name} value={name} pt="md">
            {view}
          </Tabs.Panel>
        ))}
      </Tabs>
    </>
  )
}
