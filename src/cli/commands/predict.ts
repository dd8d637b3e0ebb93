/** `millrace predict`: score a table with a model. */
import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { MillraceError } from '../../core/index.ts'
import type { Table } from '../../data/index.ts'
import {
  commandWithExamples,
  inFile,
  jsonOption,
  type JsonFlag,
  readOptions,
  type TableFlags,
  trackingOption,
  type TrackingFlags,
  withTableOptions,
  withTracking,
} from '../options.ts'
import { printJson } from '../output.ts'

interface Flags extends TrackingFlags, TableFlags, JsonFlag {
  readonly input: string
  readonly output?: string
}

export function predictCommand(): Command {
  const command = commandWithExamples('predict', 'score a table with a model', [
    'predict models:/penguins@champion --input new.csv',
    'predict models:/penguins/1 --input new.parquet --output predictions.csv',
    'predict models:/penguins/Production --input - --json < new.csv',
    'predict runs:/3f2a…/model --input new.csv',
  ])
    .argument('<model-uri>', 'models:/name@alias, models:/name/version, models:/name/stage, runs:/id/path or a folder')
    .requiredOption('--input <file>', 'rows to score: CSV, JSONL or Parquet; - reads CSV from standard input')
    .option('--output <file>', 'write the rows with their predictions there (CSV, JSONL or Parquet)')
  return withTableOptions(command).addOption(trackingOption()).addOption(jsonOption()).action(predict)
}

async function predict(uri: string, flags: Flags): Promise<void> {
  const [{ formatCsv, readTable, writeTable }, { ModelPackage, predictionTable }] = await Promise.all([
    import('../../data/index.ts'),
    import('../../model/index.ts'),
  ])
  await using model = await ModelPackage.load(await modelFolder(uri, flags))
  // What the model takes as text is text here too, even if this file holds only digits.
  const text = model.inputs.filter(({ type }) => type === 'string').map(({ name }) => [name, 'string'] as const)
  // Words for missing values are those of the training data, unless others are named.
  const missing = flags.missing ?? model.config.missing
  const options = readOptions(missing === undefined ? flags : { ...flags, missing })
  const table = await readTable(flags.input, { ...options, types: Object.fromEntries(text) })
  const predictions = predictionTable(await inFile(flags.input, () => model.predict(table)))
  if (flags.output !== undefined) {
    await writeTable(flags.output, withColumns(table, predictions))
    process.stderr.write(`${table.rowCount} rows with their predictions are in ${flags.output}.\n`)
  } else if (flags.json === true) {
    printJson(predictions.toRecords())
  } else {
    for (const piece of formatCsv(predictions)) process.stdout.write(piece)
  }
}

/** Where the model is on this machine. A folder needs no tracking store. */
async function modelFolder(uri: string, flags: TrackingFlags): Promise<string> {
  const [{ parseModelUri, resolveModelUri }, { localPathOf }] = await Promise.all([
    import('../../tracking/index.ts'),
    import('../../storage/index.ts'),
  ])
  const isPlace = parseModelUri(uri).kind === 'location'
  const path = isPlace ? localPathOf(uri) : (await withTracking(flags, (client) => resolveModelUri(client, uri))).path
  if (path === undefined) {
    throw new MillraceError('INVALID_ARGUMENT', `The model "${uri}" is not on this machine. Download it first.`)
  }
  if (existsSync(path)) return path
  throw new MillraceError(
    'RESOURCE_DOES_NOT_EXIST',
    `There is no model at ${path}. Name a model folder, models:/name@alias, models:/name/version or runs:/id/model.`,
  )
}

/** `table` with the columns of `others` after its own; those of the same name are replaced. */
function withColumns(table: Table, others: Table): Table {
  return others.columnNames.reduce((result, name) => result.withColumn(name, others.column(name)), table)
}
