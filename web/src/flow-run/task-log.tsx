/** What a task printed, read along while it runs. */
import { Code, Group, ScrollArea, SegmentedControl, Stack, Text } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { type FlowTask, type LogStream, readLog, type RunName } from '../api/flows.ts'
import { Failure } from '../shell/failure.tsx'
import { strings } from '../strings.ts'

const text = strings.flows
/** What is kept of a log in the page. */
const maxCharacters = 1_000_000

export function TaskLog({ run, task }: { readonly run: RunName; readonly task: FlowTask }): ReactNode {
  const isRunning = task.status === 'running'
  const newest = isRunning ? task.attempts.length : Math.max(0, task.attempts.length - 1)
  const [chosen, setChosen] = useState<number>()
  const [stream, setStream] = useState<LogStream>('stdout')
  const attempt = chosen ?? newest
  const attempts = Array.from({ length: newest + 1 }, (_, i) => i)
  const error = task.attempts.find((one) => one.attempt === attempt)?.error
  return (
    <Stack gap="xs">
      <Group gap="xs">
        <SegmentedControl
          size="xs"
          aria-label={text.stream}
          value={stream}
          data={['stdout', 'stderr']}
          onChange={setStream}
        />
        {attempts.length > 1 && (
          <SegmentedControl
            size="xs"
            aria-label={text.attempts}
            value={String(attempt)}
            data={attempts.map((one) => ({ value: String(one), label: text.attempt(one) }))}
            onChange={(value) => setChosen(Number(value))}
          />
        )}
      </Group>
      {error !== undefined && (
        <Code block c="red" className="user-text">
          {error.stack ?? `${error.name}: ${error.message}`}
        </Code>
      )}
      <Log
        key={`${task.step}/${task.taskId} ${attempt} ${stream}`}
        task={{ ...run, step: task.step, taskId: task.taskId }}
        attempt={attempt}
        stream={stream}
        isRunning={isRunning && attempt === newest}
      />
    </Stack>
  )
}

interface LogProps {
  readonly task: Parameters<typeof readLog>[0]
  readonly attempt: number
  readonly stream: LogStream
  readonly isRunning: boolean
}

interface Read {
  readonly text: string
  readonly nextOffset: number
}

function Log({ task, attempt, stream, isRunning }: LogProps): ReactNode {
  const queries = useQueryClient()
  const queryKey = ['log', task, attempt, stream]
  const { data, error, refetch } = useQuery({
    queryKey,
    queryFn: async ({ signal }): Promise<Read> => {
      let { text, nextOffset } = queries.getQueryData<Read>(queryKey) ?? { text: '', nextOffset: 0 }
      for (;;) {
        const part = await readLog(task, { attempt, stream, offset: nextOffset }, signal)
        text = (text + part.text).slice(-maxCharacters)
        nextOffset = part.nextOffset
        if (part.text === '' || nextOffset >= part.sizeBytes) return { text, nextOffset }
      }
    },
    refetchInterval: isRunning ? 1000 : false,
  })
  useEffect(() => {
    // What was printed last is not there yet when the task is seen to have ended.
    if (!isRunning) void refetch()
  }, [isRunning, refetch])
  const view = useEndInSight(data?.text)
  if (data === undefined && error !== null) return <Failure error={error} retry={refetch} />
  if (data === undefined || data.text === '') {
    return (
      <Text size="sm" c="dimmed" mih={40}>
        {data === undefined ? '' : text.noLog}
      </Text>
    )
  }
  return (
    <ScrollArea.Autosize
      mah="40vh"
      type="auto"
      viewportRef={view}
      viewportProps={{ tabIndex: 0, role: 'log', 'aria-label': text.log }}
    >
      <Code block>{data.text}</Code>
    </ScrollArea.Autosize>
  )
}

/** Keeps the end of `content` in sight for who has it in sight. */
function useEndInSight(content: string | undefined) {
  const view = useRef<HTMLDivElement>(null)
  const follows = useRef(true)
  useEffect(() => {
    const element = view.current
    if (element === null) return
    if (follows.current) element.scrollTop = element.scrollHeight
    const look = (): void => {
      follows.current = element.scrollHeight - element.scrollTop - element.clientHeight < 8
    }
    element.addEventListener('scroll', look)
    return () => element.removeEventListener('scroll', look)
  }, [content])
  return view
}
