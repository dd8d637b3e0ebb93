/** `millrace predict`: score a table with a model. */
import type { Command } from 'commander'
import { MillraceError } from '../../core/index.ts'
import {
  commandWithExamples,
  jsonOption,
  type JsonFlag,
  trackingOption,
  type TrackingFlags,
  withTracking,
} from '../options.ts'
import { printJson } from '../output.ts'

interface Flags extends TrackingFlags, JsonFlag {
  readonly input: string
  readonly output?: string
}

export function predictCommand(): Command {
  return commandWithExamples('predict', 'score a table with a model', [
    'predict models:/penguins@champion --input new.csv',
    'predict models:/penguins/1 --input new.parquet --output predictions.csv',
    'cat new.csv | millrace predict models:/penguins/Production --input - --json',
    'predict runs:/3f2a…/model --input new.csv',
  ])
    .argument('<model-uri>', 'models:/name@alias, models:/name/version, models:/name/stage, runs:/id/path or a folder')
    .requiredOption('--input <file>', 'rows to score: CSV, JSONL or Parquet; - reads CSV from standard input')
    .option('--output <file>', 'write the rows with their predictions there (CSV, JSONL or Parquet)')
    .addOption(trackingOption())
    .addOption(jsonOption())
    .action(predict)
}

async function predict(uri: string, flags: Flags): Promise<void> {
  const [{ formatCsv, readTable, writeTable }, { ModelPackage, predictionTable }, { resolveModelUri }] =
    await Promise.all([
      import('../../data/index.ts'),
      import('../../model/index.ts'),
      import('../../tracking/index.ts'),
    ])
  const { path } = await withTracking(flags, (client) => resolveModelUri(client, uri))
  if (path === undefined)
    throw new MillraceError('INVALID_ARGUMENT', `The model "${uri}" is not on this machine. Download it first.`)
  await using model = await ModelPackage.load(path)
  const table = await readTable(flags.input)
  const predictions = predictionTable(await model.predict(table))
  if (flags.output !== undefined) {
    const together = predictions.columnNames.reduce(
      (result, name) => result.withColumn(name, predictions.column(name)),
      table,
    )
    await writeTable(flags.output, together)
    process.stderr.write(`${table.rowCount} rows with their predictions are in ${flags.output}.\n`)
  } else if (flags.json === true) {
    printJson(predictions.toRecords())
  } else {
    for (const piece of formatCsv(predictions)) process.stdout.write(piece)
  }
}
