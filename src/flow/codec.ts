/**
 * Values to bytes and back. CBOR (RFC 8949, by cbor-x) keeps what JSON loses: undefined, NaN, dates, maps, sets, big
 * integers, typed arrays. The same value gives the same bytes, which Node's own v8.serialize does not promise: it writes
 * one text in two ways, depending on how the engine holds it.
 */
// Not 'cbor-x' itself: that loads a native helper, which takes longer than it saves, and streams.
import { addExtension, Encoder, Tag } from 'cbor-x/encode'
import { MillraceError } from '../core/index.ts'

/** How values of a class are stored: `encode` gives plain data, of which `decode` makes an equal value. */
export interface Codec<T = unknown> {
  /** Stored with the value. Default of `registerCodec`: the name of the class. */
  readonly name: string
  readonly encode: (value: T) => unknown
  readonly decode: (data: unknown) => T
}

/** A class, also one whose constructor is private. */
interface Class<T> {
  readonly prototype: T
  readonly name: string
}

const codecsByClass = new Map<unknown, Codec>()
const codecsByName = new Map<string, Codec>()

/**
 * Lets instances of a class be artifacts. Call it in the module that defines the class, so that it is known wherever
 * the flow runs.
 *
 * @throws MillraceError INVALID_ARGUMENT when another class has that name
 */
export function registerCodec<T>(type: Class<T>, codec: Omit<Codec<T>, 'name'> & { readonly name?: string }): void {
  const name = codec.name ?? type.name
  const known = codecsByClass.get(type)
  if (codecsByName.has(name) && known?.name !== name) {
    throw new MillraceError('INVALID_ARGUMENT', `There is a codec "${name}" already. Give this one another name.`)
  }
  const complete: Codec<T> = { ...codec, name }
  codecsByClass.set(type, complete as Codec)
  codecsByName.set(name, complete as Codec)
}

/** Codecs of Millrace's own classes, loaded where one is met. */
const builtIn: Readonly<Record<string, () => Promise<unknown>>> = {
  Table: () => import('./table-codec.ts'),
  ModelPackage: () => import('./model-codec.ts'),
}

/** Bytes, and the names of the classes in them. */
export interface Encoded {
  readonly bytes: Uint8Array
  readonly classes: readonly string[]
}

/**
 * The bytes of `value`.
 *
 * @param name what the value is called in messages; the path inside is put behind it
 * @throws MillraceError INVALID_ARTIFACT naming the path of a function, a symbol, a cycle or an instance of a class
 *   that has no codec
 */
export async function encodeValue(value: unknown, name: string): Promise<Encoded> {
  for (;;) {
    const classes = new Set<string>()
    try {
      const place: Place = { path: name, open: new Set(), classes, arrays: { bytes: 0 } }
      return { bytes: encode(prepare(value, place), place), classes: [...classes].sort() }
    } catch (error) {
      if (!(error instanceof UnknownClass) || !(await loadCodec(error.className))) throw error
    }
  }
}

function encode(plain: unknown, place: Place): Uint8Array {
  let bytes: Uint8Array
  try {
    bytes = encoder.encode(plain)
  } catch (cause) {
    // What `prepare` has made can be encoded, unless there is too much of it.
    throw tooLarge(place, { cause })
  }
  if (bytes.length > MAX_BYTES) throw tooLarge(place)
  return bytes
}

/** Loads the codecs that `decodeValue` will need for values with these classes in them. */
export async function loadCodecs(classes: readonly string[]): Promise<void> {
  await Promise.all(classes.map(loadCodec))
}

/** The value of `bytes`. Classes in them have to be registered, or loaded by `loadCodecs`. */
export function decodeValue(bytes: Uint8Array): unknown {
  return encoder.decode(bytes) as unknown
}

const loaded = new Set<string>()

/** Whether a codec came that was not there before. */
async function loadCodec(name: string): Promise<boolean> {
  const load = builtIn[name]
  if (load === undefined || loaded.has(name)) return false
  await load()
  loaded.add(name)
  return true
}

const encoder = new Encoder({
  useRecords: false,
  mapsAsObjects: true,
  useTag259ForMaps: true, // tells a Map from an object; the package's own types lack it
  variableMapSize: true,
  tagUint8Array: true,
} as ConstructorParameters<typeof Encoder>[0])

// Tags of the range for private use (first come, first served) around what CBOR has no word for.
const TAG = {
  instance: 43_001,
  negativeZero: 43_002,
  utf16: 43_003,
  entries: 43_004,
  error: 43_005,
  date: 43_006,
} as const

addTag(TAG.instance, (data) => {
  const [name, content] = data as [string, unknown]
  const codec = codecsByName.get(name)
  if (codec === undefined) {
    throw new MillraceError(
      'INVALID_ARTIFACT',
      `A value is of the class "${name}", for which no codec is registered here. Import the module that registers it.`,
    )
  }
  return codec.decode(content)
})
addTag(TAG.negativeZero, () => -0)
addTag(TAG.utf16, (units) => String.fromCharCode(...(units as number[])))
addTag(TAG.entries, (entries) => Object.fromEntries(entries as [string, unknown][]))
// CBOR's own dates are seconds, and lose a millisecond here and there.
addTag(TAG.date, (timeMs) => new Date(timeMs as number))
addTag(TAG.error, (fields) => {
  const { name, message, stack, ...rest } = fields as { name: string; message: string; stack?: string }
  const error = Object.assign(new Error(message), rest)
  Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true })
  if (stack !== undefined) error.stack = stack
  return error
})

