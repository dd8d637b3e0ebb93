/** Doing a long list of asynchronous work without holding all of it in memory. */

/** Decoding runs on libuv's four threads; more than twice as many at once would only take memory. */
const AT_ONCE = 8

/**
 * The results of `work` in the order of `items`. When some fail, the first of them by that order is thrown, once those
 * that had begun have ended.
 */
export async function fewAtOnce<T, R>(items: ArrayLike<T>, work: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let start = 0; start < items.length; start += AT_ONCE) {
    const count = Math.min(AT_ONCE, items.length - start)
    const some = await Promise.allSettled(Array.from({ length: count }, (_, i) => work(items[start + i]!, start + i)))
    for (const outcome of some) {
      if (outcome.status === 'rejected') throw outcome.reason
      results.push(outcome.value)
    }
  }
  return results
}
