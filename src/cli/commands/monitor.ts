/** `millrace monitor`: whether data drift, what is in them, and whether they keep to a baseline. */
import { Command } from 'commander'
import type { Check, ColumnDrift, MonitoringReport, ReportOptions, TrackCheckOptions } from '../../monitor/index.ts'
import {
  commandWithExamples,
  decimalNumber,
  jsonOption,
  type JsonFlag,
  nameList,
  readOptions,
  type TableFlags,
  trackingOption,
  withTableOptions,
  withTracking,
} from '../options.ts'
import { bold, formatNumber, printJson, printLine, printTable } from '../output.ts'

/** The exit code when data drift or break a baseline, and that was to be told. */
const DRIFTED = 3

/** How many failed tests are printed. */
const SHOWN_TESTS = 10

interface ReportFlags extends JsonFlag, TableFlags {
  readonly config?: string
  readonly target?: string
  readonly prediction?: string
  readonly probabilities?: string
  readonly html?: string
  readonly track?: string
  readonly model?: string
  readonly trackingUri: string
}

interface CompareFlags extends ReportFlags {
  readonly columns?: string[]
  readonly driftShare?: number
  readonly failOnDrift?: boolean
}

interface BaselineFlags extends JsonFlag, TableFlags {
  readonly output: string
}

interface CheckFlags extends JsonFlag, TableFlags {
  readonly baseline: string
  readonly output?: string
  readonly failOnViolation?: boolean
}

export function monitorCommand(): Command {
  return new Command('monitor')
    .description('find drift, summarise and test data, check them against a baseline')
    .addCommand(compareCommand())
    .addCommand(summaryCommand())
    .addCommand(baselineCommand())
    .addCommand(checkCommand())
}

function compareCommand(): Command {
  const command = commandWithExamples('compare', 'compare a table with a reference, column by column', [
    'monitor compare reference.csv current.csv',
    'monitor compare reference.parquet current.parquet --html drift.html --fail-on-drift',
    'monitor compare train.csv production.csv --target species --prediction prediction --json',
    'monitor compare reference.csv current.csv --config drift.yml',
    'monitor compare train.csv production.csv --track monitoring --model penguins/3',
  ])
    .argument('<reference>', 'what the data should be like: CSV, JSONL or Parquet')
    .argument('<current>', 'the data to look at: CSV, JSONL or Parquet')
    .option('--columns <names>', 'score only these columns, separated by commas', nameList)
    .option(
      '--drift-share <share>',
      'the share of drifted columns from which on the table drifted (default: 0.5)',
      decimalNumber,
    )
    .option('--fail-on-drift', `exit with ${DRIFTED} when the table drifted`)
  return withReportOptions(command).action(compare)
}

function summaryCommand(): Command {
  const command = commandWithExamples('summary', 'summarise and test one table', [
    'monitor summary penguins.csv',
    'monitor summary penguins.csv --html summary.html',
  ]).argument('<data>', 'CSV, JSONL or Parquet')
  return withReportOptions(command).action(summary)
}

function baselineCommand(): Command {
  const command = commandWithExamples('baseline', "suggest SageMaker's statistics.json and constraints.json", [
    'monitor baseline train.csv --output baseline',
  ])
    .argument('<data>', 'CSV, JSONL or Parquet')
    .option('-o, --output <folder>', 'where the two files go', '.')
  return withTableOptions(command).addOption(jsonOption()).action(baseline)
}

function checkCommand(): Command {
  const command = commandWithExamples('check', 'check a table against a baseline', [
    'monitor check production.csv --baseline baseline --fail-on-violation',
  ])
    .argument('<data>', 'CSV, JSONL or Parquet')
    .option('-b, --baseline <folder>', 'where constraints.json and statistics.json are', '.')
    .option('-o, --output <folder>', 'write statistics.json and constraint_violations.json there')
    .option('--fail-on-violation', `exit with ${DRIFTED} when a constraint is violated`)
  return withTableOptions(command).addOption(jsonOption()).action(check)
}