function addTag(tag: number, decode: (data: unknown) => unknown): void {
  // The types ask for a class and its encoding too; here tags are put on by `prepare`.
  addExtension({ tag, decode } as Parameters<typeof addExtension>[0])
}

interface Place {
  readonly path: string
  /** The objects around, to find cycles. */
  readonly open: Set<object>
  readonly classes: Set<string>
  /** What typed arrays take, so that too much is refused before it is copied. */
  readonly arrays: { bytes: number }
}

/** As much as can be hashed at once, and read at once should it be a little larger when compressed. */
const MAX_BYTES = 2 ** 31 - 2 ** 20
/** Deeper values run out of stack when they are encoded or decoded. */
const MAX_DEPTH = 500

/** A value the encoder takes as it is: itself where possible, otherwise a copy with tags for what is special. */
function prepare(value: unknown, place: Place): unknown {
  switch (typeof value) {
    case 'number':
      return Object.is(value, -0) ? new Tag(null, TAG.negativeZero) : value
    case 'string':
      return value.isWellFormed()
        ? value
        : new Tag(
            Array.from(value, (_, i) => i).map((i) => value.charCodeAt(i)),
            TAG.utf16,
          )
    case 'function':
      throw refuse(place, 'a function')
    case 'symbol':
      throw refuse(place, 'a symbol')
    case 'object':
      return value === null ? null : prepareObject(value, place)
    case 'bigint':
    case 'boolean':
    case 'undefined':
      return value
  }
}

function prepareObject(value: object, place: Place): unknown {
  if (place.open.has(value)) throw refuse(place, 'a reference to what it is part of (a cycle)')
  if (place.open.size === MAX_DEPTH) throw refuse(place, `inside of ${MAX_DEPTH} others`)
  place.open.add(value)
  try {
    return prepareByClass(value, place)
  } finally {
    place.open.delete(value)
  }
}

function prepareByClass(value: object, place: Place): unknown {
  const at = (key: string): Place => ({ ...place, path: `${place.path}${key}` })
  if (Array.isArray(value)) return Array.from(value, (item, i) => prepare(item, at(`[${i}]`)))
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) {
    const entries = Object.entries(value).map(([key, item]) => [key, prepare(item, at(`.${key}`))] as const)
    // The encoder's decoder renames the one key, to keep objects from getting another prototype; others it cannot write.
    const isPlain = entries.every(([key]) => key !== '__proto__' && key.isWellFormed())
    if (isPlain) return Object.fromEntries(entries)
    return new Tag(
      entries.map(([key, item]) => [prepare(key, place), item]),
      TAG.entries,
    )
  }
  if (isPlainBytes(value)) {
    place.arrays.bytes += value.byteLength
    if (place.arrays.bytes > MAX_BYTES) throw tooLarge(place)
    return value
  }
  if (value instanceof Date) return new Tag(value.getTime(), TAG.date)
  if (value instanceof Map) {
    return new Map(
      Array.from(value, ([key, item]) => [prepare(key, at('.key')), prepare(item, at(`.get(${String(key)})`))]),
    )
  }
  if (value instanceof Set) return new Set(Array.from(value, (item) => prepare(item, at('.value'))))
  const codec = codecsByClass.get(value.constructor)
  if (codec !== undefined) {
    place.classes.add(codec.name)
    return new Tag([codec.name, prepare(codec.encode(value), place)], TAG.instance)
  }
  if (value instanceof Error) {
    const { name, message, stack } = value
    return new Tag(prepare(Object.assign({}, value, { name, message, stack }), place), TAG.error)
  }
  throw new UnknownClass(place, value.constructor?.name ?? 'without a name')
}

function isPlainBytes(value: object): value is ArrayBufferView {
  return ArrayBuffer.isView(value) && !(value instanceof DataView) && plainArrays.has(Object.getPrototypeOf(value))
}

const plainArrays: ReadonlySet<unknown> = new Set(
  [
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
  ].map(({ prototype }) => prototype as unknown),
)

function tooLarge({ path }: Place, options: ErrorOptions = {}): MillraceError {
  return new MillraceError(
    'INVALID_ARTIFACT',
    `${path} is beyond the 2 GiB that an artifact may take. Return it in parts with names of their own, or write it to a file and return its path.`,
    options,
  )
}

function refuse({ path }: Place, what: string): MillraceError {
  const shown = path.length > 200 ? `${path.slice(0, 200)}…` : path
  return new MillraceError(
    'INVALID_ARTIFACT',
    `${shown} is ${what}, which cannot be stored. Return plain data (numbers, text, dates, lists, objects, maps, sets, typed arrays, tables), or register a codec for the class with registerCodec().`,
  )
}

class UnknownClass extends MillraceError {
  readonly className: string

  constructor(place: Place, className: string) {
    super('INVALID_ARTIFACT', refuse(place, `an instance of the class "${className}"`).message)
    this.className = className
    this.name = 'MillraceError'
  }
}
