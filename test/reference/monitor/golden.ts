/** What Evidently, SciPy and NumPy say of the cases in evidently.json (made by record.py), and the cases themselves. */
import { readFileSync } from 'node:fs'

interface Scored {
  readonly score: number
  readonly threshold: number
  readonly drift: boolean
}

export interface Snapshot {
  readonly metrics: Readonly<Record<string, unknown>>
  readonly tests: readonly { readonly name: string; readonly description: string; readonly status: string }[]
}

type Scores = Readonly<Record<string, Readonly<Record<string, Scored | { readonly error: string }>>>>

export interface Golden {
  readonly numbers: Scores
  readonly categories: Scores
  readonly functions: {
    readonly kolmogorov: readonly { readonly n: number; readonly m: number; readonly d: number; readonly p: number }[]
    readonly chi_square: readonly { readonly x: number; readonly df: number; readonly p: number }[]
    readonly student: readonly { readonly t: number; readonly df: number; readonly p: number }[]
    readonly normal: readonly { readonly z: number; readonly p: number }[]
    readonly bessel: readonly { readonly x: number; readonly value: number }[]
  }
  readonly penguins: {
    readonly drift: Snapshot
    readonly summary: Snapshot
    readonly summary_alone: Snapshot
    readonly quality_alone: Snapshot
  }
  readonly binary: Snapshot
  readonly regression: Snapshot
}

export const golden = JSON.parse(readFileSync(new URL('evidently.json', import.meta.url), 'utf8')) as Golden

/** `count` numbers in [0, 1): the generator of record.py. */
export function uniform(seed: number, count: number): number[] {
  let x = seed
  return Array.from({ length: count }, () => {
    x = (Math.imul(1664525, x) + 1013904223) >>> 0
    return x / 2 ** 32
  })
}

interface Case<T> {
  readonly type: 'numerical' | 'categorical'
  readonly reference: readonly T[]
  readonly current: readonly T[]
}

const species = ['Adelie', 'Chinstrap', 'Gentoo']
const sexes = ['FEMALE', 'MALE']
const letters = ['a', 'b', 'c']

/** The two sides of each recorded case. */
export const cases: Readonly<Record<string, Case<number | string>>> = {
  num_small: numbers(uniform(1, 300), shifted(250)),
  num_large: numbers(uniform(1, 1500), shifted(1200)),
  num_few_values: numbers(
    uniform(3, 400).map((u) => Math.floor(4 * u)),
    uniform(4, 350).map((u) => Math.floor(4 * u ** 1.2)),
  ),
  num_tiny: numbers(
    uniform(9, 7),
    uniform(10, 12).map((u) => u + 0.3),
  ),
  num_tiny_tied: numbers(
    uniform(11, 18).map((u) => Math.floor(6 * u)),
    uniform(12, 15).map((u) => Math.floor(6 * u + 1)),
  ),
  num_equal_sizes: numbers(
    uniform(13, 200),
    uniform(14, 200).map((u) => u * 0.9),
  ),
  num_alike: numbers(uniform(15, 900), uniform(16, 700)),
  num_huge_current: numbers(uniform(17, 60), uniform(18, 12_000)),
  num_both_huge: numbers(
    uniform(19, 11_000),
    uniform(20, 12_000).map((u) => u ** 1.02),
  ),
  num_whole: numbers(
    uniform(21, 500).map((u) => Math.floor(40 * u)),
    uniform(22, 400).map((u) => Math.floor(38 * u + 3)),
  ),
  cat3_small: categories(bucket(5, 344, [0.44, 0.64], species), bucket(6, 200, [0.35, 0.6], species)),
  cat2_small: categories(bucket(7, 344, [0.5], sexes), bucket(8, 200, [0.42], sexes)),
  cat3_large: categories(bucket(5, 2000, [0.44, 0.64], letters), bucket(6, 1500, [0.38, 0.62], letters)),
  cat2_equal: categories(bucket(7, 80, [0.5], sexes), bucket(8, 80, [0.35], sexes)),
  cat_unseen: categories(bucket(23, 100, [0.5], letters), bucket(24, 90, [0.5, 0.9], letters)),
  cat_same: categories(
    Array.from({ length: 20 }, () => 'x'),
    Array.from({ length: 30 }, () => 'x'),
  ),
}

function shifted(count: number): number[] {
  return uniform(2, count).map((u) => 1.1 * u + 0.05)
}

function bucket(seed: number, count: number, cuts: readonly number[], labels: readonly string[]): string[] {
  return uniform(seed, count).map((u) => labels[cuts.filter((cut) => cut <= u).length]!)
}

function numbers(reference: readonly number[], current: readonly number[]): Case<number> {
  return { type: 'numerical', reference, current }
}

function categories(reference: readonly string[], current: readonly string[]): Case<string> {
  return { type: 'categorical', reference, current }
}
