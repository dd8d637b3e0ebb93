/** `millrace runs`: what was tried and how it went. */
import { Command } from 'commander'
import { MillraceError } from '../../core/index.ts'
import type { Run, TrackingClient } from '../../tracking/index.ts'
import { countNested, type ListedRun, listRuns, parentOf } from '../nested-runs.ts'
import {
  commandWithExamples,
  jsonOption,
  type JsonFlag,
  trackingOption,
  type TrackingFlags,
  wholeNumber,
  withTracking,
} from '../options.ts'
import { bold, formatTime, printJson, printLine, printTable } from '../output.ts'

interface ListFlags extends TrackingFlags, JsonFlag {
  readonly experiment?: string
  readonly filter?: string
  readonly orderBy?: string
  readonly max: number
  readonly nested?: boolean
}

export function runsCommand(): Command {
  return new Command('runs')
    .description('list, show and compare runs')
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(compareCommand())
}

function listCommand(): Command {
  return commandWithExamples('list', 'list runs, newest first', [
    'runs list',
    'runs list --experiment penguins --order-by "metrics.test_accuracy DESC"',
    'runs list --nested',
    `runs list --filter "metrics.test_accuracy > 0.9 and params.epochs = '50'" --json`,
  ])
    .option('--experiment <name>', 'only runs of this experiment')
    .option('--filter <expression>', "only what fits, in MLflow's search grammar")
    .option('--order-by <field>', 'what comes first, such as "metrics.test_accuracy DESC"')
    .option('--max <count>', 'how many at most, not counting nested ones', wholeNumber, 50)
    .option('--nested', 'also the runs nested in these, such as the folds of a cross-validation')
    .addOption(trackingOption())
    .addOption(jsonOption())
    .action(async (flags: ListFlags) => {
      await withTracking(flags, async (client) => {
        const experiments = await experimentNames(client, flags.experiment)
        const request = {
          experimentIds: [...experiments.keys()],
          ...(flags.filter !== undefined && { filter: flags.filter }),
          ...(flags.orderBy !== undefined && { orderBy: [flags.orderBy] }),
        }
        const listed = await listRuns(client, request, flags.max)
        const lines = flags.nested === true ? listed.flatMap((one) => withNested(one)) : listed.map(folded)
        if (flags.json === true)
          return printJson(lines.map(({ run, count }) => ({ ...plainRun(run), nestedRuns: count })))
        if (lines.length === 0) return printLine(nothingFound(flags))
        const rows = lines.map(({ run: { info, data }, name }) => [
          info.runId,
          name,
          experiments.get(info.experimentId),
          info.status,
          formatTime(info.startTime),
          keyMetrics(data.metrics, flags),
        ])
        printTable(['run id', 'name', 'experiment', 'status', 'started (UTC)', 'scores'], rows)
      })
    })
}

interface Line {
  readonly run: Run
  /** How it is called in the table. */
  readonly name: string
  /** How many runs are nested in it. */
  readonly count: number
}

function folded(listed: ListedRun): Line {
  const { run } = listed
  const count = countNested(listed)
  return { run, count, name: count === 0 ? run.info.runName : `${run.info.runName} (${count} nested)` }
}

function withNested(listed: ListedRun, depth = 0): readonly Line[] {
  const { run, nested } = listed
  const line = { run, count: countNested(listed), name: `${'  '.repeat(depth)}${run.info.runName}` }
  return [line, ...nested.flatMap((one) => withNested(one, depth + 1))]
}

function nothingFound({ filter }: ListFlags): string {
  if (filter !== undefined) return 'No run fits the filter.'
  return 'There are no runs yet. Start one: millrace train DATA --target COLUMN'
}

function showCommand(): Command {
  return commandWithExamples('show', 'show everything about a run', ['runs show 3f2a…'])
    .argument('<run-id>', 'the id, or its first characters')
    .addOption(trackingOption())
    .addOption(jsonOption())
    .action(async (id: string, flags: TrackingFlags & JsonFlag) => {
      await withTracking(flags, async (client) => {
        const run = await findRun(client, id)
        if (flags.json === true) return printJson(plainRun(run))
        const { info, data, inputs } = run
        printLine(`${bold(info.runName)}  ${info.runId}  ${info.status}`)
        printLine(`started ${formatTime(info.startTime)}, ended ${formatTime(info.endTime ?? undefined)} (UTC)`)
        printLine(`artifacts in ${info.artifactUri}`)
        for (const { dataset } of inputs.datasets) printLine(`data "${dataset.name}", digest ${dataset.digest}`)
        printSection('metrics', Object.entries(data.metrics))
        printSection('parameters', Object.entries(data.params))
        printSection(
          'tags',
          Object.entries(data.tags).filter(([key]) => !key.startsWith('mlflow.')),
        )
      })
    })
}

