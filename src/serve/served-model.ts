/** One loaded version of a model: warm, counted, and freed when its last request has its answer. */
import type { Prediction } from '../model/index.ts'
import { Session } from '../onnx/index.ts'
import { Batcher, type Waiting } from './batcher.ts'
import type { Rows } from './rows.ts'
import { scoreTogether } from './scoring.ts'
import { loadContent, type ServedContent } from './served-content.ts'

/** Which model it is. A folder has no version. */
export interface ModelIdentity {
  readonly name: string
  readonly version: number | undefined
  readonly uri: string
  readonly path: string
  readonly runId: string | undefined
}

export interface LoadOptions {
  /** Rows of different requests that are scored in one run, at most. */
  readonly maxBatchRows: number
  readonly onRun: (requests: number, rows: number) => void
}

/** Rows of one request that are scored in one run, at most, so that others get their turn in between. */
const PIECE_ROWS = 8192

export class ServedModel {
  readonly identity: ModelIdentity
  readonly content: ServedContent
  /** Whether rows get the same bits whatever others they are scored with. If not, each request is scored alone. */
  readonly mixable: boolean
  readonly #session: Session
  readonly #batcher: Batcher
  #requests = 0
  #retired = false

  private constructor(
    identity: ModelIdentity,
    content: ServedContent,
    session: Session,
    mixable: boolean,
    options: LoadOptions,
  ) {
    this.identity = identity
    this.content = content
    this.mixable = mixable
    this.#session = session
    this.#batcher = new Batcher({
      score: (parts) => scoreTogether(session, content, parts),
      maxRows: mixable ? options.maxBatchRows : 0,
      pieceRows: PIECE_ROWS,
      onRun: options.onRun,
    })
  }

  /**
   * Loads the model and scores a few rows, so that the first request finds it warm.
   *
   * @throws MillraceError INVALID_MODEL naming the file that is missing or damaged
   */
  static async load(identity: ModelIdentity, options: LoadOptions): Promise<ServedModel> {
    const content = await loadContent(identity.path)
    const session = await Session.load(content.onnx)
    try {
      return new ServedModel(identity, content, session, await isMixable(session, content), options)
    } catch (error) {
      await session[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Does the work of a request. The model stays loaded until it is done, even when another takes its place. */
  async use<T>(work: (model: ServedModel) => Promise<T>): Promise<T> {
    this.#requests++
    try {
      return await work(this)
    } finally {
      this.#requests--
      if (this.#retired) void this.#freeIfIdle()
    }
  }

  /** Scores rows, perhaps together with those of others. Only inside of `use`. */
  score(rows: Rows, waiting: Waiting): Promise<Prediction> {
    return this.#batcher.score(rows, waiting)
  }

  /** Takes no new requests from now on; frees the model when those under way have their answers. */
  async retire(): Promise<void> {
    this.#retired = true
    await this.#freeIfIdle()
  }

  async #freeIfIdle(): Promise<void> {
    if (this.#requests === 0) await this.#session[Symbol.asyncDispose]()
  }
}

/** Numbers of rows that differ in how ONNX Runtime's kernels cut them up. */
const PROBES = [2, 3, 5, 8, 13, 16, 31]

/**
 * Whether rows scored together come out as they do alone, to the bit: tried with its probe. Kernels may sum the products
 * of a row in another order where there are more rows.
 */
async function isMixable(session: Session, content: ServedContent): Promise<boolean> {
  const rows = content.probe()
  const one = (row: number): Rows => ({
    rowCount: 1,
    columns: rows.columns.map((values) => values.slice(row, row + 1)),
    errors: [],
  })
  const score = async (chosen: readonly number[]): Promise<readonly Prediction[]> =>
    await scoreTogether(session, content, chosen.map(one))
  const alone: Prediction[] = []
  for (let row = 0; row < rows.rowCount; row++) alone.push(...(await score([row])))
  for (const size of PROBES) {
    const chosen = Array.from({ length: size }, (_, position) => position % rows.rowCount)
    const together = await score(chosen)
    if (chosen.some((row, position) => !sameBits(alone[row]!, together[position]!))) return false
  }
  return true
}

function sameBits(a: Prediction, b: Prediction): boolean {
  const [left, right] = [floatsOf(a), floatsOf(b)]
  return Buffer.from(left.buffer, left.byteOffset, left.byteLength).equals(
    Buffer.from(right.buffer, right.byteOffset, right.byteLength),
  )
}

function floatsOf(prediction: Prediction): Float32Array {
  return prediction.task === 'regression' ? prediction.values : prediction.probabilities
}
