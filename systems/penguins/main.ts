/**
 * The penguins system in one run, stage by stage: read, cross-validate, gate, train, register, predict. Everything it
 * makes is in mlflow.db and mlartifacts/ of the folder it is started in.
 */
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, styleText } from 'node:util'
import { MillraceError } from 'millrace/core'
import { kFold, Table } from 'millrace/data'
import { ModelPackage } from 'millrace/model'
import { progressReport } from 'millrace/nn'
import { openTracking, type PlanStage, resolveModelUri, trainAndRegister } from 'millrace/tracking'
import { penguinsModel, readPenguins, TARGET } from './model.ts'

const FOLDS = 5
const SEED = 42
const GATE = { metric: 'accuracy', comparison: '>=', threshold: 0.7 } as const
const DATA = relative(process.cwd(), fileURLToPath(new URL('data/penguins.csv', import.meta.url)))
const TRACKING = process.env['MLFLOW_TRACKING_URI'] ?? 'sqlite:///mlflow.db'

const USAGE = `Usage: npm start [-- --once] [-- --epochs N]

Trains the penguins model and registers it as "penguins".

  --once      exit when the model is registered
  --epochs N  epochs of each training (default 50)
  --help      show this text
`

/** Runs the program with the arguments of the process. @throws whatever stopped it, with a message for people */
export async function main(): Promise<void> {
  // --once will matter when the plain form goes on to serve the model; both end after the summary now.
  const { values } = parseArgs({
    options: { once: { type: 'boolean' }, epochs: { type: 'string', default: '50' }, help: { type: 'boolean' } },
  })
  if (values.help === true) return say(USAGE)
  // Made first, so that a wrong option fails before anything is written.
  const model = penguinsModel({ epochs: Number(values.epochs), seed: SEED })
  const started = performance.now()

  stage(1, `Read ${DATA}`)
  const table = await readPenguins(DATA)
  const missing = table.columnNames.reduce((sum, name) => sum + table.missingCount(name), 0)
  say(
    `   ${table.rowCount} penguins, ${table.columnNames.length} columns, ${missing} values missing (they are imputed).`,
  )

  stage(2, `Cross-validate on ${FOLDS} folds: preprocessing and network are fitted anew on each`)
  await using client = await openTracking({ trackingUri: TRACKING })
  const progress = progressReport({ everyEpochs: 10 })
  const interrupt = new AbortController()
  process.once('SIGINT', () => interrupt.abort())
  const result = await trainAndRegister(client, {
    experiment: 'penguins',
    model,
    table,
    target: TARGET,
    folds: kFold(table.rowCount, FOLDS, { seed: SEED }),
    gate: GATE,
    register: { name: 'penguins', aliases: ['champion'] },
    data: { name: 'penguins', source: DATA },
    signal: interrupt.signal,
    onStage: announce,
    ...progress,
  })
  progress.end()
  if (result.version === undefined) {
    throw new MillraceError(
      'GATE_FAILED',
      `Not registered: the gate asks for ${GATE.metric} ${GATE.comparison} ${GATE.threshold}. The run ${result.runId} keeps the model.`,
    )
  }

  stage(6, 'Ask the registered model about a penguin')
  const { path } = await resolveModelUri(client, 'models:/penguins@champion')
  await using champion = await ModelPackage.load(path!)
  const answer = await champion.predict(Table.fromRecords([PENGUIN]))
  if (answer.task !== 'classification') throw new Error('The penguins model is a classifier.')
  say(`   ${JSON.stringify(PENGUIN)}`)
  say(`   → ${answer.labels[0]}, with probability ${Math.max(...answer.probabilities).toFixed(2)}`)

  const score = (name: string): string =>
    `${result.scores[name]!.mean.toFixed(3)} ± ${result.scores[name]!.std.toFixed(3)}`
  say(`
${bold('Done')} in ${((performance.now() - started) / 1000).toFixed(1)} s.

  accuracy   ${score('accuracy')}   (mean and deviation over ${FOLDS} folds)
  loss       ${score('loss')}
  run        ${result.runId}
  model      models:/penguins@champion, version ${result.version.version}
  files      ${relative(process.cwd(), path!)}
  tracking   ${TRACKING}, in MLflow's format

Try next:

  npx millrace models show penguins
  npx millrace runs list
  npx millrace predict models:/penguins@champion --input ${DATA}
  npx millrace train your.csv --target your_column --register your-model
  mlflow ui --backend-store-uri ${TRACKING}      (if you have MLflow)`)
}

const PENGUIN = {
  island: 'Biscoe',
  culmen_length_mm: 48.6,
  culmen_depth_mm: 16.0,
  flipper_length_mm: 230.0,
  body_mass_g: 5800.0,
  sex: 'MALE',
}

function announce(event: PlanStage): void {
  switch (event.kind) {
    case 'run started':
      return say(`   run ${event.runName}`)
    case 'fold scored':
      return say(
        `   fold ${event.fold}: accuracy ${event.metrics['accuracy']!.toFixed(3)}, loss ${event.metrics['loss']!.toFixed(3)}`,
      )
    case 'gate decided': {
      const { metric, value, comparison, threshold, passed, interval } = event.evidence
      stage(3, `Gate: ${metric} ${comparison} ${threshold}`)
      const range =
        interval === undefined ? '' : ` (95 % interval ${interval.low.toFixed(3)} to ${interval.high.toFixed(3)})`
      return say(`   ${value.toFixed(3)}${range}: ${passed ? 'passed' : 'failed'}`)
    }
    case 'training':
      return stage(4, `Train the final model on all ${event.rowCount} rows`)
    case 'registered':
      stage(5, `Register: ${event.version.name}, version ${event.version.version}, alias champion`)
      return say('   one ONNX graph with preprocessing, network and labels, in an MLflow model folder')
  }
}

function stage(number: number, title: string): void {
  say(`\n${bold(`${number}. ${title}`)}`)
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

function bold(text: string): string {
  return styleText('bold', text, { stream: process.stdout })
}