function compareCommand(): Command {
  return commandWithExamples('compare', 'show where runs differ, side by side', ['runs compare 3f2a… 9c1b…'])
    .argument('<run-ids...>', 'two or more ids, or their first characters')
    .addOption(trackingOption())
    .addOption(jsonOption())
    .action(async (ids: string[], flags: TrackingFlags & JsonFlag) => {
      if (ids.length < 2) throw new MillraceError('INVALID_ARGUMENT', 'runs compare needs at least two run ids.')
      await withTracking(flags, async (client) => {
        const runs: Run[] = []
        for (const id of ids) runs.push(await findRun(client, id))
        const differences = [
          ...differing(runs, 'metric', ({ data }) => data.metrics),
          ...differing(runs, 'parameter', ({ data }) => data.params),
        ]
        if (flags.json === true) {
          return printJson({ runs: runs.map(({ info }) => info.runId), differences })
        }
        if (differences.length === 0) return printLine('The runs have the same parameters and metrics.')
        printTable(
          ['', ...runs.map(({ info }) => info.runName)],
          differences.map(({ kind, name, values }) => [`${kind} ${name}`, ...values]),
        )
      })
    })
}

interface Difference {
  readonly kind: string
  readonly name: string
  readonly values: readonly (string | number | null)[]
}

function differing(
  runs: readonly Run[],
  kind: string,
  of: (run: Run) => Readonly<Record<string, string | number>>,
): Difference[] {
  const names = [...new Set(runs.flatMap((run) => Object.keys(of(run))))].toSorted()
  return names
    .map((name) => ({ kind, name, values: runs.map((run) => of(run)[name] ?? null) }))
    .filter(({ values }) => values.some((value) => value !== values[0]))
}

async function experimentNames(client: TrackingClient, only: string | undefined): Promise<Map<string, string>> {
  const { items } = await client.searchExperiments({ maxResults: 1000 })
  const chosen = only === undefined ? items : items.filter(({ name }) => name === only)
  if (chosen.length === 0 && only !== undefined) {
    throw new MillraceError(
      'RESOURCE_DOES_NOT_EXIST',
      `There is no experiment "${only}". There are: ${items.map(({ name }) => name).join(', ')}.`,
    )
  }
  return new Map(chosen.map(({ experimentId, name }) => [experimentId, name]))
}

/** The run whose id starts with `id`. */
async function findRun(client: TrackingClient, id: string): Promise<Run> {
  if (/^[0-9a-f]{32}$/.test(id)) return await client.getRun(id)
  const items = await runsStartingWith(client, id)
  if (items.length === 1) return await client.getRun(items[0]!.info.runId)
  const found =
    items.length > 1
      ? `several runs have ids like that: ${items.map(({ info }) => info.runId).join(', ')}`
      : 'there is none'
  throw new MillraceError('RESOURCE_DOES_NOT_EXIST', `Cannot find the run "${id}": ${found}. See millrace runs list.`)
}

/** Runs whose id starts so, three at most; none for what is no beginning of an id, or too short to mean one run. */
async function runsStartingWith(client: TrackingClient, id: string): Promise<readonly Run[]> {
  if (!/^[0-9a-f]{4,}$/.test(id)) return []
  const experiments = await experimentNames(client, undefined)
  const { items } = await client.searchRuns({
    experimentIds: [...experiments.keys()],
    filter: `attributes.run_id LIKE '${id}%'`,
    maxResults: 3,
  })
  return items
}

/** The scores a list has room for: those that it is ordered or filtered by first, then tests; at most three. */
function keyMetrics(metrics: Readonly<Record<string, number>>, { filter = '', orderBy = '' }: ListFlags): string {
  const asked = new Set(`${orderBy} ${filter}`.split(/[\s.`"]+/))
  const rankIn = (metric: string): number => (asked.has(metric) ? -1 : rankOf(metric))
  return Object.entries(metrics)
    .toSorted(([a], [b]) => rankIn(a) - rankIn(b))
    .slice(0, 3)
    .map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`)
    .join(', ')
}

function rankOf(metric: string): number {
  if (metric.endsWith('_std')) return 2
  return metric.startsWith('test_') ? 0 : 1
}

function printSection(title: string, entries: readonly (readonly [string, string | number])[]): void {
  if (entries.length === 0) return
  printLine()
  printTable([title, ''], entries)
}

function plainRun(run: Run): Record<string, unknown> {
  const { info, data, inputs } = run
  const { metrics, params, tags } = data
  const parentRunId = parentOf(run) ?? null
  return { ...info, parentRunId, metrics, params, tags, datasets: inputs.datasets.map(({ dataset }) => dataset) }
}
