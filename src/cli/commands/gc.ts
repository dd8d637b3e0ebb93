/** `millrace gc`: erase for good what was deleted. */
import { type Command, InvalidArgumentError } from 'commander'
import {
  commandWithExamples,
  jsonOption,
  type JsonFlag,
  nameList,
  trackingOption,
  type TrackingFlags,
} from '../options.ts'
import { printJson, printLine } from '../output.ts'

interface Flags extends TrackingFlags, JsonFlag {
  readonly olderThan?: number
  readonly runIds?: string[]
  readonly experimentIds?: string[]
  readonly artifactsDestination?: string
  readonly dryRun?: boolean
}

export function gcCommand(): Command {
  return commandWithExamples('gc', 'erase deleted experiments, runs and logged models with their files', [
    'gc --dry-run',
    'gc --older-than 30d',
    'gc --run-ids 3f2a…,9c1b…',
    'gc --tracking-uri postgresql://ml@db/mlflow --artifacts-destination s3://bucket/artifacts',
  ])
    .option('--older-than <time>', 'only what was deleted so long ago, such as 30d, 12h or 1d12h30m', duration)
    .option('--run-ids <list>', 'only these deleted runs', nameList)
    .option('--experiment-ids <list>', 'only these deleted experiments', nameList)
    .option('--artifacts-destination <place>', 'where a server keeps the artifacts it serves')
    .option('--dry-run', 'only say what would be erased')
    .addOption(trackingOption())
    .addOption(jsonOption())
    .action(async ({ olderThan, json, ...flags }: Flags) => {
      const { collectGarbage } = await import('../../tracking/index.ts')
      const collected = await collectGarbage({ ...flags, olderThanMs: olderThan })
      if (json === true) return printJson(collected)
      const { experiments, runs, loggedModels } = collected
      const counts = `${experiments.length} experiments, ${runs.length} runs and ${loggedModels.length} logged models`
      printLine(`${flags.dryRun === true ? 'Would erase' : 'Erased'} ${counts}.`)
      for (const id of experiments) printLine(`experiment  ${id}`)
      for (const id of runs) printLine(`run         ${id}`)
      for (const id of loggedModels) printLine(`model       ${id}`)
    })
}

const unitsMs: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 }

/** `1d12h30m` in milliseconds. */
function duration(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)([dhms])/g)]
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) {
    throw new InvalidArgumentError('Expected a time such as 30d, 12h or 1d12h30m.')
  }
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * unitsMs[unit!]!, 0)
}
