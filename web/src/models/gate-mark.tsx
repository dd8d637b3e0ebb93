/** Whether a gate was passed, as a mark that is told apart by shape as well as by colour. */
import { Group, Text } from '@mantine/core'
import { IconCircleCheck, IconCircleX, IconHelpCircle } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { strings } from '../strings.ts'
import type { Gate } from './gates.ts'

const text = strings.model

interface GateMarkProps {
  readonly gate: Gate
  /** What stands beside the mark; without it what the mark says. */
  readonly label?: string
}

export function GateMark({ gate: { evidence }, label }: GateMarkProps): ReactNode {
  const [Icon, color, says] =
    evidence === undefined
      ? ([IconHelpCircle, 'gray', text.unreadableGate] as const)
      : evidence.passed
        ? ([IconCircleCheck, 'teal', text.passed] as const)
        : ([IconCircleX, 'red', text.failed] as const)
  return (
    <Group gap={4} wrap="nowrap" title={says}>
      <Icon
        size={16}
        color={`var(--mantine-color-${color}-6)`}
        style={{ flex: 'none' }}
        {...(label === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': says })}
      />
      <Text size="sm" style={{ whiteSpace: 'nowrap' }}>
        {label ?? says}
      </Text>
    </Group>
  )
}
