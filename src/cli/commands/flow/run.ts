/** `millrace flow run`: the parameters of the flow are options of the command. */
import type { Command } from 'commander'
import { MillraceError, shownUri } from '../../../core/index.ts'
import { commandWithExamples } from '../../options.ts'
import { printLine } from '../../output.ts'
import { type RunFlags, runWithProgress, withRunOptions } from './run-options.ts'

interface Flags extends RunFlags {
  readonly config?: string
  readonly help?: boolean
}

export function runCommand(): Command {
  const command = commandWithExamples('run', 'run a flow from its beginning', [
    'flow run training.ts',
    'flow run training.ts --folds 3 --config local.yml --tag nightly',
    'flow run training.ts --help',
  ])
    .usage('[options] <file> [--<parameter> <value>...]')
    .argument('[file]', 'the module whose default export is the flow')
    .option(
      '--config <file>',
      'YAML or JSON with parameters and configuration; ${NAME} is replaced from the environment',
    )
  withRunOptions(command)
    .helpOption(false)
    .option('-h, --help', 'display help for command; with a file also the parameters of its flow')
    .allowUnknownOption()
    .allowExcessArguments()
  return command.action(async (file: string | undefined, flags: Flags) => await run(command, file, flags))
}

async function run(command: Command, file: string | undefined, flags: Flags): Promise<void> {
  const [, ...rest] = command.args
  const isFile = file !== undefined && !file.startsWith('-')
  if (flags.help === true) {
    command.outputHelp()
    if (isFile) await printParameters(file)
    return
  }
  if (!isFile) {
    throw new MillraceError('INVALID_ARGUMENT', 'Which flow? Name its file first: millrace flow run training.ts')
  }
  const parameters = parameterFlags(rest)
  const { runFlow } = await import('../../../flow/index.ts')
  const configFile = flags.config === undefined ? {} : { configFile: flags.config }
  await runWithProgress(flags, async (options) => await runFlow(file, { ...options, ...configFile, parameters }))
}

/** `--folds 5 --drift --name=x` as text by name. The flow knows which there are, and says so. */
function parameterFlags(args: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {}
  for (let i = 0; i < args.length; i++) {
    const [, name, value] = /^--([^=]+)(?:=(.*))?$/s.exec(args[i]!) ?? []
    if (name === undefined) {
      throw new MillraceError(
        'INVALID_ARGUMENT',
        `"${shownUri(args[i]!)}" belongs to no option. Write parameters as --name value or --name=value.`,
      )
    }
    const next = args[i + 1]
    const takesNext = value === undefined && next !== undefined && !next.startsWith('--')
    if (takesNext) i++
    found[name] = value ?? (takesNext ? next : 'true')
  }
  return found
}

async function printParameters(file: string): Promise<void> {
  const { describeParameters, loadFlow } = await import('../../../flow/index.ts')
  const flow = await loadFlow(file)
  const parameters = describeParameters(flow)
  printLine()
  if (flow.description !== undefined) printLine(`${flow.name}: ${flow.description}`)
  if (parameters.length === 0) return printLine(`The flow "${flow.name}" has no parameters.`)
  printLine(`Parameters of the flow "${flow.name}":`)
  const width = Math.max(...parameters.map(({ flag }) => flag.length))
  for (const { flag, description, variable, defaultText } of parameters) {
    const notes = [defaultText === undefined ? 'required' : `default: ${defaultText}`, `env: ${variable}`].join(', ')
    printLine(`  ${flag.padEnd(width)}  ${description === '' ? '' : `${description} `}(${notes})`)
  }
}
