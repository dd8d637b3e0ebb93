/** Where a version comes from, drawn. */
import { useRouter } from '@tanstack/react-router'
import { type ReactNode, useMemo } from 'react'
import type { ModelVersion } from '../api/models.ts'
import type { Run } from '../api/runs.ts'
import { GraphView } from '../charts/graph-view.tsx'
import { strings } from '../strings.ts'
import { lineageOf } from './lineage.ts'

interface LineageViewProps {
  readonly version: ModelVersion
  readonly run: Run | undefined
}

export function LineageView({ version, run }: LineageViewProps): ReactNode {
  const router = useRouter()
  const { nodes, edges } = useMemo(
    () =>
      lineageOf(version, run, ({ experimentId, runId }) => {
        const to = '/experiments/$experimentId/runs/$runId'
        return router.history.createHref(router.buildLocation({ to, params: { experimentId, runId } }).href)
      }),
    [version, run, router],
  )
  return <GraphView label={strings.model.lineageOf} nodes={nodes} edges={edges} />
}
