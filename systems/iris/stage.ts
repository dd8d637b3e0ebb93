/** What all programs have in common: a configuration, help, and errors that are meant to be read. */
import { parseArgs } from 'node:util'
import { asError, MillraceError, shownText, systemErrorCode } from 'millrace/core'
import { readSettings, type Settings } from './settings.ts'

export interface Stage {
  readonly usage: string
  /** Further options, each with a value. */
  readonly options?: readonly string[]
  readonly run: (settings: Settings, given: StageInput) => Promise<void>
}

export interface StageInput {
  /** The values of the further options that were given. */
  readonly options: Readonly<Record<string, string>>
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal
}

/** Runs a stage with the arguments of the process; what stops it is told, with exit code 1. */
export async function runStage({ usage, options = [], run }: Stage): Promise<void> {
  const interrupt = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort())
  try {
    const given = readArguments(options)
    if (given['help'] !== undefined) return say(usage.trimEnd())
    if (given['config'] === undefined) {
      throw new MillraceError('INVALID_ARGUMENT', 'Name the configuration: --config systems/iris/config/mlp.json')
    }
    await run(await readSettings(given['config']), { options: given, signal: interrupt.signal })
  } catch (error) {
    const { name, message, stack = message } = asError(error)
    const isInterrupted = name === 'AbortError'
    const isForPeople = error instanceof MillraceError || systemErrorCode(error)?.startsWith('ERR_PARSE_ARGS_') === true
    process.stderr.write(`${isInterrupted ? 'Interrupted.' : shownText(isForPeople ? message : stack)}\n`)
    process.exitCode = isInterrupted ? 130 : 1
  }
}

export function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

function readArguments(options: readonly string[]): Readonly<Record<string, string>> {
  const named = Object.fromEntries(options.map((name) => [name, { type: 'string' as const }]))
  const { values } = parseArgs({ options: { ...named, config: { type: 'string' }, help: { type: 'boolean' } } })
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]))
}
