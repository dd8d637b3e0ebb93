/** `millrace store`: move a whole store. */
import { existsSync } from 'node:fs'
import { Command } from 'commander'
import { MillraceError } from '../../core/index.ts'
import type { CopiedStore } from '../../tracking/index.ts'
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

interface ImportFlags extends TrackingFlags, JsonFlag {
  readonly copyArtifacts?: boolean
}

function importCommand(): Command {
  return commandWithExamples('import', "copy another store, or MLflow's old file store, into a new one", [
    'store import backup.db --tracking-uri sqlite:///mlflow.db',
    'store import old.db --tracking-uri postgresql://ml@db/mlflow',
    'store import ./mlruns --copy-artifacts',
  ])
    .argument('<source>', 'a SQLite file, a PostgreSQL database, or a folder such as ./mlruns')
    .option('--copy-artifacts', 'of a folder: copy its artifacts too, so that it is needed no more')
    .addOption(trackingOption())
    .addOption(jsonOption())
    .action(async (source: string, flags: ImportFlags) => {
      const { isFolder } = await import('../../tracking/index.ts')
      if (!source.includes('://') && !existsSync(source)) throw noSource(source)
      await (isFolder(source) ? importFolder(source, flags) : copy(source, flags.trackingUri, flags))
    })
}

function noSource(source: string): MillraceError {
  return new MillraceError(
    'RESOURCE_DOES_NOT_EXIST',
    `There is nothing to import at ${source}. Name a SQLite file, the folder mlruns of MLflow's file store, or a PostgreSQL database (postgresql://…).`,
  )
}

async function importFolder(folder: string, { trackingUri, copyArtifacts, json }: ImportFlags): Promise<void> {
  const { importFileStore } = await import('../../tracking/index.ts')
  const imported = await importFileStore(folder, trackingUri, {
    artifacts: copyArtifacts === true ? 'copy' : 'reference',
    onProgress: ({ runs, of }) => {
      if (runs % 1000 === 0) process.stderr.write(`${runs} of ${of} runs\n`)
    },
  })
  if (json === true) return printJson(imported)
  printCounts('Imported', imported)
  const { loggedModels, renumbered, tracesLeftOut } = imported
  if (loggedModels > 0) printLine(`${loggedModels} logged models came along.`)
  if (renumbered > 0) {
    printLine(`${renumbered} experiments have a new number; the old one is their tag millrace.fileStoreId.`)
  }
  if (tracesLeftOut > 0) printLine(`${tracesLeftOut} traces stay in ${folder}: they are not imported.`)
  printLine(
    copyArtifacts === true ? `Artifacts were copied; ${folder} is needed no more.` : `Artifacts stay in ${folder}.`,
  )
}

async function copy(source: string, target: string, { json }: JsonFlag): Promise<void> {
  const { copyStore } = await import('../../tracking/index.ts')
  const copied = await copyStore(source, target)
  if (json === true) return printJson(copied)
  printCounts('Copied', copied)
  printLine('Artifacts stay where they are; both stores point to them.')
}

function printCounts(what: string, store: CopiedStore): void {
  const { experiments, runs, metricPoints, registeredModels } = store
  printLine(`${what} ${experiments} experiments, ${runs} runs with ${metricPoints} metric points, and`)
  printLine(`${registeredModels} registered models.`)
}
