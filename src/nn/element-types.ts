/** Element types in files of tensors: what is written as it is, and how all are read as float32. */

/** How wide an element is, and how an array of them becomes float32. */
export interface ElementDecoder {
  readonly width: number
  decode(buffer: ArrayBuffer): Float32Array
}

export const elementDecoders = {
  F32: { width: 4, decode: (buffer) => new Float32Array(buffer) },
  F64: { width: 8, decode: (buffer) => Float32Array.from(new Float64Array(buffer)) },
  F16: { width: 2, decode: (buffer) => Float32Array.from(new Float16Array(buffer)) },
  U8: { width: 1, decode: (buffer) => Float32Array.from(new Uint8Array(buffer)) },
  I64: { width: 8, decode: (buffer) => Float32Array.from(new BigInt64Array(buffer), Number) },
  // A bfloat16 is the upper half of a float32.
  BF16: {
    width: 2,
    decode: (buffer) => new Float32Array(Uint32Array.from(new Uint16Array(buffer), (half) => half << 16).buffer),
  },
} as const satisfies Readonly<Record<string, ElementDecoder>>

/** Tensors by name as files can hold them: weights, and images and labels of whole numbers. */
export type TensorsByName = ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Elements }>

export type Elements = Float32Array | Uint8Array | BigInt64Array

/** What safetensors and PyTorch call the type of such elements. */
export function elementTypeOf(data: Elements): {
  readonly dtype: keyof typeof elementDecoders
  readonly storage: string
} {
  if (data instanceof Float32Array) return { dtype: 'F32', storage: 'FloatStorage' }
  if (data instanceof Uint8Array) return { dtype: 'U8', storage: 'ByteStorage' }
  return { dtype: 'I64', storage: 'LongStorage' }
}
