/** Adaptive micro-batching: requests that come while others are being scored wait for a moment and share the next run. */
import type { Prediction } from '../model/index.ts'
import { HttpError } from './http.ts'
import type { Rows } from './rows.ts'
import { joinPredictions, pieces } from './scoring.ts'

export interface BatcherOptions {
  /** Scores all parts in one run. */
  readonly score: (parts: readonly Rows[]) => Promise<readonly Prediction[]>
  /** Rows of one run; a longer request is scored in pieces. 0 gives every request runs of its own. */
  readonly maxRows: number
  /** Rows of a piece of a long request. */
  readonly pieceRows: number
  /** Told of each run. */
  readonly onRun: (requests: number, rows: number) => void
}

/** What is known of whoever waits. */
export interface Waiting {
  /** By `performance.now()`: a request that is not answered by then is given up. */
  readonly deadlineMs: number
  /** Whether nobody waits any more. */
  readonly gone: () => boolean
}

interface Job {
  readonly rows: Rows
  readonly waiting: Waiting
  readonly resolve: (prediction: Prediction) => void
  readonly reject: (error: unknown) => void
}

/** Up to so many, a larger run is cheaper by the request: what a run costs of its own, and waking who waits for answers. */
const FEW = 8

/**
 * There is no delay: a run takes what has come by the time it starts. ONNX Runtime scores on this very thread, so more
 * comes while a run is under way, and the busier the server is the larger are its runs.
 */
export class Batcher {
  readonly #options: BatcherOptions
  #jobs: Job[] = []
  #running = false

  constructor(options: BatcherOptions) {
    this.#options = options
  }

  /** @throws HttpError 504 when the deadline passes before its turn comes */
  score(rows: Rows, waiting: Waiting): Promise<Prediction> {
    return new Promise((resolve, reject) => {
      this.#jobs.push({ rows, waiting, resolve, reject })
      if (this.#running) return
      this.#running = true
      this.#runSoon()
    })
  }

  /**
   * What has arrived together is read before a run begins, and so are the next requests of whoever just got an answer:
   * while there are few, for as long as each turn of the event loop brings more.
   */
  #runSoon(): void {
    const waiting = this.#jobs.length
    setImmediate(() => {
      const isFilling = this.#jobs.length > waiting && waiting < Math.min(FEW, this.#options.maxRows)
      if (isFilling) this.#runSoon()
      else void this.#run()
    })
  }

  async #run(): Promise<void> {
    const jobs = this.#next()
    try {
      if (jobs.length > 0) await this.#scoreJobs(jobs)
    } catch (error) {
      if (jobs.length === 1) jobs[0]!.reject(error)
      // One of them may be the cause: each gets its own answer.
      else for (const job of jobs) await this.#scoreJobs([job]).catch(job.reject)
    }
    this.#running = this.#jobs.length > 0
    if (this.#running) this.#runSoon()
  }

  /** The jobs of the next run. Those that nobody waits for any more are given up. */
  #next(): readonly Job[] {
    const now = performance.now()
    const chosen: Job[] = []
    let [taken, rowCount] = [0, 0]
    for (const job of this.#jobs) {
      const overdue = now > job.waiting.deadlineMs
      if (!overdue && chosen.length > 0 && rowCount + job.rows.rowCount > this.#options.maxRows) break
      taken++
      if (overdue || job.waiting.gone()) {
        job.reject(tooLate())
        continue
      }
      chosen.push(job)
      rowCount += job.rows.rowCount
    }
    this.#jobs = this.#jobs.slice(taken)
    return chosen
  }

  async #scoreJobs(jobs: readonly Job[]): Promise<void> {
    const [first] = jobs
    if (jobs.length === 1 && first!.rows.rowCount > this.#options.pieceRows) return await this.#scoreLong(first!)
    const predictions = await this.#score(jobs.map(({ rows }) => rows))
    jobs.forEach((job, position) => job.resolve(predictions[position]!))
  }

  async #scoreLong({ rows, waiting, resolve }: Job): Promise<void> {
    const predictions: Prediction[] = []
    for (const piece of pieces(rows, this.#options.pieceRows)) {
      if (performance.now() > waiting.deadlineMs || waiting.gone()) throw tooLate()
      predictions.push(...(await this.#score([piece])))
    }
    resolve(joinPredictions(predictions))
  }

  async #score(parts: readonly Rows[]): Promise<readonly Prediction[]> {
    const predictions = await this.#options.score(parts)
    this.#options.onRun(
      parts.length,
      parts.reduce((sum, { rowCount }) => sum + rowCount, 0),
    )
    return predictions
  }
}

function tooLate(): HttpError {
  return new HttpError(
    504,
    'DEADLINE_EXCEEDED',
    'The request was not scored in time. Send fewer rows at once, or raise the limit (--timeout).',
  )
}
