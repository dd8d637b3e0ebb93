/** Element types in files of weights, which all are read as float32. */

/** How wide an element is, and how an array of them becomes float32. */
export interface ElementDecoder {
  readonly width: number
  decode(buffer: ArrayBuffer): Float32Array
}

export const elementDecoders = {
  F32: { width: 4, decode: (buffer) => new Float32Array(buffer) },
  F64: { width: 8, decode: (buffer) => Float32Array.from(new Float64Array(buffer)) },
  F16: { width: 2, decode: (buffer) => Float32Array.from(new Float16Array(buffer)) },
  I64: { width: 8, decode: (buffer) => Float32Array.from(new BigInt64Array(buffer), Number) },
  // A bfloat16 is the upper half of a float32.
  BF16: {
    width: 2,
    decode: (buffer) => new Float32Array(Uint32Array.from(new Uint16Array(buffer), (half) => half << 16).buffer),
  },
} as const satisfies Readonly<Record<string, ElementDecoder>>
