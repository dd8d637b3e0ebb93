import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DataError, MillraceError } from '../../core/index.ts'
import { kFold, type Split, type SplitStrategy } from './index.ts'

const seed = fc.integer()
const shuffle = fc.boolean()
const folds = fc.integer({ min: 2, max: 6 })
const labels = fc.array(fc.constantFrom('a', 'b', 'c', 1, '1'), { minLength: 2, maxLength: 60 })
const allRows = (rowCount: number): number[] => Array.from({ length: rowCount }, (_, row) => row)
const tests = (splits: readonly Split[]): number[][] => splits.map(({ test }) => [...test])
const spread = (counts: readonly number[]): number => Math.max(...counts) - Math.min(...counts)

function expectTestedOnce(splits: readonly Split[], rowCount: number): void {
  expect(
    tests(splits)
      .flat()
      .sort((a, b) => a - b),
  ).toEqual(allRows(rowCount))
  for (const { train, test } of splits) {
    expect([...train, ...test].sort((a, b) => a - b)).toEqual(allRows(rowCount))
  }
}

const letters = (text: string): string[] => text.split('')

/** The folds, or undefined where the data cannot be folded that way. */
function attempt(split: () => Split[]): Split[] | undefined {
  try {
    return split()
  } catch (error) {
    expect(error).toBeInstanceOf(MillraceError)
    return undefined
  }
}

