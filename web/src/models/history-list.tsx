/** Who moved what, and why. */
import { Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { registryHistory } from '../api/registry-history.ts'
import { Waiting } from '../shell/failure.tsx'
import { formatTime } from '../shell/times.ts'
import { WideTable } from '../shell/wide-table.tsx'
import { strings } from '../strings.ts'
import { changeText, isAbout } from './change-text.ts'

const text = strings.model

interface HistoryListProps {
  readonly name: string
  /** Shows what concerns this version alone. */
  readonly version?: number
}

export function HistoryList({ name, version }: HistoryListProps): ReactNode {
  const { data, error, refetch } = useQuery({
    queryKey: ['model', name, 'history'],
    queryFn: async ({ signal }) => (await registryHistory(name, signal)) ?? null,
  })
  if (data === undefined) return <Waiting error={error} retry={refetch} size="sm" />
  if (data === null) return <Quiet>{text.keepsNoHistory}</Quiet>
  const changes = version === undefined ? data : data.filter((change) => isAbout(change, version))
  if (changes.length === 0) return <Quiet>{text.noHistory}</Quiet>
  return (
    <WideTable label={text.history} minWidth={480}>
      <Table verticalSpacing={4} horizontalSpacing={8}>
        <Table.Thead>
          <Table.Tr>
            {[text.time, text.user, text.what, text.why].map((name) => (
              <Table.Th key={name}>{name}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {changes.map((change) => (
            <Table.Tr key={`${change.timestamp} ${changeText(change)}`}>
              <Table.Td>{formatTime(change.timestamp)}</Table.Td>
              {[change.user, changeText(change), change.reason].map((value, place) => (
                <Table.Td key={place} className="user-text">
                  {value}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </WideTable>
  )
}

function Quiet({ children }: { readonly children: string }): ReactNode {
  return (
    <Text size="sm" c="dimmed">
      {children}
    </Text>
  )
}
