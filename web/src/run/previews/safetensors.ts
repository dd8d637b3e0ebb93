/** Weights in the format of safetensors: a header in JSON, then the numbers. */
import { z } from 'zod'

export interface Weights {
  readonly name: string
  readonly shape: readonly number[]
  readonly type: string
  /** Undefined for types that are not floating. */
  readonly values: Float32Array | Float64Array | undefined
}

const header = z.record(
  z.string(),
  z.object({ dtype: z.string(), shape: z.array(z.number()), data_offsets: z.tuple([z.number(), z.number()]) }),
)

/** @throws Error for what is no such file */
export function readSafetensors(content: ArrayBuffer): readonly Weights[] {
  const length = Number(new DataView(content).getBigUint64(0, true))
  const json: unknown = JSON.parse(new TextDecoder().decode(new Uint8Array(content, 8, length)))
  const { __metadata__: _, ...tensors } = z.record(z.string(), z.unknown()).parse(json)
  return Object.entries(header.parse(tensors)).map(
    ([
      name,
      {
        dtype,
        shape,
        data_offsets: [start, end],
      },
    ]) => {
      const bytes = content.slice(8 + length + start, 8 + length + end)
      return { name, shape, type: dtype, values: valuesOf(dtype, bytes) }
    },
  )
}

function valuesOf(type: string, bytes: ArrayBuffer): Weights['values'] {
  if (type === 'F32') return new Float32Array(bytes)
  if (type === 'F64') return new Float64Array(bytes)
  return undefined
}

export interface Histogram {
  readonly low: number
  readonly high: number
  readonly counts: readonly number[]
  readonly mean: number
  readonly deviation: number
}

/** Counts in `bins` of the same width from the least to the greatest; values that are not finite are left out. */
export function histogramOf(values: ArrayLike<number>, bins: number): Histogram {
  let [low, high, sum, squares, count] = [Infinity, -Infinity, 0, 0, 0]
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (!Number.isFinite(value)) continue
    low = Math.min(low, value)
    high = Math.max(high, value)
    sum += value
    squares += value * value
    count++
  }
  const counts = Array.from({ length: bins }, () => 0)
  const scale = high > low ? bins / (high - low) : 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (Number.isFinite(value)) counts[Math.min(bins - 1, Math.floor((value - low) * scale))]!++
  }
  const mean = sum / count
  return { low, high, counts, mean, deviation: Math.sqrt(Math.max(0, squares / count - mean * mean)) }
}