function withReportOptions(command: Command): Command {
  command
    .option('--config <file>', 'methods, thresholds, types and columns, as YAML or JSON')
    .option('--target <column>', 'what turned out to be true; with --prediction the model is scored')
    .option('--prediction <column>', 'what the model said')
    .option('--probabilities <column>', 'the probability of the positive of two labels')
    .option('--html <file>', 'write the report there')
    .option('--track <experiment>', 'log the check as a run, which the web app shows among those before it')
    .option('--model <name>', 'with --track: the registered model the data are of, or name/version')
    .addOption(trackingOption())
  return withTableOptions(command).addOption(jsonOption())
}

async function compare(reference: string, current: string, flags: CompareFlags): Promise<void> {
  const { createFileReport } = await import('../../monitor/index.ts')
  const options = await reportOptions(flags)
  const report = await createFileReport(current, { ...options, reference, read: readOptions(flags) })
  await writeHtml(report, flags, 'Drift report', `${current} against ${reference}`)
  await track(report, flags, { data: current, reference })
  if (flags.json === true) {
    const { drift, ...rest } = report
    printJson({ ...drift, ...rest })
  } else {
    await printDrift(report)
    printQuality(report)
    printTests(report.tests.filter(({ name }) => !name.includes('Drift')))
  }
  if (flags.failOnDrift === true && report.drift?.drift === true) process.exitCode = DRIFTED
}

async function summary(data: string, flags: ReportFlags): Promise<void> {
  const { createFileReport } = await import('../../monitor/index.ts')
  const report = await createFileReport(data, { ...(await reportOptions(flags)), read: readOptions(flags) })
  await writeHtml(report, flags, 'Data summary', data)
  await track(report, flags, { data })
  if (flags.json === true) return printJson(report)
  const { rowCount, columnCount, duplicatedRows, emptyRows, missing, columns } = report.summary.current
  printLine(
    `${bold(data)}: ${rowCount} rows, ${columnCount} columns, ${missing} missing values, ` +
      `${duplicatedRows} duplicated and ${emptyRows} empty rows`,
  )
  printLine()
  printTable(
    ['column', 'type', 'missing', 'distinct', 'mean', 'min', 'max'],
    Object.entries(columns).map(([name, column]) => [
      name,
      column.type,
      column.missing,
      Number.isNaN(column.distinct) ? null : column.distinct,
      ...(column.type === 'numerical' ? [column.mean, column.min, column.max] : [null, null, null]),
    ]),
  )
  printQuality(report)
  printTests(report.tests)
}

async function baseline(data: string, flags: BaselineFlags): Promise<void> {
  const { constraintsOf, statisticsOf, writeBaseline } = await import('../../monitor/index.ts')
  const { readTable } = await import('../../data/index.ts')
  const table = await readTable(data, readOptions(flags))
  const files = { statistics: statisticsOf(table), constraints: constraintsOf(table) }
  await writeBaseline(flags.output, files)
  if (flags.json === true) return printJson(files)
  printLine(
    `${flags.output}: statistics.json and constraints.json of ${table.rowCount} rows, ${table.columnNames.length} columns.`,
  )
}

async function check(data: string, flags: CheckFlags): Promise<void> {
  const { checkConstraints, readBaseline, statisticsOf, writeViolations } = await import('../../monitor/index.ts')
  const { readTable } = await import('../../data/index.ts')
  const expected = await readBaseline(flags.baseline)
  const table = await readTable(data, readOptions(flags))
  const found = checkConstraints(table, expected)
  if (flags.output !== undefined) await writeViolations(flags.output, found, statisticsOf(table))
  if (flags.json === true) printJson(found)
  else if (found.violations.length === 0) printLine(`${data}: ${table.rowCount} rows keep to the baseline.`)
  else {
    printTable(
      ['column', 'check', 'found'],
      found.violations.map((one) => [one.feature_name, one.constraint_check_type, one.description]),
    )
  }
  if (flags.failOnViolation === true && found.violations.length > 0) process.exitCode = DRIFTED
}

/** Flags count more than the file of --config. */
async function reportOptions(flags: CompareFlags): Promise<ReportOptions> {
  const { readReportOptions } = await import('../../monitor/index.ts')
  const { target, prediction, probabilities, columns, driftShare } = flags
  return {
    ...(flags.config !== undefined && (await readReportOptions(flags.config))),
    ...(target !== undefined && { target }),
    ...(prediction !== undefined && { prediction }),
    ...(probabilities !== undefined && { probabilities }),
    ...(columns !== undefined && { columns }),
    ...(driftShare !== undefined && { driftShare }),
  }
}

