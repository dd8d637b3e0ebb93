/** The columns of the table of versions. */
import { Group, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import type { ModelVersion } from '../api/models.ts'
import type { Run } from '../api/runs.ts'
import { signed } from '../models/champion.ts'
import { GateMark } from '../models/gate-mark.tsx'
import { gatePrefix, gatesOf } from '../models/gates.ts'
import { AliasBadges, StageBadge } from '../models/version-marks.tsx'
import { Age } from '../shell/age.tsx'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { TagBadges } from '../shell/tag-badges.tsx'
import { formatNumber } from '../shell/times.ts'
import { strings } from '../strings.ts'
import type { DataColumn } from '../table/data-table.tsx'

const text = strings.model

/** What the runs measured, without what the machine did meanwhile. */
export function metricNames(runs: readonly Run[]): readonly string[] {
  const names = new Set(runs.flatMap(({ metrics }) => Object.keys(metrics)))
  return [...names].filter((name) => !name.startsWith('system/')).toSorted()
}

/** The metrics that are shown until somebody chooses: those of a test, if there are any, without their deviations. */
export function usualMetrics(names: readonly string[]): readonly string[] {
  const values = names.filter((name) => !name.endsWith('_std'))
  const tested = values.filter((name) => /^(test|val|eval)/.test(name))
  return (tested.length > 0 ? tested : values).slice(0, 4)
}

interface Known {
  readonly runs: ReadonlyMap<string, Run>
  readonly champion: ModelVersion | undefined
}

export function versionColumns(metrics: readonly string[], known: Known): readonly DataColumn<ModelVersion>[] {
  return [
    {
      id: 'version',
      header: text.version,
      width: 110,
      cell: ({ name, version }) => (
        <AnchorLink to="/models/$name/versions/$version" params={{ name, version: String(version) }}>
          {text.versionOf(version)}
        </AnchorLink>
      ),
    },
    { id: 'stage', header: text.stage, width: 120, cell: ({ stage }) => <StageBadge stage={stage} /> },
    {
      id: 'aliases',
      header: strings.models.aliases,
      width: 160,
      cell: ({ aliases }) => <AliasBadges names={aliases.map((alias) => `@${alias}`)} />,
    },
    { id: 'gates', header: text.gates, width: 170, cell: ({ tags }) => <Gates tags={tags} /> },
    ...metrics.map((metric) => metricColumn(metric, known)),
    { id: 'run', header: text.run, width: 160, cell: ({ runId }) => <RunLink run={known.runs.get(runId ?? '')} /> },
    { id: 'registered', header: text.registered, width: 120, cell: ({ creationTime }) => <Age time={creationTime} /> },
    { id: 'user', header: text.user, width: 110, cell: ({ userId }) => userId },
    {
      id: 'tags',
      header: text.tags,
      width: 240,
      cell: ({ tags }) => <TagBadges tags={tags} hiddenPrefix={gatePrefix} />,
    },
  ]
}

function metricColumn(metric: string, { runs, champion }: Known): DataColumn<ModelVersion> {
  const valueOf = (version: ModelVersion | undefined): number | undefined =>
    runs.get(version?.runId ?? '')?.metrics[metric]?.value
  return {
    id: `metric ${metric}`,
    header: metric,
    width: 160,
    align: 'end',
    cell: (version) => {
      const value = valueOf(version)
      return (
        <span>
          {value === undefined ? '' : formatNumber(value)}{' '}
          {version.version !== champion?.version && (
            <Text span size="xs" c="dimmed">
              {signed(value, valueOf(champion))}
            </Text>
          )}
        </span>
      )
    },
  }
}

function Gates({ tags }: { readonly tags: Readonly<Record<string, string>> }): ReactNode {
  return (
    <Group gap="xs" wrap="nowrap">
      {gatesOf(tags).map((gate) => (
        <GateMark key={gate.name} gate={gate} label={gate.name} />
      ))}
    </Group>
  )
}

function RunLink({ run }: { readonly run: Run | undefined }): ReactNode {
  if (run === undefined) return null
  const { experimentId, runId, name } = run
  return (
    <AnchorLink to="/experiments/$experimentId/runs/$runId" params={{ experimentId, runId }} title={name}>
      {name}
    </AnchorLink>
  )
}
