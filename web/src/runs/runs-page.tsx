/** The runs of an experiment: a table that is filtered, ordered and arranged, all of it kept in the address. */
import { ActionIcon, Badge, Button, Checkbox, Group, SegmentedControl, Stack, Text, Tooltip } from '@mantine/core'
import { IconRefresh } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { type ReactNode, useCallback, useMemo, useState } from 'react'
import { getExperiment } from '../api/experiments.ts'
import { ServerError } from '../api/http.ts'
import { EmptyState, PageWaiting, Waiting } from '../shell/failure.tsx'
import { PageTitle } from '../shell/page-title.tsx'
import { strings } from '../strings.ts'
import { DataTable, type Sort } from '../table/data-table.tsx'
import { BulkActions } from './bulk-actions.tsx'
import { moveColumn } from './column-names.ts'
import { ColumnPicker } from './column-picker.tsx'
import { FilterInput } from './filter-input.tsx'
import { defaultColumns, knownColumns, runColumns } from './run-columns.tsx'
import { quoteKey, type RunsSearch } from './runs-search.ts'
import { type LoadedRuns, useRuns } from './use-runs.ts'

export { runsSearch } from './runs-search.ts'

const text = strings.runs
const route = getRouteApi('/experiments/$experimentId')

export function RunsPage(): ReactNode {
  const { experimentId } = route.useParams()
  const { data, error, refetch } = useQuery({
    queryKey: ['experiment', experimentId],
    queryFn: async ({ signal }) => await getExperiment(experimentId, signal),
  })
  if (data === undefined && error !== null) {
    return <PageWaiting of={strings.pages.experiments} error={error} retry={refetch} />
  }
  return <Runs experimentId={experimentId} name={data?.name} />
}

interface RunsProps {
  readonly experimentId: string
  /** Of the experiment; undefined while it is not known. */
  readonly name: string | undefined
}

function Runs({ experimentId, name }: RunsProps): ReactNode {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const change = useCallback(
    (next: Partial<Record<keyof RunsSearch, unknown>>) =>
      void navigate({ search: (old) => ({ ...old, ...next }) as RunsSearch, replace: true }),
    [navigate],
  )
  const [open, toggle] = useIdSet()
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const loaded = useRuns([experimentId], search, open)
  const known = useMemo(() => knownColumns(loaded.runs), [loaded.runs])
  const shown = search.columns ?? defaultColumns(known)
  const columns = useMemo(() => runColumns(shown, toggle), [shown.join('\n'), toggle])
  const chosen = loaded.runs.filter(({ runId }) => selected.has(runId))
  const filterError = refusal(loaded.error)

  return (
    <Stack h="calc(100dvh - 48px)" gap={0}>
      <Stack p="md" pb="xs" gap="xs">
        <Heading name={name} loaded={loaded} />
        <Group gap="xs" align="flex-start">
          <FilterInput
            value={search.filter ?? ''}
            keys={useMemo(() => filterKeys(known), [known])}
            error={filterError}
            onApply={(filter) => change({ filter: filter === '' ? undefined : filter })}
          />
          <SegmentedControl
            size="xs"
            value={search.stage ?? 'active'}
            data={[
              { value: 'active', label: text.active },
              { value: 'deleted', label: text.deleted },
            ]}
            onChange={(stage) => {
              setSelected(new Set())
              change({ stage: stage === 'deleted' ? stage : undefined })
            }}
          />
          <ColumnPicker known={known} columns={shown} onChange={(next) => change({ columns: next })} />
        </Group>
        <Group gap="md" mih={26}>
          <Checkbox
            size="xs"
            label={text.nested}
            checked={search.flat !== true && search.filter === undefined}
            disabled={search.filter !== undefined}
            onChange={({ currentTarget }) => change({ flat: currentTarget.checked ? undefined : true })}
          />
          {chosen.length > 0 && (
            <BulkActions
              runs={chosen}
              stage={search.stage ?? 'active'}
              columns={shown}
              onDone={() => setSelected(new Set())}
            />
          )}
        </Group>
      </Stack>
      {!loaded.isLoaded && filterError === undefined && <Waiting error={loaded.error} retry={loaded.reload} m="md" />}
      {loaded.isLoaded && loaded.rows.length === 0 && (
        <NoRuns search={search} clear={() => change({ filter: undefined })} />
      )}
      {loaded.rows.length > 0 && (
        <DataTable
          label={text.title}
          columns={columns}
          rows={loaded.rows}
          rowId={({ run }) => run.runId}
          rowName={({ run }) => run.name}
          sort={sortOf(search.order)}
          onSort={(sort) => change({ order: orderOf(sort) })}
          selected={selected}
          onSelect={setSelected}
          onMove={(column, target) => change({ columns: moveColumn(shown, column, target) })}
          onEnd={loaded.loadMore}
        />
      )}
    </Stack>
  )
}