describe('kFold', () => {
  it('gives the same rows for a seed on every system', () => {
    expect(tests(kFold(7, 3))).toEqual([
      [0, 1, 6],
      [4, 5],
      [2, 3],
    ])
    expect(kFold(7, 3)[1]!.train).toEqual(Uint32Array.of(0, 1, 2, 3, 6))
    expect(tests(kFold(9, 3, { strategy: { stratifyBy: letters('aaabbbbbb') } }))).toEqual([
      [2, 5, 6],
      [1, 4, 8],
      [0, 3, 7],
    ])
    expect(tests(kFold(6, 3, { seed: 3, strategy: { groupBy: letters('abcdef') } }))).toEqual([
      [1, 5],
      [0, 3],
      [2, 4],
    ])
  })

  it('tests every row once, in folds that differ by one row at most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 80 }), folds, seed, shuffle, (rowCount, folds, seed, shuffle) => {
        fc.pre(folds <= rowCount)
        const splits = kFold(rowCount, folds, { seed, shuffle })
        expect(splits.length).toBe(folds)
        expectTestedOnce(splits, rowCount)
        expect(spread(splits.map(({ test }) => test.length))).toBeLessThanOrEqual(1)
      }),
    )
  })

  it("makes scikit-learn's blocks when rows are not shuffled", () => {
    // list(KFold(3).split(range(8))), scikit-learn 1.9.1
    expect(tests(kFold(8, 3, { shuffle: false }))).toEqual([
      [0, 1, 2],
      [3, 4, 5],
      [6, 7],
    ])
  })

  it('leaves one out when there are as many folds as rows', () => {
    expect(tests(kFold(4, 4, { shuffle: false }))).toEqual([[0], [1], [2], [3]])
  })

  it('spreads each class over the folds within one row when stratified', () => {
    fc.assert(
      fc.property(labels, folds, seed, shuffle, (stratifyBy, folds, seed, shuffle) => {
        const options = { seed, shuffle, strategy: { stratifyBy } }
        const splits = attempt(() => kFold(stratifyBy.length, folds, options))
        if (splits === undefined) return
        expectTestedOnce(splits, stratifyBy.length)
        expect(spread(splits.map(({ test }) => test.length))).toBeLessThanOrEqual(1)
        for (const label of new Set(stratifyBy)) {
          const counts = splits.map(({ test }) => test.filter((row) => stratifyBy[row] === label).length)
          expect(spread(counts)).toBeLessThanOrEqual(1)
        }
      }),
    )
  })

  it('keeps groups whole, in folds that differ by the largest group at most', () => {
    fc.assert(
      fc.property(labels, folds, seed, shuffle, (groupBy, folds, seed, shuffle) => {
        const splits = attempt(() => kFold(groupBy.length, folds, { seed, shuffle, strategy: { groupBy } }))
        if (splits === undefined) return
        expectTestedOnce(splits, groupBy.length)
        for (const { train, test } of splits) {
          const inTrain = new Set(Array.from(train, (row) => groupBy[row]))
          expect([...test].filter((row) => inTrain.has(groupBy[row]))).toEqual([])
        }
        const sizes = [...new Set(groupBy)].map((group) => groupBy.filter((other) => other === group).length)
        expect(spread(splits.map(({ test }) => test.length))).toBeLessThanOrEqual(Math.max(...sizes))
      }),
    )
  })

  it('packs the largest groups first', () => {
    const groupBy = letters('abbcccdddd')
    expect(tests(kFold(10, 2, { shuffle: false, strategy: { groupBy } }))).toEqual([
      [0, 6, 7, 8, 9],
      [1, 2, 3, 4, 5],
    ])
  })

  it("grows the training window as scikit-learn's TimeSeriesSplit does", () => {
    // list(TimeSeriesSplit(3).split(range(10))), scikit-learn 1.9.1
    const splits = kFold(10, 3, { strategy: { orderBy: allRows(10) } })
    expect(splits).toEqual([
      { train: Uint32Array.of(0, 1, 2, 3), test: Uint32Array.of(4, 5) },
      { train: Uint32Array.of(0, 1, 2, 3, 4, 5), test: Uint32Array.of(6, 7) },
      { train: Uint32Array.of(0, 1, 2, 3, 4, 5, 6, 7), test: Uint32Array.of(8, 9) },
    ])
  })

  it('never trains on a row later than a test row when folded by time', () => {
    const times = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 3, maxLength: 60 })
    fc.assert(
      fc.property(times, folds, (orderBy, folds) => {
        fc.pre(folds < orderBy.length)
        const sorted = orderBy.toSorted((a, b) => a - b)
        const splits = kFold(orderBy.length, folds, { strategy: { orderBy } })
        expect(splits.length).toBe(folds)
        for (const { train, test } of splits) {
          const window = Array.from([...train, ...test], (row) => orderBy[row])
          expect(window).toEqual(sorted.slice(0, window.length))
          expect(test.length).toBe(Math.floor(orderBy.length / (folds + 1)))
        }
        expect(splits.at(-1)!.train.length + splits.at(-1)!.test.length).toBe(orderBy.length)
        expect(new Set(tests(splits).flat()).size).toBe(tests(splits).flat().length)
      }),
    )
  })

  it('refuses fewer than two folds and more than the rows allow', () => {
    for (const folds of [1, 0, 2.5, NaN]) expect(() => kFold(10, folds)).toThrow(`folds is ${folds}`)
    expect(() => kFold(4, 5)).toThrow('5 folds need 5 rows, but there are 4')
    expect(() => kFold(4, 4, { strategy: { orderBy: [1, 2, 3, 4] } })).toThrow('4 folds by time need 5 rows')
  })

  it('names the class that is too small and counts the groups that are too few', () => {
    expect(() => kFold(6, 3, { strategy: { stratifyBy: letters('aaaabb') } })).toThrow('class "b" has 2 rows')
    expect(() => kFold(6, 3, { strategy: { groupBy: letters('aaaabb') } })).toThrow('as many groups, but there are 2')
    expect(() => kFold(2, 2, { strategy: { groupBy: letters('aa') } })).toThrow('as many groups, but there are 1')
  })

  it('names the row of a missing key', () => {
    expect(() => kFold(3, 2, { strategy: { groupBy: ['a', 'b', null] } })).toThrow(DataError)
    expect(() => kFold(3, 2, { strategy: { groupBy: ['a', 'b', null] } })).toThrow('row 3: groupBy has no value here')
  })

  it('takes shuffle with every strategy but time', () => {
    const strategy: SplitStrategy = { orderBy: [1, 2, 3] }
    // @ts-expect-error rows in order of time are not shuffled
    kFold(3, 2, { shuffle: true, strategy })
    expect(kFold(3, 2, { seed: 1, strategy })).toEqual(kFold(3, 2, { seed: 2, strategy }))
  })
})
