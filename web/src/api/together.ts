/** Several queries as one. */
import type { UseQueryResult } from '@tanstack/react-query'

interface Together {
  /** Of a query that has nothing to show. */
  readonly error: Error | null
  readonly isLoading: boolean
  readonly reload: () => Promise<unknown>
}

export function together(results: readonly UseQueryResult[]): Together {
  return {
    error: results.find(({ data, error }) => data === undefined && error !== null)?.error ?? null,
    isLoading: results.some(({ isPending }) => isPending),
    reload: async () => await Promise.all(results.map(async ({ refetch }) => await refetch())),
  }
}
