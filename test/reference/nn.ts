/** What PyTorch says of the cases in nn.json (made by nn.py), and how to compare with it. */
import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import type { StateDict } from '../../src/nn/index.ts'

export interface RecordedArray {
  readonly shape: readonly number[]
  readonly data: readonly number[]
}
type RecordedState = Readonly<Record<string, RecordedArray>>

export interface LayerCase {
  readonly name: string
  readonly training: boolean
  readonly state: RecordedState
  readonly input: RecordedArray & { readonly dtype: 'float32' | 'int64' }
  /** The gradients are those of sum(output · probe). */
  readonly probe: RecordedArray
  readonly output: RecordedArray
  readonly inputGradient: RecordedArray | null
  readonly gradients: RecordedState
  /** The buffers after one step. */
  readonly buffers: RecordedState
}

interface LossCase {
  readonly loss: string
  readonly options: Readonly<Record<string, unknown>>
  readonly output: RecordedArray
  readonly target: RecordedArray
  readonly value: number
  readonly gradient: RecordedArray
}

interface OptimizerRun {
  readonly optimizer: string
  readonly options: Readonly<Record<string, unknown>>
  readonly clipNorm: number | null
  /** The loss of each step. */
  readonly curve: readonly number[]
  readonly state: RecordedState
}

interface ScheduleCase {
  readonly schedule: string
  readonly options: Readonly<Record<string, number>>
  readonly epochs: number
  readonly stepsPerEpoch: number
  readonly losses?: readonly number[]
  readonly factors: readonly number[]
}

interface Recorded {
  readonly layers: readonly LayerCase[]
  readonly losses: readonly LossCase[]
  readonly optimizers: {
    readonly features: RecordedArray
    readonly labels: RecordedArray
    readonly epochs: number
    readonly batchSize: number
    readonly initial: RecordedState
    readonly runs: readonly OptimizerRun[]
  }
  readonly schedules: readonly ScheduleCase[]
  readonly files: {
    readonly mixed: { readonly file: string; readonly tensors: RecordedState }
    readonly batchNorm: { readonly file: string; readonly tensors: RecordedState }
    readonly withoutCount: string
  }
}

export const recorded: Recorded = JSON.parse(readFileSync(new URL('nn.json', import.meta.url), 'utf8')) as Recorded

/** A recorded state dict as modules load it. */
export function stateDict(state: RecordedState): StateDict {
  return new Map(
    Object.entries(state).map(([name, { shape, data }]) => [name, { shape, data: Float32Array.from(data) }]),
  )
}

/** Checks numbers against recorded ones, within `tolerance` of the larger of 1 and their size. */
export function expectClose(found: ArrayLike<number>, expected: readonly number[], tolerance: number, what = ''): void {
  expect(found.length, what).toBe(expected.length)
  expected.forEach((value, i) => {
    const off = Math.abs(found[i]! - value) / Math.max(1, Math.abs(value))
    expect(off, `${what}[${i}]: ${found[i]} for ${value}`).toBeLessThanOrEqual(tolerance)
  })
}
