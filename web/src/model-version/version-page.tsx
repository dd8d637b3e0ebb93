/** One version of a model: where it stands, what speaks for it, where it comes from. */
import { Breadcrumbs, Code, Grid, Group, Stack, Text } from '@mantine/core'
import { useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { deleteVersionTag, describeVersion, getVersion, type ModelVersion, setVersionTag } from '../api/models.ts'
import { getRun, type Run } from '../api/runs.ts'
import { flowTag } from '../flows/task-path.ts'
import { gatePrefix, gatesOf } from '../models/gates.ts'
import { HistoryList } from '../models/history-list.tsx'
import { StageBadge } from '../models/version-marks.tsx'
import { Age } from '../shell/age.tsx'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { PageWaiting, Waiting } from '../shell/failure.tsx'
import { MarkdownField } from '../shell/markdown-field.tsx'
import { lazyPart } from '../shell/lazy-part.tsx'
import { PageTitle } from '../shell/page-title.tsx'
import { Facts, Section } from '../shell/section.tsx'
import { TagList } from '../shell/tag-list.tsx'
import { strings } from '../strings.ts'
import { AgainstChampion } from './against-champion.tsx'
import { Aliases } from './aliases.tsx'
import { GateTable } from './gate-table.tsx'
import { VersionActions } from './version-actions.tsx'

const text = strings.model
const route = getRouteApi('/models/$name/versions/$version')
const LineageView = lazyPart(async () => (await import('./lineage-view.tsx')).LineageView)
const SignatureView = lazyPart(async () => (await import('./signature-view.tsx')).SignatureView)

export function VersionPage(): ReactNode {
  const { name, version: number } = route.useParams()
  const { data, error, refetch } = useQuery({
    queryKey: ['model', name, 'version', Number(number)],
    queryFn: async ({ signal }) => await getVersion(name, Number(number), signal),
  })
  const { data: run, error: runError, refetch: readRun } = useRun(data?.runId)
  if (data === undefined) return <PageWaiting of={name} error={error} retry={refetch} />
  return (
    <Stack p="md">
      <Heading version={data} />
      <Grid>
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <Stack>
            <Section title={text.lineage}>
              <LineageView version={data} run={run} />
            </Section>
            <Section title={text.gates}>
              <GateTable gates={gatesOf(data.tags)} />
            </Section>
            <Section title={text.metrics}>
              {run === undefined && data.runId !== undefined ? (
                <Waiting error={runError} retry={readRun} size="sm" />
              ) : (
                <AgainstChampion version={data} run={run} />
              )}
            </Section>
            <Section title={text.signature}>
              <SignatureView version={data} />
            </Section>
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}>
          <Stack>
            <About version={data} run={run} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={12}>
          <Section title={text.history}>
            <HistoryList name={name} version={data.version} />
          </Section>
        </Grid.Col>
      </Grid>
    </Stack>
  )
}

/** A run that is gone leaves the version as it is. */
function useRun(runId: string | undefined): UseQueryResult<Run> {
  return useQuery({
    queryKey: ['run', runId],
    queryFn: async ({ signal }) => await getRun(runId!, signal),
    enabled: runId !== undefined,
  })
}

function Heading({ version }: { readonly version: ModelVersion }): ReactNode {
  const { name, version: number, stage } = version
  return (
    <Stack gap={4}>
      <Breadcrumbs>
        <AnchorLink to="/models">{strings.pages.models}</AnchorLink>
        <AnchorLink to="/models/$name" params={{ name }}>
          {name}
        </AnchorLink>
      </Breadcrumbs>
      <Group gap="sm">
        <PageTitle name={text.versionOf(number)} of={name} />
        <StageBadge stage={stage} />
        <Aliases version={version} />
        <VersionActions version={version} />
      </Group>
    </Stack>
  )
}

interface AboutProps {
  readonly version: ModelVersion
  readonly run: Run | undefined
}

function About({ version, run }: AboutProps): ReactNode {
  const { name, version: number, description, tags } = version
  const queries = useQueryClient()
  const reload = async (): Promise<void> => await queries.invalidateQueries({ queryKey: ['model', name] })
  return (
    <>
      <Section title={text.description}>
        <MarkdownField
          label={text.description}
          hint={text.descriptionHint}
          text={description}
          none={text.noDescription}
          onSave={async (content) => {
            await describeVersion(name, number, content)
            await reload()
          }}
        />
      </Section>
      <Section title={text.details}>
        <Details version={version} run={run} />
      </Section>
      <Section title={text.tags}>
        <TagList
          tags={tags}
          isHidden={(key) => key.startsWith('mlflow.') || key.startsWith(gatePrefix)}
          onChange={async (key, value) => {
            await (value === undefined ? deleteVersionTag(name, number, key) : setVersionTag(name, number, key, value))
            await reload()
          }}
        />
      </Section>
    </>
  )
}

function Details({ version, run }: AboutProps): ReactNode {
  const { source, userId, status, statusMessage, creationTime, runId } = version
  return (
    <Facts
      rows={[
        [
          text.run,
          run === undefined ? (
            <Text key="run" size="sm" c="dimmed">
              {runId ?? text.noRun}
            </Text>
          ) : (
            <AnchorLink
              key="run"
              to="/experiments/$experimentId/runs/$runId"
              params={{ experimentId: run.experimentId, runId: run.runId }}
            >
              {run.name}
            </AnchorLink>
          ),
        ],
        [text.source, <Code key="source">{source}</Code>],
        [text.registered, <Age key="registered" time={creationTime} />],
        [text.user, userId],
        [text.status, `${status} ${statusMessage}`.trim()],
        [text.flow, run?.tags[flowTag]],
        [text.commit, run?.tags['mlflow.source.git.commit']?.slice(0, 12)],
      ]}
    />
  )
}
