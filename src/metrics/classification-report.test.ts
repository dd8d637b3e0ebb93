import { describe, expect, expectTypeOf, it } from 'vitest'
import {
  accuracy,
  balancedAccuracy,
  brierScore,
  type ClassificationReport,
  classificationReport,
  classScores,
  confidenceCurve,
  confusionMatrix,
  expectedCalibrationError,
  f1,
  logLoss,
  multiclassRocAuc,
  precision,
  recall,
  rocAuc,
} from './index.ts'

const actual = ['a', 'b', 'c', 'a', 'b', 'c'] as const
const predicted = ['a', 'b', 'b', 'a', 'c', 'c'] as const
const weights = [1, 2, 1, 0.5, 1, 1]
const classes = ['a', 'b', 'c'] as const
const values = [
  [0.7, 0.2, 0.1],
  [0.1, 0.8, 0.1],
  [0.2, 0.5, 0.3],
  [0.6, 0.2, 0.2],
  [0.1, 0.3, 0.6],
  [0.1, 0.1, 0.8],
].flat()
const probabilities = { classes, values }

describe('classificationReport', () => {
  it.each([{}, { weights }])('says what each score says on its own, with options %j', (options) => {
    const report = classificationReport(actual, predicted, { ...options, probabilities })
    const averaged = (average: 'macro' | 'weighted') => ({
      precision: precision(actual, predicted, { ...options, average }),
      recall: recall(actual, predicted, { ...options, average }),
      f1: f1(actual, predicted, { ...options, average }),
    })
    expect(report).toEqual({
      count: 6,
      accuracy: accuracy(actual, predicted, options),
      balancedAccuracy: balancedAccuracy(actual, predicted, options),
      macro: averaged('macro'),
      weighted: averaged('weighted'),
      perClass: classScores(actual, predicted, options),
      confusion: confusionMatrix(actual, predicted, options),
      probabilistic: {
        logLoss: logLoss(actual, probabilities, options),
        brierScore: brierScore(actual, probabilities, options),
        rocAuc: multiclassRocAuc(actual, probabilities, options),
        expectedCalibrationError: expectedCalibrationError(confidenceCurve(actual, probabilities)),
      },
    })
  })

  it('is plain data with the labels’ type, without probabilities unless given', () => {
    const report = classificationReport(actual, predicted)
    expectTypeOf(report).toEqualTypeOf<ClassificationReport<'a' | 'b' | 'c'>>()
    expect(report).not.toHaveProperty('probabilistic')
    expect(JSON.parse(JSON.stringify(report))).toEqual(report)
  })

  it('lists the classes of the probabilities, in their order, even those without rows', () => {
    const report = classificationReport<string>(['a', 'b'], ['a', 'b'], {
      probabilities: { classes: ['c', 'b', 'a'], values: [0.1, 0.2, 0.7, 0.1, 0.7, 0.2] },
    })
    expect(report.perClass.map(({ label, support }) => [label, support])).toEqual([
      ['c', 0],
      ['b', 1],
      ['a', 1],
    ])
    expect(report.probabilistic?.rocAuc).toBeNull()
  })

  it('has the binary area for two classes', () => {
    const truth = ['no', 'yes', 'yes', 'no']
    const scores = [0.1, 0.4, 0.35, 0.375]
    const report = classificationReport(truth, ['no', 'no', 'no', 'no'], {
      probabilities: { classes: ['no', 'yes'], values: scores.flatMap((score) => [1 - score, score]) },
    })
    expect(report.probabilistic?.rocAuc).toBe(rocAuc(truth, scores, { positive: 'yes' }))
  })

  it('uses zeroDivision for classes that are never predicted', () => {
    const report = classificationReport(['a', 'b'], ['a', 'a'], { zeroDivision: 1 })
    expect(report.perClass[1]).toEqual({ label: 'b', precision: 1, recall: 0, f1: 0, support: 1 })
  })

  it('refuses empty columns and predictions that are none of the classes', () => {
    expect(() => classificationReport([], [])).toThrow('classificationReport: actual is empty')
    expect(() =>
      classificationReport<string>(['a'], ['z'], { probabilities: { classes: ['a', 'b'], values: [1, 0] } }),
    ).toThrow('classificationReport: predicted[0] is "z"')
  })
})
