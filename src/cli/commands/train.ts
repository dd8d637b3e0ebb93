/** `millrace train`: from a table to a registered model. */
import { type Command, Option } from 'commander'
import { MillraceError, shownUri } from '../../core/index.ts'
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
  withTableOptions,
  withTracking,
} from '../options.ts'
import { bold, formatNumber, printJson, printLine, printTable } from '../output.ts'
import type { TrainFlags } from '../training-plan.ts'

type Flags = TrainFlags & TrackingFlags & JsonFlag

export function trainCommand(): Command {
  const command = commandWithExamples('train', 'train a model on a table, track it and register it', [
    'train penguins.csv --target species',
    'train penguins.csv --target species --hidden 10,8 --epochs 50 --folds 5',
    'train penguins.csv --target species --gate "accuracy>=0.7" --register penguins --alias champion',
    'train houses.parquet --target price --kind gradient-boosting-regressor --estimators 300',
    'train houses.parquet --target price --kind mlp-regressor --config model.yml',
  ])
    .argument('<data>', 'CSV, JSONL or Parquet; - reads CSV from standard input')
    .option('--target <column>', 'the column to predict')
    .option(
      '--kind <kind>',
      'mlp-classifier, mlp-regressor, gradient-boosting-classifier or -regressor',
      'mlp-classifier',
    )
    .option('--features <columns>', 'columns to learn from, separated by commas (default: all others)', nameList)
    .option('--hidden <widths>', 'mlp: widths of the hidden layers, such as 10,8 (default: 16)', widths)
    .option('--epochs <count>', 'mlp: how often every row is seen (default: 50)', wholeNumber)
    .option('--batch-size <rows>', 'mlp: rows in one step (default: 32)', wholeNumber)
    .option('--learning-rate <rate>', 'size of a step (default: 0.001; gradient boosting: 0.1)', decimalNumber)
    .addOption(
      new Option('--optimizer <name>', 'mlp: how weights are updated (default: adam)').choices([
        'adam',
        'adamW',
        'sgd',
        'rmsprop',
      ]),
    )
    .option('--estimators <count>', 'gradient boosting: rounds (default: 100)', wholeNumber)
    .option('--max-leaves <count>', 'gradient boosting: leaves of a tree at most (default: 31)', wholeNumber)
    .option('--seed <number>', 'fixes folds, initial weights and the order of rows (default: 42)', wholeNumber)
    .option('--config <file>', 'JSON or YAML with these and further options of the model; flags win')
    .option('--folds <count>', 'folds of the cross-validation, 0 for none', wholeNumber, 5)
    .option('--gate <rule>', 'register only if the cross-validated score holds, such as "accuracy>=0.7"', parseGate)
    .option('--experiment <name>', 'the experiment of the run (default: the name of the data file)')
    .option('--register <name>', 'register the model under this name')
    .addOption(
      new Option('--alias <alias>', 'alias for the registered version, such as champion; may be repeated')
        .argParser((alias: string, before: string[]) => [...before, alias])
        .default([], 'none'),
    )
  return withTableOptions(command).addOption(trackingOption()).addOption(jsonOption()).action(train)
}

async function train(path: string, flags: Flags): Promise<void> {
  const [{ trainAndRegister }, { progressReport }, { trainingPlan }] = await Promise.all([
    import('../../tracking/index.ts'),
    import('../../nn/index.ts'),
    import('../training-plan.ts'),
  ])
  const plan = await trainingPlan(path, flags)
  const progress = progressReport({ everyEpochs: Math.max(1, Math.ceil(plan.model.epochs / 5)) })
  const result = await interruptible((signal) =>
    withTracking(flags, (client) => trainAndRegister(client, { ...plan, ...progress, onStage: announce, signal }), {
      create: true,
    }),
  ).finally(() => progress.end())
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
function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

function announce(stage: PlanStage): void {
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
  printLine(`run    ${runId} in ${shownUri(trackingUri)}`)
  const uri =
    version === undefined
      ? `runs:/${runId}/model`
      : `models:/${register}${alias[0] === undefined ? `/${version.version}` : `@${alias[0]}`}`
  printLine(`model  ${bold(uri)}`)
  printLine(`next   millrace predict ${uri} --input new.csv`)
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
