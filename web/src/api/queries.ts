/** What the pages asked the server for, kept while they show it. */
import { type Query, QueryCache, QueryClient } from '@tanstack/react-query'
import { addressOf, isTrouble } from './http.ts'

export const queries = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      // What the server has no more is not shown any longer; what it cannot send just now is.
      if (!isTrouble(error)) query.setState({ data: undefined })
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 2000,
      // What the server refuses it refuses again; only one in trouble may do better.
      retry: (failures, error) => failures < 2 && isTrouble(error),
      retryDelay: (failures) => 300 * 2 ** failures,
      // A server on this machine is there without any network.
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
})

const firstWaitMs = 1000
const longestWaitMs = 30_000
/** A server that says nothing for so long is not well. */
const longestSilenceMs = 5000

/** Asks again for what a server in trouble left unanswered, as soon as it is well; less often while it is not. */
export function recoverByItself(): void {
  let isWaiting = false
  let waitMs = firstWaitMs
  const waitIfTroubled = (): void => {
    if (isWaiting) return
    if (troubled().length === 0) {
      waitMs = firstWaitMs
      return
    }
    isWaiting = true
    setTimeout(() => void tryAgain(), waitMs)
  }
  const tryAgain = async (): Promise<void> => {
    if (await isServerWell()) {
      // An answer that never comes does not hold up the others: nobody waits here for any of them.
      void queries.refetchQueries({ type: 'active', predicate: isTroubled }, { cancelRefetch: false })
      waitMs = Math.min(2 * waitMs, longestWaitMs)
    }
    isWaiting = false
    waitIfTroubled()
  }
  queries.getQueryCache().subscribe(waitIfTroubled)
}

/** The queries that a page waits for and the server is in no state to answer. */
export function troubled(): readonly Query[] {
  return queries.getQueryCache().findAll({ type: 'active', predicate: isTroubled })
}

function isTroubled({ state }: Query): boolean {
  return state.status === 'error' && isTrouble(state.error)
}

/** Whether the server answers soon and is well. */
export async function isServerWell(): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(longestSilenceMs)
    return (await fetch(addressOf('health'), { cache: 'no-store', signal })).ok
  } catch {
    return false
  }
}
