/** The versions of a model beside each other, with what their runs measured against the champion's. */
import { Button, Group, MultiSelect, Stack, Text } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import { type ReactNode, useMemo, useState } from 'react'
import { championOf } from '../models/champion.ts'
import { useVersionRuns, useVersions } from '../models/use-versions.ts'
import { EmptyState, Waiting } from '../shell/failure.tsx'
import { strings } from '../strings.ts'
import { DataTable } from '../table/data-table.tsx'
import { metricNames, usualMetrics, versionColumns } from './version-columns.tsx'

const text = strings.model
const route = getRouteApi('/models/$name')

export function Versions({ name }: { readonly name: string }): ReactNode {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const { data: versions, error, refetch } = useVersions(name)
  const runs = useVersionRuns(versions ?? [])
  const champion = useMemo(() => championOf(versions ?? []), [versions])
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const names = useMemo(() => metricNames([...runs.values()]), [runs])
  const metrics = search.metrics ?? usualMetrics(names)
  const columns = useMemo(() => versionColumns(metrics, { runs, champion }), [metrics.join('\n'), runs, champion])
  if (versions === undefined) return <Waiting error={error} retry={refetch} size="sm" />
  if (versions.length === 0) {
    return <EmptyState title={text.noVersions} text={text.noVersionsText} command={text.noVersionsCommand(name)} />
  }
  const [from, to] = [...selected].map(Number).toSorted((a, b) => a - b)
  return (
    <Stack gap="xs">
      <Group align="flex-end">
        <MultiSelect
          size="xs"
          maw={560}
          searchable
          limit={200}
          label={text.metrics}
          data={names}
          value={[...metrics]}
          onChange={(value) => void navigate({ search: (old) => ({ ...old, metrics: value }), replace: true })}
        />
        <Button
          size="xs"
          variant="default"
          disabled={selected.size !== 2}
          title={text.compareHint}
          onClick={() =>
            void navigate({ to: '/models/$name/compare', params: { name }, search: { from: from ?? 0, to: to ?? 0 } })
          }
        >
          {text.compare}
        </Button>
      </Group>
      <Text size="xs" c="dimmed">
        {champion === undefined ? text.noChampion : text.champion(champion.version)}
      </Text>
      <div style={{ display: 'flex', height: Math.min(560, 52 + 36 * versions.length) }}>
        <DataTable
          label={text.versions}
          columns={columns}
          rows={versions}
          rowId={({ version }) => String(version)}
          rowName={({ version }) => text.versionOf(version)}
          selected={selected}
          onSelect={setSelected}
        />
      </div>
    </Stack>
  )
}
