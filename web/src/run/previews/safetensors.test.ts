import { expect, test } from 'vitest'
import { histogramOf, readSafetensors } from './safetensors.ts'

function safetensors(header: object, values: Float32Array): ArrayBuffer {
  const json = new TextEncoder().encode(JSON.stringify(header))
  const bytes = new Uint8Array(8 + json.length + values.byteLength)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true)
  bytes.set(json, 8)
  bytes.set(new Uint8Array(values.buffer), 8 + json.length)
  return bytes.buffer
}

test('reads names, shapes and values', () => {
  const file = safetensors(
    { __metadata__: { format: 'pt' }, 'fc.weight': { dtype: 'F32', shape: [1, 2], data_offsets: [0, 8] } },
    Float32Array.of(1.5, -2),
  )
  expect(readSafetensors(file)).toEqual([
    { name: 'fc.weight', shape: [1, 2], type: 'F32', values: Float32Array.of(1.5, -2) },
  ])
})

test('refuses what is no such file', () => {
  expect(() => readSafetensors(new TextEncoder().encode('not safetensors').buffer)).toThrow()
})

test('counts values in bins, all of them, and leaves out what is not finite', () => {
  expect(histogramOf([0, 1, 2, 3, 4, Number.NaN, Infinity], 4)).toEqual({
    low: 0,
    high: 4,
    counts: [1, 1, 1, 2],
    mean: 2,
    deviation: Math.sqrt(2),
  })
  expect(histogramOf([7, 7], 3).counts).toEqual([2, 0, 0])
})
