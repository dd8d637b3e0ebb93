/** The same trees as scikit-learn's histogram gradient boosting grows. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { boost, type BoostOptions, type Features, logistic, softmax, squaredError } from './index.ts'

interface Reference {
  readonly features: readonly (readonly (number | null)[])[]
  readonly cases: readonly {
    readonly name: string
    /** Of the rows to learn from, which come first. */
    readonly target: readonly number[]
    readonly weights: readonly number[] | null
    readonly answers: readonly number[] | readonly (readonly number[])[]
  }[]
}

const { features, cases } = JSON.parse(
  readFileSync(new URL('../../test/reference/trees.json', import.meta.url), 'utf8'),
) as Reference

const settings = {
  nEstimators: 30,
  learningRate: 0.1,
  maxLeaves: 8,
  l2: 1,
  maxBins: 255,
  subsample: 1,
  featureFraction: 1,
  seed: 1,
}
const asked: Readonly<Record<string, Pick<BoostOptions, 'objective' | 'minChildWeight'>>> = {
  regression: { objective: squaredError, minChildWeight: 5 },
  'two classes': { objective: logistic, minChildWeight: 1e-3 },
  'three classes': { objective: softmax(3), minChildWeight: 1e-3 },
}

describe.each(cases)('$name', ({ name, target, weights, answers }) => {
  it('is answered as scikit-learn answers it', async () => {
    const training = { features: matrix(features.slice(0, target.length)), targets: Float64Array.from(target) }
    const { ensemble } = await boost(training, {
      ...settings,
      ...asked[name]!,
      ...(weights !== null && { weights: Float64Array.from(weights) }),
    })
    const scores = ensemble.scores(matrix(features))
    const columns = Array.from({ length: ensemble.outputs }, (_, k) =>
      scores.subarray(k * features.length, (k + 1) * features.length),
    )
    for (const [row, answer] of answers.entries()) {
      const found = answerOf(
        columns.map((column) => column[row]!),
        typeof answer === 'number',
      )
      for (const [i, value] of [answer].flat().entries()) expect(found[i], `row ${row}`).toBeCloseTo(value, 5)
    }
  })
})

/** The number, or the probability of each class. */
function answerOf(scores: readonly number[], isNumber: boolean): readonly number[] {
  if (isNumber) return scores
  const logits = scores.length === 1 ? [0, ...scores] : scores
  const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0)
  return logits.map((logit) => Math.exp(logit) / sum)
}

function matrix(rows: readonly (readonly (number | null)[])[]): Features {
  const data = Float32Array.from(rows.flat(), (value) => value ?? NaN)
  return { data, rowCount: rows.length, featureCount: rows[0]!.length }
}
