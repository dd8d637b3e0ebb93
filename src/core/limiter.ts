/** Doing many things, a few at once: a file opened for each of ten thousand tasks would be too many. */

/** A function that runs what it is given, at most `limit` at the same time, in the order it came. */
export function limiter(limit = 32): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let running = 0
  return async (work) => {
    if (running >= limit) {
      await new Promise<void>((resolve) => {
        waiting.push(resolve)
      })
    } else running++
    try {
      return await work()
    } finally {
      // Whoever waits takes the place over, so that nobody comes between.
      const next = waiting.shift()
      if (next === undefined) running--
      else next()
    }
  }
}

/** `work` on all items, a few at the same time. */
export async function mapLimited<T, R>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const few = limiter()
  return await Promise.all(items.map(async (item, index) => await few(async () => await work(item, index))))
}
