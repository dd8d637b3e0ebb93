/** How runs and tasks of flows stand, told apart by shape as well as by colour. */
import { Tooltip } from '@mantine/core'
import {
  IconAlertTriangle,
  IconBan,
  IconCircleCheck,
  IconCircleX,
  IconPlayerPlay,
  IconPlugConnectedX,
} from '@tabler/icons-react'
import type { ReactNode } from 'react'
import type { FlowRunStatus, TaskStatus } from '../api/flows.ts'
import { strings } from '../strings.ts'

const marks = {
  running: { Icon: IconPlayerPlay, color: 'blue' },
  completed: { Icon: IconCircleCheck, color: 'teal' },
  caught: { Icon: IconAlertTriangle, color: 'orange' },
  failed: { Icon: IconCircleX, color: 'red' },
  stopped: { Icon: IconBan, color: 'orange' },
  interrupted: { Icon: IconPlugConnectedX, color: 'orange' },
} as const satisfies Readonly<Record<FlowRunStatus | TaskStatus, object>>

export function statusColor(status: FlowRunStatus | TaskStatus): string {
  return `var(--mantine-color-${marks[status].color}-6)`
}

export function FlowStatusMark({ status }: { readonly status: FlowRunStatus | TaskStatus }): ReactNode {
  const { Icon } = marks[status]
  const label = strings.flows.status[status]
  return (
    <Tooltip label={label}>
      <Icon size={16} color={statusColor(status)} role="img" aria-label={label} style={{ flex: 'none' }} />
    </Tooltip>
  )
}
