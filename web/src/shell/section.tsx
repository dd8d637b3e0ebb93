/** Parts that pages of one thing (a run, a model version) are made of. */
import { Card, Table, Title } from '@mantine/core'
import type { ReactNode } from 'react'

export function Section({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactNode {
  return (
    <Card withBorder padding="sm">
      <Title order={2} size="h5" mb="xs">
        {title}
      </Title>
      {children}
    </Card>
  )
}

interface FactsProps {
  /** What there is to know by its name; what is unknown, empty or `false` is left out. */
  readonly rows: readonly (readonly [string, ReactNode])[]
}

export function Facts({ rows }: FactsProps): ReactNode {
  return (
    <Table layout="fixed" verticalSpacing={4} horizontalSpacing={4}>
      <Table.Tbody>
        {rows
          .filter(([, value]) => value !== undefined && value !== '' && value !== false)
          .map(([name, value]) => (
            <Table.Tr key={name}>
              <Table.Th fw={500} w={110}>
                {name}
              </Table.Th>
              <Table.Td className="user-text">{value}</Table.Td>
            </Table.Tr>
          ))}
      </Table.Tbody>
    </Table>
  )
}
