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
  const { nodes, edges } = useMemo(() => {
    const hrefOf = ({ href }: { readonly href: string }): string => router.history.createHref(href)
    return lineageOf(version, run, {
      ofRun: ({ experimentId, runId }) => {
        const to = '/experiments/$experimentId/runs/$runId'
        return hrefOf(router.buildLocation({ to, params: { experimentId, runId } }))
      },
      // The server may not know the flow; its page then says so.
      ofTask: ({ flow, runId: run, step, taskId: task }) =>
        hrefOf(router.buildLocation({ to: '/flows/$flow/$run', params: { flow, run }, search: { step, task } })),
    })
  }, [version, run, router])
  return <GraphView label={strings.model.lineageOf} nodes={nodes} edges={edges} />
}
