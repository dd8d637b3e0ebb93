import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { unzipSync, zipSync } from 'fflate'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expectClose, type RecordedArray } from '../../test/reference/nn.ts'
import { pythonHas, runPython } from '../../test/python.ts'
import {
  BatchNorm2d,
  Conv2d,
  decodeSafetensors,
  decodeTorchFile,
  encodeSafetensors,
  encodeTorchFile,
  Flatten,
  Linear,
  loadTorchFile,
  type Module,
  saveTorchFile,
  Sequential,
  type TensorsByName,
} from './index.ts'

interface RecordedFile {
  readonly file: string
  readonly tensors: Readonly<Record<string, RecordedArray>>
}
type Names = 'network' | 'protocol4' | 'mixed' | 'views' | 'parameter' | 'checkpoint'
type Recorded = Readonly<Record<Names, RecordedFile>> & { readonly legacy: string; readonly module: string }

const path = new URL('../../test/reference/torch-files.json', import.meta.url)
const recorded = JSON.parse(readFileSync(path, 'utf8')) as Recorded

const bytesOf = (file: string): Uint8Array => Buffer.from(file, 'base64')
const torchLoad = fileURLToPath(new URL('../../test/reference/torch_load.py', import.meta.url))
const examples: TensorsByName = new Map([
  ['pixels', { shape: [3, 1], data: Uint8Array.of(0, 7, 255) }],
  ['labels', { shape: [2], data: BigInt64Array.of(9n, -1n) }],
  ['images', { shape: [1, 2], data: Float32Array.of(0.5, -1) }],
])
const network = (): Module => new Sequential(new Conv2d(1, 2, 3), new BatchNorm2d(2), new Flatten(), new Linear(8, 3))

describe('files of PyTorch', () => {
  it.each(['network', 'protocol4', 'mixed', 'views', 'parameter'] as const)('are read as they are: %s', (name) => {
    const { file, tensors } = recorded[name]
    const state = decodeTorchFile(bytesOf(file), 'x.pth')
    for (const [key, { shape, data }] of Object.entries(tensors)) {
      expect(state.get(key)!.shape, key).toEqual(shape)
      expectClose(state.get(key)!.data, data, 1e-7, key)
    }
  })

  it('are loaded by name, the count of batches aside', () => {
    const module = network()
    module.loadStateDict(decodeTorchFile(bytesOf(recorded.network.file), 'x.pth'))
    expect([...module.stateDict().keys()]).toEqual(Object.keys(recorded.network.tensors))
  })

  it('may have the state dict under a key', () => {
    const { file, tensors } = recorded.checkpoint
    const state = decodeTorchFile(bytesOf(file), 'x.pth', { key: 'state_dict' })
    expect([...state.keys()]).toEqual(expect.arrayContaining(Object.keys(tensors)))
    expect(() => decodeTorchFile(bytesOf(file), 'x.pth')).toThrow(
      /"epoch" is no tensor \(found: epoch, loss, state_dict\). Name the state dict among them by `key`/,
    )
    expect(() => decodeTorchFile(bytesOf(file), 'x.pth', { key: 'model' })).toThrow(
      /no dictionary under the key "model" \(found: epoch, loss, state_dict\)/,
    )
  })

  it('are refused when they hold a module instead of its state, naming what they want to use', () => {
    expect(() => decodeTorchFile(bytesOf(recorded.module), 'x.pth')).toThrow(/it wants to use "torch\.nn\.modules/)
  })

  it('are refused when they are older than the ZIP format', () => {
    expect(() => decodeTorchFile(bytesOf(recorded.legacy), 'old.pth')).toThrow(
      /old\.pth: it is no zip archive, .* since version 1\.6\. .*torch\.save/,
    )
  })
})

describe('files for PyTorch', () => {
  it('come back as they were written, with the same bytes for the same numbers', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-torch-'))
    try {
      const module = network()
      module.initialize(5)
      const file = join(folder, 'deep', 'model.pth')
      await saveTorchFile(file, module.stateDict())
      expect(await loadTorchFile(file)).toEqual(module.stateDict())
      expect(encodeTorchFile(module.stateDict())).toEqual(new Uint8Array(readFileSync(file)))
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('keep any names and shapes', () => {
    const shapes = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 4 })
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), shapes), (given) => {
        const tensors = new Map(
          Object.entries(given).map(([name, shape]) => {
            const data = new Float32Array(shape.reduce((product, size) => product * size, 1)).map((_, i) => i / 3)
            return [name.toWellFormed(), { shape, data }]
          }),
        )
        expect(decodeTorchFile(encodeTorchFile(tensors), 'x.pth')).toEqual(tensors)
      }),
    )
  })

  it('keep bytes and whole numbers, which come back as float32', () => {
    const found = decodeTorchFile(encodeTorchFile(examples), 'x.pt')
    for (const [name, { shape, data }] of examples) {
      expect(found.get(name)).toEqual({ shape, data: Float32Array.from(Array.from<number | bigint>(data), Number) })
    }
    expect(decodeSafetensors(encodeSafetensors({ tensors: examples, metadata: {} }), 'x').tensors).toEqual(found)
  })

  it.skipIf(!pythonHas('torch'))(
    'are loaded by PyTorch with weights_only, and written back',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'millrace-torch-'))
      try {
        const module = network()
        module.initialize(7)
        const tensors: TensorsByName = new Map([...examples, ...module.stateDict()])
        await saveTorchFile(join(folder, 'ours.pth'), tensors)
        const found = runPython(folder, torchLoad, 'ours.pth', 'theirs.pth') as Record<string, RecordedArray>
        for (const [name, { shape, data }] of module.stateDict()) {
          expect(found[name]!.shape).toEqual(shape)
          expectClose(data, found[name]!.data, 1e-7, name)
        }
        expect(found).toMatchObject({
          pixels: { shape: [3, 1], dtype: 'torch.uint8', data: [0, 7, 255] },
          labels: { shape: [2], dtype: 'torch.int64', data: [9, -1] },
          images: { shape: [1, 2], dtype: 'torch.float32', data: [0.5, -1] },
        })
        expect(await loadTorchFile(join(folder, 'theirs.pth'))).toEqual(
          decodeTorchFile(encodeTorchFile(tensors), 'x.pth'),
        )
      } finally {
        await rm(folder, { recursive: true })
      }
    },
    60_000,
  )
})

