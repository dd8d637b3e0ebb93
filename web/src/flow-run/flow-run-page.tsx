/** One run of a flow, live: its graph, when what ran, and the task that is looked into. */
import { Alert, Breadcrumbs, Button, Card, Code, Grid, Group, Stack, Text, Title } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { type ReactNode, useMemo } from 'react'
import {
  type FlowRun,
  type FlowRunDetails,
  type FlowTask,
  getFlowRun,
  listTasks,
  resumeRun,
  stopRun,
} from '../api/flows.ts'
import { GraphView } from '../charts/graph-view.tsx'
import { FlowStatusMark, statusColor } from '../flows/flow-status.tsx'
import { Age } from '../shell/age.tsx'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { Failure, PageWaiting } from '../shell/failure.tsx'
import { PageTitle } from '../shell/page-title.tsx'
import { formatDuration } from '../shell/times.ts'
import { strings } from '../strings.ts'
import { type StepState, stepStates } from './step-states.ts'
import { TaskPanel } from './task-panel.tsx'
import { Timeline } from './timeline.tsx'

const text = strings.flows
const route = getRouteApi('/flows/$flow/$run')
const liveEveryMs = 1500

export function FlowRunPage(): ReactNode {
  const { flow, run: runId } = route.useParams()
  const run = useQuery({
    queryKey: ['flow run', flow, runId],
    queryFn: async ({ signal }) => await getFlowRun({ flow, runId }, signal),
    refetchInterval: ({ state }) => (state.data?.run.status === 'running' ? liveEveryMs : false),
  })
  const status = run.data?.run.status
  const tasks = useQuery({
    // Loaded once more when the run has ended.
    queryKey: ['flow tasks', flow, runId, status === 'running'],
    queryFn: async ({ signal }) => await listTasks({ flow, runId }, signal),
    placeholderData: (old) => old,
    refetchInterval: status === 'running' ? liveEveryMs : false,
    enabled: status !== undefined,
  })
  if (run.data === undefined) return <PageWaiting of={strings.pages.flows} error={run.error} retry={run.refetch} />
  return (
    <Stack p="md">
      <Heading run={run.data.run} />
      {tasks.data === undefined && tasks.error !== null && <Failure error={tasks.error} retry={tasks.refetch} />}
      {run.data.run.error !== undefined && (
        <Alert color="red" title={text.status.failed} className="user-text">
          {run.data.run.error}
        </Alert>
      )}
      <Parts details={run.data} tasks={tasks.data ?? []} />
    </Stack>
  )
}

function Parts({
  details,
  tasks,
}: {
  readonly details: FlowRunDetails
  readonly tasks: readonly FlowTask[]
}): ReactNode {
  const { step, task: taskId } = route.useSearch()
  const navigate = route.useNavigate()
  const { run, graph, parameters } = details
  const states = useMemo(() => stepStates(graph, tasks), [graph, tasks])
  const nodes = useMemo(() => states.map(nodeOf), [states])
  const shown = step === undefined ? tasks : tasks.filter((one) => one.step === step)
  const selected = taskId === undefined ? undefined : shown.find((one) => one.taskId === taskId)
  const end = run.endTime ?? (run.status === 'running' ? Date.now() : lastEnd(tasks, run.startTime))
  const choose = (next: { readonly step: string | undefined; readonly task: string | undefined }): void =>
    void navigate({ search: (old) => ({ ...old, ...next }), replace: true })
  return (
    <Grid>
      <Grid.Col span={{ base: 12, lg: 5 }}>
        <Stack>
          <Card withBorder padding="sm">
            <GraphView
              label={text.graph}
              nodes={nodes}
              edges={graph.edges}
              selected={step}
              onSelect={(id) => choose({ step: id === step ? undefined : id, task: firstOf(tasks, id)?.taskId })}
            />
          </Card>
          <Parameters parameters={parameters} />
        </Stack>
      </Grid.Col>
      <Grid.Col span={{ base: 12, lg: 7 }}>
        <Stack>
          <Card withBorder padding="sm">
            <Timeline
              tasks={shown}
              start={run.startTime}
              end={end}
              selected={selected}
              onSelect={(task) => choose({ step: task.step, task: task.taskId })}
            />
          </Card>
          {selected !== undefined && (
            <Card withBorder padding="sm">
              <TaskPanel run={{ flow: run.flow, runId: run.runId }} task={selected} />
            </Card>
          )}
        </Stack>
      </Grid.Col>
    </Grid>
  )
}

