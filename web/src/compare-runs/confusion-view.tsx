/** The confusion matrices of runs, side by side. */
import { Card, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core'
import { useQueries } from '@tanstack/react-query'
import { type ReactNode, useMemo } from 'react'
import { readArtifact } from '../api/artifacts.ts'
import type { Run } from '../api/runs.ts'
import { together } from '../api/together.ts'
import { EmptyState, Waiting } from '../shell/failure.tsx'
import { formatNumber } from '../shell/times.ts'
import { WideTable } from '../shell/wide-table.tsx'
import { strings } from '../strings.ts'
import { type Confusion, confusionNames, confusionOf, rowShares } from './confusion.ts'
import { useFiles } from './use-files.ts'

const text = strings.compare
const maxBytes = 2 ** 20
/** Larger ones are no table to read. */
const maxClasses = 40

interface FoundMatrix {
  readonly run: Run
  readonly path: string
  readonly confusion: Confusion
}

export function ConfusionView({ runs }: { readonly runs: readonly Run[] }): ReactNode {
  const { byPath, error, isLoading, reload } = useFiles(runs, confusionNames, maxBytes)
  const files = useMemo(() => byPath.flatMap(([, found]) => found), [byPath])
  const { matrices, reading } = useQueries({
    queries: files.map(({ run, file: { path } }) => ({
      queryKey: ['confusion', run.runId, path],
      queryFn: async ({ signal }: { signal: AbortSignal }) =>
        confusionOf(new TextDecoder().decode(await readArtifact(run.runId, path, signal))) ?? null,
      staleTime: Infinity,
    })),
    combine: (results) => ({
      reading: together(results),
      matrices: results.flatMap(({ data }, place): FoundMatrix[] => {
        const { run, file } = files[place]!
        return data === null || data === undefined || data.classes.length > maxClasses
          ? []
          : [{ run, path: file.path, confusion: data }]
      }),
    }),
  })
  if (isLoading || error !== null) return <Waiting error={error} retry={reload} size="sm" />
  if (reading.isLoading || reading.error !== null) {
    return <Waiting error={reading.error} retry={reading.reload} size="sm" />
  }
  if (matrices.length === 0) {
    return <EmptyState title={text.noConfusion} text={text.noConfusionText} command={text.noConfusionCommand} />
  }
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }}>
      {matrices.map(({ run, path, confusion }) => (
        <Card key={`${run.runId} ${path}`} withBorder padding="sm">
          <Title order={2} size="h6" className="user-text">
            {run.name}
          </Title>
          <Stack gap={0}>
            <Text size="xs" c="dimmed" className="user-text">
              {path} · {text.actual}
            </Text>
            <Matrix label={text.confusionOf(path, run.name)} confusion={confusion} />
          </Stack>
        </Card>
      ))}
    </SimpleGrid>
  )
}

function Matrix({ label, confusion }: { readonly label: string; readonly confusion: Confusion }): ReactNode {
  const { classes, counts } = confusion
  const shares = rowShares(confusion)
  return (
    <WideTable label={label} minWidth={0}>
      <Table aria-label={label} withColumnBorders horizontalSpacing={6} verticalSpacing={4}>
        <Table.Thead>
          <Table.Tr>
            <Table.Td />
            {classes.map((name) => (
              <Table.Th key={name} scope="col" ta="end" className="user-text">
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {classes.map((name, row) => (
            <Table.Tr key={name}>
              <Table.Th scope="row" className="user-text">
                {name}
              </Table.Th>
              {counts[row]!.map((count, column) => (
                <Table.Td key={column} ta="end" style={{ background: shade(shares[row]![column]!) }}>
                  {formatNumber(count)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </WideTable>
  )
}

/** Never so strong that the number on it could not be read. */
function shade(share: number): string {
  return `rgba(34, 184, 207, ${(0.3 * share).toFixed(3)})`
}