// --- hostile files -------------------------------------------------------------------------------------------------

const small = new Map([['w', { shape: [2], data: Float32Array.of(1, 2) }]])

/** A file with other bytes for its pickle. */
function withPickle(pickle: Iterable<number>): Uint8Array {
  return zipSync({ ...unzipSync(encodeTorchFile(small)), 'archive/data.pkl': Uint8Array.from(pickle) }, { level: 0 })
}

const raw = (text: string): number[] => [...Buffer.from(text, 'latin1')]
const text = (value: string): number[] => [0x58, value.length, 0, 0, 0, ...raw(value)]
const storage = (type: string, key: string, length: number): number[] => [
  ...raw('('),
  ...text('storage'),
  ...raw(`ctorch\n${type}\n`),
  ...text(key),
  ...text('cpu'),
  0x4a,
  ...new Uint8Array(Int32Array.of(length).buffer),
  ...raw('tQ'),
]
const tensor = (source: readonly number[], shape: readonly number[], strides: readonly number[]): number[] => {
  const tuple = (values: readonly number[]): number[] => [
    ...raw('('),
    ...values.flatMap((value) => [0x4a, ...new Uint8Array(Int32Array.of(value).buffer)]),
    ...raw('t'),
  ]
  const state = [...source, 0x4b, 0, ...tuple(shape), ...tuple(strides), 0x89, ...raw('}tR')]
  return [...raw('}('), ...text('w'), ...raw('ctorch._utils\n_rebuild_tensor_v2\n('), ...state, ...raw('u.')]
}

