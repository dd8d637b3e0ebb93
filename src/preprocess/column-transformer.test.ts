import { describe, expect, it } from 'vitest'
import { columnFrom, Table } from '../data/index.ts'
import { columnTransformer, minMaxScaler, oneHotEncoder, pipeline, simpleImputer, standardScaler } from './index.ts'

const birds = Table.fromColumns({
  island: columnFrom('string', ['Biscoe', 'Dream', 'Biscoe', null]),
  mass: columnFrom('double', [3000, 4000, null, 5000]),
  year: columnFrom('long', [2007, 2008, 2009, 2009]),
  wild: columnFrom('boolean', [true, false, true, null]),
  seen: columnFrom('datetime', [new Date(0), null, null, null]),
})

describe('columnTransformer', () => {
  it('puts features side by side in the order of the groups', async () => {
    const fitted = await columnTransformer([
      { columns: ['year', 'wild'], transform: simpleImputer({ strategy: 'mostFrequent' }) },
      { columns: ['island'], transform: oneHotEncoder() },
      { columns: ['mass'], transform: pipeline(simpleImputer(), minMaxScaler()) },
    ]).fit(birds)
    expect(fitted.inputs).toEqual([
      { name: 'year', type: 'double' },
      { name: 'wild', type: 'double' },
      { name: 'island', type: 'string' },
      { name: 'mass', type: 'double' },
    ])
    expect(fitted.featureNames).toEqual(['year', 'wild', 'island_Biscoe', 'island_Dream', 'mass'])
    const { data } = await fitted.transform(birds)
    expect(data.slice(0, 5)).toEqual(Float32Array.of(2007, 1, 1, 0, 0))
    expect(data.slice(15)).toEqual(Float32Array.of(2009, 1, 0, 0, 1))
  })

  it('takes a column in several groups and reads it once', async () => {
    const fitted = await columnTransformer([
      { columns: ['mass'], transform: minMaxScaler() },
      { columns: ['year', 'mass'], transform: simpleImputer({ strategy: 'constant', fillValue: 0 }) },
    ]).fit(birds)
    expect(fitted.inputs.map(({ name }) => name)).toEqual(['mass', 'year'])
    expect(fitted.featureNames).toEqual(['mass', 'year', 'mass'])
    expect([...(await fitted.transform(birds.slice(1, 3))).data]).toEqual([0.5, 2008, 4000, NaN, 2009, 0])
  })

  it('fits a step on what the step before it makes of the rows', async () => {
    const fitted = await columnTransformer([
      {
        columns: ['mass'],
        transform: pipeline(simpleImputer({ strategy: 'constant', fillValue: 9000 }), minMaxScaler()),
      },
    ]).fit(birds)
    expect([...(await fitted.transform(birds)).data]).toEqual([0, 1 / 6, 1, 1 / 3].map(Math.fround))
  })

  it('keeps what it was given, even when the list of columns changes later', async () => {
    const columns = ['mass']
    const fitted = await columnTransformer([{ columns, transform: standardScaler() }]).fit(birds)
    columns.push('year')
    expect((await fitted.transform(birds)).featureCount).toBe(1)
  })

  it('refuses groups that make no sense', () => {
    const transform = standardScaler()
    expect(() => columnTransformer([])).toThrow('there are no groups')
    expect(() => columnTransformer([{ columns: [], transform }])).toThrow('a group has no columns')
    expect(() => columnTransformer([{ columns: ['a', ''], transform }])).toThrow('a column has an empty name')
    expect(() => columnTransformer([{ columns: ['a', 'b', 'a'], transform }])).toThrow('names the column "a" twice')
  })

  it('names every column that is absent, and those that are there', async () => {
    const transformer = columnTransformer([{ columns: ['bill', 'mass', 'Year'], transform: standardScaler() }])
    await expect(transformer.fit(birds)).rejects.toThrow(
      'There is no column "bill", "Year". The table has the columns: island, mass, year, wild, seen.',
    )
  })

  it('refuses a column of another type, naming it', async () => {
    const scaler = (column: string): Promise<unknown> =>
      columnTransformer([{ columns: [column], transform: standardScaler() }]).fit(birds)
    await expect(scaler('island')).rejects.toThrow('column "island": Expected numbers')
    await expect(scaler('seen')).rejects.toThrow('column "seen": Expected numbers (double, long or boolean), found the')
    const encoder = columnTransformer([{ columns: ['year'], transform: oneHotEncoder() }])
    await expect(encoder.fit(birds)).rejects.toThrow('column "year": Expected text, found the type long.')
  })

  it('says which step cannot be fitted in a column without values', async () => {
    const table = birds.withColumn('note', columnFrom('string', [null, null, null, null]))
    const encoder = columnTransformer([{ columns: ['island', 'note'], transform: oneHotEncoder() }])
    await expect(encoder.fit(table)).rejects.toThrow('column "note": oneHotEncoder cannot be fitted')
  })
})
