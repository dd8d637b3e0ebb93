/** The files in which a job says why it failed. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { asError, MillraceError } from '../core/index.ts'
import { contract } from './contract.ts'

/** Writes why a training failed: what people need comes first, for only the first 1024 characters are shown. */
export function writeFailure(path: string, error: unknown): void {
  const { stack } = asError(error)
  const details = error instanceof MillraceError || stack === undefined ? '' : `\n\n${stack}`
  write(path, `${describe(error).slice(0, contract.failureCharacters)}${details}\n`)
}

/** Writes what a processing job ends with; cut to the 1024 bytes that are shown, between characters. */
export function writeMessage(path: string, message: string): void {
  const bytes = Buffer.from(message).subarray(0, contract.messageBytes)
  // A character that was cut decodes as U+FFFD.
  write(path, bytes.toString().replace(/\uFFFD+$/, ''))
}

/** The error in a line or a few. */
export function describe(error: unknown): string {
  if (error instanceof MillraceError) return `${error.message} [${error.code}]`
  const { name, message } = asError(error)
  return `${name}: ${message}`
}

/**
 * Lets `report` know of an error that nobody waits for, just before it ends the process. Synchronous, for nothing else
 * runs any more. Undone on disposal.
 */
export function onCrash(report: (error: unknown) => void): Disposable {
  process.on('uncaughtExceptionMonitor', report)
  return { [Symbol.dispose]: () => void process.off('uncaughtExceptionMonitor', report) }
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
