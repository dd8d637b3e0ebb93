/** Two versions of a model, side by side. */
import { Breadcrumbs, Button, Group, Stack } from '@mantine/core'
import { useQueries, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { type ReactNode, useMemo } from 'react'
import { getVersion, type ModelVersion, readVersionFile } from '../api/models.ts'
import { isTrouble } from '../api/http.ts'
import type { Run } from '../api/runs.ts'
import { together } from '../api/together.ts'
import { type DifferenceGroup, Differences } from '../differences/differences.tsx'
import { metricValues, runFacts, tagValues } from '../differences/run-values.ts'
import { type Signature, signatureOf } from '../model-version/signature.ts'
import { useVersionRuns } from '../models/use-versions.ts'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { Waiting } from '../shell/failure.tsx'
import { PageTitle } from '../shell/page-title.tsx'
import { formatTime } from '../shell/times.ts'
import { strings } from '../strings.ts'

const text = strings.model
const route = getRouteApi('/models/$name/compare')

export function ModelComparePage(): ReactNode {
  const { name } = route.useParams()
  const { from, to, all = false } = route.useSearch()
  const navigate = route.useNavigate()
  const { versions, error, reload } = useTwoVersions(name, [from, to])
  return (
    <Stack p="md">
      <Breadcrumbs>
        <AnchorLink to="/models">{strings.pages.models}</AnchorLink>
        <AnchorLink to="/models/$name" params={{ name }}>
          {name}
        </AnchorLink>
      </Breadcrumbs>
      <PageTitle name={strings.modelCompare.title(from, to)} of={name} />
      <Group gap="md">
        {[from, to].map((version) => (
          <AnchorLink key={version} to="/models/$name/versions/$version" params={{ name, version: String(version) }}>
            {text.versionOf(version)}
          </AnchorLink>
        ))}
        <Button
          size="compact-xs"
          variant="default"
          onClick={() => void navigate({ search: (old) => ({ ...old, from: to, to: from }) })}
        >
          {strings.modelCompare.swap}
        </Button>
      </Group>
      {versions === undefined && <Waiting error={error} retry={reload} />}
      {versions !== undefined && (
        <Compared
          versions={versions}
          all={all}
          onAll={(value) => void navigate({ search: (old) => ({ ...old, all: value || undefined }), replace: true })}
        />
      )}
    </Stack>
  )
}

function useTwoVersions(name: string, numbers: readonly number[]) {
  return useQueries({
    queries: numbers.map((version) => ({
      queryKey: ['model', name, 'version', version],
      queryFn: async ({ signal }: { signal: AbortSignal }) => await getVersion(name, version, signal),
    })),
    combine: (results) => {
      const versions = results.flatMap(({ data }) => data ?? [])
      return {
        versions: versions.length === results.length ? versions : undefined,
        ...together(results),
      }
    },
  })
}

interface ComparedProps {
  readonly versions: readonly ModelVersion[]
  readonly all: boolean
  readonly onAll: (all: boolean) => void
}

function Compared({ versions, all, onAll }: ComparedProps): ReactNode {
  const runsById = useVersionRuns(versions)
  const signatures = useSignatures(versions)
  const groups = useMemo(
    () =>
      groupsOf(
        versions,
        versions.map(({ runId = '' }) => runsById.get(runId)),
        signatures,
      ),
    [versions, runsById, signatures],
  )
  const names = useMemo(() => versions.map(({ version }) => text.versionOf(version)), [versions])
  return <Differences names={names} groups={groups} all={all} onAll={onAll} />
}

/** A model folder that cannot be read has no signature to compare. */
function useSignatures(versions: readonly ModelVersion[]): readonly (Signature | undefined)[] {
  const [first, second] = versions
  const { data } = useQuery({
    queryKey: ['model', first?.name, 'signatures', first?.version, second?.version],
    queryFn: async ({ signal }) =>
      await Promise.all(
        versions.map(async (version) => {
          try {
            return signatureOf(await readVersionFile(version, 'MLmodel', signal))
          } catch (error) {
            if (isTrouble(error)) throw error
            return undefined
          }
        }),
      ),
    staleTime: Infinity,
  })
  return data ?? none
}

const none: readonly undefined[] = []

function groupsOf(
  versions: readonly ModelVersion[],
  runs: readonly (Run | undefined)[],
  signatures: readonly (Signature | undefined)[],
): readonly DifferenceGroup[] {
  return [
    {
      title: strings.differences.facts,
      things: versions.map(({ stage, aliases, creationTime }, place) => ({
        [text.stage]: strings.models.stage[stage],
        [strings.models.aliases]: aliases.join(', '),
        [text.registered]: creationTime === undefined ? undefined : formatTime(creationTime),
        ...runFacts(runs[place]),
      })),
    },
    { title: strings.runs.metrics, things: runs.map(metricValues) },
    { title: strings.runs.params, things: runs.map((run) => run?.params ?? {}) },
    { title: strings.modelCompare.signature, things: versions.map((_, place) => signatureValues(signatures[place])) },
    { title: strings.modelCompare.versionTags, things: versions.map(({ tags }) => tagValues(tags)) },
  ]
}

function signatureValues(signature: Signature | undefined): Readonly<Record<string, string>> {
  const parts = [
    [text.inputs, signature?.inputs ?? []],
    [text.outputs, signature?.outputs ?? []],
    [text.params, signature?.params ?? []],
  ] as const
  return Object.fromEntries(
    parts.flatMap(([part, fields]) => fields.map(({ name, type }) => [`${part}: ${name}`, type])),
  )
}
