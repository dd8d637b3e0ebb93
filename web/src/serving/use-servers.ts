/** The model servers, looked at again and again, and what they are called. */
import { useQuery, type UseQueryResult } from '@tanstack/react-query'
import { listServers, type ModelServer, type ServedVersion } from '../api/serving.ts'

/** As often as the server itself looks. */
export const lookEveryMs = 5000

export function useServers(): UseQueryResult<readonly ModelServer[]> {
  return useQuery({
    queryKey: ['servers'],
    queryFn: async ({ signal }) => await listServers(signal),
    refetchInterval: lookEveryMs,
  })
}

/** Such as "penguins at 127.0.0.1:8080". */
export function serverTitle({ models, url }: Pick<ModelServer, 'models' | 'url'>): string {
  const place = url.replace(/^https?:\/\//, '')
  const names = [...new Set(models.map(({ name }) => name))].join(', ')
  return names === '' ? place : `${names} at ${place}`
}

/** Such as "penguins 3". */
export function versionTitle({ name, version }: ServedVersion): string {
  return version === null ? name : `${name} ${version}`
}
