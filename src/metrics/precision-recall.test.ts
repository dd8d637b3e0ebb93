import * as fc from 'fast-check'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { expectSame, expectSameColumn, type LabelCase, option, recorded } from '../../test/reference/metrics.ts'
import { classScores, type ClassScores, f1, precision, recall } from './index.ts'

const rules = ['nan', '0', '1'] as const
const single = { precision, recall, f1 }
const names = ['precision', 'recall', 'f1'] as const

function optionsOf(known: LabelCase, rule: (typeof rules)[number]) {
  const zeroDivision = ({ nan: 'nan', 0: 0, 1: 1 } as const)[rule]
  return { ...option('classes', known.classes), ...option('weights', known.weights), zeroDivision }
}

describe('precision, recall and f1', () => {
  it.each(recorded.labels)('of every class equal scikit-learn: $name', (known) => {
    for (const rule of rules) {
      const scores = classScores(known.actual, known.predicted, optionsOf(known, rule))
      for (const name of [...names, 'support'] as const) {
        expectSameColumn(
          scores.map((score) => score[name]),
          known.scores[rule].perClass[name],
        )
      }
    }
  })

  it.each(recorded.labels)('averaged over classes equal scikit-learn: $name', (known) => {
    for (const rule of rules) {
      for (const average of ['macro', 'weighted', 'micro'] as const) {
        const options = { ...optionsOf(known, rule), average }
        for (const name of names) {
          expectSame(single[name](known.actual, known.predicted, options), known.scores[rule][average][name])
        }
      }
    }
  })

  const binary = recorded.labels.filter(({ positive }) => positive !== null)
  it.each(binary)('of one positive class equal scikit-learn: $name', (known) => {
    for (const rule of rules) {
      const options = { ...optionsOf(known, rule), positive: known.positive! }
      for (const name of names) {
        expectSame(single[name](known.actual, known.predicted, options), known.scores[rule].positive![name])
      }
    }
  })

  it('are 1 for perfect predictions, and f1 lies between precision and recall', () => {
    const labels = fc.array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: 1 })
    fc.assert(
      fc.property(labels, (rows) => {
        const [actual, predicted] = [rows.map(([label]) => Number(label)), rows.map(([, label]) => Number(label))]
        for (const name of names) expect(single[name](actual, actual, { average: 'macro' })).toBe(1)
        for (const score of classScores(actual, predicted)) {
          expect(score.f1).toBeGreaterThanOrEqual(Math.min(score.precision, score.recall) - 1e-15)
          expect(score.f1).toBeLessThanOrEqual(Math.max(score.precision, score.recall) + 1e-15)
        }
      }),
    )
  })

  it('give the score of one class among several as the class against the rest', () => {
    const [actual, predicted] = [
      ['a', 'b', 'c', 'a'],
      ['a', 'a', 'c', 'b'],
    ] as const
    expect(recall(actual, predicted, { positive: 'a' })).toBe(0.5)
    expect(precision(actual, predicted, { positive: 'c' })).toBe(1)
  })

  it('count an undefined quotient as 0 unless told otherwise', () => {
    expect(precision(['a', 'b'], ['a', 'a'], { positive: 'b' })).toBe(0)
    expect(precision(['a', 'b'], ['a', 'a'], { positive: 'b', zeroDivision: 1 })).toBe(1)
    expect(precision(['a', 'b'], ['a', 'a'], { positive: 'b', zeroDivision: 'nan' })).toBeNaN()
  })

  it('keep the type of the labels and insist on one number', () => {
    const actual: ('a' | 'b')[] = ['a', 'b']
    expectTypeOf(classScores(actual, actual)).toEqualTypeOf<readonly ClassScores<'a' | 'b'>[]>()
    // @ts-expect-error 'z' is none of the labels
    expect(() => precision(actual, actual, { positive: 'z' })).toThrow(
      'precision: positive is "z", expected one of "a", "b"',
    )
    // @ts-expect-error neither average nor positive
    expect(() => f1(actual, actual, {})).toThrow('f1: pass average or positive')
  })

  it('refuse columns that differ in length, are empty or hold unknown labels', () => {
    expect(() => recall(['a'], ['a', 'b'], { average: 'macro' })).toThrow(
      'recall: actual has 1 rows and predicted has 2.',
    )
    expect(() => f1([], [], { average: 'micro' })).toThrow('f1: actual is empty')
    expect(() => classScores(['x'], ['a'], { classes: ['a'] })).toThrow('classScores: actual[0] is "x"')
  })
})
