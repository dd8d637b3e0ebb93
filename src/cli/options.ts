/** Options that several commands share. */
import { Command, InvalidArgumentError, Option } from 'commander'
import { DataError, isPort } from '../core/index.ts'
import type { Encoding, ReadTableOptions } from '../data/index.ts'
import type { TrackingClient } from '../tracking/index.ts'

export interface TrackingFlags {
  readonly trackingUri: string
}

export interface JsonFlag {
  readonly json?: boolean
}

/** How text files are read, where the defaults do not fit. */
export interface TableFlags {
  readonly missing?: string[]
  readonly delimiter?: string
  readonly encoding?: Encoding
}

const ENCODINGS: readonly Encoding[] = ['utf-8', 'latin1', 'windows-1252', 'utf-16le', 'utf-16be']

/** Adds the options of `TableFlags` to a command that reads tables. */
export function withTableOptions(command: Command): Command {
  return command
    .option(
      '--missing <words>',
      'words that, like an empty field, stand for a missing value, such as NA,. (default: NA, NaN, null, None and the like)',
      nameList,
    )
    .option('--delimiter <character>', 'between the fields of CSV (default: found out)')
    .addOption(
      new Option('--encoding <name>', 'of text files (default: UTF-8, or what the file says)').choices(ENCODINGS),
    )
}

/** The options of `readTable` that the flags ask for. */
export function readOptions({ missing, delimiter, encoding }: TableFlags): ReadTableOptions {
  return {
    ...(missing === undefined ? {} : { missing }),
    ...(delimiter === undefined ? {} : { delimiter: delimiter === '\\t' ? '\t' : delimiter }),
    ...(encoding === undefined ? {} : { encoding }),
  }
}

/** `--tracking-uri`, also from MLFLOW_TRACKING_URI. */
export function trackingOption(): Option {
  return new Option('--tracking-uri <uri>', 'where runs and models are kept')
    .env('MLFLOW_TRACKING_URI')
    .default('sqlite:///mlflow.db')
}

export function jsonOption(): Option {
  return new Option('--json', 'print JSON for scripts')
}

/** A command with examples below its help. */
export function commandWithExamples(name: string, description: string, examples: readonly string[]): Command {
  const lines = examples.map((example) => `  $ millrace ${example}`).join('\n')
  return new Command(name).description(description).addHelpText('after', `\nExamples:\n${lines}`)
}

export function wholeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || text.trim() === '') throw new InvalidArgumentError('Expected a whole number.')
  return value
}

export function portNumber(text: string): number {
  const value = Number(text)
  if (!isPort(value) || text.trim() === '') throw new InvalidArgumentError('Expected a port from 0 to 65535.')
  return value
}

export function decimalNumber(text: string): number {
  const value = Number(text)
  if (!Number.isFinite(value) || text.trim() === '') throw new InvalidArgumentError('Expected a number.')
  return value
}

/** `a,b,c` as a list; spaces around names do not count. */
export function nameList(text: string): string[] {
  return text.split(',').map((name) => name.trim())
}

/** What messages call the table at `file`. */
export function tableName(file: string): string {
  return file === '-' ? 'standard input' : file
}

/** What `work` gives; its errors of data name the file too. */
export async function inFile<T>(file: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof DataError ? error.inFile(tableName(file)) : error
  }
}

/**
 * Opens the tracking store for the time of `work`. Only what writes may `create` it: a look into the wrong folder leaves
 * nothing behind.
 *
 * @throws MillraceError RESOURCE_DOES_NOT_EXIST when there is no store and none may be made
 */
export async function withTracking<T>(
  { trackingUri }: TrackingFlags,
  work: (client: TrackingClient) => Promise<T>,
  { create = false } = {},
): Promise<T> {
  const { openTracking } = await import('../tracking/index.ts')
  await using client = await openTracking({ trackingUri, create })
  return await work(client)
}

/** Runs `work` with a signal that Ctrl-C aborts; a second Ctrl-C ends the process at once. */
export async function interruptible<T>(
  work: (signal: AbortSignal) => Promise<T>,
  notice = 'Stopping after the step under way, as a KILLED run; press Ctrl-C again to stop at once.',
): Promise<T> {
  const controller = new AbortController()
  const interrupt = (): void => {
    process.stderr.write(`\n${notice}\n`)
    controller.abort()
  }
  process.once('SIGINT', interrupt)
  process.once('SIGTERM', interrupt)
  try {
    return await work(controller.signal)
  } finally {
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
  }
}