describe('hostile files', () => {
  it.each<[string, readonly number[], RegExp]>([
    ['a call of os.system', raw('cos\nsystem\n(X\x02\x00\x00\x00lstR.'), /it wants to use "os\.system"/],
    ['the same by protocol 4', raw('\x80\x04\x8c\x05posix\x8c\x06system\x93.'), /it wants to use "posix\.system"/],
    ['a call of eval inside a list', raw('](cbuiltins\neval\nX\x01\x00\x00\x001\x85Re.'), /"builtins\.eval"/],
    ['a name that only begins like a storage', raw('ctorch.FloatStorage\nx\n.'), /"torch\.FloatStorage\.x"/],
    ['a class made with INST', raw('(ios\nsystem\n.'), /opcode 0x69/],
    ['an object made with NEWOBJ', raw(')\x81.'), /opcode 0x81/],
    ['an extension by number', raw('\x82\x01.'), /opcode 0x82/],
    ['attributes set on a function', raw('ccollections\nOrderedDict\n}b.'), /attributes of what is no dictionary/],
    ['a storage called as a function', raw('ctorch\nFloatStorage\n)R.'), /calls torch\.FloatStorage/],
    ['text longer than the file', [0x58, 0xff, 0xff, 0xff, 0xff], /cut short/],
    ['a whole number of 200 bytes', [0x8a, 200, ...Array<number>(200).fill(1)], /200 bytes/],
    ['a pickle without an end', raw('}'), /cut short/],
    ['an empty stack', raw('.'), /empty stack/],
    ['a value that was never noted', raw('h\x07.'), /has not noted/],
    ['a mark as the result', raw('(.'), /a mark for a value/],
    ['no mark to go back to', raw('t.'), /no mark/],
    ['no dictionary', raw('].'), /no dictionary of tensors/],
    ['a dictionary with itself inside', raw('}q\x00X\x01\x00\x00\x00ah\x00s.'), /"a" is no tensor/],
    ['a storage that is not there', tensor(storage('FloatStorage', '../../etc/passwd', 2), [2], [1]), /missing or cut/],
    ['a storage shorter than it says', tensor(storage('FloatStorage', '0', 9), [2], [1]), /missing or cut short/],
    ['a storage of another width', tensor(storage('DoubleStorage', '0', 2), [2], [1]), /missing or cut short/],
    ['a type that is not known', tensor(storage('ComplexFloatStorage', '0', 1), [1], [1]), /not supported/],
    ['more numbers than there are', tensor(storage('FloatStorage', '0', 2), [3], [1]), /does not fit the 2 numbers/],
    ['a number repeated without end', tensor(storage('FloatStorage', '0', 2), [99999, 99999], [0, 0]), /does not fit/],
    ['a negative size', tensor(storage('FloatStorage', '0', 2), [-1], [1]), /what it does not take/],
    ['a stride too wide', tensor(storage('FloatStorage', '0', 2), [2], [5]), /does not fit/],
    ['sizes without strides', tensor(storage('FloatStorage', '0', 2), [2], []), /what it does not take/],
  ])('are refused: %s', (_, pickle, message) => {
    const file = withPickle(pickle)
    expect(() => decodeTorchFile(file, 'evil.pth')).toThrow(message)
    expect(() => decodeTorchFile(file, 'evil.pth')).toThrow(/Cannot read the weights in evil\.pth/)
  })

  it('are refused in time and space when they nest without end', () => {
    const deep = withPickle(raw(`${'('.repeat(500_000)}${'t'.repeat(500_000)}.`))
    expect(() => decodeTorchFile(deep, 'evil.pth')).toThrow(/no dictionary of tensors/)
    // Every tuple holds the one before twice: written out, the last would be 2⁶⁰ long.
    const doubling = [...raw(')'), ...Array.from({ length: 60 }, () => raw('q\x00h\x00\x86')).flat()]
    const laughs = withPickle([...raw('}'), ...doubling, ...raw('K\x01s.')])
    expect(() => decodeTorchFile(laughs, 'evil.pth')).toThrow(/an entry has no name/)
  })

  it('are refused when compressed, cut short or no archive', () => {
    const entries = unzipSync(encodeTorchFile(small))
    const bomb = zipSync({ ...entries, 'archive/data/0': new Uint8Array(1_000_000) }, { level: 9 })
    expect(() => decodeTorchFile(bomb, 'evil.pth')).toThrow(/is compressed/)
    const whole = encodeTorchFile(small)
    for (let length = 0; length < whole.length; length += 7) {
      expect(() => decodeTorchFile(whole.subarray(0, length), 'cut.pth')).toThrow(/Cannot read the weights in cut\.pth/)
    }
    expect(() => decodeTorchFile(zipSync({ 'a.txt': new Uint8Array(3) }), 'x.pth')).toThrow(/compressed|no data\.pkl/)
    expect(() => decodeTorchFile(zipSync({ 'a.txt': new Uint8Array(3) }, { level: 0 }), 'x.pth')).toThrow(
      /no data\.pkl/,
    )
  })

  it('are refused when their entries claim to be longer than the file', () => {
    const lying = Buffer.from(encodeTorchFile(small))
    const central = lying.lastIndexOf(Buffer.from('PK\x01\x02', 'latin1'))
    lying.writeUInt32LE(0x7fffffff, central + 20)
    lying.writeUInt32LE(0x7fffffff, central + 24)
    expect(() => decodeTorchFile(lying, 'evil.pth')).toThrow(/longer than the file/)
  })

  it('never make anything but tensors or an error of any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          const state = decodeTorchFile(withPickle(bytes), 'x.pth')
          expect(state).toBeInstanceOf(Map)
        } catch (error) {
          expect(error).toMatchObject({ code: 'INVALID_MODEL' })
        }
      }),
    )
  })
})
