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

interface ReportDrawerProps {
  /** Undefined while none is to be seen. */
  readonly check: Check | undefined
  readonly close: () => void
}

export function ReportDrawer({ check, close }: ReportDrawerProps): ReactNode {
  return (
    <Drawer opened={check !== undefined} position="right" size="xl" title={check && titleOf(check)} onClose={close}>
      {check !== undefined && <Report check={check} />}
    </Drawer>
  )
}

function Report({ check }: { readonly check: Check }): ReactNode {
  const { runId, experimentId } = check
  const { data, error, refetch } = useQuery({
    queryKey: ['report', runId],
    queryFn: async ({ signal }) => new TextDecoder().decode(await readArtifact(runId, 'report.html', signal)),
    staleTime: Infinity,
  })
  return (
    <Stack gap="sm">
      <AnchorLink to="/experiments/$experimentId/runs/$runId" params={{ experimentId, runId }}>
        {text.toRun}
      </AnchorLink>
      {data === undefined ? (
        <Waiting error={error} retry={refetch} />
      ) : (
        <SandboxedPage title={titleOf(check)} html={data} />
      )}
    </Stack>
  )
}

function titleOf({ time }: Check): string {
  return text.reportOf(formatTime(time))
}
