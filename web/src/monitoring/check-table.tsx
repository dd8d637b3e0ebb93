/** The checks, newest first, each with its verdict and a way to its report. */
import { Anchor, Group, ScrollArea, Table, Text } from '@mantine/core'
import { IconAlertTriangle, IconCircleCheck, IconFileText } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { formatNumber, formatPercent, formatTime } from '../shell/times.ts'
import { scrollRegion } from '../shell/scroll-region.ts'
import { strings } from '../strings.ts'
import { type Check, driftedNames, type Verdict } from './checks.ts'

const text = strings.monitoring

interface CheckTableProps {
  readonly checks: readonly Check[]
  readonly onOpen: (runId: string) => void
}

export function CheckTable({ checks, onOpen }: CheckTableProps): ReactNode {
  return (
    <ScrollArea.Autosize mah={360} type="auto" viewportProps={scrollRegion(text.checks)}>
      <Table stickyHeader verticalSpacing={4} aria-label={text.checks} miw={900}>
        <Table.Thead>
          <Table.Tr>
            {[text.time, text.verdict, text.drifted].map((title) => (
              <Table.Th key={title}>{title}</Table.Th>
            ))}
            {[text.share, text.failedTests, text.quality, text.rows].map((title) => (
              <Table.Th key={title} ta="end">
                {title}
              </Table.Th>
            ))}
            {[text.data, text.model].map((title) => (
              <Table.Th key={title}>{title}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {checks.map((check) => (
            <CheckRow key={check.runId} check={check} onOpen={onOpen} />
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea.Autosize>
  )
}

function CheckRow({ check, onOpen }: Pick<CheckTableProps, 'onOpen'> & { readonly check: Check }): ReactNode {
  const { runId, time, verdict, data, model, metrics } = check
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor component="button" type="button" size="sm" ta="start" onClick={() => onOpen(runId)}>
          {formatTime(time)}
        </Anchor>
      </Table.Td>
      <Table.Td>
        <VerdictMark verdict={verdict} />
      </Table.Td>
      <Table.Td className="user-text">{driftedNames(check).join(', ')}</Table.Td>
      {figuresOf(metrics).map((figure, place) => (
        <Table.Td key={place} ta="end" style={{ fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }}>
          {figure}
        </Table.Td>
      ))}
      <Table.Td miw={110} className="user-text">
        {data}
      </Table.Td>
      <Table.Td miw={110}>
        <ModelLink model={model} />
      </Table.Td>
    </Table.Tr>
  )
}

function figuresOf(metrics: Check['metrics']): readonly string[] {
  const { drift_share: share, failed_tests: failed, tests = 0, rows } = metrics
  const quality = metrics['quality/accuracy'] ?? metrics['quality/rmse'] ?? metrics['expected/accuracy']
  return [
    share === undefined ? '' : formatPercent(share),
    failed === undefined ? '' : text.ofAll(failed, tests),
    quality === undefined ? '' : formatNumber(Number(quality.toPrecision(4))),
    rows === undefined ? '' : rows.toLocaleString('en'),
  ]
}

const marks = {
  drift: { Icon: IconAlertTriangle, color: 'var(--mantine-color-orange-6)' },
  stable: { Icon: IconCircleCheck, color: 'var(--mantine-color-teal-6)' },
  summary: { Icon: IconFileText, color: 'var(--mantine-color-dimmed)' },
} as const satisfies Readonly<Record<Verdict, object>>

function VerdictMark({ verdict }: { readonly verdict: Verdict }): ReactNode {
  const { Icon, color } = marks[verdict]
  return (
    <Group gap={6} wrap="nowrap">
      <Icon size={16} color={color} aria-hidden style={{ flex: 'none' }} />
      <Text size="sm">{text.verdicts[verdict]}</Text>
    </Group>
  )
}

function ModelLink({ model }: Pick<Check, 'model'>): ReactNode {
  if (model === undefined) return null
  const [, name = model, version] = /^(.+)\/(\d+)$/.exec(model) ?? []
  return version === undefined ? (
    <AnchorLink to="/models/$name" params={{ name }}>
      {name}
    </AnchorLink>
  ) : (
    <AnchorLink to="/models/$name/versions/$version" params={{ name, version }}>
      {`${name} ${version}`}
    </AnchorLink>
  )
}
