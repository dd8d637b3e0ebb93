/** SageMaker's statistics, constraints and violations. */
import { describe, expect, it } from 'vitest'
import { columnFrom, Table } from '../data/index.ts'
import { readPenguins } from '../../test/penguins.ts'
import { checkConstraints, constraintsOf, constraintsSchema, statisticsOf } from './index.ts'

describe('a baseline', () => {
  it('describes the penguins as Model Monitor would', async () => {
    const penguins = await readPenguins()
    const { dataset, features } = statisticsOf(penguins)
    expect(dataset).toEqual({ item_count: 344 })
    const mass = features.find(({ name }) => name === 'body_mass_g')
    expect(mass).toMatchObject({
      inferred_type: 'Integral',
      numerical_statistics: { common: { num_present: 342, num_missing: 2 }, sum: 1_437_000, min: 2700, max: 6300 },
    })
    expect(mass?.numerical_statistics?.std_dev).toBeCloseTo(800.78, 2)
    const buckets = mass?.numerical_statistics?.distribution.kll.buckets ?? []
    expect(buckets).toHaveLength(10)
    expect(buckets[0]).toMatchObject({ lower_bound: 2700, upper_bound: 3060, count: 15 })
    expect(features.find(({ name }) => name === 'island')).toMatchObject({
      inferred_type: 'String',
      string_statistics: {
        distinct_count: 3,
        distribution: { categorical: { buckets: [{ value: 'Biscoe', count: 168 }, {}, {}] } },
      },
    })
    expect(constraintsOf(penguins).features).toContainEqual({
      name: 'island',
      inferred_type: 'String',
      completeness: 1,
      string_constraints: { domains: ['Biscoe', 'Dream', 'Torgersen'] },
    })
  })

  it('is kept by the table it was made from', async () => {
    const penguins = await readPenguins()
    const baseline = { constraints: constraintsOf(penguins), statistics: statisticsOf(penguins) }
    expect(checkConstraints(penguins, baseline)).toEqual({ violations: [] })
  })
})

describe('a violation', () => {
  const good = Table.fromRecords(Array.from({ length: 100 }, (_, i) => ({ n: i, word: i % 2 === 0 ? 'a' : 'b' })))
  const baseline = { constraints: constraintsOf(good), statistics: statisticsOf(good) }

  it.each([
    { check: 'missing_column_check', column: 'n', table: good.drop('n') },
    { check: 'extra_column_check', column: 'more', table: good.withColumn('more', good.column('n')) },
    {
      check: 'completeness_check',
      column: 'n',
      table: good.withColumn(
        'n',
        longs((i) => (i === 3 ? null : i)),
      ),
    },
    {
      check: 'data_type_check',
      column: 'n',
      table: good.withColumn(
        'n',
        doubles((i) => (i === 3 ? 3.5 : i)),
      ),
    },
    {
      check: 'categorical_values_check',
      column: 'word',
      table: good.withColumn(
        'word',
        words((i) => (i === 0 ? 'z' : i % 2 === 0 ? 'a' : 'b')),
      ),
    },
    {
      check: 'categorical_values_check',
      column: 'n',
      table: good.withColumn(
        'n',
        longs((i) => i - 1),
      ),
    },
    {
      check: 'baseline_drift_check',
      column: 'n',
      table: good.withColumn(
        'n',
        longs((i) => i + 50),
      ),
    },
    {
      check: 'baseline_drift_check',
      column: 'word',
      table: good.withColumn(
        'word',
        words((i) => (i % 4 === 0 ? 'a' : 'b')),
      ),
    },
  ])('of $check is found in $column', ({ check, column, table }) => {
    const { violations } = checkConstraints(table, baseline)
    expect(violations.map((one) => [one.constraint_check_type, one.feature_name])).toEqual([[check, column]])
  })

  it.each([
    { threshold: 1, violated: true },
    { threshold: 0.9, violated: false },
    { threshold: 0.1, violated: false },
    { threshold: 0.01, violated: true },
  ])('of a domain with threshold $threshold for 5 % misfits: $violated', ({ threshold, violated }) => {
    const constraints = constraintsSchema.parse({
      ...baseline.constraints,
      monitoring_config: { domain_content_threshold: threshold },
    })
    const table = good.withColumn(
      'word',
      words((i) => (i < 5 ? 'z' : i % 2 === 0 ? 'a' : 'b')),
    )
    expect(checkConstraints(table, { constraints }).violations.length > 0).toBe(violated)
  })
})

function longs(value: (row: number) => number | null): ReturnType<typeof columnFrom<'long'>> {
  return columnFrom(
    'long',
    Array.from({ length: 100 }, (_, row) => value(row)),
  )
}

function doubles(value: (row: number) => number): ReturnType<typeof columnFrom<'double'>> {
  return columnFrom(
    'double',
    Array.from({ length: 100 }, (_, row) => value(row)),
  )
}

function words(value: (row: number) => string): ReturnType<typeof columnFrom<'string'>> {
  return columnFrom(
    'string',
    Array.from({ length: 100 }, (_, row) => value(row)),
  )
}