interface HeadingProps {
  readonly name: string | undefined
  readonly loaded: LoadedRuns
}

function Heading({ name, loaded }: HeadingProps): ReactNode {
  return (
    <Group gap="sm" wrap="nowrap">
      <PageTitle name={name} of={strings.pages.experiments} />
      <Text size="sm" c="dimmed" role="status">
        {!loaded.isLoaded ? '' : text.loaded(loaded.rows.length, loaded.hasMore)}
      </Text>
      {loaded.isLive && (
        <Badge size="sm" variant="dot" tt="none" title={text.live}>
          {text.status.RUNNING}
        </Badge>
      )}
      <Tooltip label={text.refresh}>
        <ActionIcon variant="subtle" color="gray" aria-label={text.refresh} onClick={() => void loaded.reload()}>
          <IconRefresh size={16} />
        </ActionIcon>
      </Tooltip>
    </Group>
  )
}

function NoRuns({ search, clear }: { readonly search: RunsSearch; readonly clear: () => void }): ReactNode {
  if (search.filter !== undefined) {
    return (
      <EmptyState title={text.noneMatch}>
        <Button size="xs" variant="default" onClick={clear}>
          {text.clearFilter}
        </Button>
      </EmptyState>
    )
  }
  if (search.stage === 'deleted') return <EmptyState title={text.noneDeleted} />
  return <EmptyState title={text.emptyTitle} text={text.emptyText} command={text.emptyCommand} />
}

/** A set of ids, and what puts one in or takes it out. */
function useIdSet(): readonly [ReadonlySet<string>, (id: string) => void] {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set())
  const toggle = useCallback(
    (id: string) =>
      setIds((old) => (old.has(id) ? new Set([...old].filter((other) => other !== id)) : new Set([...old, id]))),
    [],
  )
  return [ids, toggle]
}

/** What the server says against a filter, which is shown beside it. */
function refusal(error: Error | null): string | undefined {
  return error instanceof ServerError && error.code === 'INVALID_PARAMETER_VALUE' ? error.message : undefined
}

function filterKeys(known: Readonly<Record<string, readonly string[]>>): readonly string[] {
  const own = ['run_name', 'run_id', 'status', 'user_id', 'start_time', 'end_time'].map((key) => `attributes.${key}`)
  const logged = Object.values(known)
    .flat()
    .filter((id) => !id.startsWith('attributes.'))
  return [...logged.map(quoteKey), ...own, 'dataset.name', 'dataset.digest', 'dataset.context']
}

/** Both ways between what the table shows and what the server is asked. */
function orderOf(sort: Sort | undefined): string | undefined {
  return sort === undefined ? undefined : `${quoteKey(sort.column)} ${sort.descending ? 'DESC' : 'ASC'}`
}

function sortOf(order: string | undefined): Sort | undefined {
  const match = /^(.*) (ASC|DESC)$/.exec(order ?? '')
  return match === null ? undefined : { column: match[1]!.replaceAll('`', ''), descending: match[2] === 'DESC' }
}
