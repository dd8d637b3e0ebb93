/**
 * PyTorch's own files of weights, `.pth` and `.pt`: a ZIP archive with a pickle that describes tensors and one entry for
 * the numbers of each. Format: torch/serialization.py since PyTorch 1.6.
 */
import { readFile } from 'node:fs/promises'
import { unzipSync, zipSync } from 'fflate'
import { asError, MillraceError, writeFileAtomic } from '../core/index.ts'
import { type ElementDecoder, elementDecoders, elementTypeOf, type TensorsByName } from './element-types.ts'
import type { StateDict } from './module.ts'
import { type Pickled, type PickledTensor, unpickle } from './unpickle.ts'

export interface TorchFileOptions {
  /** Where the state dict lies in a dictionary with more than that, such as `state_dict` or `model`. */
  readonly key?: string
}

/**
 * Reads the state dict of a file that `torch.save` wrote. Numbers come back as float32. Nothing in the file is run: what
 * is no tensor or container is refused, as are compressed entries, which PyTorch never writes.
 *
 * @throws MillraceError INVALID_MODEL for a file that is damaged, hostile or no state dict
 */
export async function loadTorchFile(path: string, options: TorchFileOptions = {}): Promise<StateDict> {
  let bytes: Buffer
  try {
    bytes = await readFile(path)
  } catch (cause) {
    throw new MillraceError('INVALID_MODEL', `Cannot read the weights ${path}: ${asError(cause).message}`, { cause })
  }
  return decodeTorchFile(bytes, path, options)
}

/**
 * Writes tensors under their names, atomically, for `torch.load(path, weights_only=True)`: float32, or uint8 and int64 where
 * the data are.
 */
export async function saveTorchFile(path: string, tensors: TensorsByName): Promise<void> {
  await writeFileAtomic(path, encodeTorchFile(tensors))
}

/** The state dict in the bytes of a file; `origin` names it in messages. @throws as `loadTorchFile` */
export function decodeTorchFile(bytes: Uint8Array, origin: string, { key }: TorchFileOptions = {}): StateDict {
  try {
    const entries = readArchive(bytes)
    const root = [...entries.keys()].find((name) => /^[^/]+\/data\.pkl$/.test(name))?.split('/')[0]
    if (root === undefined) throw new Error('it has no data.pkl')
    const order = entries.get(`${root}/byteorder`)
    if (order !== undefined && Buffer.from(order).toString() !== 'little') throw new Error('its numbers are big-endian')
    const content = unpickle(entries.get(`${root}/data.pkl`)!)
    return tensorsOf(chosen(content, key), new Storages(entries, root, bytes.length))
  } catch (cause) {
    if (cause instanceof MillraceError) throw cause
    throw new MillraceError(
      'INVALID_MODEL',
      `Cannot read the weights in ${origin}: ${asError(cause).message}. Save the state dict again with torch.save, or as safetensors.`,
      { cause },
    )
  }
}

// --- reading -------------------------------------------------------------------------------------------------------

/** The entries by name, none of them compressed. Names are only looked up: nothing is written under them. */
function readArchive(bytes: Uint8Array): ReadonlyMap<string, Uint8Array> {
  if (Buffer.from(bytes.subarray(0, 2)).toString('latin1') !== 'PK') {
    throw new Error('it is no zip archive, which PyTorch writes since version 1.6')
  }
  const seen = new Set<string>()
  let total = 0
  const files = unzipSync(bytes, {
    filter({ name, size, originalSize, compression }) {
      if (compression !== 0) throw new Error(`its entry ${JSON.stringify(name)} is compressed`)
      if (seen.has(name)) throw new Error(`it has two entries ${JSON.stringify(name)}`)
      seen.add(name)
      total += size
      if (size !== originalSize || total > bytes.length) throw new Error('its entries are longer than the file')
      return true
    },
  })
  return new Map(Object.entries(files))
}

const storageTypes: Readonly<Record<string, ElementDecoder>> = {
  FloatStorage: elementDecoders.F32,
  DoubleStorage: elementDecoders.F64,
  HalfStorage: elementDecoders.F16,
  BFloat16Storage: elementDecoders.BF16,
  ByteStorage: elementDecoders.U8,
  LongStorage: elementDecoders.I64,
}

/** Tensors may share a storage, but not so often that a small file fills the memory. */
const SHARING_LIMIT = 16

class Storages {
  readonly #entries: ReadonlyMap<string, Uint8Array>
  readonly #root: string
  #elementsLeft: number

  constructor(entries: ReadonlyMap<string, Uint8Array>, root: string, fileBytes: number) {
    this.#entries = entries
    this.#root = root
    this.#elementsLeft = fileBytes * SHARING_LIMIT
  }

