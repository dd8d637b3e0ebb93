/** What a model takes and gives. */
import { Code, Loader, Stack, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { type ModelVersion, readVersionFile } from '../api/models.ts'
import { strings } from '../strings.ts'
import { signatureOf, type SignatureField } from './signature.ts'

const text = strings.model

export function SignatureView({ version: { name, version } }: { readonly version: ModelVersion }): ReactNode {
  const { data, error, isPending } = useQuery({
    queryKey: ['model', name, 'MLmodel', version],
    queryFn: async ({ signal }) => signatureOf(await readVersionFile({ name, version }, 'MLmodel', signal)) ?? null,
    staleTime: Infinity,
  })
  if (isPending) return <Loader size="sm" aria-label={strings.app.loading} />
  if (error !== null || data === null) {
    return (
      <Text size="sm" c="dimmed">
        {error === null ? text.noSignature : text.noModelFile}
      </Text>
    )
  }
  return (
    <Stack gap="xs">
      <Fields title={text.inputs} fields={data.inputs} />
      <Fields title={text.outputs} fields={data.outputs} />
      {data.params.length > 0 && <Fields title={text.params} fields={data.params} />}
    </Stack>
  )
}

function Fields({ title, fields }: { readonly title: string; readonly fields: readonly SignatureField[] }): ReactNode {
  return (
    <Table layout="fixed" verticalSpacing={2} horizontalSpacing={4} captionSide="top">
      <Table.Caption ta="start">{title}</Table.Caption>
      <Table.Tbody>
        {fields.map(({ name, type }, place) => (
          <Table.Tr key={place}>
            <Table.Td className="user-text">{name}</Table.Td>
            <Table.Td>
              <Code>{type}</Code>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}
