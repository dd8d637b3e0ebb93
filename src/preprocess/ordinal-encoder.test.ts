import { describe, expect, it } from 'vitest'
import { columnFrom, Table } from '../data/index.ts'
import { columnTransformer, ordinalEncoder, type OrdinalOptions } from './index.ts'

describe('ordinalEncoder', () => {
  it('numbers categories by code point, unknown ones -1 and missing ones NaN', async () => {
    expect(await encoded(['b', 'a', 'c', null], ['c', 'b', 'a', 'z', null])).toEqual([2, 1, 0, -1, NaN])
  })

  it('gives unknown and missing values the numbers asked for', async () => {
    const options = { unknownValue: NaN, missingValue: -2 }
    expect(await encoded(['b', 'a'], ['b', 'z', null, 'None'], options)).toEqual([1, NaN, -2, -2])
  })

  it('keeps a category that reads like a missing value', async () => {
    expect(await encoded(['nan', 'bread'], ['nan', 'bread', 'None'])).toEqual([1, 0, NaN])
  })

  it('refuses numbers that categories have', () => {
    expect(() => ordinalEncoder({ unknownValue: 0 })).toThrow('unknownValue is 0, expected NaN or a finite number')
    expect(() => ordinalEncoder({ missingValue: 7 })).toThrow('missingValue is 7')
    expect(() => ordinalEncoder({ unknownValue: Infinity })).toThrow('unknownValue is Infinity')
  })

  it('refuses a column with only missing values, by name', async () => {
    await expect(encoded([null, ''], [])).rejects.toThrow('column "x": ordinalEncoder cannot be fitted')
  })
})

async function encoded(
  train: readonly (string | null)[],
  texts: readonly (string | null)[],
  options?: OrdinalOptions,
): Promise<number[]> {
  const transformer = columnTransformer([{ columns: ['x'], transform: ordinalEncoder(options) }])
  const fitted = await transformer.fit(tableOf(train))
  return [...(await fitted.transform(tableOf(texts))).data]
}

function tableOf(values: readonly (string | null)[]): Table {
  return Table.fromColumns({ x: columnFrom('string', values) })
}
