/** Options that running and resuming a flow share, and how they are carried out. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { MillraceError, writeSmallFile } from '../../../core/index.ts'
import type { FinishedRun, RunEvent, RunFlowOptions, StepOptions } from '../../../flow/index.ts'
import { flowProgress } from '../../flow-progress.ts'
import { decimalNumber, interruptible, jsonOption, type JsonFlag, wholeNumber } from '../../options.ts'

export interface RunFlags extends JsonFlag {
  readonly root?: string
  readonly maxWorkers?: number
  readonly maxNumSplits?: number
  readonly maxLogSize?: number
  readonly tag: string[]
  readonly with: StepOptions
  readonly cache?: boolean
  readonly runIdFile?: string
  readonly quiet?: boolean
}

/** Adds the options of `RunFlags`. */
export function withRunOptions(command: Command): Command {
  return command
    .option('--max-workers <count>', 'tasks that run at once (default: one a core)', wholeNumber)
    .option('--max-num-splits <count>', 'items a foreach may have (default: 10000)', wholeNumber)
    .option('--max-log-size <megabytes>', 'of each output stream of a task that is kept (default: 10)', decimalNumber)
    .addOption(
      new Option('--tag <tag>', 'a tag for the run; may be repeated')
        .argParser((tag: string, before: string[]) => [...before, tag])
        .default([], 'none'),
    )
    .addOption(
      new Option(
        '--with <option>',
        'for every step that does not say otherwise: retry, retry:5, timeout:10m, cache or card',
      )
        .argParser((text: string, before: StepOptions) => ({ ...before, ...parseWithOption(text) }))
        .default({}, 'none'),
    )
    .option('--cache', 'take results of earlier runs for steps whose code and inputs are the same')
    .option('--run-id-file <file>', 'write the id of the run into this file')
    .addOption(rootOption())
    .option('--quiet', 'show failures only')
    .addOption(jsonOption())
}

/** Where flows are kept. */
export function rootOption(): Option {
  return new Option('--root <folder>', 'where flows are kept').env('MILLRACE_FLOWS').default('.millrace/flows')
}

function parseWithOption(text: string): StepOptions {
  const [name = '', value] = text.split(':')
  switch (name) {
    case 'retry':
      return { retry: value === undefined ? 3 : wholeNumber(value.replace(/^times=/, '')) }
    case 'timeout':
      if (value === undefined) throw new InvalidArgumentError('Give the time, such as timeout:10m.')
      return { timeout: value }
    case 'cache':
      return { cache: true }
    case 'card':
      return { card: true }
    default:
      throw new InvalidArgumentError('Expected retry, retry:<times>, timeout:<time>, cache or card.')
  }
}

/**
 * Runs a flow with progress on standard error, or events as JSON lines on standard output. Ctrl-C stops it.
 *
 * @throws what `work` throws; without the error of the task where that has been shown
 */
export async function runWithProgress(
  flags: RunFlags,
  work: (options: RunFlowOptions) => Promise<FinishedRun>,
): Promise<void> {
  const progress = flags.json === true ? jsonLines : flowProgress({ isQuiet: flags.quiet === true })
  const { TaskFailed } = await import('../../../flow/index.ts')
  const onEvent = (event: RunEvent): void => {
    if (event.kind === 'run started' && flags.runIdFile !== undefined) writeSmallFile(flags.runIdFile, event.runId)
    progress(event)
  }
  await interruptible(
    async (signal) => await work({ ...runOptions(flags), onEvent, signal }),
    'Stopping the tasks; what has finished is kept. Press Ctrl-C again to stop at once.',
  ).catch((error: unknown) => {
    if (error instanceof TaskFailed && flags.json !== true) {
      throw new MillraceError(error.code, error.messageWithoutError, { cause: error })
    }
    throw error
  })
}

function jsonLines(event: RunEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`)
}

function runOptions({
  root,
  maxWorkers,
  maxNumSplits,
  maxLogSize,
  tag,
  with: stepDefaults,
  cache,
}: RunFlags): RunFlowOptions {
  return {
    tags: tag,
    stepDefaults,
    ...(root !== undefined && { root }),
    ...(maxWorkers !== undefined && { maxWorkers }),
    ...(maxNumSplits !== undefined && { maxNumSplits }),
    ...(maxLogSize !== undefined && { maxLogBytes: Math.round(maxLogSize * 1_000_000) }),
    ...(cache !== undefined && { cache }),
  }
}
