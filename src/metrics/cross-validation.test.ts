import { describe, expect, expectTypeOf, it } from 'vitest'
import { crossValidate, type CrossValidation, summarise } from './index.ts'

function* twoFolds(): Generator<readonly number[]> {
  yield [1, 2]
  yield [3, 6]
}

/** The score of a fold is its own number, but 2 scores NaN. */
function scoresOf(folds: readonly number[]): Promise<CrossValidation> {
  return crossValidate(
    folds,
    (fold) => fold,
    (model) => (model === 2 ? Number.NaN : model),
  )
}

describe('crossValidate', () => {
  it('fits and scores each fold in order, one after the other', async () => {
    const events: string[] = []
    const result = await crossValidate(
      ['a', 'b', 'c'],
      async (fold, index) => {
        events.push(`fit ${fold} ${index}`)
        await Promise.resolve()
        return { size: index + 1 }
      },
      (model, fold, index) => {
        expectTypeOf(model).toEqualTypeOf<{ size: number }>()
        events.push(`score ${fold} ${index}`)
        return model.size
      },
    )
    expect(events).toEqual(['fit a 0', 'score a 0', 'fit b 1', 'score b 1', 'fit c 2', 'score c 2'])
    expect(result).toEqual({ scores: [1, 2, 3], mean: 2, std: Math.sqrt(2 / 3) })
  })

  it('takes folds from a generator, and functions that are not asynchronous', async () => {
    const result = await crossValidate(
      twoFolds(),
      (fold) => Math.max(...fold),
      (largest, fold) => largest / fold.length,
    )
    expect(result).toEqual({ scores: [1, 3], mean: 2, std: 1 })
  })

  it('passes a failure on and begins no further fold', async () => {
    const begun: number[] = []
    const fit = (fold: number) => {
      begun.push(fold)
      if (fold === 2) throw new TypeError('cannot fit')
    }
    await expect(crossValidate([1, 2, 3], fit, () => 1)).rejects.toThrow('cannot fit')
    expect(begun).toEqual([1, 2])
  })

  it('refuses no folds and names the fold whose score is NaN', async () => {
    await expect(scoresOf([])).rejects.toThrow('crossValidate: there are no folds')
    await expect(scoresOf([1, 2])).rejects.toThrow('crossValidate: scores[1] is NaN')
  })
})

describe('summarise', () => {
  it('gives the mean and the population standard deviation', () => {
    expect(summarise([2, 4, 4, 4, 5, 5, 7, 9])).toEqual({ mean: 5, std: 2 })
    expect(summarise(Float64Array.of(0.5))).toEqual({ mean: 0.5, std: 0 })
  })

  it('refuses no scores and NaN', () => {
    expect(() => summarise([])).toThrow('summarise: there are no scores')
    expect(() => summarise([1, Number.NaN])).toThrow('summarise: scores[1] is NaN')
  })
})
