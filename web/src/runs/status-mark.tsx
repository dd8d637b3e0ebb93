/** How a run stands, as a mark that is told apart by shape as well as by colour. */
import { Tooltip } from '@mantine/core'
import { IconBan, IconCircleCheck, IconCircleX, IconClock, IconPlayerPlay } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import type { RunStatus } from '../api/runs.ts'
import { strings } from '../strings.ts'

const marks = {
  RUNNING: { Icon: IconPlayerPlay, color: 'blue' },
  SCHEDULED: { Icon: IconClock, color: 'gray' },
  FINISHED: { Icon: IconCircleCheck, color: 'teal' },
  FAILED: { Icon: IconCircleX, color: 'red' },
  KILLED: { Icon: IconBan, color: 'orange' },
} as const satisfies Readonly<Record<RunStatus, object>>

export function StatusMark({ status }: { readonly status: RunStatus }): ReactNode {
  const { Icon, color } = marks[status]
  const label = strings.runs.status[status]
  return (
    <Tooltip label={label}>
      <Icon
        size={16}
        color={`var(--mantine-color-${color}-6)`}
        role="img"
        aria-label={label}
        style={{ flex: 'none' }}
      />
    </Tooltip>
  )
}
