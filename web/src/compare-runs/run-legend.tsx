/** Which run has which colour; each can be left out. */
import { ActionIcon, ColorSwatch, Group, ScrollArea } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { Run } from '../api/runs.ts'
import { useLineColors } from '../charts/line-colors.ts'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { strings } from '../strings.ts'

const text = strings.compare
const route = getRouteApi('/compare-runs')

export function RunLegend({ runs }: { readonly runs: readonly Run[] }): ReactNode {
  const colors = useLineColors()
  const navigate = route.useNavigate()
  return (
    <ScrollArea.Autosize mah={110} type="auto">
      <Group gap="md" role="list" aria-label={text.runs}>
        {runs.map(({ runId, experimentId, name }, place) => (
          <Group key={runId} gap={6} wrap="nowrap" role="listitem">
            <ColorSwatch size={12} color={colors[place % colors.length]!} withShadow={false} />
            <AnchorLink to="/experiments/$experimentId/runs/$runId" params={{ experimentId, runId }}>
              {name}
            </AnchorLink>
            {runs.length > 1 && (
              <ActionIcon
                size={18}
                variant="subtle"
                color="gray"
                aria-label={text.leaveOut(name)}
                onClick={() =>
                  void navigate({
                    search: (old) => ({ ...old, runs: old.runs.filter((id) => id !== runId) }),
                    replace: true,
                  })
                }
              >
                <IconX size={12} />
              </ActionIcon>
            )}
          </Group>
        ))}
      </Group>
    </ScrollArea.Autosize>
  )
}
