/** `millrace flow logs`: what tasks have printed. */
import type { Command } from 'commander'
import type { Flows, FlowTask } from '../../../flow/index.ts'
import { commandWithExamples, jsonOption, type JsonFlag } from '../../options.ts'
import { printJson, printLine } from '../../output.ts'
import { rootOption } from './run-options.ts'

interface Flags extends JsonFlag {
  readonly root: string
  readonly stdout?: boolean
  readonly stderr?: boolean
}

export function logsCommand(): Command {
  return commandWithExamples('logs', 'show what tasks have printed, and why they failed', [
    'flow logs training/1764000000000000',
    'flow logs training/1764000000000000/fit/2 --stderr',
  ])
    .argument('<pathspec>', 'flow/run, flow/run/step or flow/run/step/task')
    .option('--stdout', 'only standard output')
    .option('--stderr', 'only standard error')
    .addOption(rootOption())
    .addOption(jsonOption())
    .action(async (pathspec: string, { root, stdout, stderr, json }: Flags) => {
      const { openFlows } = await import('../../../flow/index.ts')
      const isAll = stdout !== true && stderr !== true
      const tasks = await tasksOf(openFlows({ root }), pathspec)
      const logs = await Promise.all(
        tasks.map(async (task) => ({
          pathspec: task.pathspec,
          ...((isAll || stdout === true) && { stdout: await task.stdout() }),
          ...((isAll || stderr === true) && { stderr: await task.stderr() }),
          ...(task.exception !== undefined && { error: task.exception }),
        })),
      )
      if (json === true) return printJson(logs)
      for (const { pathspec, stdout = '', stderr = '', error } of logs) {
        if (tasks.length > 1) printLine(`== ${pathspec}`)
        for (const text of [stdout, stderr]) if (text !== '') printLine(text.replace(/\n$/, ''))
        if (error !== undefined) printLine(error.stack ?? `${error.name}: ${error.message}`)
      }
    })
}

async function tasksOf(flows: Flows, pathspec: string): Promise<readonly FlowTask[]> {
  const parts = pathspec.split('/')
  if (parts.length >= 4) return [await flows.task(pathspec)]
  const run = await flows.run(parts.slice(0, 2).join('/'))
  const steps = parts[2] === undefined ? await run.steps() : [await run.step(parts[2])]
  return (await Promise.all(steps.map(async (step) => await step.tasks()))).flat()
}
