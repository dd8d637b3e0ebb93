/** The report as one HTML file: the verdict first, then the columns by severity, then tests, quality and summaries. */
import {
  badge,
  barChart,
  binnedHistogram,
  type Cell,
  type Chart,
  columns,
  type Component,
  heatmap,
  markdown,
  renderDocument,
  section,
  table,
  valueBox,
} from '../report/index.ts'
import type { Check } from './check.ts'
import type { ClassificationQuality, ClassificationScores } from './classification-quality.ts'
import type { DriftReport } from './compare.ts'
import type { Distribution } from './distribution.ts'
import type { ExpectedQuality } from './expected-quality.ts'
import type { Quality } from './quality.ts'
import type { RegressionQuality, RegressionScores } from './regression-quality.ts'
import type { MonitoringReport, Sides } from './report.ts'
import { bySeverity } from './severity.ts'
import type { ColumnSummary, TableSummary } from './summary.ts'

export interface RenderReportOptions {
  /** Default: Data report. */
  readonly title?: string
  readonly subtitle?: string
  /** Shown under the title. Default: not shown, so that the same report is the same file. */
  readonly generatedAt?: Date
}

/** One self-contained HTML file. It runs no script, follows the reader's light or dark theme, and prints. */
export async function renderReport(
  report: MonitoringReport,
  { title = 'Data report', ...rest }: RenderReportOptions = {},
): Promise<string> {
  return await renderDocument({ title, ...rest, components: reportComponents(report) })
}

/** The parts of the report, to be put into a card or a longer document. */
export function reportComponents({
  drift,
  summary,
  distributions,
  tests,
  quality,
  expected,
}: MonitoringReport): Component[] {
  return [
    ...(drift === undefined ? [] : [verdict(drift, tests), driftSection(drift, distributions)]),
    ...(quality === undefined ? [] : [qualitySection(quality)]),
    ...(expected === undefined ? [] : [expectedSection(expected)]),
    ...(tests.length === 0 ? [] : [testSection(tests)]),
    summarySection(summary, drift === undefined ? distributions : {}),
  ]
}

function verdict(
  { drift, driftedCount, columns: scored, share, driftShare, rows }: DriftReport,
  tests: readonly Check[],
): Component {
  const failed = tests.filter(({ status }) => status === 'FAIL').length
  return columns([
    valueBox({
      title: 'Drift',
      value: drift ? 'detected' : 'not detected',
      detail: `limit: ${percent(driftShare)} of the columns`,
      status: drift ? 'failed' : 'ok',
    }),
    valueBox({
      title: 'Drifted columns',
      value: `${driftedCount} of ${Object.keys(scored).length}`,
      detail: percent(share),
      status: driftedCount === 0 ? 'ok' : drift ? 'failed' : 'warning',
    }),
    valueBox({ title: 'Rows', value: rows.current, detail: `reference: ${rows.reference}` }),
    ...(tests.length === 0
      ? []
      : [
          valueBox({
            title: 'Failed tests',
            value: `${failed} of ${tests.length}`,
            status: failed === 0 ? 'ok' : 'warning',
          }),
        ]),
  ])
}

function driftSection(
  { columns: scored, unscored }: DriftReport,
  distributions: MonitoringReport['distributions'],
): Component {
  const rows = bySeverity(scored).map((name): Cell[] => {
    const { drift, score, threshold, label, adjusted, rule, unseen } = scored[name]!
    const shown =
      adjusted === undefined ? significant(score) : `${significant(score)}, corrected ${significant(adjusted)}`
    const news =
      unseen === undefined ? '' : `. New values: ${unseen.slice(0, 5).join(', ')}${unseen.length > 5 ? ', …' : ''}`
    return [
      name,
      badge(drift ? 'drift' : 'stable', drift ? 'failed' : 'ok'),
      shown,
      threshold,
      `${label} (${rule})${news}`,
      chartOf(distributions[name], name),
    ]
  })
  const left = Object.entries(unscored).map(([name, reason]) => `- **${escape(name)}**: ${reason}`)
  return section('Drift by column', [
    table({
      columns: ['column', 'verdict', 'score', 'threshold', 'method', 'reference (grey) and current'],
      rows,
      caption: 'The worst first. A p-value means drift when it is below its threshold, a distance when it is above.',
    }),
    ...(left.length === 0 ? [] : [markdown(`Not scored:\n\n${left.join('\n')}`)]),
  ])
}

