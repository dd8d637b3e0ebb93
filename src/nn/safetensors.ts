/**
 * Reading and writing `.safetensors` files: eight bytes with the header's length, a JSON header, then the numbers.
 * Format: huggingface.co/docs/safetensors. A file is checked in full before any of it is used.
 */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { asError, MillraceError, parseJson, writeFileAtomic } from '../core/index.ts'
import { type ElementDecoder, elementDecoders, elementTypeOf, type TensorsByName } from './element-types.ts'
import type { StateDict } from './module.ts'

/** Named tensors with text metadata. */
export interface Safetensors<Tensors extends TensorsByName = StateDict> {
  readonly tensors: Tensors
  readonly metadata: Readonly<Record<string, string>>
}

const tensorSchema = z.object({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()).readonly(),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]).readonly(),
})
type TensorEntry = z.infer<typeof tensorSchema>
const headerSchema = z.object({ __metadata__: z.record(z.string(), z.string()).default({}) }).catchall(tensorSchema)

const LENGTH_BYTES = 8
const HEADER_LIMIT_BYTES = 100_000_000

/** Writes tensors under their names, atomically: float32, or uint8 and int64 where the data are. */
export async function saveSafetensors(path: string, { tensors, metadata }: Safetensors<TensorsByName>): Promise<void> {
  await writeFileAtomic(path, encodeSafetensors({ tensors, metadata }))
}

/** Reads a file; float16, bfloat16, float64, uint8 and int64 tensors come back as float32. @throws MillraceError INVALID_MODEL */
export async function loadSafetensors(path: string): Promise<Safetensors> {
  let bytes: Buffer
  try {
    bytes = await readFile(path)
  } catch (cause) {
    throw new MillraceError('INVALID_MODEL', `Cannot read the weights ${path}: ${asError(cause).message}`, { cause })
  }
  return decodeSafetensors(bytes, path)
}

/** The bytes of a file: tensors in one order, so that equal content gives equal bytes. */
export function encodeSafetensors({ tensors, metadata }: Safetensors<TensorsByName>): Uint8Array {
  const header: [string, unknown][] = Object.keys(metadata).length === 0 ? [] : [['__metadata__', metadata]]
  // The widest first, so that all lie at multiples of their width.
  const entries = [...tensors].toSorted(
    ([a, { data: one }], [b, { data: other }]) => other.BYTES_PER_ELEMENT - one.BYTES_PER_ELEMENT || (a < b ? -1 : 1),
  )
  let offset = 0
  for (const [name, { shape, data }] of entries) {
    header.push([name, { dtype: elementTypeOf(data).dtype, shape, data_offsets: [offset, offset + data.byteLength] }])
    offset += data.byteLength
  }
  const text = Buffer.from(JSON.stringify(Object.fromEntries(header)))
  const padding = Buffer.alloc((LENGTH_BYTES - (text.length % LENGTH_BYTES)) % LENGTH_BYTES, ' ')
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeBigUInt64LE(BigInt(text.length + padding.length))
  const parts = entries.map(([, { data }]) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  return Buffer.concat([length, text, padding, ...parts])
}

/**
 * The tensors in the bytes of a file.
 *
 * @param origin names the file in messages
 * @throws MillraceError INVALID_MODEL for bytes that are cut short, overlap, leave gaps or are no numbers known here
 */
export function decodeSafetensors(bytes: Uint8Array, origin: string): Safetensors {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const headerBytes = bytes.length < LENGTH_BYTES ? Infinity : Number(view.getBigUint64(0, true))
  if (headerBytes > Math.min(bytes.length - LENGTH_BYTES, HEADER_LIMIT_BYTES)) {
    throw broken(origin, 'it is cut short, or no safetensors file')
  }
  const text = Buffer.from(bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + headerBytes)).toString()
  const header = parseJson(headerSchema, text, `The header of ${origin}`, 'INVALID_MODEL')
  const { __metadata__: metadata, ...entries } = header
  const content = bytes.subarray(LENGTH_BYTES + headerBytes)
  checkCoverage(origin, Object.entries(entries), content.length)
  const tensors = Object.entries(entries).map(
    ([name, entry]) => [name, { shape: entry.shape, data: decodeTensor(origin, name, entry, content) }] as const,
  )
  return { tensors: new Map(tensors), metadata }
}

/**
 * Checks that the tensors lie end to end and fill the file, as the format demands. That also finds a name that comes
 * twice: JSON keeps the last, and the bytes of the first belong to nobody.
 */
function checkCoverage(origin: string, entries: readonly (readonly [string, TensorEntry])[], length: number): void {
  let filled = 0
  const inOrder = entries.toSorted(
    ([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1],
  )
  for (const [name, { data_offsets }] of inOrder) {
    const [start, end] = data_offsets
    if (start !== filled) throw broken(origin, `"${name}" starts at byte ${start}, expected ${filled}`)
    filled = end
  }
  if (filled !== length) throw broken(origin, `its tensors end at byte ${filled} of ${length}`)
}

const decoders: Readonly<Record<string, ElementDecoder>> = elementDecoders

function decodeTensor(origin: string, name: string, entry: TensorEntry, content: Uint8Array): Float32Array {
  const { dtype, shape, data_offsets } = entry
  const [start, end] = data_offsets
  const decoder = decoders[dtype]
  if (decoder === undefined) {
    throw broken(origin, `"${name}" has the element type ${dtype}; ${Object.keys(decoders).join(', ')} can be read`)
  }
  const needed = shape.reduce((product, size) => product * size, decoder.width)
  if (end - start !== needed || end > content.length) {
    throw broken(
      origin,
      `"${name}" of shape [${shape.join(', ')}] needs ${needed} bytes; the file has ${Math.max(0, Math.min(end, content.length) - start)}`,
    )
  }
  // Copied, because typed arrays must start at a multiple of their width.
  return decoder.decode(new Uint8Array(content.subarray(start, end)).buffer)
}

function broken(origin: string, reason: string): MillraceError {
  return new MillraceError(
    'INVALID_MODEL',
    `Cannot read the weights in ${origin}: ${reason}. Save or download the file again.`,
  )
}
