/** One task: what it printed, what it wrote, and the page about it. */
import { Code, Group, Stack, Table, Tabs, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { type FlowTask, getTask, readCard, type RunName, type TaskName } from '../api/flows.ts'
import { FlowStatusMark } from '../flows/flow-status.tsx'
import { SandboxedPage } from '../run/previews/sandboxed-page.tsx'
import { Waiting } from '../shell/failure.tsx'
import { formatBytes } from '../shell/times.ts'
import { WideTable } from '../shell/wide-table.tsx'
import { strings } from '../strings.ts'
import { TaskLog } from './task-log.tsx'

const text = strings.flows
const route = getRouteApi('/flows/$flow/$run')

export function TaskPanel({ run, task }: { readonly run: RunName; readonly task: FlowTask }): ReactNode {
  const { tab = 'log' } = route.useSearch()
  const navigate = route.useNavigate()
  const name: TaskName = { ...run, step: task.step, taskId: task.taskId }
  return (
    <Stack gap="xs">
      <Group gap="xs">
        <FlowStatusMark status={task.status} />
        <Title order={2} size="h5" className="user-text">
          {`${task.step}/${task.taskId}`}
        </Title>
        {task.takenFrom !== undefined && (
          <Text size="sm" c="dimmed">
            {text.taken[task.takenFrom.how]} {task.takenFrom.pathspec}
          </Text>
        )}
      </Group>
      <Tabs
        value={tab}
        keepMounted={false}
        onChange={(value) =>
          void navigate({
            search: (old) => ({ ...old, tab: value === 'artifacts' || value === 'card' ? value : undefined }),
            replace: true,
          })
        }
      >
        <Tabs.List>
          <Tabs.Tab value="log">{text.log}</Tabs.Tab>
          <Tabs.Tab value="artifacts">{text.artifacts}</Tabs.Tab>
          <Tabs.Tab value="card">{text.card}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="log" pt="xs">
          <TaskLog key={`${task.step}/${task.taskId}`} run={run} task={task} />
        </Tabs.Panel>
        <Tabs.Panel value="artifacts" pt="xs">
          <Artifacts task={name} status={task.status} />
        </Tabs.Panel>
        <Tabs.Panel value="card" pt="xs">
          <Card task={name} status={task.status} />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  )
}

interface PartProps {
  readonly task: TaskName
  readonly status: FlowTask['status']
}

function Artifacts({ task, status }: PartProps): ReactNode {
  const { data, error, refetch } = useQuery({
    queryKey: ['task', task, status],
    queryFn: async ({ signal }) => await getTask(task, signal),
  })
  if (data === undefined) return <Waiting error={error} retry={refetch} size="sm" />
  if (data.artifacts.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {text.noArtifacts}
      </Text>
    )
  }
  return (
    <WideTable label={text.artifacts} minWidth={480}>
      <Table layout="fixed" verticalSpacing={4}>
        <Table.Thead>
          <Table.Tr>
            {[text.name, text.type, text.size, text.value].map((head, i) => (
              <Table.Th key={head} w={['22%', '18%', '12%', undefined][i]}>
                {head}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {data.artifacts.map(({ name, type, sizeBytes, text: value }) => (
            <Table.Tr key={name}>
              <Table.Td className="user-text">{name}</Table.Td>
              <Table.Td className="user-text">{type}</Table.Td>
              <Table.Td>{formatBytes(sizeBytes)}</Table.Td>
              <Table.Td className="user-text">
                {value !== undefined && <Code>{value.length > 2000 ? `${value.slice(0, 2000)}…` : value}</Code>}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </WideTable>
  )
}

function Card({ task, status }: PartProps): ReactNode {
  const { data, error, refetch } = useQuery({
    queryKey: ['card', task, status],
    queryFn: async ({ signal }) => await readCard(task, signal),
    refetchInterval: status === 'running' ? 5000 : false,
  })
  if (data === undefined) return <Waiting error={error} retry={refetch} size="sm" />
  return <SandboxedPage title={text.card} html={data} />
}