/** A small chart for a cell. */
function chartOf(distribution: Distribution | undefined, name: string): Chart | null {
  if (distribution === undefined) return null
  const options = { compact: true, width: 160, height: 40, description: `${name}: current against reference` }
  const { reference, current } = distribution
  const sides = [
    ...(reference.length === 0 ? [] : [{ name: 'reference', reference: true, counts: reference }]),
    { name: 'current', counts: current },
  ]
  if (distribution.kind === 'bins') return binnedHistogram({ edges: distribution.edges, series: sides }, options)
  const series = sides.map(({ counts, ...side }) => ({ ...side, values: shares(counts) }))
  return barChart({ categories: distribution.values, series }, { ...options, horizontal: false })
}

function testSection(tests: readonly Check[]): Component {
  const failed = tests.filter(({ status }) => status === 'FAIL')
  const passed = tests.filter(({ status }) => status === 'SUCCESS')
  return section('Tests', [
    ...(failed.length === 0
      ? [markdown('No test failed.')]
      : [section(`${failed.length} failed`, [testTable(failed)], { open: true })]),
    ...(passed.length === 0 ? [] : [section(`${passed.length} passed`, [testTable(passed)], { open: false })]),
  ])
}

function testTable(tests: readonly Check[]): Component {
  return table({
    columns: ['test', 'found'],
    rows: tests.map(({ name, description }) => [name, description.replace(/^.*?: (?=Actual)/, '')]),
  })
}

function qualitySection({ current, reference }: Sides<Quality>): Component {
  const rows: Cell[][] =
    current.task === 'classification'
      ? scoreRows(CLASSIFICATION_SCORES, current, reference as ClassificationQuality | undefined)
      : scoreRows(REGRESSION_SCORES, current, reference as RegressionQuality | undefined)
  return section('Quality of predictions', [
    markdown(
      `${current.rowCount} rows with a label${current.unlabelled === 0 ? '' : `, ${current.unlabelled} without`}.`,
    ),
    table({ columns: ['score', 'current', 'reference', 'guessing'], rows }),
    ...(current.task === 'classification' ? classificationParts(current) : [errorChart(current)]),
  ])
}

const CLASSIFICATION_SCORES = {
  accuracy: 'Accuracy',
  precision: 'Precision',
  recall: 'Recall',
  f1: 'F1',
  rocAuc: 'ROC AUC',
  logLoss: 'Log loss',
  falsePositiveRate: 'False positive rate',
  falseNegativeRate: 'False negative rate',
} as const satisfies Record<keyof ClassificationScores, string>

const REGRESSION_SCORES = { mae: 'MAE', rmse: 'RMSE', mape: 'MAPE (%)', r2: 'R²' } as const satisfies Record<
  keyof RegressionScores,
  string
>

type Scores<K extends string> = { readonly [P in K]?: number | null }

function scoreRows<K extends string>(
  names: Readonly<Record<K, string>>,
  current: Scores<NoInfer<K>> & { readonly dummy: Scores<NoInfer<K>> },
  reference: Scores<NoInfer<K>> | undefined,
): Cell[][] {
  return (Object.keys(names) as K[])
    .filter((key) => typeof current[key] === 'number')
    .map((key) => [names[key], current[key], reference?.[key] ?? null, current.dummy[key] ?? null])
}

