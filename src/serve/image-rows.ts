/** Images as they come in requests: files, base64 in JSON, or numbers; and errors that name row and problem. */
import { setImmediate } from 'node:timers/promises'
import { DataError, MillraceError } from '../core/index.ts'
import { decodeImage } from '../images/index.ts'
import type { ImageModel } from '../model/index.ts'
import { badRequest } from './http.ts'
import { PixelRows } from './pixel-rows.ts'
import { describe, type RawRows } from './raw-rows.ts'
import { refuseRows, type ReadRowsOptions, type RowError, type Rows } from './rows.ts'

const FIELD = 'image'

/** A few bytes of JSON can ask for an image: those of one request have to fit into this much memory as pixels. */
const MAX_BYTES = 512 * 1024 * 1024
/** Images of one request that are read before others get their turn. */
const IN_A_ROW = 64

/**
 * The images of `raw` as a model takes them. A value is the bytes of a file, the same as base64 (a data URL too), or
 * numbers as the model's graph takes them: 0 to 1, [channels, height, width], nested or flat; of grey images
 * [height, width] too.
 *
 * @throws HttpError 400 where there is no column `image`, or naming the images that cannot be used
 */
export async function readImages(model: ImageModel, raw: RawRows, { skipBadRows }: ReadRowsOptions): Promise<Rows> {
  const values = raw.column(FIELD)
  if (values === undefined || values.length === 0) {
    throw badRequest(
      'Invalid input. There is no image. Send the bytes of a file, or JSON such as {"inputs": ["<base64>"]}.',
    )
  }
  const width = model.shape.reduce((product, size) => product * size, 1)
  const most = Math.floor(MAX_BYTES / (4 * width))
  if (values.length > most) {
    throw badRequest(`Invalid input. There are ${values.length} images. Send at most ${most} at once.`)
  }
  const data = new Float32Array(values.length * width)
  const errors: RowError[] = []
  for (const [row, value] of values.entries()) {
    if (row % IN_A_ROW === IN_A_ROW - 1) await setImmediate()
    const found = await pixelsOf(model, value)
    if (found instanceof Float32Array) data.set(found, row * width)
    else errors.push({ row: row + 1, field: FIELD, ...found })
  }
  if (errors.length > 0 && !skipBadRows) throw refuseRows(errors)
  return { rowCount: values.length, columns: [new PixelRows(data, width)], errors }
}

type Problem = Pick<RowError, 'expected' | 'found'>

async function pixelsOf(model: ImageModel, value: unknown): Promise<Float32Array | Problem> {
  if (Array.isArray(value)) return numbersOf(model, value)
  if (typeof value === 'string') return await fileOf(model, Buffer.from(value.replace(/^data:[^,]*,/, ''), 'base64'))
  if (value instanceof Uint8Array) return await fileOf(model, value)
  return { expected: 'an image as base64 or numbers', found: describe(value) }
}

async function fileOf(model: ImageModel, bytes: Uint8Array): Promise<Float32Array | Problem> {
  const expected = 'an image (PNG, JPEG, WebP, GIF, TIFF or AVIF)'
  if (bytes.length === 0) return { expected, found: 'nothing' }
  try {
    return model.pixelsOf(await decodeImage(bytes, FIELD, { advise: 'sender' }), 'sender')
  } catch (error) {
    // What the image is at fault for; a machine without a decoder is not the sender's fault.
    if (!(error instanceof MillraceError) || error.code === 'RUNTIME_UNAVAILABLE') throw error
    const reason = error instanceof DataError ? error.detail : error.message
    return { expected, found: `one that cannot be used: ${reason.replace(/\.$/, '')}` }
  }
}

function numbersOf({ shape }: ImageModel, value: readonly unknown[]): Float32Array | Problem {
  const [channels, height, width] = shape
  const count = channels * height * width
  const expected = `${count} numbers from 0 to 1, [${shape.join(', ')}]`
  const flat = new Flattened(count)
  flat.add(value, 2)
  if (flat.count !== count) return { expected, found: `${flat.count} values` }
  return flat.others.length === 0 ? flat.numbers : { expected, found: describe(flat.others[0]) }
}

/** The numbers of nested lists, in order. */
class Flattened {
  readonly numbers: Float32Array
  /** What is no finite number. */
  readonly others: unknown[] = []
  /** How many values there were; numbers that are too many are lost. */
  count = 0

  constructor(length: number) {
    this.numbers = new Float32Array(length)
  }

  add(values: readonly unknown[], depth: number): void {
    // Where one loop meets lists of numbers and lists of lists, V8 makes an object of every number.
    if (typeof values.at(0) === 'number') for (let i = 0; i < values.length; i++) this.#take(values[i], depth)
    else for (const value of values) this.#take(value, depth)
  }

  #take(value: unknown, depth: number): void {
    if (typeof value === 'number' && Number.isFinite(value)) {
      this.numbers[this.count++] = value
    } else if (depth > 0 && Array.isArray(value)) {
      this.add(value, depth - 1)
    } else {
      this.others.push(value)
      this.count++
    }
  }
}