/** The task of a step that most wants to be seen. */
function firstOf(tasks: readonly FlowTask[], step: string): FlowTask | undefined {
  const own = tasks.filter((one) => one.step === step)
  return own.find(({ status }) => status === 'failed') ?? own.find(({ status }) => status === 'running') ?? own[0]
}

function lastEnd(tasks: readonly FlowTask[], start: number): number {
  return tasks.reduce((latest, { endTime = 0 }) => Math.max(latest, endTime), start)
}

function nodeOf({ name, status, counts }: StepState) {
  const parts = Object.entries(counts).map(([state, count]) =>
    text.count(text.status[state as FlowTask['status']], count),
  )
  return {
    id: name,
    label: name,
    detail: parts.length === 0 ? text.waiting : parts.join(', '),
    ...(status !== undefined && { color: statusColor(status) }),
  }
}

function Parameters({ parameters }: { readonly parameters: Readonly<Record<string, unknown>> }): ReactNode {
  const entries = Object.entries(parameters)
  if (entries.length === 0) return null
  return (
    <Card withBorder padding="sm">
      <Title order={2} size="h5" mb="xs">
        {text.parameters}
      </Title>
      {entries.map(([name, value]) => (
        <Text key={name} size="sm" className="user-text">
          {name}: <Code>{JSON.stringify(value)}</Code>
        </Text>
      ))}
    </Card>
  )
}

function Heading({ run }: { readonly run: FlowRun }): ReactNode {
  const { flow, runId, startTime, endTime, originRunId, tags } = run
  return (
    <Stack gap={4}>
      <Breadcrumbs>
        <AnchorLink to="/flows">{strings.pages.flows}</AnchorLink>
        <AnchorLink to="/flows" search={{ flow }}>
          {flow}
        </AnchorLink>
      </Breadcrumbs>
      <Group gap="sm">
        <PageTitle mark={<FlowStatusMark status={run.status} />} name={`${flow}/${runId}`} of={strings.pages.flows} />
        <Text size="sm" c="dimmed" me="auto">
          <Age time={startTime} />
          {endTime !== undefined && ` · ${formatDuration(Math.max(0, endTime - startTime))}`}
          {tags.length > 0 && ` · ${tags.join(', ')}`}
          {originRunId !== undefined && (
            <>
              {' · '}
              <AnchorLink to="/flows/$flow/$run" params={{ flow, run: originRunId }}>
                {text.resumes(originRunId)}
              </AnchorLink>
            </>
          )}
        </Text>
        <Actions run={run} />
      </Group>
    </Stack>
  )
}

function Actions({ run }: { readonly run: FlowRun }): ReactNode {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const resume = useMutation({
    mutationFn: async () => await resumeRun(run),
    onSuccess: async ({ flow, runId }) => await navigate({ to: '/flows/$flow/$run', params: { flow, run: runId } }),
    onError: tell,
  })
  const stop = useMutation({
    mutationFn: async () => await stopRun(run),
    onSuccess: async () => await queries.invalidateQueries({ queryKey: ['flow run', run.flow, run.runId] }),
    onError: tell,
  })
  const canResume = run.program !== undefined && !['running', 'completed'].includes(run.status)
  return (
    <Group gap="xs">
      {run.isStoppable && (
        <Button size="xs" variant="default" loading={stop.isPending} onClick={() => stop.mutate()}>
          {text.stop}
        </Button>
      )}
      {canResume && (
        <Button size="xs" loading={resume.isPending} onClick={() => resume.mutate()}>
          {text.resume}
        </Button>
      )}
    </Group>
  )
}

function tell({ message }: Error): void {
  notifications.show({ message, color: 'red' })
}
