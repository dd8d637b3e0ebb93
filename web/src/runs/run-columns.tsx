/** The columns the table of runs can have, and what stands in them. */
import { ActionIcon, Group, Text } from '@mantine/core'
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import type { Run } from '../api/runs.ts'
import { Age } from '../shell/age.tsx'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { formatDuration, formatNumber } from '../shell/times.ts'
import { strings } from '../strings.ts'
import type { DataColumn } from '../table/data-table.tsx'
import { columnName } from './column-names.ts'
import type { ColumnId } from './runs-search.ts'
import { StatusMark } from './status-mark.tsx'
import type { RunRow } from './use-runs.ts'

const text = strings.runs

/** Columns of a run's own properties, after its name. */
const attributes: Readonly<Record<string, { width: number; cell: (run: Run) => ReactNode }>> = {
  'attributes.start_time': { width: 120, cell: ({ startTime }) => <Age time={startTime} /> },
  'attributes.duration': { width: 110, cell: durationOf },
  'attributes.user_id': { width: 110, cell: ({ userId }) => userId },
  'attributes.dataset': {
    width: 160,
    cell: ({ datasets }) => datasets.map(({ name }) => name).join(', '),
  },
  'attributes.source': { width: 160, cell: ({ tags }) => tags['mlflow.source.name'] ?? '' },
}

/** What the server can order by, of the run's own properties. */
const sortable = new Set(['attributes.start_time', 'attributes.user_id', 'attributes.run_name'])

/** All columns that `runs` have something for, by their group. */
export function knownColumns(runs: readonly Run[]): Readonly<Record<string, readonly ColumnId[]>> {
  const keys = (of: (run: Run) => object, group: string): ColumnId[] =>
    [...new Set(runs.flatMap((run) => Object.keys(of(run))))].sort().map((key) => `${group}.${key}` as ColumnId)
  return {
    [text.attributes]: Object.keys(attributes) as ColumnId[],
    [text.metrics]: keys((run) => run.metrics, 'metrics'),
    [text.params]: keys((run) => run.params, 'params'),
    [text.tags]: keys((run) => run.tags, 'tags').filter((id) => !id.startsWith('tags.mlflow.')),
  }
}

/** What the table shows until somebody chooses: when, how long, and the first metrics and parameters. */
export function defaultColumns(known: Readonly<Record<string, readonly ColumnId[]>>): readonly ColumnId[] {
  const metrics = known[text.metrics]?.filter((id) => !id.startsWith('metrics.system/')) ?? []
  return [
    'attributes.start_time',
    'attributes.duration',
    ...metrics.slice(0, 6),
    ...(known[text.params]?.slice(0, 4) ?? []),
  ]
}

export function runColumns(ids: readonly string[], toggle: (runId: string) => void): readonly DataColumn<RunRow>[] {
  const name: DataColumn<RunRow> = {
    id: 'attributes.run_name',
    header: text.run,
    width: 280,
    sortable: true,
    cell: (row) => <NameCell row={row} toggle={toggle} />,
  }
  return [name, ...ids.map(runColumn)]
}

function runColumn(id: string): DataColumn<RunRow> {
  const attribute = attributes[id]
  if (attribute !== undefined) {
    const { width, cell } = attribute
    return { id, header: columnName(id), width, sortable: sortable.has(id), cell: ({ run }) => cell(run) }
  }
  const key = columnName(id)
  const common = { id, header: key, width: 130, sortable: true } as const
  if (id.startsWith('metrics.')) {
    return { ...common, align: 'end', cell: ({ run }) => metricText(run, key) }
  }
  const values = id.startsWith('params.') ? (run: Run) => run.params[key] : (run: Run) => run.tags[key]
  return { ...common, cell: ({ run }) => <span title={values(run)}>{values(run)?.slice(0, 200)}</span> }
}

function metricText({ metrics }: Run, key: string): string {
  const point = metrics[key]
  return point === undefined ? '' : formatNumber(point.value)
}

function durationOf({ startTime, endTime }: Run): string {
  return startTime === undefined || endTime === undefined ? '' : formatDuration(endTime - startTime)
}

function NameCell({ row, toggle }: { readonly row: RunRow; readonly toggle: (runId: string) => void }): ReactNode {
  const { run, depth, childCount, isOpen } = row
  const label = (isOpen ? text.collapse : text.expand)(run.name)
  return (
    <Group gap={6} wrap="nowrap" ps={depth * 20}>
      {childCount > 0 ? (
        <ActionIcon
          size={18}
          variant="subtle"
          color="gray"
          aria-label={label}
          aria-expanded={isOpen}
          onClick={() => toggle(run.runId)}
        >
          {isOpen ? <IconChevronDown size={14} /> : <IconChevronRight size={14} />}
        </ActionIcon>
      ) : (
        <span style={{ width: 18, flex: 'none' }} />
      )}
      <StatusMark status={run.status} />
      <AnchorLink
        to="/experiments/$experimentId/runs/$runId"
        params={{ experimentId: run.experimentId, runId: run.runId }}
        title={run.name}
      >
        {run.name}
      </AnchorLink>
      {childCount > 0 && (
        <Text size="xs" c="dimmed">
          {childCount}
        </Text>
      )}
    </Group>
  )
}
