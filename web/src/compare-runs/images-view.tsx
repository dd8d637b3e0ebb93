/** The images of runs: a row for each name, a column for each run. */
import { Image, ScrollArea, Table, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { artifactAddress, imageNames } from '../api/artifacts.ts'
import type { Run } from '../api/runs.ts'
import { EmptyState, Waiting } from '../shell/failure.tsx'
import { scrollRegion } from '../shell/scroll-region.ts'
import { strings } from '../strings.ts'
import { useFiles } from './use-files.ts'

const text = strings.compare
const maxBytes = 20 * 2 ** 20
const maxRows = 60

export function ImagesView({ runs }: { readonly runs: readonly Run[] }): ReactNode {
  const { byPath, error, isLoading, reload } = useFiles(runs, imageNames, maxBytes)
  if (isLoading || error !== null) return <Waiting error={error} retry={reload} size="sm" />
  if (byPath.length === 0) return <EmptyState title={text.noImages} text={text.noImagesText} />
  const shown = runs.filter((run) => byPath.some(([, found]) => found.some((file) => file.run === run)))
  return (
    <ScrollArea type="auto" viewportProps={scrollRegion(text.tabs.images)}>
      <Table aria-label={text.tabs.images} w="auto">
        <Table.Thead>
          <Table.Tr>
            <Table.Td />
            {shown.map(({ runId, name }) => (
              <Table.Th key={runId} scope="col" className="user-text">
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {byPath.slice(0, maxRows).map(([path, found]) => (
            <Table.Tr key={path}>
              <Table.Th scope="row" miw={90} maw={200} className="user-text">
                <Text size="xs">{path}</Text>
              </Table.Th>
              {shown.map((run) => (
                <Table.Td key={run.runId} miw={160}>
                  {found.some((file) => file.run === run) && (
                    <Image
                      loading="lazy"
                      src={artifactAddress(run.runId, path)}
                      alt={text.image(path, run.name)}
                      fit="contain"
                      h={200}
                      w="auto"
                      maw={320}
                    />
                  )}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  )
}
