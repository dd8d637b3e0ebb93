/** Whether a model server answers, told apart by shape as well as by colour. */
import { Tooltip } from '@mantine/core'
import { IconCircleCheck, IconPlugConnectedX } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import type { ModelServer } from '../api/serving.ts'
import { strings } from '../strings.ts'

const marks = {
  up: { Icon: IconCircleCheck, color: 'var(--mantine-color-teal-6)' },
  away: { Icon: IconPlugConnectedX, color: 'var(--mantine-color-red-6)' },
} as const

export function ServerMark({ status }: Pick<ModelServer, 'status'>): ReactNode {
  const { Icon, color } = marks[status]
  const label = strings.serving.status[status]
  return (
    <Tooltip label={label}>
      <Icon size={18} color={color} role="img" aria-label={label} style={{ flex: 'none' }} />
    </Tooltip>
  )
}
