import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expectClose, recorded, stateDict } from '../../test/reference/nn.ts'
import {
  BatchNorm1d,
  decodeSafetensors,
  encodeSafetensors,
  Linear,
  loadSafetensors,
  saveSafetensors,
  Sequential,
} from './index.ts'

const { mixed, batchNorm, withoutCount } = recorded.files

function bytesOf(base64: string): Uint8Array {
  return Buffer.from(base64, 'base64')
}

/** A file with any header, for what no honest writer makes. */
function fileOf(header: string | object, content: Uint8Array = new Uint8Array(0), claimed?: bigint): Uint8Array {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(claimed ?? BigInt(text.length))
  return Buffer.concat([length, text, content])
}

function floats(start: number, end: number, shape: readonly number[] = [(end - start) / 4]): object {
  return { dtype: 'F32', shape, data_offsets: [start, end] }
}

describe('decodeSafetensors', () => {
  it('reads what Python writes in every floating type, and int64', () => {
    const { tensors } = decodeSafetensors(bytesOf(mixed.file), 'mixed')
    expect([...tensors.keys()].toSorted()).toEqual(Object.keys(mixed.tensors).toSorted())
    for (const [name, { shape, data }] of Object.entries(mixed.tensors)) {
      expect(tensors.get(name)!.shape).toEqual(shape)
      expectClose(tensors.get(name)!.data, data, 1e-7, name)
    }
  })

  it('gives back what encodeSafetensors was given, bit for bit', () => {
    const tensor = fc
      .array(fc.float(), { maxLength: 12 })
      .map((values) => ({ shape: [values.length], data: Float32Array.from(values) }))
    // Names are paths of properties; __metadata__ belongs to the format, and __proto__ is never read.
    const name = fc
      .oneof(fc.string(), fc.constantFrom('constructor', 'toString', '0', 'ü.weight'))
      .filter((each) => !each.startsWith('__'))
    const tensors = fc.uniqueArray(fc.tuple(name, tensor), {
      selector: ([each]) => each,
      maxLength: 5,
    })
    fc.assert(
      fc.property(tensors, fc.dictionary(name, fc.string()), (entries, metadata) => {
        const given = { tensors: new Map(entries), metadata: { ...metadata } }
        const found = decodeSafetensors(encodeSafetensors(given), 'round trip')
        expect(Object.fromEntries(found.tensors)).toEqual(Object.fromEntries(given.tensors))
        expect(found.metadata).toEqual(given.metadata)
      }),
    )
  })

  const refused: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ['nothing', new Uint8Array(0), /cut short, or no safetensors file/],
    ['seven bytes', new Uint8Array(7), /cut short/],
    ['a header longer than the file', fileOf('{}', undefined, 3n), /cut short/],
    ['a header of 2⁶³ bytes', fileOf('{}', undefined, 2n ** 63n), /cut short/],
    ['a header that is no JSON', fileOf('{"a":'), /The header of hostile is not valid JSON/],
    ['a header that is a list', fileOf('[]'), /The header of hostile is not valid/],
    ['an entry without a type', fileOf({ a: { shape: [1], data_offsets: [0, 4] } }, new Uint8Array(4)), /"a\.dtype"/],
    ['an entry that is no tensor', fileOf({ a: { b: 'c' } }), /"a\.dtype"/],
    ['metadata that is no text', fileOf({ __metadata__: { a: 1 } }), /"__metadata__\.a"/],
    ['a negative size', fileOf({ a: floats(0, 4, [-1]) }, new Uint8Array(4)), /"a\.shape\.0"/],
    ['a fraction as size', fileOf({ a: floats(0, 4, [0.5]) }, new Uint8Array(4)), /"a\.shape\.0"/],
    [
      'an unknown type',
      fileOf({ a: { ...floats(0, 4), dtype: 'Q4' } }, new Uint8Array(4)),
      /"a" has the element type Q4; F32, F64/,
    ],
    [
      'a shape of other bytes',
      fileOf({ a: floats(0, 8, [3]) }, new Uint8Array(8)),
      /"a" of shape \[3\] needs 12 bytes; the file has 8/,
    ],
    ['a shape that overflows', fileOf({ a: floats(0, 4, [2 ** 40, 2 ** 40]) }, new Uint8Array(4)), /needs .* bytes/],
    [
      'an end before the start',
      fileOf({ a: floats(0, 8), b: { ...floats(0, 4), data_offsets: [8, 4] } }, new Uint8Array(8)),
      /end at byte 4 of 8/,
    ],
    ['a tensor beyond the file', fileOf({ a: floats(0, 400) }, new Uint8Array(4)), /end at byte 400 of 4/],
    [
      'overlapping tensors',
      fileOf({ a: floats(0, 8), b: floats(4, 12) }, new Uint8Array(12)),
      /"b" starts at byte 4, expected 8/,
    ],
    ['a gap', fileOf({ a: floats(0, 4), b: floats(8, 12) }, new Uint8Array(12)), /"b" starts at byte 8, expected 4/],
    ['bytes left over', fileOf({ a: floats(0, 4) }, new Uint8Array(8)), /end at byte 4 of 8/],
    [
      'a name that comes twice',
      fileOf(
        '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
        new Uint8Array(8),
      ),
      /"a" starts at byte 4, expected 0/,
    ],
  ]
  it.each(refused)('refuses %s', (_, bytes, message) => {
    expect(() => decodeSafetensors(bytes, 'hostile')).toThrow(message)
    expect(() => decodeSafetensors(bytes, 'hostile')).toThrow(expect.objectContaining({ code: 'INVALID_MODEL' }))
  })

  it('refuses a tensor called __proto__, and takes no harm from it', () => {
    const header = '{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
    expect(() => decodeSafetensors(fileOf(header, new Uint8Array(4)), 'hostile')).toThrow(/end at byte 0 of 4/)
    expect(({} as Record<string, unknown>)['dtype']).toBeUndefined()
  })

  it('reads from the middle of a larger buffer', () => {
    const bytes = bytesOf(mixed.file)
    const shifted = new Uint8Array(bytes.length + 3)
    shifted.set(bytes, 3)
    expect(decodeSafetensors(shifted.subarray(3), 'x')).toEqual(decodeSafetensors(bytes, 'x'))
  })
})

