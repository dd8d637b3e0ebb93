/** What was thrown by a step, as data that can be stored. */
import { inspect } from 'node:util'
import type { TaskError } from './step-options.ts'

/** `thrown` with its stack and those of its causes. What is no Error is shown as a value. */
export function describeError(thrown: unknown): TaskError {
  if (!(thrown instanceof Error)) {
    return { kind: 'error', name: 'NonError', message: `${brief(thrown)} was thrown, which is no Error.` }
  }
  const { name, message, stack } = thrown
  return { kind: 'error', name, message, ...(stack !== undefined && { stack: withCause(thrown, stack) }) }
}

function withCause(error: Error, stack: string): string {
  return error.cause instanceof Error ? `${stack}\nCaused by: ${error.cause.stack ?? error.cause.message}` : stack
}

/** A value on one short line, for messages. */
export function brief(value: unknown): string {
  const text = inspect(value, { depth: 0, breakLength: Infinity, maxStringLength: 80 })
  return text.length > 100 ? `${text.slice(0, 100)}…` : text
}
