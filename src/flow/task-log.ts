/** The output of one task on its way from a worker: into a file up to a limit, and to whoever watches. */
import { appendFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeFolders } from '../core/index.ts'

export interface TaskLogOptions {
  readonly path: string
  readonly maxBytes: number
  /** Gets what is kept, as it comes. */
  readonly onText?: (chunk: Buffer) => void
}

/** Takes chunks of output and keeps the first `maxBytes`; a note says that the rest was cut. */
export class TaskLog {
  readonly #options: TaskLogOptions
  #keptBytes = 0
  #isOpen = true

  constructor(options: TaskLogOptions) {
    this.#options = options
  }

  write(chunk: Buffer): void {
    if (!this.#isOpen || chunk.length === 0) return
    const { maxBytes } = this.#options
    const room = maxBytes - this.#keptBytes
    this.#keep(chunk.length <= room ? chunk : chunk.subarray(0, room))
    if (chunk.length <= room) return
    this.#isOpen = false
    this.#keep(Buffer.from(`\n[millrace: the log is cut here, at ${maxBytes} bytes (--max-log-size)]\n`))
  }

  #keep(chunk: Buffer): void {
    const { path, onText } = this.#options
    onText?.(chunk)
    try {
      if (this.#keptBytes === 0) makeFolders(dirname(path))
      appendFileSync(path, chunk)
      this.#keptBytes += chunk.length
    } catch {
      // A full disk fails the task when it stores its result; its log is not the place to say so.
      this.#isOpen = false
    }
  }
}

/** Marks begin with a zero character, which is rare in output. */
const MARK_START = 0

/** Divides a stream at marks: what comes before the mark of a task is that task's. */
export class MarkedOutput {
  #mark: Buffer = Buffer.alloc(0)
  #held: Buffer = Buffer.alloc(0)
  #sink: ((chunk: Buffer) => void) | undefined
  #onMark: (() => void) | undefined

  /** Sends what comes to `sink` until `mark`; resolves at the mark. */
  async until(mark: string, sink: (chunk: Buffer) => void): Promise<void> {
    this.#mark = Buffer.from(mark)
    this.#sink = sink
    await new Promise<void>((resolve) => {
      this.#onMark = resolve
    })
  }

  write(chunk: Buffer): void {
    // A mark may come in two pieces: as much as could be its beginning is held back.
    const text = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    const found = this.#sink === undefined ? -1 : text.indexOf(this.#mark)
    if (found >= 0) {
      this.#sink?.(text.subarray(0, found))
      this.#held = text.subarray(found + this.#mark.length)
      this.#sink = undefined
      this.#onMark?.()
      return
    }
    const tail = Math.max(0, text.length - this.#mark.length + 1)
    const start = text.indexOf(MARK_START, tail)
    const end = start < 0 ? text.length : start
    this.#sink?.(text.subarray(0, end))
    this.#held = text.subarray(end)
  }

  /** The stream has ended without a mark. */
  end(): void {
    this.#sink?.(this.#held)
    this.#held = Buffer.alloc(0)
    this.#onMark?.()
  }
}
