/** Things side by side, a table for each kind of their values. */
import { Checkbox, Stack, Text, Title } from '@mantine/core'
import { type ReactNode, useMemo } from 'react'
import { strings } from '../strings.ts'
import { type DataColumn, DataTable } from '../table/data-table.tsx'
import { type DifferenceRow, differenceRows } from './difference-rows.ts'

const text = strings.differences

export interface DifferenceGroup {
  readonly title: string
  /** The values of each thing by their names. */
  readonly things: readonly Readonly<Record<string, string | undefined>>[]
}

interface DifferencesProps {
  /** What the things are called. */
  readonly names: readonly string[]
  readonly groups: readonly DifferenceGroup[]
  /** Whether what is the same in all of them shows too. */
  readonly all: boolean
  readonly onAll: (all: boolean) => void
}

export function Differences({ names, groups, all, onAll }: DifferencesProps): ReactNode {
  const columns = useMemo(() => columnsOf(names), [names])
  return (
    <Stack>
      <Checkbox
        size="xs"
        label={text.onlyDifferent}
        checked={!all}
        onChange={({ currentTarget }) => onAll(!currentTarget.checked)}
      />
      {groups.map((group) => (
        <Group key={group.title} group={group} columns={columns} all={all} />
      ))}
    </Stack>
  )
}

interface GroupProps {
  readonly group: DifferenceGroup
  readonly columns: readonly DataColumn<DifferenceRow>[]
  readonly all: boolean
}

function Group({ group: { title, things }, columns, all }: GroupProps): ReactNode {
  const known = useMemo(() => differenceRows(things), [things])
  const rows = useMemo(() => known.filter(({ isSame }) => all || !isSame), [known, all])
  return (
    <section>
      <Title order={2} size="h5" mb={4}>
        {title}
      </Title>
      {rows.length === 0 ? (
        <Text size="sm" c="dimmed">
          {known.length === 0 ? text.nothing : text.none}
        </Text>
      ) : (
        <div style={{ display: 'flex', height: Math.min(460, 52 + 36 * rows.length) }}>
          <DataTable label={title} columns={columns} rows={rows} rowId={({ key }) => key} rowName={({ key }) => key} />
        </div>
      )}
    </section>
  )
}

function columnsOf(names: readonly string[]): readonly DataColumn<DifferenceRow>[] {
  return [
    { id: 'key', header: text.key, width: 260, cell: ({ key }) => <span title={key}>{key}</span> },
    ...names.map((name, place): DataColumn<DifferenceRow> => ({
      id: `thing ${place}`,
      header: name,
      width: 220,
      cell: ({ values }) => <span title={values[place]?.slice(0, 1000)}>{values[place]?.slice(0, 200)}</span>,
    })),
  ]
}
