/** Options that several commands share. */
import { Command, InvalidArgumentError, Option } from 'commander'
import type { TrackingClient } from '../tracking/index.ts'

export interface TrackingFlags {
  readonly trackingUri: string
}

export interface JsonFlag {
  readonly json?: boolean
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

export function decimalNumber(text: string): number {
  const value = Number(text)
  if (!Number.isFinite(value) || text.trim() === '') throw new InvalidArgumentError('Expected a number.')
  return value
}

/** `a,b,c` as a list; spaces around names do not count. */
export function nameList(text: string): string[] {
  return text.split(',').map((name) => name.trim())
}

/** Opens the tracking store for the time of `work`. */
export async function withTracking<T>(
  { trackingUri }: TrackingFlags,
  work: (client: TrackingClient) => Promise<T>,
): Promise<T> {
  const { openTracking } = await import('../tracking/index.ts')
  await using client = await openTracking({ trackingUri })
  return await work(client)
}

/** Runs `work` with a signal that Ctrl-C aborts; a second Ctrl-C ends the process at once. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const interrupt = (): void => {
    process.stderr.write('\nStopping after the step under way; press Ctrl-C again to stop at once.\n')
    controller.abort()
  }
  process.once('SIGINT', interrupt)
  try {
    return await work(controller.signal)
  } finally {
    process.off('SIGINT', interrupt)
  }
}
