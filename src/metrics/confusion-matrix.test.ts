import * as fc from 'fast-check'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { expectSameColumn, option, recorded } from '../../test/reference/metrics.ts'
import { type ConfusionMatrix, confusionMatrix } from './index.ts'

describe('confusionMatrix', () => {
  it.each(recorded.labels)('equals scikit-learn, counted and normalised: $name', (known) => {
    const options = { ...option('classes', known.classes), ...option('weights', known.weights) }
    for (const rule of ['counts', 'actual', 'predicted', 'all'] as const) {
      const normalize = rule === 'counts' ? {} : { normalize: rule }
      const { counts } = confusionMatrix(known.actual, known.predicted, { ...options, ...normalize })
      expect(counts).toHaveLength(known.confusion[rule].length)
      for (const [i, row] of counts.entries()) expectSameColumn(row, known.confusion[rule][i]!)
    }
  })

  it('has actual classes as rows and predicted ones as columns, sorted', () => {
    expect(confusionMatrix(['b', 'a', 'b'], ['b', 'b', 'a'])).toEqual({
      classes: ['a', 'b'],
      counts: [
        [0, 1],
        [1, 1],
      ],
    })
  })

  it('sorts numbers by size, not as text', () => {
    expect(confusionMatrix([10, 9, -1], [10, 9, -1]).classes).toEqual([-1, 9, 10])
  })

  it('counts every row once, and swapping the columns transposes it', () => {
    const labels = fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 })), { minLength: 1 })
    fc.assert(
      fc.property(labels, (rows) => {
        const [actual, predicted] = [rows.map(([label]) => label), rows.map(([, label]) => label)]
        const { counts } = confusionMatrix(actual, predicted)
        expect(counts.flat().reduce((sum, count) => sum + count, 0)).toBe(rows.length)
        const swapped = confusionMatrix(predicted, actual).counts
        expect(swapped).toEqual(counts.map((_, i) => counts.map((row) => row[i])))
      }),
    )
  })

  it('keeps the type of the labels', () => {
    const actual: ('a' | 'b')[] = ['a', 'b']
    expectTypeOf(confusionMatrix(actual, actual)).toEqualTypeOf<ConfusionMatrix<'a' | 'b'>>()
    expectTypeOf(confusionMatrix([1, 2], [2, 2])).toExtend<ConfusionMatrix<number>>()
    expect(confusionMatrix(actual, actual).classes).toEqual(['a', 'b'])
  })

  it('refuses a label that is not among the classes', () => {
    expect(() => confusionMatrix(['a', 'b'], ['a', 'c'], { classes: ['a', 'b'] })).toThrow(
      'confusionMatrix: predicted[1] is "c", which is not among the classes "a", "b".',
    )
    const many = Array.from({ length: 12 }, (_, i) => i)
    expect(() => confusionMatrix([99], [0], { classes: many })).toThrow('0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more')
  })

  it('refuses classes that are empty or repeated, and empty columns', () => {
    expect(() => confusionMatrix(['a'], ['a'], { classes: [] })).toThrow('classes is empty')
    expect(() => confusionMatrix(['a'], ['a'], { classes: ['b', 'a', 'b'] })).toThrow('classes lists "b" twice')
    expect(() => confusionMatrix([], [], { classes: ['a'] })).toThrow('confusionMatrix: actual is empty')
  })
})
