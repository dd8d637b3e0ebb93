/** `millrace train`: from a table to a registered model. */
import { basename } from 'node:path'
import { type Command, Option } from 'commander'
import { MillraceError } from '../../core/index.ts'
import type { Table } from '../../data/index.ts'
import type { Gate, PlanResult, PlanStage } from '../../tracking/index.ts'
import {
  commandWithExamples,
  decimalNumber,
  interruptible,
  jsonOption,
  type JsonFlag,
  nameList,
  trackingOption,
  type TrackingFlags,
  wholeNumber,
  withTracking,
} from '../options.ts'
import { bold, formatNumber, printJson, printLine, printTable } from '../output.ts'

interface Flags extends TrackingFlags, JsonFlag {
  readonly target?: string
  readonly kind: string
  readonly features?: string[]
  readonly hidden?: number[]
  readonly epochs?: number
  readonly batchSize?: number
  readonly learningRate?: number
  readonly optimizer?: string
  readonly seed?: number
  readonly config?: string
  readonly folds: number
  readonly gate?: Gate
  readonly experiment?: string
  readonly register?: string
  readonly alias: string[]
}

export function trainCommand(): Command {
  return commandWithExamples('train', 'train a model on a table, track it and register it', [
    'train penguins.csv --target species',
    'train penguins.csv --target species --hidden 10,8 --epochs 50 --folds 5',
    'train penguins.csv --target species --gate "accuracy>=0.7" --register penguins --alias champion',
    'train houses.parquet --target price --kind mlp-regressor --config model.yml',
  ])
    .argument('<data>', 'CSV, JSONL or Parquet file')
    .option('--target <column>', 'the column to predict')
    .option('--kind <kind>', 'mlp-classifier or mlp-regressor', 'mlp-classifier')
    .option('--features <columns>', 'columns to learn from, separated by commas (default: all others)', nameList)
    .option('--hidden <widths>', 'widths of the hidden layers, such as 10,8 (default: 16)', widths)
    .option('--epochs <count>', 'default: 50', wholeNumber)
    .option('--batch-size <rows>', 'default: 32', wholeNumber)
    .option('--learning-rate <rate>', 'default: 0.001', decimalNumber)
    .addOption(new Option('--optimizer <name>', 'default: adam').choices(['adam', 'adamW', 'sgd', 'rmsprop']))
    .option('--seed <number>', 'fixes folds, initial weights and the order of rows (default: 42)', wholeNumber)
    .option('--config <file>', 'JSON or YAML with these and further options of the model; flags go first')
    .option('--folds <count>', 'folds of the cross-validation, 0 for none', wholeNumber, 5)
    .option('--gate <rule>', 'register only if the cross-validated score holds, such as "accuracy>=0.7"', parseGate)
    .option('--experiment <name>', 'default: the name of the data file')
    .option('--register <name>', 'register the model under this name')
    .option(
      '--alias <alias>',
      'alias for the registered version, such as champion; may be repeated',
      (alias: string, before: string[]) => [...before, alias],
      [],
    )
    .addOption(trackingOption())
    .addOption(jsonOption())
    .action(train)
}

async function train(path: string, flags: Flags): Promise<void> {
  const [{ kFold, readTable }, { models }, { trainAndRegister }, { progressReport }] = await Promise.all([
    import('../../data/index.ts'),
    import('../../model/index.ts'),
    import('../../tracking/index.ts'),
    import('../../nn/index.ts'),
  ])
  const { target, ...options } = { ...(await readConfig(flags.config)), ...modelOptions(flags) }
  if (typeof target !== 'string') {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      'Which column shall be predicted? Name it with --target or in the --config file.',
    )
  }
  const model = models.get(flags.kind)({ ...options, target })
  const table = await readTable(path)
  const name = basename(path).replace(/\..*$/, '')
  const { seed } = model.params()
  const strategy = flags.kind === 'mlp-classifier' ? { stratifyBy: labelsOf(table, target) } : undefined
  const folds =
    flags.folds === 0
      ? []
      : kFold(table.rowCount, flags.folds, { seed, ...(strategy === undefined ? {} : { strategy }) })
  const progress = progressReport({ everyEpochs: Math.max(1, Math.ceil(model.params().epochs / 5)) })
  const result = await interruptible((signal) =>
    withTracking(flags, (client) =>
      trainAndRegister(client, {
        experiment: flags.experiment ?? name,
        model,
        table,
        target,
        folds,
        data: { name, source: path },
        signal,
        onStage: announce,
        onStep: progress.onStep,
        onEpoch: progress.onEpoch,
        ...(flags.gate === undefined ? {} : { gate: flags.gate }),
        ...(flags.register === undefined ? {} : { register: { name: flags.register, aliases: flags.alias } }),
      }),
    ),
  )
  if (flags.json === true) printJson(result)
  else summarise(result, flags)
  if (result.gate?.passed === false) {
    const { metric, value, comparison, threshold } = result.gate
    throw new MillraceError(
      'GATE_FAILED',
      `The model was not registered: ${metric} is ${formatNumber(value)}, the gate asks for ${comparison} ${threshold}. The run ${result.runId} keeps it.`,
    )
  }
}

