/**
 * Reading pickles that hold nothing but tensors and containers. A pickle is a program that may call any function of
 * Python; this machine knows four harmless ones, by name, and refuses the rest before it looks at their arguments.
 * Opcodes: Lib/pickletools.py of CPython, protocols 2 to 5.
 */

/** A tensor as a pickle describes it: a view of a storage, whose numbers lie elsewhere. */
export interface PickledTensor {
  readonly kind: 'tensor'
  readonly storage: PickledStorage
  readonly offset: number
  readonly shape: readonly number[]
  readonly strides: readonly number[]
}

interface PickledStorage {
  readonly kind: 'storage'
  /** Such as FloatStorage. */
  readonly type: string
  readonly key: string
  readonly length: number
}

interface PickledFunction {
  readonly kind: 'function'
  readonly name: string
}

export type Pickled =
  | null
  | boolean
  | number
  | string
  | readonly Pickled[]
  | Map<Pickled, Pickled>
  | PickledTensor
  | PickledStorage
  | PickledFunction

/** A pickle that is broken or asks for more than tensors and containers; the message says what was found. */
class UnpickleError extends Error {}

/** Where a list of operands on the stack begins. */
const MARK = Symbol('mark')
type Item = Pickled | typeof MARK

const ORDERED_DICT = 'collections.OrderedDict'
/** As many as a tensor of PyTorch can have. */
const MOST_AXES = 64
const FUNCTIONS = new Set([ORDERED_DICT, 'torch._utils._rebuild_tensor_v2', 'torch._utils._rebuild_parameter'])
const STORAGE = /^torch\.([A-Za-z0-9]+Storage)$/

/** The one value in `bytes`. @throws UnpickleError, whose message says what was found */
export function unpickle(bytes: Uint8Array): Pickled {
  const machine = new Machine(bytes)
  for (;;) {
    const end = machine.step()
    if (end !== undefined) return end.value
  }
}

class Machine {
  readonly #bytes: Buffer
  readonly #stack: Item[] = []
  readonly #memo = new Map<number, Item>()
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** Runs one opcode; the result, after the last. */
  step(): { readonly value: Pickled } | undefined {
    const opcode = this.#take(1)[0]!
    if (opcode === 0x2e) return { value: this.#pop() } // STOP
    const run = opcodes[opcode]
    if (run === undefined) throw new UnpickleError(`the opcode 0x${opcode.toString(16)} is none that tensors need`)
    run(this)
    return undefined
  }

  skip(count: number): void {
    this.#take(count)
  }

  uint(width: 1 | 2 | 4): number {
    return this.#take(width).readUIntLE(0, width)
  }

  int32(): number {
    return this.#take(4).readInt32LE()
  }

  double(): number {
    return this.#take(8).readDoubleBE()
  }

  /** A whole number of any length, which has to be a safe one. */
  long(): number {
    const digits = this.#take(this.uint(1))
    if (digits.length > 7) throw new UnpickleError(`a whole number of ${digits.length} bytes`)
    return digits.length === 0 ? 0 : digits.length === 7 ? this.#wide(digits) : digits.readIntLE(0, digits.length)
  }

  text(length: number): string {
    return this.#take(length).toString()
  }

  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at)
    if (end === -1) throw new UnpickleError('it is cut short')
    const text = this.#bytes.toString('utf8', this.#at, end)
    this.#at = end + 1
    return text
  }

  push(item: Item): void {
    this.#stack.push(item)
  }

  pushFunction(module: string, name: string): void {
    const full = `${module}.${name}`
    if (!FUNCTIONS.has(full) && !STORAGE.test(full)) {
      throw new UnpickleError(`it wants to use ${JSON.stringify(full)}, which is no part of tensors and containers`)
    }
    this.push({ kind: 'function', name: full })
  }

  /** The topmost `count` values, or those above the last mark. */
  tuple(count?: number): void {
    this.push(count === undefined ? this.#aboveMark() : Array.from({ length: count }, () => this.#pop()).toReversed())
  }

  stackFunction(): void {
    const [name, module] = [this.#pop(), this.#pop()]
    if (typeof name !== 'string' || typeof module !== 'string') throw new UnpickleError('a function without a name')
    this.pushFunction(module, name)
  }

  memoize(place: number = this.#memo.size): void {
    this.#memo.set(place, this.#top())
  }

  recall(place: number): void {
    const item = this.#memo.get(place)
    if (item === undefined) throw new UnpickleError(`it recalls the value ${place}, which it has not noted`)
    this.push(item)
  }

  append(all: boolean): void {
    const values = all ? this.#aboveMark() : [this.#pop()]
    const list = this.#top()
    if (!Array.isArray(list)) throw new UnpickleError('it appends to what is no list')
    for (const value of values) (list as Pickled[]).push(value)
  }

  setItems(all: boolean): void {
    const values = all ? this.#aboveMark() : [this.#pop(), this.#pop()].toReversed()
    const map = this.#top()
    if (!(map instanceof Map) || values.length % 2 !== 0)
      throw new UnpickleError('it sets items of what is no dictionary')
    for (let i = 0; i < values.length; i += 2) map.set(values[i]!, values[i + 1]!)
  }

  /** ('storage', type, key, device, length) */
  persistent(): void {
    const id = this.#pop()
    const [kind, type, key, , length] = Array.isArray(id) ? (id as readonly Pickled[]) : []
    const name = isKind(type, 'function') ? STORAGE.exec(type.name)?.[1] : undefined
    if (kind !== 'storage' || name === undefined || typeof key !== 'string' || !isCount(length)) {
      throw new UnpickleError('it refers to something that is no storage of a tensor')
    }
    this.push({ kind: 'storage', type: name, key, length })
  }

  reduce(): void {
    const [parameters, called] = [this.#pop(), this.#pop()]
    if (!isKind(called, 'function') || !Array.isArray(parameters))
      throw new UnpickleError('it calls what is no function')
    this.push(call(called.name, parameters as readonly Pickled[]))
  }

  /** What PyTorch notes beside a state dict is left out. */
  build(): void {
    this.#pop()
    if (!(this.#top() instanceof Map)) throw new UnpickleError('it sets attributes of what is no dictionary')
  }

  #wide(digits: Buffer): number {
    const value = digits.readUIntLE(0, 6) + digits.readInt8(6) * 2 ** 48
    if (Number.isSafeInteger(value)) return value
    throw new UnpickleError('a whole number of more than 53 bits')
  }

  #take(count: number): Buffer {
    if (count > this.#bytes.length - this.#at) throw new UnpickleError('it is cut short')
    this.#at += count
    return this.#bytes.subarray(this.#at - count, this.#at)
  }

  #top(): Item {
    const item = this.#stack.at(-1)
    if (item === undefined) throw new UnpickleError('it takes from an empty stack')
    return item
  }

  #pop(): Pickled {
    const item = this.#top()
    if (item === MARK) throw new UnpickleError('it takes a mark for a value')
    this.#stack.pop()
    return item
  }

  #aboveMark(): Pickled[] {
    const mark = this.#stack.lastIndexOf(MARK)
    if (mark === -1) throw new UnpickleError('it has no mark to go back to')
    const values = this.#stack.splice(mark).slice(1)
    return values as Pickled[]
  }
}

