/** One run: what it was told, what it measured, what came of it. */
import { Alert, Breadcrumbs, Button, Group, Stack, Tabs, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { getExperiment } from '../api/experiments.ts'
import { deleteRun, getRun, renameRun, restoreRun, type Run } from '../api/runs.ts'
import { StatusMark } from '../runs/status-mark.tsx'
import { Age } from '../shell/age.tsx'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { ConfirmDialog } from '../shell/confirm-dialog.tsx'
import { PageWaiting } from '../shell/failure.tsx'
import { PageTitle } from '../shell/page-title.tsx'
import { TextDialog } from '../shell/text-dialog.tsx'
import { formatDuration } from '../shell/times.ts'
import { strings } from '../strings.ts'
import { Artifacts } from './artifacts.tsx'
import { lazyPart } from '../shell/lazy-part.tsx'
import { MetricCharts } from './metric-charts.tsx'
import { Overview } from './overview.tsx'

const text = strings.run
const route = getRouteApi('/experiments/$experimentId/runs/$runId')
const Logs = lazyPart(async () => (await import('./logs.tsx')).Logs)
const systemPrefix = 'system/'

export function RunPage(): ReactNode {
  const { runId } = route.useParams()
  const { data, error, refetch } = useQuery({
    queryKey: ['run', runId],
    queryFn: async ({ signal }) => await getRun(runId, signal),
    refetchInterval: ({ state }) => (state.data?.status === 'RUNNING' ? 2000 : false),
  })
  if (data === undefined) return <PageWaiting of={strings.runs.title} error={error} retry={refetch} />
  return (
    <Stack p="md">
      <Heading run={data} />
      {data.lifecycleStage === 'deleted' && <Alert color="orange">{text.isDeleted}</Alert>}
      <Parts run={data} />
    </Stack>
  )
}

function Parts({ run }: { readonly run: Run }): ReactNode {
  const { tab = 'overview' } = route.useSearch()
  const navigate = route.useNavigate()
  const metrics = linesFirst(run)
  const system = metrics.filter((name) => name.startsWith(systemPrefix))
  const own = metrics.filter((name) => !name.startsWith(systemPrefix))
  const runs = [run]
  return (
    <Tabs
      value={tab}
      keepMounted={false}
      onChange={(value) =>
        void navigate({ search: (old) => ({ ...old, tab: value === 'overview' ? undefined : (value as 'charts') }) })
      }
    >
      <Tabs.List>
        <Tabs.Tab value="overview">{text.overview}</Tabs.Tab>
        <Tabs.Tab value="charts">{text.charts}</Tabs.Tab>
        {system.length > 0 && <Tabs.Tab value="system">{text.system}</Tabs.Tab>}
        <Tabs.Tab value="artifacts">{text.artifacts}</Tabs.Tab>
        <Tabs.Tab value="logs">{text.logs}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="overview" pt="md">
        <Overview run={run} />
      </Tabs.Panel>
      <Tabs.Panel value="charts" pt="md">
        <MetricCharts runs={runs} metrics={own} />
      </Tabs.Panel>
      <Tabs.Panel value="system" pt="md">
        <MetricCharts runs={runs} metrics={system} />
      </Tabs.Panel>
      <Tabs.Panel value="artifacts" pt="md">
        <Artifacts runId={run.runId} />
      </Tabs.Panel>
      <Tabs.Panel value="logs" pt="md">
        <Logs run={run} />
      </Tabs.Panel>
    </Tabs>
  )
}

/** The names of its metrics; what was measured once only comes after what makes a line. */
function linesFirst({ metrics }: Run): readonly string[] {
  const hasSteps = (name: string): number => Number(metrics[name]!.step > 0)
  return Object.keys(metrics)
    .toSorted()
    .toSorted((a, b) => hasSteps(b) - hasSteps(a))
}

function Heading({ run }: { readonly run: Run }): ReactNode {
  const { experimentId, startTime, endTime } = run
  const { data: experiment } = useQuery({
    queryKey: ['experiment', experimentId],
    queryFn: async ({ signal }) => await getExperiment(experimentId, signal),
  })
  return (
    <Stack gap={4}>
      <Breadcrumbs>
        <AnchorLink to="/experiments">{strings.pages.experiments}</AnchorLink>
        <AnchorLink to="/experiments/$experimentId" params={{ experimentId }}>
          {experiment?.name ?? experimentId}
        </AnchorLink>
      </Breadcrumbs>
      <Group gap="sm">
        <PageTitle mark={<StatusMark status={run.status} />} name={run.name} of={strings.runs.title} />
        <Text size="sm" c="dimmed" me="auto">
          <Age time={startTime} />
          {startTime !== undefined && endTime !== undefined && ` · ${formatDuration(endTime - startTime)}`}
        </Text>
        <Actions run={run} />
      </Group>
    </Stack>
  )
}

function Actions({ run }: { readonly run: Run }): ReactNode {
  const queries = useQueryClient()
  const [dialog, setDialog] = useState<'rename' | 'remove'>()
  const close = (): void => setDialog(undefined)
  const done = async (): Promise<void> => {
    close()
    await queries.invalidateQueries({ queryKey: ['run', run.runId] })
    await queries.invalidateQueries({ queryKey: ['runs'] })
  }
  const rename = useMutation({
    mutationFn: async (name: string) => await renameRun(run.runId, name),
    onSuccess: done,
  })
  const remove = useMutation({ mutationFn: async (_reason: string) => await deleteRun(run.runId), onSuccess: done })
  const restore = useMutation({
    mutationFn: async () => await restoreRun(run.runId),
    onSuccess: done,
    onError: ({ message }) => notifications.show({ message, color: 'red' }),
  })
  const isActive = run.lifecycleStage === 'active'
  return (
    <Group gap="xs">
      {isActive && (
        <Button size="xs" variant="default" onClick={() => setDialog('rename')}>
          {text.rename}
        </Button>
      )}
      <Button
        size="xs"
        variant="default"
        loading={restore.isPending}
        onClick={() => (isActive ? setDialog('remove') : restore.mutate())}
      >
        {isActive ? text.remove : text.restore}
      </Button>
      <TextDialog
        opened={dialog === 'rename'}
        title={text.rename}
        label={text.key}
        initial={run.name}
        saving={rename}
        close={close}
      />
      <ConfirmDialog
        opened={dialog === 'remove'}
        title={strings.runs.removeTitle([run.name])}
        text={strings.runs.removeText([run.name])}
        action={text.remove}
        color="red"
        saving={remove}
        close={close}
      />
    </Group>
  )
}
