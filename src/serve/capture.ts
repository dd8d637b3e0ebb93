/** Keeping what was asked and answered, behind the answers: a bounded queue that a failing store cannot stop. */
import { setTimeout as sleep } from 'node:timers/promises'
import { asError, type Clock } from '../core/index.ts'
import type { Table } from '../data/index.ts'
import type { Prediction } from '../model/index.ts'
import type { InputColumn } from '../preprocess/index.ts'
import { rowAnswers } from './answers.ts'
import type { Log } from './log.ts'
import { type Rows, rowsTable } from './rows.ts'
import type { ModelIdentity } from './served-model.ts'

/** What a model answered for one row; null where it could not answer. */
export interface CapturedAnswer {
  readonly prediction: string | number | null
  /** The probability of the predicted class; null for numbers. */
  readonly confidence: number | null
  readonly requestId: string
  readonly model: string
  readonly version: number | undefined
  /** Milliseconds since 1970. */
  readonly timeMs: number
}

/** Rows of one or several requests. */
export interface CapturedBatch {
  /** The model's inputs as they were sent; a value that did not fit is missing. */
  readonly input: Table
  /** One for each row. */
  readonly answers: readonly CapturedAnswer[]
}

/**
 * Where requests and answers are kept. `save` keeps all of a batch or, when it throws, nothing: the batch is then tried
 * again. It is never called while another call is under way.
 */
export interface Capture {
  save(batch: CapturedBatch): Promise<void> | void
  close?(): Promise<void>
}

export interface CaptureQueueOptions {
  readonly capture: Capture
  readonly clock: Clock
  readonly log: Log
  /** Rows that may wait; beyond that the oldest are given up. Default: 10,000. */
  readonly maxRows?: number
  /** How long rows are gathered before they are kept. Default: 50. */
  readonly gatherMs?: number
  /** Pauses before each further try to keep a batch; after the last it is given up. */
  readonly retryMs?: readonly number[]
  /** How long close waits for what is still to be kept. Default: 5,000. */
  readonly closeMs?: number
}

/** A scored request. */
export interface CapturedRequest {
  readonly rows: Rows
  readonly prediction: Prediction
  readonly requestId: string
  readonly identity: ModelIdentity
  readonly inputs: readonly InputColumn[]
}

interface Queued extends CapturedRequest {
  readonly timeMs: number
}

/** Rows that were kept or given up, and those that wait. */
export interface CaptureCounts {
  readonly saved: number
  /** Given up because the store kept failing. */
  readonly failed: number
  /** Given up because too many waited. */
  readonly dropped: number
  readonly waiting: number
}

const SAVE_ROWS = 1000

export class CaptureQueue {
  readonly #options: Required<CaptureQueueOptions>
  #queue: Queued[] = []
  #counts = { saved: 0, failed: 0, dropped: 0, waiting: 0 }
  #working: Promise<void> | undefined
  readonly #closing = new AbortController()
  #complained = { failed: false, dropped: false }

  constructor(options: CaptureQueueOptions) {
    const defaults = { maxRows: 10_000, gatherMs: 50, retryMs: [100, 500, 2000, 5000], closeMs: 5000 }
    this.#options = { ...defaults, ...options }
  }

  get counts(): CaptureCounts {
    return this.#counts
  }

  /** Takes a scored request; returns at once. */
  add(request: CapturedRequest): void {
    this.#queue.push({ ...request, timeMs: this.#options.clock() })
    this.#counts.waiting += request.rows.rowCount
    this.#makeRoom()
    this.#working ??= this.#work()
  }

  /** Keeps what still waits, within `closeMs`, and closes the store. */
  async close(): Promise<void> {
    this.#closing.abort()
    const { capture, closeMs } = this.#options
    await within(closeMs, this.#working)
    if (this.#counts.waiting > 0) this.#lost(this.#counts.waiting, `within ${closeMs} ms of the end`)
    await within(closeMs, capture.close?.())
  }

  #makeRoom(): void {
    while (this.#counts.waiting > this.#options.maxRows && this.#queue.length > 1) {
      const { rowCount } = this.#queue.shift()!.rows
      this.#counts.waiting -= rowCount
      this.#counts.dropped += rowCount
      if (this.#complained.dropped) continue
      this.#complained.dropped = true
      this.#options.log({
        level: 'error',
        event: 'capture_dropped',
        message: `More than ${this.#options.maxRows} rows wait to be kept: the oldest are given up. See millrace_capture_rows_total.`,
      })
    }
  }

  async #work(): Promise<void> {
    await this.#pause(this.#options.gatherMs)
    while (this.#queue.length > 0) {
      const taken = this.#take()
      const rowCount = taken.reduce((sum, { rows }) => sum + rows.rowCount, 0)
      const outcome = await this.#save(batchOf(taken))
      this.#counts.waiting -= rowCount
      this.#counts[outcome] += rowCount
      if (outcome === 'saved') this.#complained = { failed: false, dropped: false }
      else this.#lost(rowCount, 'after several tries')
    }
    this.#working = undefined
  }

  /** The first requests of one model version, up to SAVE_ROWS rows. */
  #take(): readonly Queued[] {
    let [count, rowCount] = [0, 0]
    const [first] = this.#queue
    while (count < this.#queue.length && (count === 0 || rowCount < SAVE_ROWS)) {
      const next = this.#queue[count]!
      if (next.inputs !== first!.inputs) break
      rowCount += next.rows.rowCount
      count++
    }
    return this.#queue.splice(0, count)
  }

  async #save(batch: CapturedBatch): Promise<'saved' | 'failed'> {
    for (const pauseMs of [...this.#options.retryMs, undefined]) {
      try {
        await this.#options.capture.save(batch)
        return 'saved'
      } catch (error) {
        this.#complain(error)
        if (pauseMs === undefined) break
        await this.#pause(pauseMs)
      }
    }
    return 'failed'
  }

  /** Once for each time that the store fails, not for each try. */
  #complain(error: unknown): void {
    if (this.#complained.failed) return
    this.#complained.failed = true
    const { message } = asError(error)
    this.#options.log({
      level: 'error',
      event: 'capture_failed',
      message: `Requests cannot be kept: ${message} It is tried again; answers go on.`,
    })
  }

  #lost(rowCount: number, when: string): void {
    const message = `${rowCount} rows could not be kept ${when} and are lost.`
    this.#options.log({ level: 'error', event: 'capture_lost', message })
  }

  /** Waits; when the server is closing only for a moment. */
  async #pause(ms: number): Promise<void> {
    const { signal } = this.#closing
    if (signal.aborted) await sleep(Math.min(ms, 100))
    else await sleep(ms, undefined, { signal }).catch(() => undefined)
  }
}

function batchOf(queued: readonly Queued[]): CapturedBatch {
  const parts = queued.map(({ rows }) => rows)
  const answers = queued.flatMap(({ rows, prediction, requestId, identity, timeMs }) =>
    rowAnswers(prediction, rows.errors).map((answer) => ({
      prediction: answer?.prediction ?? null,
      confidence: answer?.confidence ?? null,
      requestId,
      model: identity.name,
      version: identity.version,
      timeMs,
    })),
  )
  return { input: rowsTable(queued[0]!.inputs, parts), answers }
}

/** Waits for `work`, but no longer than `ms`. */
async function within(ms: number, work: Promise<void> | undefined): Promise<void> {
  const timer = new AbortController()
  await Promise.race([work, sleep(ms, undefined, { signal: timer.signal }).catch(() => undefined)])
  timer.abort()
}
