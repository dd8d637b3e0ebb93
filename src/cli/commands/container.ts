/** `millrace container`: run programs as SageMaker's containers do, in a container or in a folder. */
import { resolve } from 'node:path'
import { Argument, Command } from 'commander'
import type { Stage } from '../../container/index.ts'
import { MillraceError } from '../../core/index.ts'
import type { Log } from '../../serve/index.ts'
import { commandWithExamples, interruptible } from '../options.ts'
import { nextSignal } from '../signals.ts'

interface Flags {
  readonly dir: string
}

export function containerCommand(): Command {
  return new Command('container').description("run programs by SageMaker's contract").addCommand(runCommand())
}

function runCommand(): Command {
  return commandWithExamples('run', 'run a program as its container would', [
    'container run train --dir opt-ml train.ts',
    'container run preprocess --dir opt-ml preprocess.ts -- --test-fraction 0.2',
    'container run serve --dir opt-ml',
  ])
    .addArgument(new Argument('<stage>', 'what to run').choices(['preprocess', 'train', 'serve']))
    .argument(
      '[program]',
      'the module whose default export is the program; serve needs none (env: MILLRACE_CONTAINER_PROGRAM)',
    )
    .argument('[arguments...]', 'what a processing job is given, after --')
    .option('--dir <folder>', 'what stands for /opt/ml', '/opt/ml')
    .action(async (stage: Stage, program: string | undefined, rest: readonly string[], { dir }: Flags) => {
      await run(stage, program ?? process.env['MILLRACE_CONTAINER_PROGRAM'], { rest, root: resolve(dir) })
    })
}

async function run(
  stage: Stage,
  program: string | undefined,
  { rest, root }: { readonly rest: readonly string[]; readonly root: string },
): Promise<void> {
  if (stage === 'serve') return await serve(program, root)
  if (program === undefined) {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `Which program? Name its file: millrace container run ${stage} ${stage}.ts`,
    )
  }
  const { runProcessing, runTraining } = await import('../../container/index.ts')
  await interruptible(async (signal) => {
    const options = { program, root, signal, log: say }
    if (stage === 'train') await runTraining(options)
    else await runProcessing({ ...options, arguments: rest })
  }, 'Told to stop: saving what there is.')
}

async function serve(program: string | undefined, root: string): Promise<void> {
  const { startServing } = await import('../../container/index.ts')
  const log: Log = ({ message, stack }) => say(typeof stack === 'string' ? `${message}\n${stack}` : message)
  const listening = await startServing({ program, root, log })
  say(`Serving at ${listening.url}`)
  await nextSignal()
  await listening.close()
}

/** The log of a container is both streams together; this one is not held up by pipes. */
function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
