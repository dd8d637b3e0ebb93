/** What a model takes and gives. */
import { Code, Stack, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { isTrouble } from '../api/http.ts'
import { type ModelVersion, readVersionFile } from '../api/models.ts'
import { Waiting } from '../shell/failure.tsx'
import { strings } from '../strings.ts'
import { signatureOf, type SignatureField } from './signature.ts'

const text = strings.model

export function SignatureView({ version: { name, version } }: { readonly version: ModelVersion }): ReactNode {
  const { data, error, refetch } = useQuery({
    queryKey: ['model', name, 'MLmodel', version],
    queryFn: async ({ signal }) => signatureOf(await readVersionFile({ name, version }, 'MLmodel', signal)) ?? null,
    staleTime: Infinity,
  })
  if (data === undefined && (error === null || isTrouble(error))) {
    return <Waiting error={error} retry={refetch} size="sm" />
  }
  if (data === undefined || data === null) {
    return (
      <Text size="sm" c="dimmed">
        {data === null ? text.noSignature : text.noModelFile}
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
