/** What the run of a version measured, beside the champion's. */
import { Stack, Text } from '@mantine/core'
import { type ReactNode, useMemo } from 'react'
import type { ModelVersion } from '../api/models.ts'
import type { Run } from '../api/runs.ts'
import { championOf, signed } from '../models/champion.ts'
import { useVersionRuns, useVersions } from '../models/use-versions.ts'
import { formatNumber } from '../shell/times.ts'
import { strings } from '../strings.ts'
import { type DataColumn, DataTable } from '../table/data-table.tsx'

const text = strings.model

interface MetricRow {
  readonly metric: string
  readonly value: number
  readonly reference: number | undefined
}

interface AgainstChampionProps {
  readonly version: ModelVersion
  readonly run: Run | undefined
}

export function AgainstChampion({ version, run }: AgainstChampionProps): ReactNode {
  const { data: versions } = useVersions(version.name)
  const champion = championOf(versions ?? [])
  const isChampion = champion?.version === version.version
  const runs = useVersionRuns(champion === undefined || isChampion ? [] : [champion])
  const reference = runs.get(champion?.runId ?? '')
  const rows = useMemo(() => metricRows(run, reference), [run, reference])
  const columns = useMemo(
    () => metricColumns(reference === undefined ? undefined : champion?.version),
    [reference, champion?.version],
  )
  if (rows.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {version.runId === undefined ? text.noRun : text.noMetrics}
      </Text>
    )
  }
  return (
    <Stack gap="xs">
      {!isChampion && (
        <Text size="xs" c="dimmed">
          {champion === undefined ? text.noChampion : text.champion(champion.version)}
        </Text>
      )}
      <div style={{ display: 'flex', height: Math.min(460, 38 + 36 * rows.length) }}>
        <DataTable
          label={text.metrics}
          columns={columns}
          rows={rows}
          rowId={({ metric }) => metric}
          rowName={({ metric }) => metric}
        />
      </div>
    </Stack>
  )
}

function metricRows(run: Run | undefined, reference: Run | undefined): readonly MetricRow[] {
  return Object.values(run?.metrics ?? {})
    .filter(({ key }) => !key.startsWith('system/'))
    .map(({ key, value }) => ({ metric: key, value, reference: reference?.metrics[key]?.value }))
    .toSorted((a, b) => (a.metric < b.metric ? -1 : 1))
}

/** @param champion the version that `reference` is of; without it there is nothing to compare */
function metricColumns(champion: number | undefined): readonly DataColumn<MetricRow>[] {
  const numeric = { width: 130, align: 'end' } as const
  return [
    { id: 'metric', header: text.metric, width: 220, cell: ({ metric }) => <span title={metric}>{metric}</span> },
    { id: 'value', header: text.here, ...numeric, cell: ({ value }) => formatNumber(value) },
    ...(champion === undefined
      ? []
      : [
          {
            id: 'reference',
            header: text.versionOf(champion),
            ...numeric,
            cell: ({ reference }: MetricRow) => (reference === undefined ? '' : formatNumber(reference)),
          },
          {
            id: 'difference',
            header: text.difference,
            ...numeric,
            cell: ({ value, reference }: MetricRow) => signed(value, reference),
          },
        ]),
  ]
}
