import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnFrom, Table } from '../data/index.ts'
import { columnTransformer, minMaxScaler, type NumberTransformer, robustScaler, standardScaler } from './index.ts'

const scalers = [
  { name: 'standardScaler', make: standardScaler },
  { name: 'minMaxScaler', make: minMaxScaler },
  { name: 'robustScaler', make: robustScaler },
]

describe.each(scalers)('$name', ({ name, make }) => {
  it('makes a constant column 0, and keeps the distance of later values', async () => {
    const table = tableOf([0.1, 0.1, 0.1])
    expect(await scaled(make(), table)).toEqual([0, 0, 0])
    expect((await scaled(make(), table, tableOf([2.1])))[0]).toBeCloseTo(2, 6)
  })

  it('takes differences of rounding errors for a constant', async () => {
    expect(await scaled(make(), tableOf([0.3, 0.1 + 0.2]))).toEqual([0, 0])
  })

  it('refuses a column with only missing values, by name', async () => {
    await expect(scaled(make(), tableOf([null, null]))).rejects.toThrow(
      `column "x": ${name} cannot be fitted: every value is missing.`,
    )
  })

  it('refuses infinite numbers, naming the row', async () => {
    await expect(scaled(make(), tableOf([1, null, -Infinity]))).rejects.toThrow(
      'row 3, column "x": The value is -Infinity, expected a finite number.',
    )
  })

  it('refuses numbers too large or too small for 32-bit floats', async () => {
    await expect(scaled(make(), tableOf([1e300, 3e300]))).rejects.toThrow('32-bit floats cannot hold')
  })

  it('refuses numbers whose differences 32-bit floats lose', async () => {
    await expect(scaled(make(), tableOf([1_700_000_000, 1_700_000_600]))).rejects.toThrow(
      'column "x": The values differ by 600 around 1700000000',
    )
    expect(await scaled(make(), tableOf([1_700_000_000, 1_700_900_000]))).toHaveLength(2)
  })
})

describe('standardScaler', () => {
  it('makes the mean 0 and the population deviation 1', async () => {
    const number = fc.double({ min: -1e4, max: 1e4, noNaN: true })
    const column = fc.array(number, { minLength: 2, maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(column, async (values) => {
        // The outer two keep the spread far above the rounding of 32-bit floats.
        const result = await scaled(standardScaler(), tableOf([-1e4, ...values, 1e4]))
        const mean = result.reduce((sum, value) => sum + value, 0) / result.length
        const variance = result.reduce((sum, value) => sum + (value - mean) ** 2, 0) / result.length
        expect(Math.abs(mean)).toBeLessThan(1e-6)
        expect(Math.abs(variance - 1)).toBeLessThan(1e-5)
      }),
      { numRuns: 30 },
    )
  })
})

describe('minMaxScaler', () => {
  it('maps the training rows onto the range and lets later values fall outside', async () => {
    const train = tableOf([10, 30, 20])
    expect(await scaled(minMaxScaler({ range: [-1, 3] }), train)).toEqual([-1, 3, 1])
    expect(await scaled(minMaxScaler(), train, tableOf([0, 50, null]))).toEqual([-0.5, 2, NaN])
  })

  it('refuses a range that is not ascending and finite', () => {
    expect(() => minMaxScaler({ range: [1, 1] })).toThrow('minMaxScaler: range is [1, 1], expected two ascending')
    expect(() => minMaxScaler({ range: [0, Infinity] })).toThrow('range is [0, Infinity]')
    expect(() => minMaxScaler({ range: [NaN, 1] })).toThrow('range is [NaN, 1]')
  })
})

describe('robustScaler', () => {
  it('is not moved by outliers', async () => {
    expect(await scaled(robustScaler(), tableOf([1, 2, 3, 4, 1e6]), tableOf([3, 5]))).toEqual([0, 1])
  })

  it('refuses quantiles outside 0..1', () => {
    expect(() => robustScaler({ quantiles: [25, 75] })).toThrow('expected two ascending finite numbers within 0..1')
  })
})

function tableOf(values: readonly (number | null)[]): Table {
  return Table.fromColumns({ x: columnFrom('double', values) })
}

async function scaled(transform: NumberTransformer, train: Table, table = train): Promise<number[]> {
  const fitted = await columnTransformer([{ columns: ['x'], transform }]).fit(train)
  return [...(await fitted.transform(table)).data]
}
