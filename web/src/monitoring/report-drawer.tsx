/** The report of a check beside the page, without any right to do something. */
import { Drawer, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { readArtifact } from '../api/artifacts.ts'
import { SandboxedPage } from '../run/previews/sandboxed-page.tsx'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { Waiting } from '../shell/failure.tsx'
import { formatTime } from '../shell/times.ts'
import { strings } from '../strings.ts'
import type { Check } from './checks.ts'

const text = strings.monitoring

export function ReportDrawer({ check, close }: { readonly check: Check; readonly close: () => void }): ReactNode {
  const { runId, experimentId, time } = check
  const title = text.reportOf(formatTime(time))
  const { data, error, refetch } = useQuery({
    queryKey: ['report', runId],
    queryFn: async ({ signal }) => new TextDecoder().decode(await readArtifact(runId, 'report.html', signal)),
    staleTime: Infinity,
  })
  return (
    <Drawer opened position="right" size="xl" title={title} onClose={close}>
      <Stack gap="sm">
        <AnchorLink to="/experiments/$experimentId/runs/$runId" params={{ experimentId, runId }}>
          {text.toRun}
        </AnchorLink>
        {data === undefined ? <Waiting error={error} retry={refetch} /> : <SandboxedPage title={title} html={data} />}
      </Stack>
    </Drawer>
  )
}
