/** `millrace flow list`: flows and their runs. */
import type { Command } from 'commander'
import type { FlowRun } from '../../../flow/index.ts'
import { commandWithExamples, jsonOption, type JsonFlag, wholeNumber } from '../../options.ts'
import { formatTime, printJson, printLine, printTable } from '../../output.ts'
import { rootOption } from './run-options.ts'

interface Flags extends JsonFlag {
  readonly root: string
  readonly tag?: string
  readonly max: number
}

export function listCommand(): Command {
  return commandWithExamples('list', 'list the runs of flows, newest first', [
    'flow list',
    'flow list training --tag nightly --json',
  ])
    .argument('[flow]', 'only runs of this flow')
    .option('--tag <tag>', 'only runs that have this tag')
    .option('--max <count>', 'how many at most', wholeNumber, 50)
    .addOption(rootOption())
    .addOption(jsonOption())
    .action(async (name: string | undefined, { root, tag, max, json }: Flags) => {
      const { openFlows } = await import('../../../flow/index.ts')
      const flows = openFlows({ root })
      const names = name === undefined ? await flows.names() : [name]
      const histories = await Promise.all(names.map(async (one) => await flows.flow(one)))
      const runs = await Promise.all(histories.map(async (one) => await one.runs(tag === undefined ? {} : { tag })))
      const newest = runs
        .flat()
        .sort((a, b) => Number(b.id) - Number(a.id))
        .slice(0, max)
      if (json === true) return printJson(newest.map(plainRun))
      if (newest.length === 0)
        return printLine('There are no runs of flows here yet. Start one: millrace flow run FILE')
      printTable(
        ['run', 'status', 'started (UTC)', 'took', 'tags'],
        newest.map((run) => [run.pathspec, run.status, formatTime(run.createdAt), tookText(run), run.tags.join(', ')]),
      )
    })
}

function plainRun({ pathspec, status, createdAt, finishedAt, tags, user, originRunId, error }: FlowRun): unknown {
  return { pathspec, status, createdAt, finishedAt, tags, user, originRunId, error }
}

function tookText({ createdAt, finishedAt }: FlowRun): string {
  return finishedAt === undefined ? '' : `${((finishedAt - createdAt) / 1000).toFixed(1)} s`
}
