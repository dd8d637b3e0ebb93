import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DataError, MillraceError } from '../../core/index.ts'
import { columnFrom, Table } from '../index.ts'
import { type Split, splitTable, trainTestSplit } from './index.ts'

const seed = fc.integer()
const testFraction = fc.double({ min: 0.05, max: 0.95, noNaN: true })
const labels = (most: number): fc.Arbitrary<(string | number)[]> =>
  fc.array(fc.constantFrom('a', 'b', 'c', 1, '1'), { minLength: 2, maxLength: most })

function expectEveryRowOnce({ train, test }: Split, rowCount: number): void {
  expect([...train, ...test].sort((a, b) => a - b)).toEqual(Array.from({ length: rowCount }, (_, row) => row))
  expect(train.length).toBeGreaterThan(0)
  expect(test.length).toBeGreaterThan(0)
}

const letters = (text: string): string[] => text.split('')

/** The split, or undefined where the data cannot be split that way. */
function attempt(split: () => Split): Split | undefined {
  try {
    return split()
  } catch (error) {
    expect(error).toBeInstanceOf(MillraceError)
    return undefined
  }
}

const countOf = (rows: Uint32Array, values: ArrayLike<unknown>, value: unknown): number =>
  rows.filter((row) => values[row] === value).length

describe('trainTestSplit', () => {
  it('gives the same rows for a seed on every system', () => {
    expect(trainTestSplit(10)).toEqual({ train: Uint32Array.of(0, 1, 3, 5, 7, 8, 9), test: Uint32Array.of(2, 4, 6) })
    expect(trainTestSplit(10, { seed: 7 }).test).toEqual(Uint32Array.of(3, 8, 9))
    expect(trainTestSplit(12, { strategy: { stratifyBy: letters('aaaaaabbbbcc') } }).test).toEqual(
      Uint32Array.of(0, 9, 10),
    )
    expect(trainTestSplit(12, { strategy: { groupBy: letters('aabbccddeeff') } }).test).toEqual(Uint32Array.of(10, 11))
  })

  it('puts every row in one part and rounds the test part up', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 200 }), testFraction, seed, (rowCount, testFraction, seed) => {
        fc.pre(Math.ceil(rowCount * testFraction) < rowCount)
        const split = trainTestSplit(rowCount, { testFraction, seed })
        expectEveryRowOnce(split, rowCount)
        expect(split.test.length).toBe(Math.ceil(rowCount * testFraction - 1e-9))
      }),
    )
    // 0.07 × 100 is 7.000000000000001.
    expect(trainTestSplit(100, { testFraction: 0.07 }).test.length).toBe(7)
  })

  it('chooses every row about equally often', () => {
    const chosen = new Float64Array(8)
    for (let seed = 0; seed < 4000; seed++) for (const row of trainTestSplit(8, { seed }).test) chosen[row]! += 1
    // 1000 each is expected; a standard deviation is 27.
    for (const count of chosen) expect(Math.abs(count - 1000)).toBeLessThan(140)
  })

  it('keeps the share of each class, rounded up or down, when stratified', () => {
    fc.assert(
      fc.property(labels(60), testFraction, seed, (stratifyBy, testFraction, seed) => {
        const rowCount = stratifyBy.length
        const split = attempt(() => trainTestSplit(rowCount, { testFraction, seed, strategy: { stratifyBy } }))
        if (split === undefined) return
        expectEveryRowOnce(split, rowCount)
        for (const label of new Set(stratifyBy)) {
          const size = stratifyBy.filter((other) => other === label).length
          const owed = (size * split.test.length) / rowCount
          expect(Math.abs(countOf(split.test, stratifyBy, label) - owed)).toBeLessThan(1)
        }
      }),
    )
  })

  it('gives a rare class its turn in the test part over the seeds', () => {
    const stratifyBy = letters('aaaaaaaaaabbbbbbbbbbrr')
    const found = Array.from({ length: 200 }, (_, seed) =>
      countOf(trainTestSplit(22, { seed, strategy: { stratifyBy } }).test, stratifyBy, 'r'),
    )
    // Owed 2 × 6 / 22 of a row: 0.55 on average.
    const mean = found.reduce((sum, count) => sum + count, 0) / found.length
    expect(Math.abs(mean - 12 / 22)).toBeLessThan(0.15)
  })

  it('keeps groups whole', () => {
    fc.assert(
      fc.property(labels(60), testFraction, seed, (groupBy, testFraction, seed) => {
        const split = attempt(() => trainTestSplit(groupBy.length, { testFraction, seed, strategy: { groupBy } }))
        if (split === undefined) return
        expectEveryRowOnce(split, groupBy.length)
        const inTrain = new Set(Array.from(split.train, (row) => groupBy[row]))
        expect([...split.test].filter((row) => inTrain.has(groupBy[row]))).toEqual([])
      }),
    )
  })

  it('comes close to the test size when groups are small', () => {
    const groupBy = Float64Array.from({ length: 300 }, (_, row) => Math.floor(row / 3))
    for (let seed = 0; seed < 20; seed++) {
      expect(Math.abs(trainTestSplit(300, { seed, strategy: { groupBy } }).test.length - 75)).toBeLessThanOrEqual(1)
    }
  })

  it('tests on the smallest group when all are larger than the test part', () => {
    const groupBy = letters('aaaaabbbbcccccc')
    expect(trainTestSplit(15, { testFraction: 0.1, strategy: { groupBy } }).test).toEqual(Uint32Array.of(5, 6, 7, 8))
  })

  it('never trains on a row later than a test row when split by time', () => {
    const times = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 2, maxLength: 60 })
    fc.assert(
      fc.property(times, testFraction, (orderBy, testFraction) => {
        const split = attempt(() => trainTestSplit(orderBy.length, { testFraction, strategy: { orderBy } }))
        if (split === undefined) return
        expectEveryRowOnce(split, orderBy.length)
        const sorted = Array.from([...split.train, ...split.test], (row) => orderBy[row]!)
        expect(sorted).toEqual(orderBy.toSorted((a, b) => a - b))
      }),
    )
  })

  it('takes the last of the rows at one time, infinite times included', () => {
    const orderBy = [Infinity, 5, 5, 5, -Infinity, Infinity]
    expect(trainTestSplit(6, { testFraction: 0.5, strategy: { orderBy } })).toEqual({
      train: Uint32Array.of(4, 1, 2),
      test: Uint32Array.of(3, 0, 5),
    })
  })

  it('splits a table by its own columns', () => {
    const table = Table.fromColumns({
      species: columnFrom('string', ['a', 'b', 'a', 'b', 'a', 'b', 'a', 'b']),
      seen: columnFrom(
        'datetime',
        [7, 6, 5, 4, 3, 2, 1, 0].map((day) => new Date(2024, 0, 1 + day)),
      ),
    })
    const stratified = trainTestSplit(table.rowCount, { strategy: { stratifyBy: table.strings('species') } })
    expect(splitTable(table, stratified).test.strings('species')).toEqual(['a', 'b'])
    const byTime = splitTable(table, trainTestSplit(8, { strategy: { orderBy: table.numbers('seen') } }))
    expect(byTime.test.strings('seen')).toEqual([table.strings('seen')[1], table.strings('seen')[0]])
    expect(byTime.train.rowCount).toBe(6)
  })

  it('refuses fractions out of range and parts without rows', () => {
    for (const testFraction of [0, 1, -0.1, 1.5, NaN]) {
      expect(() => trainTestSplit(10, { testFraction })).toThrow(`testFraction is ${testFraction}`)
    }
    expect(() => trainTestSplit(10, { testFraction: 0.95 })).toThrow('0.95 of 10 rows leaves none to train on')
    expect(() => trainTestSplit(0)).toThrow('of 0 rows')
    expect(() => trainTestSplit(1.5)).toThrow('rowCount is 1.5')
    expect(() => trainTestSplit(10, { seed: 0.5 })).toThrow('seed is 0.5')
  })

  it('names the class or group that cannot be divided', () => {
    expect(() => trainTestSplit(4, { strategy: { stratifyBy: ['a', 'a', 'rare', 'a'] } })).toThrow(
      'class "rare" has one row',
    )
    expect(() => trainTestSplit(6, { testFraction: 0.3, strategy: { stratifyBy: [1, 1, 2, 2, 3, 3] } })).toThrow(
      'a part of 2 rows cannot hold 3 classes',
    )
    expect(() => trainTestSplit(3, { strategy: { groupBy: [7, 7, 7] } })).toThrow('all rows are of group 7')
  })

  it('names the row of a missing key, and both counts when keys and rows differ', () => {
    expect(() => trainTestSplit(3, { strategy: { stratifyBy: ['a', null, 'a'] } })).toThrow(DataError)
    expect(() => trainTestSplit(3, { strategy: { stratifyBy: ['a', null, 'a'] } })).toThrow('row 2: stratifyBy has no')
    expect(() => trainTestSplit(3, { strategy: { groupBy: [1, 2, NaN] } })).toThrow('row 3: groupBy has no value')
    expect(() => trainTestSplit(3, { strategy: { orderBy: [null, 2, 3] } })).toThrow('row 1: orderBy has no value')
    expect(() => trainTestSplit(3, { strategy: { orderBy: [1, 2] } })).toThrow('orderBy has 2 values for 3 rows')
  })

  it('takes one strategy at a time', () => {
    const halves = { testFraction: 0.5 }
    // @ts-expect-error stratifyBy and groupBy exclude each other
    trainTestSplit(4, { ...halves, strategy: { stratifyBy: [1, 1, 2, 2], groupBy: [1, 2, 3, 4] } })
    // @ts-expect-error times are numbers
    trainTestSplit(4, { ...halves, strategy: { orderBy: ['2024', '2025', '2026', '2027'] } })
    // @ts-expect-error a strategy names what it goes by
    expect(() => trainTestSplit(4, { strategy: {} })).toThrow(TypeError)
  })
})
