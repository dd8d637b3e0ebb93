/** The artifacts of runs that some view can show. */
import { useQueries, type UseQueryResult } from '@tanstack/react-query'
import { useMemo } from 'react'
import { type ArtifactFile, findFiles } from '../api/artifacts.ts'
import type { Run } from '../api/runs.ts'
import { together } from '../api/together.ts'

interface FoundFile {
  readonly run: Run
  readonly file: ArtifactFile
}

interface FoundFiles {
  /** The files of all runs by their path, the paths in order. */
  readonly byPath: readonly (readonly [string, readonly FoundFile[]])[]
  readonly error: Error | null
  readonly isLoading: boolean
  readonly reload: () => Promise<unknown>
}

/** Files whose path `matches` says yes to and that are not larger than `maxBytes`. */
export function useFiles(runs: readonly Run[], matches: RegExp, maxBytes: number): FoundFiles {
  const { lists, ...state } = useQueries({
    queries: runs.map(({ runId }) => ({
      queryKey: ['artifacts', runId, 'all'],
      queryFn: async ({ signal }: { signal: AbortSignal }) => await findFiles(runId, signal),
      staleTime: 30_000,
    })),
    combine: listsOf,
  })
  const byPath = useMemo(() => {
    const found = runs.flatMap((run, place) =>
      (lists[place] ?? [])
        .filter(({ path, sizeBytes }) => matches.test(path) && sizeBytes <= maxBytes)
        .map((file): FoundFile => ({ run, file })),
    )
    return [...Map.groupBy(found, ({ file }) => file.path)].toSorted(([a], [b]) => (a < b ? -1 : 1))
  }, [runs, lists, matches, maxBytes])
  return { byPath, ...state }
}

type FileLists = Omit<FoundFiles, 'byPath'> & {
  readonly lists: readonly (readonly ArtifactFile[] | undefined)[]
}

function listsOf(results: readonly UseQueryResult<readonly ArtifactFile[]>[]): FileLists {
  return {
    lists: results.map(({ data }) => data),
    ...together(results),
  }
}
