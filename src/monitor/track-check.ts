/** Keeping checks as runs, where the web app, and whoever asks the tracking server, finds what drifted when. */
import { type TrackingClient, withRun } from '../tracking/index.ts'
import { renderReport } from './render-report.ts'
import type { MonitoringReport } from './report.ts'

/** Marks a run as a check: `drift` where there was a reference, else `summary`. */
export const checkTag = 'millrace.check'

export interface TrackCheckOptions {
  /** Name of the experiment, made when there is none. Default: monitoring. */
  readonly experiment?: string
  /** The model whose data were looked at: the name of a registered model, or `name/version`. */
  readonly model?: string
  /** What the tables are called, such as their files. */
  readonly data?: string
  readonly reference?: string
  /** Further tags of the run. */
  readonly tags?: Readonly<Record<string, string>>
}

/**
 * Logs a report as a run: verdict, scores and thresholds by column, failed tests and quality as metrics, methods as
 * parameters, and the report itself as `report.html` and `report.json`. docs/monitoring.md lists the names.
 *
 * @returns the id of the run
 * @throws as the tracking store does
 */
export async function trackCheck(
  client: TrackingClient,
  report: MonitoringReport,
  { experiment = 'monitoring', model, data, reference, tags = {} }: TrackCheckOptions = {},
): Promise<string> {
  const kind = report.drift === undefined ? 'summary' : 'drift'
  const given = {
    ...tags,
    [checkTag]: kind,
    ...(model !== undefined && { [`${checkTag}.model`]: model }),
    ...(data !== undefined && { [`${checkTag}.data`]: data }),
    ...(reference !== undefined && { [`${checkTag}.reference`]: reference }),
  }
  return await withRun(client, { experiment, tags: given, autolog: false }, async (run) => {
    await run.logMetrics(checkMetrics(report))
    await run.logParams(methodsOf(report))
    const title = kind === 'drift' ? 'Drift report' : 'Data summary'
    const subtitle = [data, reference].filter((name) => name !== undefined).join(' against ')
    const html = await renderReport(report, { title, ...(subtitle !== '' && { subtitle }) })
    await run.logText(html, 'report.html')
    await run.logDict(report, 'report.json')
    return run.runId
  })
}

function checkMetrics({ drift, summary, tests, quality, expected }: MonitoringReport): Record<string, number> {
  return {
    rows: summary.current.rowCount,
    ...(tests.length > 0 && {
      tests: tests.length,
      failed_tests: tests.filter(({ status }) => status === 'FAIL').length,
    }),
    ...(drift !== undefined && {
      drift: Number(drift.drift),
      drift_share: drift.share,
      drift_share_limit: drift.driftShare,
      drifted_columns: drift.driftedCount,
    }),
    ...Object.fromEntries(
      scoredColumns(drift).flatMap(([name, { score, adjusted = score, threshold, drift }]) => [
        [`drift_score/${name}`, adjusted],
        [`drift_threshold/${name}`, threshold],
        [`drifted/${name}`, Number(drift)],
      ]),
    ),
    ...numbersOf('quality', quality?.current),
    ...numbersOf('expected', expected),
  }
}

/** How each column was scored, in words: `K-S p_value`. */
function methodsOf({ drift }: MonitoringReport): Record<string, string> {
  return Object.fromEntries(scoredColumns(drift).map(([name, { label }]) => [`drift_method/${name}`, label]))
}

type ScoredColumn = readonly [string, NonNullable<MonitoringReport['drift']>['columns'][string]]

/** By names that metrics may have: other signs become `_`, and a name that is there already gets a number. */
function scoredColumns(drift: MonitoringReport['drift']): readonly ScoredColumn[] {
  const used = new Set<string>()
  return Object.entries(drift?.columns ?? {}).map(([name, column]) => {
    const plain = name.replaceAll(/[^\p{L}\p{N}_\- :]/gu, '_').slice(0, 200)
    let own = plain
    for (let count = 2; used.has(own); count++) own = `${plain} ${count}`
    used.add(own)
    return [own, column]
  })
}

/** What is a number of some scores; their counts of rows and details stay in the report. */
function numbersOf(group: string, scores: object = {}): Record<string, number> {
  const numbers = Object.entries(scores).filter(([, value]) => typeof value === 'number') as [string, number][]
  return Object.fromEntries(numbers.map(([name, value]) => [`${group}/${snakeCase(name)}`, value]))
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
