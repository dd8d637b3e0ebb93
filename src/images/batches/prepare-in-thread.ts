/** The program of a thread that prepares batches: what it is asked, and what it answers. */
import { parentPort, workerData } from 'node:worker_threads'
import { DataError, type DataLocation, type ErrorCode, MillraceError } from '../../core/index.ts'
import { batchPreparer, type Preparation } from './prepare-batch.ts'

/** Prepares `rows` into `into`, which is shared memory. */
export interface PrepareRequest {
  readonly rows: Uint32Array
  readonly epoch: number
  readonly into: Float32Array
}

/** Answers come in the order of requests. */
export type PrepareAnswer = { readonly status: 'done' } | { readonly status: 'failed'; readonly failure: Failure }

/** An error as it travels between threads, which would forget its class. */
export interface Failure {
  readonly code: ErrorCode | undefined
  readonly location: DataLocation | undefined
  readonly message: string
}

const prepare = batchPreparer(workerData as Preparation)
// One after the other, so that answers come in the order of requests.
let last = Promise.resolve()

parentPort?.on('message', (request: PrepareRequest) => {
  last = last.then(async () => parentPort?.postMessage(await answer(request)))
})

async function answer({ rows, epoch, into }: PrepareRequest): Promise<PrepareAnswer> {
  try {
    await prepare(rows, epoch, into)
    return { status: 'done' }
  } catch (error) {
    return { status: 'failed', failure: failureOf(error) }
  }
}

function failureOf(error: unknown): Failure {
  if (error instanceof DataError) return { code: error.code, location: error.location, message: error.detail }
  if (error instanceof MillraceError) return { code: error.code, location: undefined, message: error.message }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { code: undefined, location: undefined, message }
}
