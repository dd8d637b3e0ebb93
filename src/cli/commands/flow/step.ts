/** `millrace flow step`: one task of a run by itself, as a container runs it. */
import type { Command } from 'commander'
import { commandWithExamples, interruptible, jsonOption, type JsonFlag, wholeNumber } from '../../options.ts'
import { printJson } from '../../output.ts'
import { rootOption } from './run-options.ts'

interface Flags extends JsonFlag {
  readonly run: string
  readonly step: string
  readonly task: string
  readonly attempt: number
  readonly root: string
}

export function stepCommand(): Command {
  return commandWithExamples('step', 'run one task of a run by itself; for schedulers of containers', [
    'flow step training.ts --run 1764000000000000 --step fit --task 2',
  ])
    .argument('<file>', 'the module whose default export is the flow')
    .requiredOption('--run <id>', 'the run that the task belongs to')
    .requiredOption('--step <name>', 'the step')
    .option('--task <id>', 'the positions in the foreach and loops around it, such as 2 or 2.0', '0')
    .option('--attempt <number>', 'which try this is, from 0', wholeNumber, 0)
    .addOption(rootOption())
    .addOption(jsonOption())
    .action(async (file: string, { run, step, task, attempt, root, json }: Flags) => {
      const { runStep } = await import('../../../flow/index.ts')
      const record = await interruptible(
        async (signal) => await runStep(file, { runId: run, step, taskId: task, attempt, root, signal }),
        'Stopping the task. Press Ctrl-C again to stop at once.',
      )
      if (json === true) printJson(record)
    })
}
