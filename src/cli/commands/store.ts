/** `millrace store`: move a whole store. */
import { Command } from 'commander'
import { commandWithExamples, jsonOption, type JsonFlag, trackingOption, type TrackingFlags } from '../options.ts'
import { printJson, printLine } from '../output.ts'

export function storeCommand(): Command {
  return new Command('store')
    .description('move a whole store between SQLite and PostgreSQL')
    .addCommand(exportCommand())
    .addCommand(importCommand())
}

function exportCommand(): Command {
  return commandWithExamples('export', 'copy the store into a new one', [
    'store export backup.db',
    'store export postgresql://ml@db/mlflow',
  ])
    .argument('<target>', 'a new SQLite file, or an empty PostgreSQL database')
    .addOption(trackingOption())
    .addOption(jsonOption())
    .action(async (target: string, flags: TrackingFlags & JsonFlag) => await copy(flags.trackingUri, target, flags))
}

function importCommand(): Command {
  return commandWithExamples('import', 'copy another store into a new one', [
    'store import backup.db --tracking-uri sqlite:///mlflow.db',
    'store import old.db --tracking-uri postgresql://ml@db/mlflow',
  ])
    .argument('<source>', 'a SQLite file, or a PostgreSQL database')
    .addOption(trackingOption())
    .addOption(jsonOption())
    .action(async (source: string, flags: TrackingFlags & JsonFlag) => await copy(source, flags.trackingUri, flags))
}

async function copy(source: string, target: string, { json }: JsonFlag): Promise<void> {
  const { copyStore } = await import('../../tracking/index.ts')
  const copied = await copyStore(source, target)
  if (json === true) return printJson(copied)
  const { experiments, runs, metricPoints, registeredModels } = copied
  printLine(`Copied ${experiments} experiments, ${runs} runs with ${metricPoints} metric points, and`)
  printLine(`${registeredModels} registered models. Artifacts stay where they are; both stores point to them.`)
}
