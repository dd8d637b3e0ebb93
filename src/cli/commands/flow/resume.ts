/** `millrace flow resume`: go on from where a run got to. */
import type { Command } from 'commander'
import { commandWithExamples } from '../../options.ts'
import { type RunFlags, runWithProgress, withRunOptions } from './run-options.ts'

interface Flags extends RunFlags {
  readonly originRunId?: string
}

export function resumeCommand(): Command {
  const command = commandWithExamples(
    'resume',
    'start a run that takes over what another has finished, with its parameters',
    ['flow resume training.ts', 'flow resume training.ts evaluate --origin-run-id 1764000000000000'],
  )
    .argument('<file>', 'the module whose default export is the flow')
    .argument('[step]', 'run this step and all after it again (default: what has not finished)')
    .option('--origin-run-id <id>', 'the run to go on from (default: the newest)')
  return withRunOptions(command).action(async (file: string, step: string | undefined, flags: Flags) => {
    const { resumeFlow } = await import('../../../flow/index.ts')
    const { originRunId } = flags
    await runWithProgress(
      flags,
      async (options) =>
        await resumeFlow(file, {
          ...options,
          ...(originRunId !== undefined && { originRunId }),
          ...(step !== undefined && { step }),
        }),
    )
  })
}
