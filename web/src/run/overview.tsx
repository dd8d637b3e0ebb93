/** What is known of a run at a glance: metrics, parameters, data sets, tags, notes and where it came from. */
import { Code, Grid, Stack, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useMemo } from 'react'
import { deleteRunTag, parentTag, type Run, setRunTag } from '../api/runs.ts'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { Facts, Section } from '../shell/section.tsx'
import { TagList } from '../shell/tag-list.tsx'
import { formatNumber } from '../shell/times.ts'
import { strings } from '../strings.ts'
import { Notes } from './notes.tsx'
import { PairList } from './pair-list.tsx'

const text = strings.run

export function Overview({ run }: { readonly run: Run }): ReactNode {
  const metrics = useMemo(
    () =>
      Object.values(run.metrics)
        .toSorted((a, b) => (a.key < b.key ? -1 : 1))
        .map(({ key, value, step }) => ({ key, value: formatNumber(value), step })),
    [run.metrics],
  )
  const params = useMemo(() => Object.entries(run.params).map(([key, value]) => ({ key, value })), [run.params])
  return (
    <Grid>
      <Grid.Col span={{ base: 12, lg: 8 }}>
        <Stack>
          <Section title={strings.runs.metrics}>
            <PairList label={strings.runs.metrics} pairs={metrics} none={text.noMetrics} />
          </Section>
          <Section title={strings.runs.params}>
            <PairList label={strings.runs.params} pairs={params} none={text.noParams} />
          </Section>
        </Stack>
      </Grid.Col>
      <Grid.Col span={{ base: 12, lg: 4 }}>
        <Stack>
          <Section title={text.details}>
            <Details run={run} />
          </Section>
          {run.datasets.length > 0 && (
            <Section title={text.dataset}>
              <Datasets run={run} />
            </Section>
          )}
          <Section title={text.notes}>
            <Notes run={run} />
          </Section>
          <Section title={strings.runs.tags}>
            <Tags run={run} />
          </Section>
        </Stack>
      </Grid.Col>
    </Grid>
  )
}

function Details({ run }: { readonly run: Run }): ReactNode {
  const { experimentId, tags } = run
  const parent = tags[parentTag]
  const rows: readonly (readonly [string, ReactNode])[] = [
    [text.runId, <Code key="id">{run.runId}</Code>],
    [
      text.parent,
      parent !== undefined && (
        <AnchorLink to="/experiments/$experimentId/runs/$runId" params={{ experimentId, runId: parent }}>
          {parent}
        </AnchorLink>
      ),
    ],
    [text.user, run.userId],
    [text.source, tags['mlflow.source.name']],
    [text.commit, tags['mlflow.source.git.commit']?.slice(0, 12)],
    [text.place, run.artifactUri],
  ]
  return <Facts rows={rows} />
}

function Tags({ run: { runId, tags } }: { readonly run: Run }): ReactNode {
  const queries = useQueryClient()
  return (
    <TagList
      tags={tags}
      onChange={async (key, value) => {
        await (value === undefined ? deleteRunTag(runId, key) : setRunTag(runId, key, value))
        await queries.invalidateQueries({ queryKey: ['run', runId] })
      }}
    />
  )
}

function Datasets({ run }: { readonly run: Run }): ReactNode {
  return (
    <Stack gap="xs">
      {run.datasets.map(({ name, digest, context, profile }) => (
        <div key={`${name} ${digest} ${context}`}>
          <Text size="sm" fw={500} className="user-text">
            {name} {context === '' ? '' : `(${context})`}
          </Text>
          <Text size="xs" c="dimmed">
            {text.digest} <Code>{digest}</Code> {rowsOf(profile)}
          </Text>
        </div>
      ))}
    </Stack>
  )
}

/** The number of rows, where the profile of a data set says it. */
function rowsOf(profile: string | undefined): string {
  const match = /"num_rows":\s*(\d+)/.exec(profile ?? '')
  return match === null ? '' : `· ${text.rows(Number(match[1]))}`
}
