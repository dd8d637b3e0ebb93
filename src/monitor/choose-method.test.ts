/** Which method a column gets, which thresholds, and what corrections change. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { uniform } from '../../test/reference/monitor/golden.ts'
import { type Column, columnFrom, Table } from '../data/index.ts'
import { compareTables, type DriftOptions } from './index.ts'

const numbers = (count: number, distinct: number): Column =>
  columnFrom(
    'double',
    uniform(3, count).map((u) => Math.floor(u * distinct)),
  )
const words = (count: number, distinct: number): Column =>
  columnFrom(
    'string',
    uniform(4, count).map((u) => `w${Math.floor(u * distinct)}`),
  )
const texts = (count: number): Column =>
  columnFrom(
    'string',
    Array.from({ length: count }, (_, i) => `text number ${i}`),
  )

describe('the default method', () => {
  it.each([
    { column: numbers(1000, 50), type: 'numerical', method: 'ks', threshold: 0.05 },
    { column: numbers(1001, 50), type: 'numerical', method: 'wasserstein', threshold: 0.1 },
    { column: numbers(1000, 5), type: 'numerical', method: 'chisquare', threshold: 0.05 },
    { column: numbers(1000, 2), type: 'numerical', method: 'z', threshold: 0.05 },
    { column: numbers(1001, 5), type: 'numerical', method: 'jensenshannon', threshold: 0.1 },
    { column: words(1000, 3), type: 'categorical', method: 'chisquare', threshold: 0.05 },
    { column: words(1000, 2), type: 'categorical', method: 'z', threshold: 0.05 },
    { column: words(1001, 2), type: 'categorical', method: 'jensenshannon', threshold: 0.1 },
    { column: texts(1000), type: 'text', method: 'perc_text_content_drift', threshold: 0.05 },
    { column: texts(1001), type: 'text', method: 'abs_text_content_drift', threshold: 0.55 },
  ])('of $type columns is $method', ({ column, type, method, threshold }) => {
    const table = Table.fromColumns({ x: column })
    const found = compareTables(table, table).columns['x']
    expect(found).toMatchObject({ type, method, threshold, drift: false, chosenBy: 'default' })
  })

  it.each([
    { type: 'long', values: Array.from({ length: 30 }, (_, i) => i % 10), expected: 'categorical' },
    { type: 'long', values: Array.from({ length: 33 }, (_, i) => i % 11), expected: 'numerical' },
    { type: 'double', values: Array.from({ length: 30 }, (_, i) => i % 2), expected: 'numerical' },
    { type: 'boolean', values: Array.from({ length: 30 }, (_, i) => i % 2 === 0), expected: 'categorical' },
    { type: 'string', values: ['a', 'b', 'a', 'b', 'c', 'a'], expected: 'categorical' },
  ] as const)('takes a $type column for $expected', ({ type, values, expected }) => {
    const table = Table.fromColumns({ x: columnFrom(type, values as never[]) })
    expect(compareTables(table, table).columns['x']?.type).toBe(expected)
  })

  it('does not score dates and columns without values, and says so', () => {
    const table = Table.fromColumns({
      day: columnFrom('datetime', [new Date(0), new Date(1)]),
      none: columnFrom('double', [null, null]),
      x: columnFrom('double', [1.5, 2]),
    })
    const { columns, unscored } = compareTables(table, table)
    expect(Object.keys(columns)).toEqual(['x'])
    expect(unscored).toEqual({ day: 'dates are not scored', none: 'it has no value in the reference' })
  })
})

describe('what counts more', () => {
  const table = Table.fromColumns({ x: numbers(100, 50), y: numbers(100, 40) })
  it.each<{ options: DriftOptions; method: string; threshold: number; chosenBy: string }>([
    { options: { method: 'psi' }, method: 'psi', threshold: 0.1, chosenBy: 'method' },
    { options: { method: 'psi', numMethod: 'ed' }, method: 'ed', threshold: 0.1, chosenBy: 'type' },
    {
      options: { method: 'psi', numMethod: 'ed', perColumnMethod: { x: 't_test' } },
      method: 't_test',
      threshold: 0.05,
      chosenBy: 'column',
    },
    { options: { threshold: 0.2, catThreshold: 0.9 }, method: 'ks', threshold: 0.2, chosenBy: 'default' },
    { options: { threshold: 0.2, numThreshold: 0.3 }, method: 'ks', threshold: 0.3, chosenBy: 'default' },
    {
      options: { threshold: 0.2, numThreshold: 0.3, perColumnThreshold: { x: 0.4 } },
      method: 'ks',
      threshold: 0.4,
      chosenBy: 'default',
    },
  ])('of $options is $method at $threshold', ({ options, method, threshold, chosenBy }) => {
    expect(compareTables(table, table, options).columns['x']).toMatchObject({ method, threshold, chosenBy })
  })
})

describe('unseen categories', () => {
  it('are named, the most frequent first', () => {
    const reference = Table.fromColumns({ x: columnFrom('string', ['a', 'a', 'b', 'b', 'c', 'c']) })
    const current = Table.fromColumns({ x: columnFrom('string', ['a', 'z', 'y', 'z', 'a', 'b']) })
    expect(compareTables(reference, current).columns['x']).toMatchObject({ score: 0, drift: true, unseen: ['z', 'y'] })
  })
})

describe('corrections for many columns', () => {
  const names = Array.from({ length: 12 }, (_, i) => `x${i}`)
  const table = (seed: number): Table =>
    Table.fromColumns(
      names.map((name, i): [string, Column] => [
        name,
        columnFrom(
          'double',
          uniform(seed + i, 60).map((u) => u + 0.02 * i * seed),
        ),
      ]),
    )

  it('never find more columns than none, and Bonferroni none that Benjamini and Hochberg do not', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 15 }), (seed) => {
        const drifted = (correction: DriftOptions['correction']): string[] =>
          Object.entries(compareTables(table(1), table(seed), { correction }).columns)
            .filter(([, { drift }]) => drift)
            .map(([name]) => name)
        const [none, some, fewest] = [drifted('none'), drifted('benjamini-hochberg'), drifted('bonferroni')]
        expect(none).toEqual(expect.arrayContaining(some))
        expect(some).toEqual(expect.arrayContaining(fewest))
      }),
      { numRuns: 15 },
    )
  })

  it('multiply by the number of p-values, or by that over the rank', () => {
    const plain = compareTables(table(1), table(3)).columns
    const ps = Object.values(plain).map(({ score }) => score)
    const bonferroni = compareTables(table(1), table(3), { correction: 'bonferroni' }).columns
    const hochberg = compareTables(table(1), table(3), { correction: 'benjamini-hochberg' }).columns
    for (const [name, { score }] of Object.entries(plain)) {
      expect(bonferroni[name]?.adjusted).toBeCloseTo(Math.min(1, 12 * score), 12)
      const atLeast = ps.filter((p) => p >= score).map((p) => (p * 12) / ps.filter((other) => other <= p).length)
      expect(hochberg[name]?.adjusted).toBeCloseTo(Math.min(1, ...atLeast), 12)
    }
  })
})

describe('every method', () => {
  it('gives the same score whatever the order of the rows', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), (seed) => {
        const values = uniform(seed, 80)
        const shuffled = values.toSorted((a, b) => ((a * 7919) % 1) - ((b * 7919) % 1))
        const other = tableOf(uniform(seed + 1, 70))
        for (const method of [
          'ks',
          'wasserstein',
          'psi',
          'ed',
          'mannw',
          'es',
          'anderson',
          'cramer_von_mises',
          'hellinger',
        ] as const) {
          const [a, b] = [tableOf(values), tableOf(shuffled)].map(
            (one) => compareTables(one, other, { method }).columns['x']?.score,
          )
          expect(a).toBeCloseTo(b ?? Number.NaN, 12)
        }
      }),
      { numRuns: 10 },
    )
  })
})

function tableOf(values: readonly number[]): Table {
  return Table.fromColumns({ x: columnFrom('double', values) })
}
