/** Parts of the app that are loaded when they are first shown. */
import { useQuery } from '@tanstack/react-query'
import type { ComponentType, ReactNode } from 'react'
import { queries } from '../api/queries.ts'
import { Waiting } from './failure.tsx'
import { loadFile, reloadOnce, StaleApp } from './load-file.ts'

interface LazyPartOptions<Props> {
  /** What stands there meanwhile. Default: a sign that it is loading. */
  readonly waiting?: (props: Props) => ReactNode
  /** Whether it is a whole page. The app loads itself anew rather than do without it: there is nothing on it to be lost. */
  readonly isPage?: boolean
}

type LazyPart<Props> = ((props: Props) => ReactNode) & {
  /** Called by the router before it leaves the page that is shown. */
  readonly preload: () => Promise<void>
}

let count = 0

/** A component whose file is loaded when it is first shown. Where that fails, it stands there what to do. */
export function lazyPart<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  { waiting = loading, isPage = false }: LazyPartOptions<Props> = {},
): LazyPart<Props> {
  const query = {
    queryKey: ['part', count++],
    queryFn: async () => ({ Loaded: await loadFile(load, { whenStale: isPage ? reloadOnce : undefined }) }),
    staleTime: Infinity,
    gcTime: Infinity,
    retry: false,
  }
  const Part = (props: Props): ReactNode => {
    const { data, error, refetch } = useQuery(query)
    if (data !== undefined) return <data.Loaded {...props} />
    if (error === null) return waiting(props)
    const retry = error instanceof StaleApp ? () => location.reload() : refetch
    return <Waiting error={error} retry={retry} {...(isPage && { m: 'md' as const })} />
  }
  return Object.assign(Part, { preload: async () => await queries.prefetchQuery(query) })
}

export function lazyPage(load: () => Promise<ComponentType>): LazyPart<object> {
  return lazyPart(load, { isPage: true })
}

const loading = (): ReactNode => <Waiting error={null} m="md" />
