/** Model servers as the REST interface writes them. docs/rest.md describes it. */
import type { VersionCounts } from './traffic-counts.ts'
import type { TrafficPoint } from './traffic-rates.ts'
import type { WatchedServer } from './watched-server.ts'

type Json = Readonly<Record<string, unknown>>

export async function serverJson(server: WatchedServer): Promise<Json> {
  const { checkedAt, error, info, counts } = await server.state()
  return {
    id: server.id,
    url: server.client.url,
    status: error === undefined ? 'up' : 'away',
    error,
    checked_at: checkedAt,
    started_at:
      counts === undefined || Number.isNaN(counts.startSeconds) ? undefined : Math.round(counts.startSeconds * 1000),
    models: info?.models ?? [],
    counts: [...(counts?.versions.values() ?? [])].map(countsJson),
    captured: counts === undefined || counts.capture.size === 0 ? undefined : Object.fromEntries(counts.capture),
  }
}

function countsJson({ model, version, requests, rows, badRows, confidence, classes, shadow }: VersionCounts): Json {
  const compared = shadow.agreed + shadow.differed
  return {
    model,
    version,
    requests,
    rows,
    bad_rows: badRows,
    mean_confidence: rows === 0 || classes.size === 0 ? undefined : confidence / rows,
    classes: Object.fromEntries(classes),
    shadow_rows: compared === 0 ? undefined : compared,
    shadow_agreement: compared === 0 ? undefined : shadow.agreed / compared,
  }
}

/** By column, which is a third of the bytes that it takes by point. */
export function trafficJson({ points }: WatchedServer): Json {
  const column = <T>(value: (point: TrafficPoint) => T): readonly T[] => points.map(value)
  const keys = [...new Set(points.flatMap(({ versions }) => [...versions.keys()]))]
  return {
    time: column(({ time }) => time),
    requests_per_second: column(({ requests }) => requests),
    refused_per_second: column(({ refused }) => refused),
    failed_per_second: column(({ failed }) => failed),
    p50_ms: column(({ p50 }) => p50),
    p95_ms: column(({ p95 }) => p95),
    p99_ms: column(({ p99 }) => p99),
    rows_per_run: column(({ rowsPerRun }) => rowsPerRun),
    versions: keys.map((key) => {
      const slash = key.indexOf('/')
      const version = key.slice(0, slash)
      return {
        model: key.slice(slash + 1),
        version: version === '' ? null : Number(version),
        requests_per_second: column(({ versions }) => versions.get(key) ?? 0),
      }
    }),
  }
}