async function writeHtml(
  report: MonitoringReport,
  { html }: ReportFlags,
  title: string,
  subtitle: string,
): Promise<void> {
  if (html === undefined) return
  const { renderReport } = await import('../../monitor/index.ts')
  const { writeFileAtomic } = await import('../../core/index.ts')
  await writeFileAtomic(html, await renderReport(report, { title, subtitle }))
  process.stderr.write(`The report is in ${html}.\n`)
}

async function track(
  report: MonitoringReport,
  { track: experiment, model, trackingUri }: ReportFlags,
  tables: Pick<TrackCheckOptions, 'data' | 'reference'>,
): Promise<void> {
  if (experiment === undefined) return
  const { trackCheck } = await import('../../monitor/index.ts')
  const options = { experiment, ...tables, ...(model !== undefined && { model }) }
  const runId = await withTracking({ trackingUri }, async (client) => await trackCheck(client, report, options), {
    create: true,
  })
  process.stderr.write(`The check is run ${runId} of the experiment ${experiment}.\n`)
}

async function printDrift({ drift }: MonitoringReport): Promise<void> {
  if (drift === undefined) return
  const { bySeverity } = await import('../../monitor/index.ts')
  const { columns, unscored, driftedCount, share, driftShare, rows } = drift
  const verdict = drift.drift ? 'The table drifted' : 'The table did not drift'
  const scored = Object.keys(columns).length
  printLine(
    `${bold(verdict)}: ${driftedCount} of ${scored} columns did (${percent(share)}, the limit is ${percent(driftShare)}). ` +
      `${rows.current} rows against ${rows.reference}.`,
  )
  printLine()
  printTable(
    ['column', 'verdict', 'score', 'threshold', 'method', 'chosen because'],
    bySeverity(columns).map((name) => driftCells(name, columns[name]!)),
  )
  const news = Object.entries(columns).filter(([, { unseen }]) => unseen !== undefined)
  if (news.length > 0) printLine()
  for (const [name, { unseen = [] }] of news) printLine(`New values of ${name}: ${unseen.join(', ')}`)
  if (Object.keys(unscored).length > 0) printLine()
  for (const [name, reason] of Object.entries(unscored)) printLine(`Not scored: ${name}, ${reason}.`)
}

function driftCells(
  name: string,
  { drift, score, adjusted, threshold, label, rule }: ColumnDrift,
): (string | number)[] {
  const shown = adjusted === undefined ? short(score) : `${short(score)}, corrected ${short(adjusted)}`
  return [name, drift ? 'drift' : 'stable', shown, threshold, label, rule]
}

function printQuality({ quality, expected }: MonitoringReport): void {
  if (quality !== undefined) {
    const { current } = quality
    const names =
      current.task === 'classification'
        ? (['accuracy', 'precision', 'recall', 'f1', 'rocAuc', 'logLoss'] as const)
        : (['mae', 'rmse', 'mape', 'r2'] as const)
    printLine()
    printTable(
      ['quality', 'current', 'reference', 'guessing'],
      names
        .filter((name) => scoreOf(current, name) !== null)
        .map((name) => [name, scoreOf(current, name), scoreOf(quality.reference, name), scoreOf(current.dummy, name)]),
    )
  }
  if (expected === undefined) return
  printLine()
  printLine(
    `Expected without labels: accuracy ${formatNumber(expected.accuracy)}` +
      (expected.rocAuc === undefined ? '.' : `, ROC AUC ${formatNumber(expected.rocAuc)}.`),
  )
}

function scoreOf(scores: object | undefined, name: string): number | null {
  return (scores as Record<string, number | undefined> | undefined)?.[name] ?? null
}

function printTests(tests: readonly Check[]): void {
  const failed = tests.filter(({ status }) => status === 'FAIL')
  if (tests.length === 0) return
  printLine()
  printLine(`${bold('Tests')}: ${tests.length - failed.length} of ${tests.length} passed.`)
  for (const { description } of failed.slice(0, SHOWN_TESTS)) printLine(`  failed  ${description}`)
  if (failed.length > SHOWN_TESTS) printLine(`  and ${failed.length - SHOWN_TESTS} more, which --html and --json show`)
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

/** Four significant digits. */
function short(value: number): string {
  return String(Number(value.toPrecision(4)))
}
