import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expectSame, option, recorded } from '../../test/reference/metrics.ts'
import { multiclassRocAuc, rocAuc } from './index.ts'

/** Rows with both labels and scores of few distinct values, so that there are ties. */
const rows = fc
  .array(fc.tuple(fc.constantFrom('no', 'yes'), fc.integer({ min: -4, max: 4 })), { minLength: 2, maxLength: 40 })
  .filter((rows) => new Set(rows.map(([label]) => label)).size === 2)

describe('rocAuc', () => {
  it.each(recorded.scores)('equals scikit-learn: $name', ({ actual, scores, positive, weights, area }) => {
    expectSame(rocAuc(actual, scores, { positive, ...option('weights', weights) }), area)
  })

  it('is the share of pairs ranked rightly, ties counting half', () => {
    fc.assert(
      fc.property(rows, (rows) => {
        const scoresOf = (label: string) => rows.filter(([found]) => found === label).map(([, score]) => score)
        const pairs = scoresOf('yes').flatMap((yes) => scoresOf('no').map((no) => (Math.sign(yes - no) + 1) / 2))
        const expected = pairs.reduce((sum, pair) => sum + pair, 0) / pairs.length
        const [actual, scores] = [rows.map(([label]) => label), rows.map(([, score]) => score)]
        expect(rocAuc(actual, scores, { positive: 'yes' })).toBeCloseTo(expected, 12)
      }),
    )
  })

  it('depends on the order of the scores alone, and is mirrored when they or the classes are', () => {
    fc.assert(
      fc.property(rows, (rows) => {
        const [actual, scores] = [rows.map(([label]) => label), rows.map(([, score]) => score)]
        const area = rocAuc(actual, scores, { positive: 'yes' })
        expect(rocAuc(actual, scores.map(Math.exp), { positive: 'yes' })).toBe(area)
        expect(rocAuc(actual.toReversed(), scores.toReversed(), { positive: 'yes' })).toBe(area)
        expect(rocAuc(actual, scores, { positive: 'no' })).toBeCloseTo(1 - area, 12)
        expect(
          rocAuc(
            actual,
            scores.map((score) => -score),
            { positive: 'yes' },
          ),
        ).toBeCloseTo(1 - area, 12)
      }),
    )
  })

  it('is 1 when every positive row is above every negative one', () => {
    expect(rocAuc([0, 1, 0, 1], Float32Array.of(-3, 2, 0, 0.1), { positive: 1 })).toBe(1)
  })

  it('refuses rows of one class, and says which', () => {
    expect(() => rocAuc(['yes', 'yes'], [0.1, 0.2], { positive: 'yes' })).toThrow('are all of class "yes"')
    expect(() => rocAuc<string>(['no', 'no'], [0.1, 0.2], { positive: 'yes' })).toThrow('are never of class "yes"')
    expect(() => rocAuc([0, 1], [0.1, 0.2], { positive: 1, weights: [0, 1] })).toThrow('are all of class 1')
  })

  it('refuses a misspelt positive label, scores that are not finite and lengths that differ', () => {
    expect(() => rocAuc<string>(['no', 'yes'], [0.1, 0.2], { positive: 'Yes' })).toThrow('expected one of "no", "yes"')
    expect(() => rocAuc([0, 1], [0.1, Number.NaN], { positive: 1 })).toThrow('rocAuc: scores[1] is NaN')
    expect(() => rocAuc([0, 1], [0.1, Infinity], { positive: 1 })).toThrow('rocAuc: scores[1] is Infinity')
    expect(() => rocAuc([0, 1], [0.1], { positive: 1 })).toThrow('rocAuc: actual has 2 rows and scores has 1.')
    expect(() => rocAuc<number>([], [], { positive: 1 })).toThrow('rocAuc: actual is empty')
  })
})

describe('multiclassRocAuc', () => {
  const cases = recorded.probabilities.filter(({ areas }) => areas !== null)
  const settings = [
    { strategy: 'one-vs-rest', average: 'macro' },
    { strategy: 'one-vs-rest', average: 'weighted' },
    { strategy: 'one-vs-one', average: 'macro' },
    { strategy: 'one-vs-one', average: 'weighted' },
  ] as const

  it.each(cases)('equals scikit-learn: $name', ({ actual, classes, probabilities, weights, areas }) => {
    for (const setting of settings) {
      const expected = areas![`${setting.strategy} ${setting.average}`]!
      const options = setting.strategy === 'one-vs-one' ? setting : { ...setting, ...option('weights', weights) }
      const area = () => multiclassRocAuc(actual, { classes, values: probabilities }, options)
      // Where scikit-learn warns and gives NaN, Millrace throws.
      if (expected === null) expect(area).toThrow('so its area is not defined')
      else expectSame(area(), expected)
    }
  })

  it('does not depend on the order of the classes', () => {
    const actual = ['a', 'b', 'c', 'a']
    const values = [0.6, 0.3, 0.1, 0.2, 0.5, 0.3, 0.4, 0.4, 0.2, 0.3, 0.3, 0.4]
    const turned = [0.1, 0.6, 0.3, 0.3, 0.2, 0.5, 0.2, 0.4, 0.4, 0.4, 0.3, 0.3]
    for (const setting of settings) {
      expect(multiclassRocAuc(actual, { classes: ['c', 'a', 'b'], values: turned }, setting)).toBeCloseTo(
        multiclassRocAuc(actual, { classes: ['a', 'b', 'c'], values }, setting),
        12,
      )
    }
  })

  it('of two classes is the binary area', () => {
    const [actual, scores] = [
      ['a', 'b', 'b', 'a'],
      [0.25, 0.5, 0.125, 0.75],
    ] as const
    const values = scores.flatMap((score) => [1 - score, score])
    const area = rocAuc(actual, scores, { positive: 'b' })
    for (const setting of settings) {
      expect(multiclassRocAuc(actual, { classes: ['a', 'b'], values }, setting)).toBe(area)
    }
  })

  it('refuses rows of one class, rows that do not sum to 1 and weights with one-vs-one', () => {
    const classes = ['a', 'b', 'c']
    expect(() => multiclassRocAuc(['a'], { classes, values: [0.5, 0.3, 0.2] })).toThrow('are all of class "a"')
    expect(() => multiclassRocAuc(['a'], { classes, values: [0.5, 0.3, 0.1] })).toThrow('row 0 sum to 0.9')
    expect(() =>
      multiclassRocAuc(['a'], { classes, values: [0.5, 0.3, 0.2] }, { strategy: 'one-vs-one', weights: [1] }),
    ).toThrow('one-vs-one takes no weights')
  })
})
