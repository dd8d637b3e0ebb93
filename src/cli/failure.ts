/** What the command line says and returns when something fails. */
import { asError, errorCodes, MillraceError, shownText, systemErrorCode } from '../core/index.ts'

/** 130, as shells have it, for what Ctrl-C ended. */
const INTERRUPTED = 130

/** The exit code for an error: 1 a failure, 2 wrong use, 4 not found. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof MillraceError) return errorCodes[error.code]
  if (isWrongArgument(error)) return errorCodes.INVALID_ARGUMENT
  return asError(error).name === 'AbortError' ? INTERRUPTED : 1
}

/** One or a few lines for people, without passwords. What is not meant for them, a bug, comes with its stack. */
export function explain(error: unknown): string {
  return shownText(describe(error))
}

function describe(error: unknown): string {
  if (error instanceof MillraceError) return `millrace: ${error.message} [${error.code}]`
  const { name, message, stack } = asError(error)
  if (name === 'AbortError') return 'millrace: interrupted.'
  // Node ends only some of these sentences with a full stop.
  if (isWrongArgument(error)) return `millrace: ${message.replace(/\.?$/, '.')} [INVALID_ARGUMENT]`
  return `millrace: something unexpected happened: ${message}\n${stack ?? ''}`
}

/** Whether a program's own arguments, after `--`, are not those that its `parseArgs` knows. */
function isWrongArgument(error: unknown): boolean {
  return systemErrorCode(error)?.startsWith('ERR_PARSE_ARGS_') === true
}
