/** Loads the versions of a model, and the runs they come from. */
import { useQueries, useQuery, type UseQueryResult } from '@tanstack/react-query'
import { getModel, listVersions, type ModelVersion, type RegisteredModel } from '../api/models.ts'
import { getRun, type Run } from '../api/runs.ts'

export function useModel(name: string): UseQueryResult<RegisteredModel> {
  return useQuery({
    queryKey: ['model', name],
    queryFn: async ({ signal }) => await getModel(name, signal),
  })
}

export function useVersions(name: string): UseQueryResult<readonly ModelVersion[]> {
  return useQuery({
    queryKey: ['model', name, 'versions'],
    queryFn: async ({ signal }) => await listVersions(name, signal),
    refetchInterval: 10_000,
  })
}

/** Older versions show without what their runs measured. */
const maxRuns = 100

/** The runs of `versions` by their ids, as far as they are loaded and still there. */
export function useVersionRuns(versions: readonly ModelVersion[]): ReadonlyMap<string, Run> {
  const ids = [...new Set(versions.slice(0, maxRuns).flatMap(({ runId }) => runId ?? []))]
  return useQueries({
    queries: ids.map((runId) => ({
      queryKey: ['run', runId],
      queryFn: async ({ signal }: { signal: AbortSignal }) => await getRun(runId, signal),
      staleTime: 60_000,
    })),
    combine: runsById,
  })
}

function runsById(results: readonly UseQueryResult<Run>[]): ReadonlyMap<string, Run> {
  return new Map(results.flatMap(({ data }) => (data === undefined ? [] : [[data.runId, data] as const])))
}
