/** Loads runs page by page, and the runs that are nested in them. */
import { keepPreviousData, useInfiniteQuery, useQueries, type UseQueryResult } from '@tanstack/react-query'
import { useMemo } from 'react'
import { parentTag, type Run, type RunPage, type RunSearch, searchRuns } from '../api/runs.ts'
import type { RunsSearch } from './runs-search.ts'

const pageSize = 200
/** Tables longer than this are not loaded again by themselves. */
const livePages = 3
const liveEveryMs = 3000

/** A row of the table. */
export interface RunRow {
  readonly run: Run
  readonly depth: number
  /** How many runs are known to be nested in it. */
  readonly childCount: number
  readonly isOpen: boolean
}

export interface LoadedRuns {
  readonly rows: readonly RunRow[]
  /** The runs themselves, in the order of the rows. */
  readonly runs: readonly Run[]
  readonly error: Error | null
  /** Whether there is something to show, be it of the search before. */
  readonly isLoaded: boolean
  readonly hasMore: boolean
  readonly isLive: boolean
  readonly loadMore: () => void
  readonly reload: () => Promise<unknown>
}

/** @param open the runs whose nested ones are shown */
export function useRuns(
  experimentIds: readonly string[],
  { filter = '', order = '', stage = 'active', flat = false }: RunsSearch,
  open: ReadonlySet<string>,
): LoadedRuns {
  const isFolded = !flat && filter === ''
  const search: RunSearch = {
    experimentIds,
    filter: isFolded ? `tags.\`${parentTag}\` IS NULL` : filter,
    orderBy: order,
    stage,
    maxResults: pageSize,
  }
  const query = useInfiniteQuery({
    queryKey: ['runs', search],
    queryFn: async ({ pageParam, signal }) => await searchRuns(search, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: RunPage) => page.nextPageToken,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (isUnderWay(state.data?.pages) ? liveEveryMs : false),
  })
  const runs = useMemo(() => query.data?.pages.flatMap((page) => page.runs) ?? [], [query.data])
  const isLive = isUnderWay(query.data?.pages)
  const children = useNestedRuns(isFolded ? (query.data?.pages ?? []) : [], { experimentIds, stage }, isLive)
  const rows = useMemo(() => runs.flatMap((run) => rowsOf(run, 0, children, open)), [runs, children, open])
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = query
  return {
    rows,
    runs: useMemo(() => rows.map(({ run }) => run), [rows]),
    error: query.error,
    isLoaded: query.data !== undefined,
    hasMore: hasNextPage,
    isLive,
    loadMore: () => {
      if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
    },
    reload: query.refetch,
  }
}

function isUnderWay(pages: readonly RunPage[] = []): boolean {
  return pages.length <= livePages && pages.some(({ runs }) => runs.some(({ status }) => status === 'RUNNING'))
}

type Children = ReadonlyMap<string, readonly Run[]>

/**
 * Nested runs by the run they are nested in. They began after it did, so for each page those are asked for that may belong
 * to it and were not asked for with the pages before.
 */
function useNestedRuns(
  pages: readonly RunPage[],
  { experimentIds, stage }: Pick<RunSearch, 'experimentIds' | 'stage'>,
  isLive: boolean,
): Children {
  return useQueries({
    queries: timesOf(pages).map(({ from, to }) => {
      const search: RunSearch = {
        experimentIds,
        filter: [`tags.\`${parentTag}\` IS NOT NULL AND attributes.start_time >= ${from}`]
          .concat(to === Infinity ? [] : `attributes.start_time < ${to}`)
          .join(' AND '),
        orderBy: 'attributes.start_time ASC',
        stage,
        maxResults: 5000,
      }
      return {
        queryKey: ['runs', search],
        queryFn: async ({ signal }: { signal: AbortSignal }) => await searchRuns(search, undefined, signal),
        placeholderData: keepPreviousData<RunPage>,
        refetchInterval: isLive ? liveEveryMs : (false as const),
      }
    }),
    combine: childrenOf,
  })
}

/** For each page that reaches further back than those before it, from when to when, in milliseconds since 1970. */
function timesOf(pages: readonly RunPage[]): readonly { readonly from: number; readonly to: number }[] {
  let to = Infinity
  return pages.flatMap(({ runs }) => {
    const from = runs.reduce((time, { startTime = 0 }) => Math.min(time, startTime), to)
    const time = { from, to }
    to = from
    return time.from < time.to ? [time] : []
  })
}

function childrenOf(results: readonly UseQueryResult<RunPage>[]): Children {
  const nested = results.flatMap(({ data }) => data?.runs ?? [])
  return Map.groupBy(nested, ({ tags }) => tags[parentTag] ?? '')
}

function rowsOf(run: Run, depth: number, children: Children, open: ReadonlySet<string>): readonly RunRow[] {
  const nested = children.get(run.runId) ?? []
  const isOpen = open.has(run.runId) && nested.length > 0
  const row = { run, depth, childCount: nested.length, isOpen }
  return isOpen ? [row, ...nested.flatMap((child) => rowsOf(child, depth + 1, children, open))] : [row]
}