/** Progress goes to standard error, so that the result can be piped. */
function announce(stage: PlanStage): void {
  const say = (text: string): void => void process.stderr.write(`${text}\n`)
  switch (stage.kind) {
    case 'run started':
      return say(`Run ${stage.runName} (${stage.runId})`)
    case 'fold scored': {
      const [[name, value] = ['', 0]] = Object.entries(stage.metrics)
      return say(`  fold ${stage.fold} of ${stage.folds}: ${name} ${formatNumber(value)}`)
    }
    case 'gate decided':
      return say(
        `Gate ${stage.evidence.metric} ${stage.evidence.comparison} ${stage.evidence.threshold}: ${stage.evidence.passed ? 'passed' : 'failed'}`,
      )
    case 'training':
      return say(`Training on all ${stage.rowCount} rows`)
    case 'registered':
      return say(`Registered ${stage.version.name}, version ${stage.version.version}`)
  }
}

function summarise(
  { runId, scores, trainingScores, version }: PlanResult,
  { trackingUri, register, alias }: Flags,
): void {
  printLine()
  const rows = Object.entries(trainingScores).map(([name, value]) => [
    name,
    scores[name]?.mean,
    scores[name]?.std,
    value,
  ])
  printTable(['score', 'cross-validated', '± std', 'on training rows'], rows)
  printLine()
  printLine(`run    ${runId} in ${trackingUri}`)
  const uri =
    version === undefined
      ? `runs:/${runId}/model`
      : `models:/${register}${alias[0] === undefined ? `/${version.version}` : `@${alias[0]}`}`
  printLine(`model  ${bold(uri)}`)
  printLine(`next   millrace predict ${uri} --input new.csv`)
}

/** The classes of a column, whatever its type; the model itself says what is wrong with a column that is not there. */
function labelsOf(table: Table, target: string): (string | null)[] {
  return table.has(target)
    ? table
        .select(target)
        .toRecords()
        .map((row) => (row[target] === null ? null : String(row[target])))
    : []
}

function modelOptions({
  target,
  features,
  hidden,
  epochs,
  batchSize,
  learningRate,
  optimizer,
  seed,
}: Flags): Record<string, unknown> {
  const given = { target, features, hidden, epochs, batchSize, learningRate, optimizer, seed }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

async function readConfig(path: string | undefined): Promise<Record<string, unknown>> {
  if (path === undefined) return {}
  const [{ readFile }, { parse }, { z }, { asError, parseWith }] = await Promise.all([
    import('node:fs/promises'),
    import('yaml'),
    import('zod'),
    import('../../core/index.ts'),
  ])
  let content: unknown
  try {
    // JSON is YAML too.
    content = parse(await readFile(path, 'utf8'))
  } catch (cause) {
    throw new MillraceError('INVALID_CONFIG', `Cannot read the configuration ${path}: ${asError(cause).message}`, {
      cause,
    })
  }
  return parseWith(z.record(z.string(), z.unknown()), content, `The configuration ${path}`)
}

function widths(text: string): number[] {
  return text === '' ? [] : text.split(',').map(wholeNumber)
}

function parseGate(text: string): Gate {
  const match = /^\s*(\w+)\s*(>=|<=|>|<)\s*(\S+)\s*$/.exec(text)
  if (match === null)
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `--gate: cannot read "${text}". Write a score, a comparison and a number, such as "accuracy>=0.7".`,
    )
  const [, metric, comparison, threshold] = match
  return { metric: metric!, comparison: comparison as Gate['comparison'], threshold: decimalNumber(threshold!) }
}