/** By code. Those that are missing call, import or build what tensors do not need. */
const opcodes: Readonly<Record<number, (machine: Machine) => void>> = {
  0x80: (m) => m.skip(1), // PROTO
  0x95: (m) => m.skip(8), // FRAME
  0x28: (m) => m.push(MARK),
  0x4e: (m) => m.push(null),
  0x88: (m) => m.push(true),
  0x89: (m) => m.push(false),
  0x4a: (m) => m.push(m.int32()), // BININT
  0x4b: (m) => m.push(m.uint(1)), // BININT1
  0x4d: (m) => m.push(m.uint(2)), // BININT2
  0x8a: (m) => m.push(m.long()), // LONG1
  0x47: (m) => m.push(m.double()), // BINFLOAT
  0x58: (m) => m.push(m.text(m.uint(4))), // BINUNICODE
  0x8c: (m) => m.push(m.text(m.uint(1))), // SHORT_BINUNICODE
  0x5d: (m) => m.push([]), // EMPTY_LIST
  0x7d: (m) => m.push(new Map()), // EMPTY_DICT
  0x29: (m) => m.push([]), // EMPTY_TUPLE
  0x74: (m) => m.tuple(),
  0x85: (m) => m.tuple(1),
  0x86: (m) => m.tuple(2),
  0x87: (m) => m.tuple(3),
  0x61: (m) => m.append(false),
  0x65: (m) => m.append(true),
  0x73: (m) => m.setItems(false),
  0x75: (m) => m.setItems(true),
  0x71: (m) => m.memoize(m.uint(1)), // BINPUT
  0x72: (m) => m.memoize(m.uint(4)), // LONG_BINPUT
  0x94: (m) => m.memoize(),
  0x68: (m) => m.recall(m.uint(1)), // BINGET
  0x6a: (m) => m.recall(m.uint(4)), // LONG_BINGET
  0x63: (m) => m.pushFunction(m.line(), m.line()), // GLOBAL
  0x93: (m) => m.stackFunction(),
  0x51: (m) => m.persistent(), // BINPERSID
  0x52: (m) => m.reduce(),
  0x62: (m) => m.build(),
}

function call(name: string, parameters: readonly Pickled[]): Pickled {
  if (name === ORDERED_DICT && parameters.length === 0) return new Map()
  const [first, offset, shape, strides] = parameters
  if (name.endsWith('_rebuild_parameter') && isKind(first, 'tensor')) return first
  const fits = isKind(first, 'storage') && isCount(offset) && isCounts(shape) && isCounts(strides)
  if (name.endsWith('_rebuild_tensor_v2') && fits && shape.length === strides.length) {
    return { kind: 'tensor', storage: first, offset, shape, strides }
  }
  throw new UnpickleError(`it calls ${name} with what it does not take`)
}

function isKind<K extends 'function' | 'storage' | 'tensor'>(
  value: Pickled | undefined,
  kind: K,
): value is Extract<Pickled, { readonly kind: K }> {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind
}

function isCount(value: Pickled | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isCounts(value: Pickled | undefined): value is readonly number[] {
  return Array.isArray(value) && value.length <= MOST_AXES && (value as readonly Pickled[]).every(isCount)
}
