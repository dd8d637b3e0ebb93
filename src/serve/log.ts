/** What the server reports of its own life. */

export interface LogEntry {
  readonly level: 'info' | 'warning' | 'error'
  /** A stable name, such as `model_swapped`. */
  readonly event: string
  readonly message: string
  /** Facts beside the message. */
  readonly [fact: string]: unknown
}

export type Log = (entry: LogEntry) => void