describe('encodeSafetensors', () => {
  it('writes the very bytes that Python writes, which PyTorch loads strictly', () => {
    const tensors = stateDict(batchNorm.tensors)
    expect(Buffer.from(encodeSafetensors({ tensors, metadata: { format: 'pt' } })).toString('base64')).toBe(
      withoutCount,
    )
  })
})

describe('state dicts', () => {
  it('of PyTorch are loaded whole, the count of batches aside', () => {
    const network = new Sequential(new Linear(2, 3), new BatchNorm1d(3))
    network.loadStateDict(decodeSafetensors(bytesOf(batchNorm.file), 'x').tensors)
    for (const [name, { data }] of network.stateDict()) expectClose(data, batchNorm.tensors[name]!.data, 1e-7, name)
  })

  it('come back from a file as they were saved', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-safetensors-'))
    try {
      const network = new Sequential(new Linear(2, 3), new BatchNorm1d(3))
      network.initialize(5)
      const path = join(folder, 'deep', 'model.safetensors')
      await saveSafetensors(path, { tensors: network.stateDict(), metadata: {} })
      const other = new Sequential(new Linear(2, 3), new BatchNorm1d(3))
      other.loadStateDict((await loadSafetensors(path)).tensors)
      expect(other.stateDict()).toEqual(network.stateDict())
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('are refused with the path of a file that is missing or broken', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-safetensors-'))
    try {
      const path = join(folder, 'model.safetensors')
      await expect(loadSafetensors(path)).rejects.toThrow(`Cannot read the weights ${path}: ENOENT`)
      await writeFile(path, 'PK')
      await expect(loadSafetensors(path)).rejects.toThrow(`Cannot read the weights in ${path}: it is cut short`)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
