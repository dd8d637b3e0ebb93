/** The drift part of a report in the JSON that Evidently writes, for what reads that. */
import { createHash } from 'node:crypto'
import type { MonitoringReport } from './report.ts'

export interface EvidentlyJson {
  readonly metrics: readonly {
    readonly id: string
    readonly metric_name: string
    readonly config: Readonly<Record<string, unknown>>
    readonly value: number | { readonly count: number; readonly share: number }
  }[]
  readonly tests: readonly {
    readonly id: string
    readonly name: string
    readonly description: string
    readonly status: 'SUCCESS' | 'FAIL'
  }[]
}

/** Drifted columns, the drift of each, and all tests. Ids are made from names, so that the same report has the same. */
export function toEvidentlyJson({ drift, tests }: MonitoringReport): EvidentlyJson {
  return {
    metrics: drift === undefined ? [] : driftMetrics(drift),
    tests: tests.map(({ name, description, status }) => ({ id: idOf(name), name, description, status })),
  }
}

function driftMetrics({
  columns,
  driftedCount,
  share,
  driftShare,
}: NonNullable<MonitoringReport['drift']>): EvidentlyJson['metrics'] {
  const names = Object.keys(columns)
  const count = `DriftedColumnsCount(columns=${names.join(',')},drift_share=${driftShare})`
  return [
    {
      id: idOf(count),
      metric_name: count,
      config: { type: 'evidently:metric_v2:DriftedColumnsCount', columns: names, drift_share: driftShare },
      value: { count: driftedCount, share },
    },
    ...Object.entries(columns).map(([column, { label, threshold, score }]) => {
      const name = `ValueDrift(column=${column},method=${label},threshold=${threshold})`
      const config = { type: 'evidently:metric_v2:ValueDrift', column, method: label, threshold }
      return { id: idOf(name), metric_name: name, config, value: score }
    }),
  ]
}

function idOf(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 32)
}
