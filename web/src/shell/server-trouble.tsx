/** Says in the head of every page that the server is in trouble: what stands below may be old. */
import { Badge } from '@mantine/core'
import { type ReactNode, useSyncExternalStore } from 'react'
import { queries, troubled } from '../api/queries.ts'
import { strings } from '../strings.ts'

export function ServerTrouble(): ReactNode {
  const isTroubled = useSyncExternalStore(watch, () => troubled().length > 0)
  return (
    <span role="status">
      {isTroubled && (
        <Badge color="red" variant="light" size="lg" tt="none">
          {strings.errors.waiting}
        </Badge>
      )}
    </span>
  )
}

function watch(changed: () => void): () => void {
  return queries.getQueryCache().subscribe(changed)
}
