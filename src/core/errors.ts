/**
 * The errors Millrace throws. Each has a stable `code` to branch on; docs/errors.md explains every code, and a
 * test keeps that page complete. The codes of the tracking store are MLflow's own, because clients match them.
 */

/** Every error code with the exit code the command line gives for it: 1 a failure, 2 wrong use, 4 not found. */
export const errorCodes = {
  INVALID_ARGUMENT: 2,
  INVALID_CONFIG: 2,
  INVALID_DATA: 1,
  SCHEMA_MISMATCH: 1,
  SHAPE_MISMATCH: 1,
  INVALID_GRAPH: 1,
  NON_FINITE: 1,
  GATE_FAILED: 1,
  INVALID_FLOW: 2,
  INVALID_ARTIFACT: 1,
  TASK_FAILED: 1,
  INVALID_MODEL: 1,
  RUNTIME_UNAVAILABLE: 1,
  ENDPOINT_FAILED: 1,
  DOWNLOAD_FAILED: 1,
  PORT_UNAVAILABLE: 1,
  STORAGE_FAILED: 1,
  STORE_LOCKED: 1,
  STORE_CORRUPT: 1,
  STORE_INCOMPATIBLE: 1,
  INVALID_PARAMETER_VALUE: 2,
  INVALID_STATE: 1,
  RESOURCE_ALREADY_EXISTS: 1,
  RESOURCE_DOES_NOT_EXIST: 4,
} as const satisfies Record<string, number>

export type ErrorCode = keyof typeof errorCodes

/** Base of all errors that are meant for the user to read. `message` says what failed, on what, and what to do. */
export class MillraceError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

/** Whether `error` is one of Millrace's with one of these codes. */
export function hasCode<Code extends ErrorCode>(
  error: unknown,
  ...codes: readonly [Code, ...Code[]]
): error is MillraceError & { readonly code: Code } {
  return error instanceof MillraceError && codes.some((code) => code === error.code)
}

/** Where in a table the trouble is. `row` counts data rows from 1, as a spreadsheet without its header would. */
export interface DataLocation {
  readonly file?: string
  readonly row?: number
  readonly column?: string
}

/** Data that cannot be read or is not what the schema says. The message starts with the place. */
export class DataError extends MillraceError {
  readonly location: DataLocation
  /** What is wrong, without the place. */
  readonly detail: string
  declare readonly code: 'INVALID_DATA' | 'SCHEMA_MISMATCH'

  constructor(
    location: DataLocation,
    message: string,
    options?: { readonly cause?: unknown; readonly code?: 'INVALID_DATA' | 'SCHEMA_MISMATCH' },
  ) {
    super(options?.code ?? 'INVALID_DATA', `${describeLocation(location)}${message}`, options)
    this.location = location
    this.detail = message
  }

  /** The same error with the name of the file, for what was found out after it was read. */
  inFile(file: string): DataError {
    return new DataError({ file, ...this.location }, this.detail, { cause: this, code: this.code })
  }
}

/** Shapes that do not fit. `module` is the path of the layer that was being traced, such as `layers.0`, or ''. */
export class ShapeError extends MillraceError {
  readonly module: string

  constructor(module: string, message: string) {
    super('SHAPE_MISMATCH', module === '' ? message : `${message} (in module "${module}")`)
    this.module = module
  }
}

/** `value` as an Error, whatever was thrown. */
export function asError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value))
}

/** The code of a Node.js system error such as `ENOENT`, or undefined. */
export function systemErrorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

function describeLocation({ file, row, column }: DataLocation): string {
  const parts = [
    file,
    row === undefined ? undefined : `row ${row}`,
    column === undefined ? undefined : `column "${column}"`,
  ]
  const known = parts.filter((part) => part !== undefined)
  return known.length === 0 ? '' : `${known.join(', ')}: `
}