function classificationParts({ byLabel, confusion }: ClassificationQuality): Component[] {
  return [
    table({
      columns: ['label', 'precision', 'recall', 'F1', 'rows'],
      rows: Object.entries(byLabel).map(([label, { precision, recall, f1, support }]) => [
        label,
        precision,
        recall,
        f1,
        support,
      ]),
    }),
    heatmap(
      { rows: confusion.classes, columns: confusion.classes, values: confusion.counts },
      { title: 'Confusion matrix', xLabel: 'predicted', yLabel: 'actual' },
    ),
  ]
}

function errorChart({ errors }: RegressionQuality): Component {
  return binnedHistogram(
    { edges: errors.edges, series: [{ name: 'errors', counts: errors.counts }] },
    { title: 'Errors', xLabel: 'prediction − target' },
  )
}

function expectedSection({
  rowCount,
  calibrated,
  accuracy,
  rocAuc,
  precision,
  recall,
  f1,
}: ExpectedQuality): Component {
  const scores = { Accuracy: accuracy, 'ROC AUC': rocAuc, Precision: precision, Recall: recall, F1: f1 }
  return section('Expected quality', [
    markdown(
      `Expected of ${rowCount} rows by the model's own probabilities${calibrated ? ', calibrated on the reference' : ''}: ` +
        'right while these stay calibrated.',
    ),
    table({
      columns: ['score', 'expected'],
      rows: Object.entries(scores).filter(([, value]) => value !== undefined),
    }),
  ])
}

function summarySection(
  { current, reference }: Sides<TableSummary>,
  distributions: MonitoringReport['distributions'],
): Component {
  const line = (title: string, of: (summary: TableSummary) => number): Cell[] => [
    title,
    of(current),
    reference === undefined ? null : of(reference),
  ]
  const withCharts = Object.keys(distributions).length > 0
  const facts = Object.entries(current.columns).map(([name, column]): Cell[] => {
    const before = reference?.columns[name]
    return [
      name,
      column.type,
      percent(column.missingShare) + (before === undefined ? '' : ` (${percent(before.missingShare)})`),
      describe(column),
      before === undefined ? null : describe(before),
      ...(withCharts ? [chartOf(distributions[name], name)] : []),
    ]
  })
  return section('Summary of the data', [
    table({
      columns: ['', 'current', 'reference'],
      rows: [
        line('Rows', ({ rowCount }) => rowCount),
        line('Columns', ({ columnCount }) => columnCount),
        line('Missing values', ({ missing }) => missing),
        line('Duplicated rows', ({ duplicatedRows }) => duplicatedRows),
        line('Empty rows', ({ emptyRows }) => emptyRows),
        line('Duplicated columns', ({ duplicatedColumns }) => duplicatedColumns.length),
        line('Constant columns', ({ constantColumns }) => constantColumns.length),
        line('Empty columns', ({ emptyColumns }) => emptyColumns.length),
      ],
    }),
    table({
      columns: ['column', 'type', 'missing', 'current', 'reference', ...(withCharts ? ['distribution'] : [])],
      rows: facts,
    }),
  ])
}

/** The facts of a column in one line. */
function describe(column: ColumnSummary): string {
  switch (column.type) {
    case 'numerical':
      return `${significant(column.min)} to ${significant(column.max)}, mean ${significant(column.mean)}, std ${significant(column.std)}`
    case 'categorical':
      return (
        column.top
          .slice(0, 3)
          .map(({ value, count }) => `${value} (${count})`)
          .join(', ') + (column.distinct > 3 ? `, ${column.distinct} values` : '')
      )
    case 'text':
      return `${column.distinct} texts, ${column.length.min} to ${column.length.max} characters`
    case 'datetime':
      return `${column.first} to ${column.last}`
    case 'unknown':
      return 'no value'
  }
}

function shares(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0)
  return counts.map((count) => (total === 0 ? 0 : count / total))
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

/** Up to four significant digits. */
function significant(value: number): string {
  return String(Number(value.toPrecision(4)))
}

/** Text as it is, in Markdown. */
function escape(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>#|]/g, String.raw`\$&`)
}
