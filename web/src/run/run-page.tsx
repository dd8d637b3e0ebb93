/** One run: what it was told, what it measured. */
import { Group, Loader, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { getRun, type Run } from '../api/runs.ts'
import { Age } from '../shell/age.tsx'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { Failure } from '../shell/failure.tsx'
import { formatDuration, formatNumber } from '../shell/times.ts'
import { StatusMark } from '../runs/status-mark.tsx'
import { strings } from '../strings.ts'

const text = strings.runs
const route = getRouteApi('/experiments/$experimentId/runs/$runId')

export function RunPage(): ReactNode {
  const { runId, experimentId } = route.useParams()
  const { data, error, refetch } = useQuery({
    queryKey: ['run', runId],
    queryFn: async ({ signal }) => await getRun(runId, signal),
    refetchInterval: ({ state }) => (state.data?.status === 'RUNNING' ? 2000 : false),
  })
  if (error !== null) return <Failure error={error} retry={refetch} />
  if (data === undefined) return <Loader m="xl" aria-label={strings.app.loading} />
  return (
    <Stack p="md">
      <AnchorLink to="/experiments/$experimentId" params={{ experimentId }}>
        {text.title}
      </AnchorLink>
      <Heading run={data} />
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        <Pairs
          title={text.metrics}
          pairs={Object.entries(data.metrics).map(([key, { value }]) => [key, formatNumber(value)])}
        />
        <Pairs title={text.params} pairs={Object.entries(data.params)} />
        <Pairs title={text.tags} pairs={Object.entries(data.tags).filter(([key]) => !key.startsWith('mlflow.'))} />
      </SimpleGrid>
    </Stack>
  )
}

function Heading({ run }: { readonly run: Run }): ReactNode {
  const { startTime, endTime } = run
  return (
    <Group gap="sm">
      <StatusMark status={run.status} />
      <Title order={1} size="h3" className="user-text">
        {run.name}
      </Title>
      <Text size="sm" c="dimmed">
        <Age time={startTime} />
        {startTime !== undefined && endTime !== undefined && ` · ${formatDuration(endTime - startTime)}`}
      </Text>
    </Group>
  )
}

interface PairsProps {
  readonly title: string
  readonly pairs: readonly (readonly [string, string])[]
}

function Pairs({ title, pairs }: PairsProps): ReactNode {
  if (pairs.length === 0) return null
  return (
    <section aria-label={title}>
      <Title order={2} size="h5" mb="xs">
        {title}
      </Title>
      <Table layout="fixed" verticalSpacing={4}>
        <Table.Tbody>
          {pairs.map(([key, value]) => (
            <Table.Tr key={key}>
              <Table.Th fw={500} className="user-text">
                {key}
              </Table.Th>
              <Table.Td className="user-text">{value}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  )
}
