/** What scikit-learn, numpy and scipy say of the cases in metrics.json (made by metrics.py), and how to compare. */
import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import type { Label, ZeroDivision } from '../../src/metrics/index.ts'

/** NaN is recorded as null. */
type Recorded = number | null
type Column = readonly Recorded[]

interface RecordedScores<T> {
  readonly precision: T
  readonly recall: T
  readonly f1: T
}

export interface LabelCase {
  readonly name: string
  readonly actual: readonly Label[]
  readonly predicted: readonly Label[]
  readonly classes: readonly Label[] | null
  readonly weights: readonly number[] | null
  readonly positive: Label | null
  readonly accuracy: number
  readonly balancedAccuracy: number
  readonly confusion: Readonly<Record<'counts' | 'actual' | 'predicted' | 'all', readonly Column[]>>
  readonly scores: Readonly<
    Record<
      ZeroDivision,
      Readonly<Record<'macro' | 'weighted' | 'micro', RecordedScores<Recorded>>> & {
        readonly positive?: RecordedScores<Recorded>
        readonly perClass: RecordedScores<Column> & { readonly support: Column }
      }
    >
  >
}

export interface ProbabilityCase {
  readonly name: string
  readonly classes: readonly Label[]
  readonly actual: readonly Label[]
  readonly float32: boolean
  readonly probabilities: readonly number[]
  readonly weights: readonly number[] | null
  readonly logLoss: number
  readonly brierScore: number
  readonly brierScoreHalved: number
  readonly calibrationErrors: Readonly<Record<'5' | '15', number>>
  readonly areas: Readonly<Record<string, Recorded>> | null
}

interface ScoreCase {
  readonly name: string
  readonly actual: readonly Label[]
  readonly scores: readonly number[]
  readonly positive: Label
  readonly weights: readonly number[] | null
  readonly area: number
  readonly curves: Readonly<Record<string, { readonly observed: Column; readonly predicted: Column }>> | null
  readonly logLoss: number | null
  readonly brierScore: number | null
}

interface NumberCase extends Readonly<Record<'mse' | 'rmse' | 'mae' | 'r2' | 'spearman', Recorded>> {
  readonly name: string
  readonly actual: readonly number[]
  readonly predicted: readonly number[]
  readonly weights: readonly number[] | null
}

interface RecordedMetrics {
  readonly labels: readonly LabelCase[]
  readonly probabilities: readonly ProbabilityCase[]
  readonly scores: readonly ScoreCase[]
  readonly numbers: readonly NumberCase[]
  readonly interval: {
    readonly rows: readonly number[]
    readonly low: number
    readonly high: number
    readonly level: number
  }
  readonly quantiles: readonly Readonly<Record<'sorted' | 'points' | 'quantiles', readonly number[]>>[]
}

export const recorded = JSON.parse(readFileSync(new URL('metrics.json', import.meta.url), 'utf8')) as RecordedMetrics

/**
 * Expects `value` to be the recorded number: within 1e-12 of it, or of its size where that is above 1, since sums are
 * taken in another order than numpy's.
 */
export function expectSame(value: number, expected: Recorded, tolerance = 1e-12): void {
  if (expected === null) return expect(value).toBeNaN()
  expect(Math.abs(value - expected), `${value} is not ${expected}`).toBeLessThanOrEqual(
    tolerance * Math.max(1, Math.abs(expected)),
  )
}

/** expectSame for every entry of two columns, which must be equally long. */
export function expectSameColumn(values: readonly number[], expected: Column): void {
  expect(values).toHaveLength(expected.length)
  for (const [i, value] of values.entries()) expectSame(value, expected[i]!)
}

/** `{ [name]: value }`, or nothing for null: recorded options as optional properties. */
export function option<K extends string, V>(name: K, value: V | null): { readonly [name in K]?: V } {
  return value === null ? {} : ({ [name]: value } as { readonly [name in K]: V })
}
