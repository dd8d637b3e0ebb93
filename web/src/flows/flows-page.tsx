/** The runs of all flows, newest first, live; and starting one. */
import { Button, Group, Select, Text } from '@mantine/core'
import { IconPlayerPlay } from '@tabler/icons-react'
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { type ReactNode, useMemo } from 'react'
import { type FlowRun, type FlowRunPage, listFlowRuns, listPrograms, runStatuses } from '../api/flows.ts'
import { ActionMenu } from '../shell/action-menu.tsx'
import { Age } from '../shell/age.tsx'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { EmptyState } from '../shell/failure.tsx'
import { ListPage } from '../shell/list-page.tsx'
import { formatDuration } from '../shell/times.ts'
import { strings } from '../strings.ts'
import { type DataColumn, DataTable } from '../table/data-table.tsx'
import { FlowStatusMark } from './flow-status.tsx'
import { StartDialog } from './start-dialog.tsx'

const text = strings.flows
const route = getRouteApi('/flows')

export function FlowsPage(): ReactNode {
  const { flow, status, start } = route.useSearch()
  const navigate = route.useNavigate()
  const query = useFlowRuns(flow)
  const { data, error, hasNextPage, isFetchingNextPage } = query
  const runs = useMemo(
    () => data?.pages.flatMap((page) => page.runs).filter((run) => status === undefined || run.status === status) ?? [],
    [data, status],
  )
  return (
    <ListPage
      title={strings.pages.flows}
      error={error}
      retry={query.refetch}
      isLoaded={data !== undefined}
      actions={
        <>
          <Select
            size="xs"
            aria-label={text.flow}
            placeholder={text.flow}
            clearable
            searchable
            data={data?.pages[0]?.flows ?? []}
            value={flow ?? null}
            onChange={(value) =>
              void navigate({ search: (old) => ({ ...old, flow: value ?? undefined }), replace: true })
            }
          />
          <Select
            size="xs"
            aria-label={text.state}
            placeholder={text.state}
            clearable
            data={runStatuses.map((value) => ({ value, label: text.status[value] }))}
            value={status ?? null}
            onChange={(value) =>
              void navigate({ search: (old) => ({ ...old, status: value ?? undefined }), replace: true })
            }
          />
          <StartMenu onChoose={(file) => void navigate({ search: (old) => ({ ...old, start: file }) })} />
        </>
      }
    >
      {data !== undefined && runs.length === 0 && <NoRuns filtered={flow !== undefined || status !== undefined} />}
      {runs.length > 0 && (
        <DataTable
          label={strings.pages.flows}
          columns={columns}
          rows={runs}
          rowId={nameOf}
          rowName={nameOf}
          onEnd={() => {
            if (hasNextPage && !isFetchingNextPage) void query.fetchNextPage()
          }}
        />
      )}
      <StartDialog
        file={start}
        close={() => void navigate({ search: (old) => ({ ...old, start: undefined }), replace: true })}
      />
    </ListPage>
  )
}

function useFlowRuns(flow: string | undefined) {
  return useInfiniteQuery({
    queryKey: ['flow runs', flow],
    queryFn: async ({ pageParam, signal }) => await listFlowRuns(flow, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: FlowRunPage) => page.nextPageToken,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => refreshMs(state.data?.pages),
  })
}

/** Often while something runs; long lists are not loaded again by themselves. */
function refreshMs(pages: readonly FlowRunPage[] = []): number | false {
  if (pages.length > 3) return false
  return pages.some(({ runs }) => runs.some(({ status }) => status === 'running')) ? 2000 : 10_000
}

function StartMenu({ onChoose }: { readonly onChoose: (file: string) => void }): ReactNode {
  const { data = [] } = useQuery({
    queryKey: ['programs'],
    queryFn: async ({ signal }) => await listPrograms(signal),
  })
  if (data.length === 0) return null
  return (
    <ActionMenu actions={data.map((file) => ({ label: file, act: () => onChoose(file) }))}>
      {(ref) => (
        <Button ref={ref} size="xs" leftSection={<IconPlayerPlay size={14} />}>
          {text.start}
        </Button>
      )}
    </ActionMenu>
  )
}

function NoRuns({ filtered }: { readonly filtered: boolean }): ReactNode {
  if (filtered) return <EmptyState title={text.noneMatch} />
  return <EmptyState title={text.emptyTitle} text={text.emptyText} command={text.emptyCommand} />
}

function nameOf({ flow, runId }: FlowRun): string {
  return `${flow}/${runId}`
}

const columns: readonly DataColumn<FlowRun>[] = [
  {
    id: 'run',
    header: text.run,
    width: 320,
    cell: (run) => (
      <Group gap={6} wrap="nowrap">
        <FlowStatusMark status={run.status} />
        <AnchorLink to="/flows/$flow/$run" params={{ flow: run.flow, run: run.runId }} title={nameOf(run)}>
          {nameOf(run)}
        </AnchorLink>
      </Group>
    ),
  },
  { id: 'created', header: text.created, width: 140, cell: ({ startTime }) => <Age time={startTime} /> },
  {
    id: 'duration',
    header: text.duration,
    width: 120,
    cell: ({ status, startTime, endTime }) => {
      const end = endTime ?? (status === 'running' ? Date.now() : undefined)
      return end === undefined ? '' : formatDuration(Math.max(0, end - startTime))
    },
  },
  { id: 'user', header: text.user, width: 120, cell: ({ user }) => user },
  { id: 'tags', header: text.tags, width: 200, cell: ({ tags }) => tags.join(', ') },
  {
    id: 'error',
    header: text.error,
    width: 420,
    cell: ({ error }) => (
      <Text span size="sm" c="dimmed" title={error}>
        {error?.slice(0, 300)}
      </Text>
    ),
  },
]
