/** From the traffic of a model server to the lines of its charts. */
import type { Traffic } from '../api/serving.ts'
import type { LineSeries } from '../charts/series.ts'
import type { TitledLines } from '../charts/small-chart.tsx'
import { strings } from '../strings.ts'
import { versionTitle } from './use-servers.ts'

const text = strings.serving.charts

/** Before anything is known. */
export const noTraffic: Traffic = {
  time: [],
  requests: [],
  refused: [],
  failed: [],
  p50: [],
  p95: [],
  p99: [],
  rowsPerRun: [],
  versions: [],
}

/** Requests by version where several answer, errors, latency, and rows that are scored together. */
export function trafficCharts(traffic: Traffic): readonly TitledLines[] {
  const line = (name: string, values: readonly (number | null)[]): LineSeries => ({
    name,
    points: traffic.time.map((time, place) => [time, values[place] ?? Number.NaN] as const),
  })
  const all = line(text.requests, traffic.requests)
  const answering = traffic.versions
    .filter(({ requests }) => requests.some((rate) => (rate ?? 0) > 0))
    .toSorted((a, b) => a.name.localeCompare(b.name) || (a.version ?? 0) - (b.version ?? 0))
  return [
    {
      title: text.requests,
      series: answering.length > 1 ? answering.map((version) => line(versionTitle(version), version.requests)) : [all],
    },
    { title: text.errors, series: [line(text.refused, traffic.refused), line(text.failed, traffic.failed)] },
    { title: text.latency, series: (['p50', 'p95', 'p99'] as const).map((name) => line(name, traffic[name])) },
    { title: text.rowsPerRun, series: [line(text.rowsPerRun, traffic.rowsPerRun)] },
  ]
}
