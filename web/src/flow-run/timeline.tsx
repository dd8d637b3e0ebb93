/** When which task ran: a bar for each try, to be chosen. */
import { Button, Group, Stack, Text, UnstyledButton, VisuallyHidden } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import type { FlowTask } from '../api/flows.ts'
import { statusColor } from '../flows/flow-status.tsx'
import { formatDuration } from '../shell/times.ts'
import { strings } from '../strings.ts'
import { barsOf } from './step-states.ts'
import classes from './timeline.module.css'

const text = strings.flows
const pageSize = 100

interface TimelineProps {
  readonly tasks: readonly FlowTask[]
  /** When the run began and ended, or what time it is. */
  readonly start: number
  readonly end: number
  readonly selected: FlowTask | undefined
  readonly onSelect: (task: FlowTask) => void
}

export function Timeline({ tasks, start, end, selected, onSelect }: TimelineProps): ReactNode {
  const [limit, setLimit] = useState(pageSize)
  const shown = tasks.slice(0, limit)
  const byTask = Map.groupBy(barsOf(shown, start, end), ({ task }) => task)
  const length = Math.max(1, end - start)
  return (
    <Stack gap={2} role="group" aria-label={text.timeline}>
      {shown.map((task) => {
        const name = `${task.step}/${task.taskId}`
        const bars = byTask.get(task) ?? []
        const took = bars.length === 0 ? takenText(task) : formatDuration(bars.at(-1)!.end - bars[0]!.start)
        return (
          <UnstyledButton
            key={name}
            className={classes['row']}
            aria-pressed={task === selected}
            onClick={() => onSelect(task)}
          >
            <span className={classes['name']} title={name}>
              {name}
            </span>{' '}
            <VisuallyHidden>{text.status[task.status]}</VisuallyHidden>{' '}
            <span className={classes['track']}>
              {bars.map((bar) => (
                <span
                  key={bar.attempt}
                  className={classes['bar']}
                  title={`${text.attempt(bar.attempt)}: ${text.status[bar.status]}, ${formatDuration(bar.end - bar.start)}`}
                  style={{
                    insetInlineStart: `${(100 * bar.start) / length}%`,
                    width: `${(100 * (bar.end - bar.start)) / length}%`,
                    background: statusColor(bar.status),
                  }}
                />
              ))}
            </span>
            <span className={classes['took']}>{took}</span>
          </UnstyledButton>
        )
      })}
      {tasks.length > limit && (
        <Group>
          <Button size="compact-xs" variant="default" onClick={() => setLimit(limit + 10 * pageSize)}>
            {strings.charts.more(tasks.length - limit)}
          </Button>
        </Group>
      )}
      {tasks.length === 0 && (
        <Text size="sm" c="dimmed">
          {text.noTasks}
        </Text>
      )}
    </Stack>
  )
}

function takenText({ takenFrom }: FlowTask): string {
  return takenFrom === undefined ? '' : text.taken[takenFrom.how]
}
