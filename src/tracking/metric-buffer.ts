import { type Metric } from './entities.ts'

export interface MetricBufferOptions {
  /** Stores metrics; at most `maxMetrics` at a time. */
  readonly write: (metrics: readonly Metric[]) => Promise<void>
  /** How long a metric may wait before it is written. */
  readonly flushAfterMs: number
  /** How many may wait; also the size of a batch. */
  readonly maxMetrics: number
}

/** Metrics on their way to the store, written many at a time and in order. */
export interface MetricBuffer {
  /** Takes metrics; writes when enough have gathered. Throws what an earlier write in the background failed with. */
  add(metrics: readonly Metric[]): Promise<void>
  /** Writes all that wait. Metrics whose write fails stay, so that a second call tries again. */
  flush(): Promise<void>
}

/** A buffer that is empty. Its timer does not keep the process alive: flush it at the end. */
export function metricBuffer({ write, flushAfterMs, maxMetrics }: MetricBufferOptions): MetricBuffer {
  const waiting: Metric[] = []
  let timer: NodeJS.Timeout | undefined
  let failure: unknown
  let last: Promise<void> = Promise.resolve()

  const writeWaiting = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, maxMetrics)
      await write(batch)
      waiting.splice(0, batch.length)
    }
  }
  const flush = async (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    failure = undefined
    // One after another: two writes at once would take the same metrics.
    const mine = last.then(writeWaiting)
    last = mine.catch(() => {})
    await mine
  }
  const flushLater = (): void => {
    timer ??= setTimeout(() => {
      flush().catch((error: unknown) => {
        failure = error
      })
    }, flushAfterMs).unref()
  }
  return {
    flush,
    add: async (metrics) => {
      for (const metric of metrics) waiting.push(metric)
      if (failure !== undefined) throw failure
      if (waiting.length >= maxMetrics) await flush()
      else flushLater()
    },
  }
}
