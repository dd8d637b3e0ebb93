/** Names and values; from a dozen on they can be searched, and only those in sight are in the page. */
import { Stack, Text, TextInput } from '@mantine/core'
import { type ReactNode, useMemo, useState } from 'react'
import { strings } from '../strings.ts'
import { type DataColumn, DataTable } from '../table/data-table.tsx'

interface Pair {
  readonly key: string
  readonly value: string
  readonly step?: number
}

interface PairListProps {
  readonly label: string
  readonly pairs: readonly Pair[]
  /** What stands where there are no pairs. */
  readonly none: string
}

const columns: readonly DataColumn<Pair>[] = [
  { id: 'key', header: strings.run.key, width: 300, cell: ({ key }) => <span title={key}>{key}</span> },
  {
    id: 'value',
    header: strings.run.value,
    width: 300,
    cell: ({ value }) => <span title={value}>{value.slice(0, 500)}</span>,
  },
]

const stepColumn: DataColumn<Pair> = {
  id: 'step',
  header: strings.run.step,
  width: 80,
  align: 'end',
  cell: ({ step }) => step,
}

export function PairList({ label, pairs, none }: PairListProps): ReactNode {
  const [find, setFind] = useState('')
  const shown = useMemo(() => {
    const wanted = find.toLowerCase()
    return pairs.filter(({ key, value }) => `${key} ${value}`.toLowerCase().includes(wanted))
  }, [pairs, find])
  if (pairs.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {none}
      </Text>
    )
  }
  const hasSteps = pairs.some(({ step }) => step !== undefined)
  return (
    <Stack gap="xs">
      {pairs.length > 12 && (
        <TextInput
          size="xs"
          maw={320}
          aria-label={`${strings.run.find}: ${label}`}
          placeholder={strings.run.find}
          value={find}
          onChange={({ currentTarget }) => setFind(currentTarget.value)}
        />
      )}
      <div style={{ display: 'flex', height: Math.min(460, 38 + 36 * pairs.length) }}>
        <DataTable
          label={label}
          columns={hasSteps ? [...columns, stepColumn] : columns}
          rows={shown}
          rowId={({ key }) => key}
          rowName={({ key }) => key}
        />
      </div>
    </Stack>
  )
}
