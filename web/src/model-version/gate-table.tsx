/** What each gate held against what. */
import { Code, Table, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { GateMark } from '../models/gate-mark.tsx'
import type { Gate } from '../models/gates.ts'
import { formatNumber } from '../shell/times.ts'
import { WideTable } from '../shell/wide-table.tsx'
import { strings } from '../strings.ts'

const text = strings.model

export function GateTable({ gates }: { readonly gates: readonly Gate[] }): ReactNode {
  if (gates.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {text.noGates}
      </Text>
    )
  }
  const heads = [text.gate, text.result, text.metric, text.value, text.asked, text.interval, text.decided]
  return (
    <WideTable label={text.gates} minWidth={760}>
      <Table aria-label={text.gates} verticalSpacing={4} horizontalSpacing={8}>
        <Table.Thead>
          <Table.Tr>
            {heads.map((name) => (
              <Table.Th key={name}>{name}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {gates.map((gate) => (
            <GateRow key={gate.name} gate={gate} />
          ))}
        </Table.Tbody>
      </Table>
    </WideTable>
  )
}

function GateRow({ gate }: { readonly gate: Gate }): ReactNode {
  const { name, evidence } = gate
  return (
    <Table.Tr>
      <Table.Td miw={100} className="user-text">
        {name}
      </Table.Td>
      <Table.Td colSpan={evidence === undefined ? 6 : 1}>
        <GateMark gate={gate} />
      </Table.Td>
      {evidence !== undefined && (
        <>
          <Table.Td miw={100} className="user-text">
            {evidence.metric}
          </Table.Td>
          <Table.Td>{formatNumber(evidence.value)}</Table.Td>
          <Table.Td>
            {evidence.comparison} {formatNumber(evidence.threshold)}
          </Table.Td>
          <Table.Td>{intervalText(evidence.interval)}</Table.Td>
          <Table.Td>
            {evidence.decidedAt.slice(0, 16).replace('T', ' ')} <Code>{evidence.datasetDigest.slice(0, 12)}</Code>
          </Table.Td>
        </>
      )}
    </Table.Tr>
  )
}

function intervalText(interval: NonNullable<Gate['evidence']>['interval']): string {
  if (interval === undefined) return ''
  const { low, high, level } = interval
  return `${formatNumber(low)} – ${formatNumber(high)} (${formatNumber(100 * level)} %)`
}
