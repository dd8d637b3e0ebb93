import { describe, expect, expectTypeOf, it } from 'vitest'
import {
  columnTransformer,
  type Encoder,
  hashingEncoder,
  type NumberTransformer,
  oneHotEncoder,
  ordinalEncoder,
  pipeline,
  simpleImputer,
  standardScaler,
  type StringTransformer,
} from './index.ts'

const mostFrequent = simpleImputer({ strategy: 'mostFrequent' })

describe('pipeline', () => {
  it('knows what it takes and what it gives', () => {
    expectTypeOf(pipeline(simpleImputer(), standardScaler())).toExtend<NumberTransformer>()
    expectTypeOf(pipeline(mostFrequent, oneHotEncoder())).toExtend<Encoder>()
    expectTypeOf(pipeline(mostFrequent, oneHotEncoder())).not.toExtend<NumberTransformer>()
    expectTypeOf(pipeline(mostFrequent, standardScaler())).not.toExtend<Encoder>()
    expectTypeOf(simpleImputer({ strategy: 'constant', fillValue: 'x' })).toExtend<StringTransformer>()
    expect(pipeline(mostFrequent, oneHotEncoder()).kinds).toEqual({ string: 'number' })
    expect(pipeline(mostFrequent, mostFrequent).kinds).toEqual({ number: 'number', string: 'string' })
    expect(pipeline(mostFrequent, ordinalEncoder(), simpleImputer(), standardScaler()).kinds).toEqual({
      string: 'number',
    })
    expect(pipeline(pipeline(mostFrequent, ordinalEncoder()), standardScaler()).steps).toHaveLength(3)
  })

  it('does not compile, nor run, in the wrong order', () => {
    const message = /takes string columns, but oneHotEncoder before it gives number columns/
    // @ts-expect-error encoding leaves no text to fill
    expect(() => pipeline(oneHotEncoder(), simpleImputer({ strategy: 'constant', fillValue: 'x' }))).toThrow(message)
    // @ts-expect-error encoding leaves no text to encode
    expect(() => pipeline(oneHotEncoder(), hashingEncoder({ buckets: 2 }))).toThrow(message)
    // @ts-expect-error text cannot be scaled
    expect(() => pipeline(simpleImputer({ strategy: 'constant', fillValue: 'x' }), standardScaler())).toThrow(
      'standardScaler takes number columns, but simpleImputer before it gives string columns',
    )
    // @ts-expect-error the third does not follow the second
    expect(() => pipeline(mostFrequent, oneHotEncoder(), ordinalEncoder())).toThrow('ordinalEncoder takes string')
  })

  it('does not compile where features would be text', () => {
    // @ts-expect-error features are numbers
    columnTransformer([{ columns: ['a'], transform: simpleImputer({ strategy: 'constant', fillValue: 'x' }) }])
    columnTransformer([{ columns: ['a'], transform: mostFrequent }])
  })

  it('cannot transform before it is fitted', () => {
    const unfitted = columnTransformer([{ columns: ['a'], transform: standardScaler() }])
    // @ts-expect-error only a fitted preprocessor transforms
    expect(unfitted.transform).toBeUndefined()
  })
})
