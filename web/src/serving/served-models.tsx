/** The models of one server: which versions, in which role, and what each has answered. */
import { Badge, Table, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import type { ModelServer, Role, ServedModel, ServedVersion, VersionCounts } from '../api/serving.ts'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { formatPercent } from '../shell/times.ts'
import { WideTable } from '../shell/wide-table.tsx'
import { strings } from '../strings.ts'
import { versionTitle } from './use-servers.ts'

const text = strings.serving

const roleColors: Readonly<Record<Role, string>> = { primary: 'teal', canary: 'orange', shadow: 'gray' }

export function ServedModels({ server: { models, counts } }: { readonly server: ModelServer }): ReactNode {
  return (
    <WideTable label={text.models} minWidth={760}>
      <Table verticalSpacing={4} aria-label={text.models}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{text.version}</Table.Th>
            <Table.Th>{text.uri}</Table.Th>
            <Table.Th>{text.role}</Table.Th>
            {[text.share, text.requests, text.rows, text.badRows, text.confidence, text.agreement].map((title) => (
              <Table.Th key={title} ta="end">
                {title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {models.map((model, place) => (
            <ModelRow key={place} model={model} counts={countsOf(model, counts)} />
          ))}
        </Table.Tbody>
      </Table>
    </WideTable>
  )
}

function ModelRow({
  model,
  counts,
}: {
  readonly model: ServedModel
  readonly counts: VersionCounts | undefined
}): ReactNode {
  const isShadow = model.role === 'shadow'
  const cells = [
    isShadow ? '' : formatPercent(model.share),
    ...(isShadow ? ['', '', '', ''] : answered(counts)),
    isShadow && counts?.shadowAgreement !== undefined ? formatPercent(counts.shadowAgreement) : '',
  ]
  return (
    <Table.Tr>
      <Table.Td>
        <VersionLink model={model} />
      </Table.Td>
      <Table.Td>
        <Text size="sm" c="dimmed" className="user-text">
          {model.uri}
        </Text>
      </Table.Td>
      <Table.Td>
        <Badge variant="dot" color={roleColors[model.role]} size="sm" tt="none" miw="max-content">
          {text.roles[model.role]}
        </Badge>
      </Table.Td>
      {cells.map((cell, place) => (
        <Table.Td key={place} ta="end" style={{ fontVariantNumeric: 'tabular-nums' }}>
          {cell}
        </Table.Td>
      ))}
    </Table.Tr>
  )
}

function answered({ requests = 0, rows = 0, badRows = 0, meanConfidence }: Partial<VersionCounts> = {}): string[] {
  const confidence = meanConfidence === undefined ? '' : formatPercent(meanConfidence)
  return [...[requests, rows, badRows].map((count) => count.toLocaleString('en')), confidence]
}

function countsOf({ name, version }: ServedModel, counts: readonly VersionCounts[]): VersionCounts | undefined {
  return counts.find((one) => one.name === name && one.version === version)
}

interface VersionLinkProps {
  readonly model: ServedVersion
  /** Amid a text links are told apart by a line too. */
  readonly inText?: boolean
}

export function VersionLink({ model, inText = false }: VersionLinkProps): ReactNode {
  const { name, version } = model
  if (version === null) {
    return (
      <Text size="sm" span className="user-text">
        {name}
      </Text>
    )
  }
  return (
    <AnchorLink
      to="/models/$name/versions/$version"
      params={{ name, version: String(version) }}
      underline={inText ? 'always' : 'hover'}
    >
      {versionTitle(model)}
    </AnchorLink>
  )
}