  /** The numbers of a tensor in row-major order. */
  read(name: string, { storage, offset, shape, strides }: PickledTensor): Float32Array {
    const decoder = storageTypes[storage.type]
    if (decoder === undefined) throw new Error(`"${name}" is of the type ${storage.type}, which is not supported`)
    const bytes = this.#entries.get(`${this.#root}/data/${storage.key}`)
    if (bytes === undefined || bytes.length !== storage.length * decoder.width) {
      throw new Error(`the numbers of "${name}" are missing or cut short`)
    }
    const count = shape.reduce((product, size) => product * size, 1)
    const end = count === 0 ? offset : shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis]!, offset + 1)
    this.#elementsLeft -= end - offset
    if (count > storage.length || end > storage.length || this.#elementsLeft < 0) {
      throw new Error(
        `"${name}" of shape [${shape.join(', ')}] does not fit the ${storage.length} numbers it is made of`,
      )
    }
    // Copied, because typed arrays must start at a multiple of their width.
    const used = Uint8Array.from(bytes.subarray(offset * decoder.width, end * decoder.width))
    const numbers = decoder.decode(used.buffer)
    return isContiguous(shape, strides) ? numbers : gather(numbers, shape, strides)
  }
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false
    expected *= shape[axis]!
  }
  return true
}

function gather(numbers: Float32Array, shape: readonly number[], strides: readonly number[]): Float32Array {
  const sizes = rowMajorStrides(shape)
  const count = shape.reduce((product, size) => product * size, 1)
  return Float32Array.from({ length: count }, (_, i) => {
    const place = sizes.reduce((sum, size, axis) => sum + (Math.floor(i / size) % shape[axis]!) * strides[axis]!, 0)
    return numbers[place]!
  })
}

/** How far apart neighbours along each axis are. */
function rowMajorStrides(shape: readonly number[]): number[] {
  return shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1))
}

function chosen(content: Pickled, key: string | undefined): Map<Pickled, Pickled> {
  const found = key === undefined ? content : content instanceof Map ? content.get(key) : undefined
  if (found instanceof Map) return found
  const what = key === undefined ? 'it holds no dictionary of tensors' : `it has no dictionary under the key "${key}"`
  throw new Error(content instanceof Map ? `${what} (found: ${namesIn(content)})` : what)
}

function tensorsOf(state: Map<Pickled, Pickled>, storages: Storages): StateDict {
  return new Map(
    [...state].map(([name, value]) => {
      const isTensor = typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'tensor'
      if (typeof name !== 'string' || !isTensor) {
        const what = typeof name === 'string' ? `its entry "${name}" is no tensor` : 'an entry has no name'
        throw new Error(`${what} (found: ${namesIn(state)}). Name the state dict among them by \`key\``)
      }
      return [name, { shape: value.shape, data: storages.read(name, value) }] as const
    }),
  )
}

/** The first names of a dictionary. Other keys are not written out: nested ones may be endless. */
function namesIn(state: Map<Pickled, Pickled>): string {
  const names = [...state.keys()].filter((name) => typeof name === 'string')
  return names.slice(0, 10).join(', ')
}

// --- writing -------------------------------------------------------------------------------------------------------

/** A moment that every file has, so that equal weights give equal bytes. ZIP keeps local time. */
const MOMENT = new Date(1980, 0, 1)
const ROOT = 'archive'

/** The bytes of a file: tensors in the order they have in `tensors`. */
export function encodeTorchFile(tensors: TensorsByName): Uint8Array {
  const entries: [string, Uint8Array][] = [
    [`${ROOT}/data.pkl`, pickleOf(tensors)],
    [`${ROOT}/byteorder`, Buffer.from('little')],
    ...[...tensors.values()].map(({ data }, i): [string, Uint8Array] => [
      `${ROOT}/data/${i}`,
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    ]),
    [`${ROOT}/version`, Buffer.from('3\n')],
  ]
  return zipSync(Object.fromEntries(entries), { level: 0, mtime: MOMENT })
}

/** An OrderedDict of tensors in protocol 2, by the opcodes that unpickle.ts reads. */
function pickleOf(tensors: TensorsByName): Uint8Array {
  const parts = [Buffer.from([0x80, 2]), called('collections', 'OrderedDict'), Buffer.from([0x29, 0x52, 0x28])]
  for (const [i, [name, { shape, data }]] of [...tensors].entries()) {
    const strides = rowMajorStrides(shape)
    const storage = [Buffer.from('('), text('storage'), called('torch', elementTypeOf(data).storage), text(String(i)), text('cpu'), whole(data.length), Buffer.from('tQ')] // prettier-ignore
    const emptyDict = [called('collections', 'OrderedDict'), Buffer.from([0x29, 0x52])]
    const operands = [...storage, whole(0), tuple(shape), tuple(strides), Buffer.from([0x89]), ...emptyDict]
    parts.push(
      text(name),
      called('torch._utils', '_rebuild_tensor_v2'),
      Buffer.from('('),
      ...operands,
      Buffer.from('tR'),
    )
  }
  return Buffer.concat([...parts, Buffer.from('u.')])
}

function called(module: string, name: string): Buffer {
  return Buffer.from(`c${module}\n${name}\n`)
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  const head = Buffer.from([0x58, 0, 0, 0, 0])
  head.writeUInt32LE(bytes.length, 1)
  return Buffer.concat([head, bytes])
}

function whole(value: number): Buffer {
  const bytes = Buffer.alloc(9)
  bytes.set([0x8a, 7])
  bytes.writeUIntLE(value % 2 ** 48, 2, 6)
  bytes.writeUInt8(Math.floor(value / 2 ** 48), 8)
  return bytes
}

function tuple(values: readonly number[]): Buffer {
  return Buffer.concat([Buffer.from('('), ...values.map(whole), Buffer.from('t')])
}
