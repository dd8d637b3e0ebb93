/** From what a model server had counted at several times to what happened between them. */
import type { TrafficCounts } from './traffic-counts.ts'

/** Between two looks at a server. Rates are a second, times in milliseconds; null where nothing was asked. */
export interface TrafficPoint {
  /** The end of the time, in milliseconds since 1970. */
  readonly time: number
  readonly requests: number
  readonly refused: number
  readonly failed: number
  readonly p50: number | null
  readonly p95: number | null
  readonly p99: number | null
  /** Rows that were scored in one run of a model, in the mean. */
  readonly rowsPerRun: number | null
  /** Requests of each version, by its key. */
  readonly versions: ReadonlyMap<string, number>
}

/**
 * What happened between `before` and `now`. Quantiles are of the requests since `earlier`, which is some looks further
 * back: few requests make no quantile.
 */
export function trafficPoint(earlier: TrafficCounts, before: TrafficCounts, now: TrafficCounts): TrafficPoint {
  const seconds = Math.max(0.001, (now.timeMs - before.timeMs) / 1000)
  const rate = (count: (counts: TrafficCounts) => number): number => rounded((count(now) - count(before)) / seconds)
  const within = [...now.withinSeconds].map(
    ([bound, count]) => [bound, count - (earlier.withinSeconds.get(bound) ?? 0)] as const,
  )
  const runs = now.runs - before.runs
  return {
    time: now.timeMs,
    requests: rate(({ requests }) => requests),
    refused: rate(({ refused }) => refused),
    failed: rate(({ failed }) => failed),
    p50: inMilliseconds(quantile(within, 0.5)),
    p95: inMilliseconds(quantile(within, 0.95)),
    p99: inMilliseconds(quantile(within, 0.99)),
    rowsPerRun: runs === 0 ? null : rounded((now.runRows - before.runRows) / runs),
    versions: new Map(
      [...now.versions.keys()].map((key) => [key, rate(({ versions }) => versions.get(key)?.requests ?? 0)]),
    ),
  }
}

/** Whether the server did not start again in between, so that its counts go on. */
export function goesOn(before: TrafficCounts, now: TrafficCounts): boolean {
  return Object.is(before.startSeconds, now.startSeconds) && now.requests >= before.requests
}

/**
 * A quantile of a histogram, evenly spread within each bucket, as PromQL's histogram_quantile has it; undefined without
 * observations. Beyond the last finite bound it is that bound.
 *
 * @param within how many observations were at most so large
 */
export function quantile(within: readonly (readonly [number, number])[], share: number): number | undefined {
  const buckets = within.toSorted(([a], [b]) => a - b)
  const total = buckets.at(-1)?.[1] ?? 0
  if (total === 0) return undefined
  const rank = share * total
  const found = buckets.findIndex(([, count]) => count >= rank)
  const [lower, below] = buckets[found - 1] ?? [0, 0]
  const [upper, count] = buckets[found]!
  if (upper === Infinity) return lower
  return count === below ? upper : lower + ((upper - lower) * (rank - below)) / (count - below)
}

function inMilliseconds(seconds: number | undefined): number | null {
  return seconds === undefined ? null : rounded(seconds * 1000)
}

/** Four digits are more than a chart can show. */
function rounded(value: number): number {
  return Number(value.toPrecision(4))
}
