import { describe, expect, it } from 'vitest'
import { columnFrom, Table } from '../data/index.ts'
import { columnTransformer, hashingEncoder } from './index.ts'

describe('hashingEncoder', () => {
  it('gives every category one bucket of its column, seen before or not', async () => {
    const table = Table.fromColumns({
      city: columnFrom('string', ['Aachen', 'Bonn', 'Aachen']),
      street: columnFrom('string', ['Am Markt', 'Hof', 'Aachen']),
    })
    const transform = hashingEncoder({ buckets: 3, seed: 7 })
    const fitted = await columnTransformer([{ columns: ['city', 'street'], transform }]).fit(table.slice(0, 1))
    expect(fitted.featureNames).toEqual(
      [0, 1, 2].map((i) => `city_hash_${i}`).concat([0, 1, 2].map((i) => `street_hash_${i}`)),
    )
    const { data } = await fitted.transform(table)
    const rows = [0, 1, 2].map((row) => data.slice(row * 6, row * 6 + 6))
    for (const row of rows) {
      expect(row.slice(0, 3).filter((value) => value === 1)).toHaveLength(1)
      expect(row.slice(3).filter((value) => value === 1)).toHaveLength(1)
      expect(row.filter((value) => value === 0)).toHaveLength(4)
    }
    expect(rows[2]!.slice(0, 3)).toEqual(rows[0]!.slice(0, 3))
    expect(rows[2]!.slice(3)).toEqual(rows[2]!.slice(0, 3))
  })

  it('gives zeros for missing values, and nothing else learns from the training rows', async () => {
    const table = Table.fromColumns({ city: columnFrom('string', [null, '', 'nan']) })
    const fitted = await columnTransformer([{ columns: ['city'], transform: hashingEncoder({ buckets: 1 }) }]).fit(
      table.slice(0, 1),
    )
    expect([...(await fitted.transform(table)).data]).toEqual([0, 0, 0])
    const seen = await columnTransformer([{ columns: ['city'], transform: hashingEncoder({ buckets: 1 }) }]).fit(table)
    expect([...(await seen.transform(table)).data]).toEqual([0, 0, 1])
  })

  it('refuses sizes and seeds out of range', () => {
    for (const buckets of [0, -1, 2.5, NaN, 2 ** 20 + 1]) {
      expect(() => hashingEncoder({ buckets })).toThrow(`buckets is ${buckets}, expected a whole number in 1..1048576`)
    }
    expect(() => hashingEncoder({ buckets: 4, seed: -1 })).toThrow('seed is -1')
    expect(() => hashingEncoder({ buckets: 4, seed: 2 ** 32 })).toThrow('seed is 4294967296')
  })
})
