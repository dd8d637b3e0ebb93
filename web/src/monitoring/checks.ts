/** From runs that are checks to what they found, and to lines over time. */
import type { CheckRun } from '../api/checks.ts'
import type { LineSeries } from '../charts/series.ts'
import type { TitledLines } from '../charts/small-chart.tsx'
import { strings } from '../strings.ts'

const text = strings.monitoring.charts

export type Verdict = 'drift' | 'stable' | 'summary'

export interface Check {
  readonly runId: string
  readonly experimentId: string
  /** Milliseconds since 1970. */
  readonly time: number
  readonly verdict: Verdict
  /** `name` or `name/version`. */
  readonly model: string | undefined
  readonly data: string
  /** Of every metric the value. */
  readonly metrics: Readonly<Record<string, number>>
  readonly columns: readonly CheckedColumn[]
}

interface CheckedColumn {
  readonly name: string
  readonly score: number
  readonly threshold: number
  readonly drifted: boolean
  /** In words. */
  readonly method: string
}

/** The checks of one experiment and model, which make lines together. */
export interface Watch {
  /** Names it in addresses. */
  readonly id: string
  readonly title: string
  /** Newest first. */
  readonly checks: readonly Check[]
}

const scorePrefix = 'drift_score/'

function checkOf({ runId, experimentId, startTime = 0, tags, params, metrics: points }: CheckRun['run']): Check {
  const metrics = Object.fromEntries(Object.entries(points).map(([name, { value }]) => [name, value]))
  const names = Object.keys(metrics).filter((name) => name.startsWith(scorePrefix))
  return {
    runId,
    experimentId,
    time: startTime,
    verdict: metrics['drift'] === undefined ? 'summary' : metrics['drift'] === 1 ? 'drift' : 'stable',
    model: tags['millrace.check.model'],
    data: tags['millrace.check.data'] ?? '',
    metrics,
    columns: names.map((key) => {
      const name = key.slice(scorePrefix.length)
      return {
        name,
        score: metrics[key]!,
        threshold: metrics[`drift_threshold/${name}`] ?? Number.NaN,
        drifted: metrics[`drifted/${name}`] === 1,
        method: params[`drift_method/${name}`] ?? '',
      }
    }),
  }
}

/** Those that were looked at last come first. */
export function watchesOf(runs: readonly CheckRun[]): readonly Watch[] {
  const groups = Map.groupBy(runs, ({ run, experiment }) => {
    const model = run.tags['millrace.check.model']?.split('/')[0]
    return model === undefined ? experiment : `${experiment} · ${model}`
  })
  return [...groups].map(([title, group]) => ({ id: title, title, checks: group.map(({ run }) => checkOf(run)) }))
}

/** Share of drifted columns, failed tests and quality, as far as the checks have them. */
export function overallCharts(checks: readonly Check[]): readonly TitledLines[] {
  const line = (name: string, metric: string): LineSeries => lineOf(checks, name, ({ metrics }) => metrics[metric])
  const scores = ['accuracy', 'f1', 'mae', 'rmse'].map((name) => line(name, `quality/${name}`))
  const charts = [
    { title: text.share, series: [line(text.drifted, 'drift_share'), line(text.limit, 'drift_share_limit')] },
    { title: text.tests, series: [line(text.tests, 'failed_tests')] },
    { title: text.quality, series: [...scores, line(text.expected, 'expected/accuracy')] },
  ]
  return charts
    .map(({ title, series }) => ({ title, series: series.filter(({ points }) => points.length > 0) }))
    .filter(({ series }) => series.length > 0)
}

/** Score and threshold of each column; those that drift now come first, then those that did most often. */
export function columnCharts(checks: readonly Check[]): readonly TitledLines[] {
  const names = [...new Set(checks.flatMap(({ columns }) => columns.map(({ name }) => name)))]
  const urgency = (name: string): number => {
    const times = checks.filter((check) => columnOf(check, name)?.drifted === true).length
    const isNow = checks[0] !== undefined && columnOf(checks[0], name)?.drifted === true
    return times + (isNow ? checks.length : 0)
  }
  return names
    .map((name) => ({ name, urgency: urgency(name) }))
    .toSorted((a, b) => b.urgency - a.urgency)
    .map(({ name }) => ({
      title: name,
      detail: checks.map((check) => columnOf(check, name)?.method).find((method) => method) ?? '',
      series: [
        lineOf(checks, text.score, (check) => columnOf(check, name)?.score),
        lineOf(checks, text.threshold, (check) => columnOf(check, name)?.threshold),
      ],
    }))
}

export function driftedNames({ columns }: Check): readonly string[] {
  return columns.filter(({ drifted }) => drifted).map(({ name }) => name)
}

function columnOf({ columns }: Check, name: string): CheckedColumn | undefined {
  return columns.find((column) => column.name === name)
}

/** Along the time of the checks; those without the value are left out, what is no number breaks the line. */
function lineOf(checks: readonly Check[], name: string, value: (check: Check) => number | undefined): LineSeries {
  const points = checks.flatMap((check) => {
    const found = value(check)
    return found === undefined ? [] : [[check.time, Number.isFinite(found) ? found : Number.NaN] as const]
  })
  return { name, points: points.toSorted(([a], [b]) => a - b) }
}
