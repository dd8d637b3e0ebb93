/** A thread that prepares batches, seen from the thread that asks for them. */
import { Worker } from 'node:worker_threads'
import { DataError, errorCodes, MillraceError, packageModule } from '../../core/index.ts'
import type { Preparation } from './prepare-batch.ts'
import type { Failure, PrepareAnswer, PrepareRequest } from './prepare-in-thread.ts'

export class PreparingThread implements AsyncDisposable {
  readonly #worker: Worker
  readonly #waiting: PromiseWithResolvers<void>[] = []
  #gone: Error | undefined

  constructor(preparation: Preparation) {
    this.#worker = new Worker(packageModule('images/batches/prepare-in-thread'), { workerData: preparation })
    this.#worker.on('message', (answer: PrepareAnswer) => this.#settle(answer))
    this.#worker.on('error', (error) => this.#end(error))
    this.#worker.on('exit', (code) => this.#end(new Error(`it ended with exit code ${code}`)))
    this.#worker.unref()
  }

  /** Batches it has been asked for and not answered. */
  get load(): number {
    return this.#waiting.length
  }

  /** @throws DataError naming the image that cannot be prepared */
  async prepare(request: PrepareRequest): Promise<void> {
    if (this.#gone !== undefined) throw threadEnded(this.#gone)
    const turn = Promise.withResolvers<void>()
    this.#waiting.push(turn)
    // The process lives on while an answer is due, and no longer.
    this.#worker.ref()
    this.#worker.postMessage(request)
    await turn.promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate()
  }

  #settle(answer: PrepareAnswer): void {
    const turn = this.#waiting.shift()
    if (this.#waiting.length === 0) this.#worker.unref()
    if (answer.status === 'done') turn?.resolve()
    else turn?.reject(errorOf(answer.failure))
  }

  #end(reason: Error): void {
    this.#gone ??= reason
    for (const { reject } of this.#waiting.splice(0)) reject(threadEnded(this.#gone))
  }
}

function errorOf({ code, location, message }: Failure): Error {
  if (location !== undefined) return new DataError(location, message)
  return code !== undefined && code in errorCodes ? new MillraceError(code, message) : new Error(message)
}

function threadEnded(cause: Error): MillraceError {
  return new MillraceError(
    'RUNTIME_UNAVAILABLE',
    `A thread that prepares images has ended: ${cause.message}. Use fewer workers, or 0 for none.`,
    { cause },
  )
}
