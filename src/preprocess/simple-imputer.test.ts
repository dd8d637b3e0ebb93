import { describe, expect, it } from 'vitest'
import { columnFrom, Table } from '../data/index.ts'
import { columnTransformer, oneHotEncoder, ordinalEncoder, pipeline, simpleImputer } from './index.ts'

const numbers = Table.fromColumns({ x: columnFrom('double', [4, null, 1, 1, 4, 10]) })

describe('simpleImputer', () => {
  it.each([
    { name: 'mean', imputer: simpleImputer(), filled: 4 },
    { name: 'median', imputer: simpleImputer({ strategy: 'median' }), filled: 4 },
    { name: 'smallest of the most frequent', imputer: simpleImputer({ strategy: 'mostFrequent' }), filled: 1 },
    { name: 'constant', imputer: simpleImputer({ strategy: 'constant', fillValue: -7 }), filled: -7 },
  ])('fills numbers with the $name', async ({ imputer, filled }) => {
    const fitted = await columnTransformer([{ columns: ['x'], transform: imputer }]).fit(numbers)
    expect((await fitted.transform(numbers)).data).toEqual(Float32Array.of(4, filled, 1, 1, 4, 10))
  })

  it('takes the smallest of equally frequent texts by code point', async () => {
    const table = Table.fromColumns({ text: columnFrom('string', ['😀', '\uffee', null, '\uffee', '😀']) })
    const transform = pipeline(simpleImputer({ strategy: 'mostFrequent' }), oneHotEncoder())
    const fitted = await columnTransformer([{ columns: ['text'], transform }]).fit(table)
    expect(fitted.featureNames).toEqual(['text_\uffee', 'text_😀'])
    const { data } = await fitted.transform(table.slice(2, 3))
    expect([...data]).toEqual([1, 0])
  })

  it('takes "None" for a text where the training rows have it', async () => {
    const table = Table.fromColumns({ veneer: columnFrom('string', ['None', 'Stone', 'Stone', null]) })
    const transform = pipeline(simpleImputer({ strategy: 'mostFrequent' }), ordinalEncoder())
    const fitted = await columnTransformer([{ columns: ['veneer'], transform }]).fit(table)
    const served = Table.fromColumns({ veneer: columnFrom('string', ['None', 'nan', '<NA>', null, '']) })
    expect([...(await fitted.transform(served)).data]).toEqual([0, 1, 1, 1, 1])
  })

  it('refuses a column with only missing values, by name, unless it is filled with a constant', async () => {
    const table = Table.fromColumns({ x: columnFrom('double', [1]), gap: columnFrom('double', [null]) })
    for (const strategy of ['mean', 'median'] as const) {
      const transformer = columnTransformer([{ columns: ['x', 'gap'], transform: simpleImputer({ strategy }) }])
      await expect(transformer.fit(table)).rejects.toThrow(
        'column "gap": simpleImputer cannot be fitted: every value is missing.',
      )
    }
    const transform = pipeline(simpleImputer({ strategy: 'mostFrequent' }), oneHotEncoder())
    await expect(columnTransformer([{ columns: ['gap'], transform }]).fit(table)).rejects.toThrow('column "gap"')
    const constant = simpleImputer({ strategy: 'constant', fillValue: 2 })
    const fitted = await columnTransformer([{ columns: ['gap'], transform: constant }]).fit(table)
    expect([...(await fitted.transform(table)).data]).toEqual([2])
  })

  it('refuses options that do not make sense', () => {
    expect(() => simpleImputer({ strategy: 'average' as 'mean' })).toThrow('the strategy is "average", expected "mean"')
    for (const fillValue of [NaN, Infinity, 1e39, '', 'a\0b']) {
      expect(() => simpleImputer({ strategy: 'constant', fillValue: fillValue as number })).toThrow('fillValue is')
    }
    // @ts-expect-error a constant needs its value
    expect(() => simpleImputer({ strategy: 'constant' })).toThrow('fillValue is undefined')
  })
})
