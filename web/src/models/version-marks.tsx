/** Stages and aliases, as marks. */
import { Badge, Group } from '@mantine/core'
import type { ReactNode } from 'react'
import type { Stage } from '../api/models.ts'
import { strings } from '../strings.ts'

const colors: Readonly<Record<Stage, string>> = {
  None: 'gray',
  Staging: 'orange',
  Production: 'teal',
  Archived: 'gray',
}

interface StageBadgeProps {
  readonly stage: Stage
  readonly version?: number
}

/** @param version the one that is in the stage, where the page does not say */
export function StageBadge({ stage, version }: StageBadgeProps): ReactNode {
  return (
    <Badge variant="dot" color={colors[stage]} size="sm" tt="none">
      {strings.models.stage[stage]}
      {version !== undefined && `: ${version}`}
    </Badge>
  )
}

export function AliasBadges({ names }: { readonly names: readonly string[] }): ReactNode {
  return (
    <Group gap={4} wrap="nowrap">
      {names.map((name) => (
        <Badge key={name} variant="default" size="sm" tt="none" title={name}>
          {name}
        </Badge>
      ))}
    </Group>
  )
}
