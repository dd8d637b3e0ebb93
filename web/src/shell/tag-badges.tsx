/** Tags in a cell of a table. */
import { Badge, Group } from '@mantine/core'
import type { ReactNode } from 'react'

interface TagBadgesProps {
  readonly tags: Readonly<Record<string, string>>
  /** Keys that begin so are the program's own and not shown, besides MLflow's. */
  readonly hiddenPrefix?: string
}

export function TagBadges({ tags, hiddenPrefix = 'mlflow.' }: TagBadgesProps): ReactNode {
  const shown = Object.entries(tags).filter(([key]) => !key.startsWith('mlflow.') && !key.startsWith(hiddenPrefix))
  // More do not fit into a cell; all of them are on the page of the thing.
  return (
    <Group gap={4} wrap="nowrap">
      {shown.slice(0, 20).map(([key, value]) => (
        <Badge key={key} variant="default" size="sm" tt="none" title={`${key}: ${value}`}>
          {key}: {value}
        </Badge>
      ))}
    </Group>
  )
}
