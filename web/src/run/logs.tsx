/** What a run printed: the log of the task of a flow that it came from, and what it logged below `logs/`. */
import { Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { listArtifacts } from '../api/artifacts.ts'
import { getTask, type TaskName } from '../api/flows.ts'
import type { Run } from '../api/runs.ts'
import { TaskLog } from '../flow-run/task-log.tsx'
import { taskPathOf } from '../flows/task-path.ts'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { EmptyState, Waiting } from '../shell/failure.tsx'
import { Section } from '../shell/section.tsx'
import { strings } from '../strings.ts'
import { Preview } from './previews/preview.tsx'

const text = strings.run
const liveEveryMs = 2000

export function Logs({ run: { runId, status, tags } }: { readonly run: Run }): ReactNode {
  const task = taskPathOf(tags)
  const { data, error, refetch } = useQuery({
    queryKey: ['artifacts', runId, 'logs'],
    queryFn: async ({ signal }) => await listArtifacts(runId, 'logs', signal),
    refetchInterval: status === 'RUNNING' ? liveEveryMs : false,
  })
  const files = data?.filter(({ path, isFolder }) => !isFolder && /\.(log|txt)$/i.test(path)) ?? []
  if (task === undefined && data?.length === 0) {
    return <EmptyState title={text.noLogs} text={text.noLogsText} command={text.noLogsCommand} />
  }
  return (
    <Stack>
      {task !== undefined && <OriginLog task={task} />}
      {data === undefined && <Waiting error={error} retry={refetch} size="sm" />}
      {files.map((file) => (
        <Section key={file.path} title={file.path}>
          {/* A file that has grown is read again. */}
          <Preview key={file.sizeBytes} runId={runId} file={file} />
        </Section>
      ))}
    </Stack>
  )
}

function OriginLog({ task }: { readonly task: TaskName }): ReactNode {
  const { flow, runId, step, taskId } = task
  const { data, error, refetch } = useQuery({
    queryKey: ['flow task', task],
    queryFn: async ({ signal }) => await getTask(task, signal),
    refetchInterval: ({ state }) => (state.data?.task.status === 'running' ? liveEveryMs : false),
  })
  return (
    <Section title={`${flow}/${runId}/${step}/${taskId}`}>
      <Stack gap="xs">
        <Text size="sm">
          <AnchorLink to="/flows/$flow/$run" params={{ flow, run: runId }} search={{ step, task: taskId }}>
            {text.toTask}
          </AnchorLink>
        </Text>
        {data === undefined ? (
          <Waiting error={error} retry={refetch} size="sm" />
        ) : (
          <TaskLog run={{ flow, runId }} task={data.task} />
        )}
      </Stack>
    </Section>
  )
}
