import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { columnFrom, type Column, Table } from '../data/index.ts'
import {
  type ColumnGroup,
  columnTransformer,
  type FeatureMatrix,
  hashingEncoder,
  minMaxScaler,
  oneHotEncoder,
  ordinalEncoder,
  pipeline,
  robustScaler,
  simpleImputer,
  standardScaler,
} from './index.ts'

type Rows = readonly (readonly (number | null)[])[]
type Columns = Readonly<Record<string, readonly (number | string | null)[]>>
interface Reference {
  readonly tables: Readonly<Record<string, { readonly train: Columns; readonly test: Columns }>>
  readonly cases: readonly {
    readonly table: string
    readonly name: string
    readonly featureNames: readonly string[] | null
    readonly train: Rows
    readonly test: Rows
  }[]
  readonly hashing: {
    readonly texts: readonly (string | null)[]
    readonly murmur3: readonly { readonly seed: number; readonly hashes: readonly number[] }[]
    readonly featureHasher: readonly { readonly buckets: number; readonly signed: boolean; readonly rows: Rows }[]
  }
}

const reference = JSON.parse(
  readFileSync(new URL('../../test/reference/preprocess.json', import.meta.url), 'utf8'),
) as Reference

const measures = ['culmen_length_mm', 'culmen_depth_mm', 'flipper_length_mm', 'body_mass_g']
const numbers = ['normal', 'skewed', 'small']
const mostFrequent = simpleImputer({ strategy: 'mostFrequent' })

const cases: Readonly<Record<string, readonly ColumnGroup[]>> = {
  penguins: [
    { columns: measures, transform: pipeline(simpleImputer({ strategy: 'mean' }), standardScaler()) },
    { columns: ['island', 'sex'], transform: pipeline(mostFrequent, oneHotEncoder()) },
  ],
  'mean, standard': [{ columns: [...numbers, 'flat'], transform: pipeline(simpleImputer(), standardScaler()) }],
  'median, min-max -1 to 1': [
    {
      columns: [...numbers, 'flat'],
      transform: pipeline(simpleImputer({ strategy: 'median' }), minMaxScaler({ range: [-1, 1] })),
    },
  ],
  'most frequent number, robust': [
    { columns: [...numbers, 'flat'], transform: pipeline(mostFrequent, robustScaler()) },
  ],
  'constant number, robust 0.1 to 0.9': [
    {
      columns: numbers,
      transform: pipeline(
        simpleImputer({ strategy: 'constant', fillValue: -3.5 }),
        robustScaler({ quantiles: [0.1, 0.9] }),
      ),
    },
  ],
  'scalers with gaps': [
    { columns: ['normal'], transform: standardScaler() },
    { columns: ['skewed', 'normal'], transform: minMaxScaler() },
    { columns: ['small'], transform: robustScaler() },
  ],
  'one-hot': [{ columns: ['city', 'answer', 'word'], transform: oneHotEncoder() }],
  'most frequent text, one-hot': [{ columns: ['gappy', 'city'], transform: pipeline(mostFrequent, oneHotEncoder()) }],
  'constant text, one-hot': [
    {
      columns: ['gappy'],
      transform: pipeline(simpleImputer({ strategy: 'constant', fillValue: 'nowhere' }), oneHotEncoder()),
    },
  ],
  'one-hot, drop first': [{ columns: ['city', 'answer'], transform: oneHotEncoder({ drop: 'first' }) }],
  'one-hot, drop if binary': [{ columns: ['city', 'answer'], transform: oneHotEncoder({ drop: 'ifBinary' }) }],
  'one-hot, at least 7 rows': [{ columns: ['city', 'answer'], transform: oneHotEncoder({ minFrequency: 7 }) }],
  'one-hot, at least a fifth': [{ columns: ['city', 'word'], transform: oneHotEncoder({ minFrequency: 0.2 }) }],
  'one-hot, at least 7 rows, drop first': [
    { columns: ['city', 'word'], transform: oneHotEncoder({ minFrequency: 7, drop: 'first' }) },
  ],
  ordinal: [{ columns: ['gappy', 'word'], transform: ordinalEncoder() }],
  'ordinal, median, standard': [
    {
      columns: ['gappy'],
      transform: pipeline(ordinalEncoder(), simpleImputer({ strategy: 'median' }), standardScaler()),
    },
  ],
}

describe('equals scikit-learn', () => {
  it.each(reference.cases)('in the case "$name"', async ({ table, name, featureNames, train, test }) => {
    const tables = reference.tables[table]!
    const fitted = await columnTransformer(cases[name]!).fit(tableOf(tables.train))
    if (featureNames !== null) expect(fitted.featureNames).toEqual(featureNames)
    expectRows(await fitted.transform(tableOf(tables.train)), train)
    expectRows(await fitted.transform(tableOf(tables.test)), test)
  })

  const { texts, featureHasher } = reference.hashing
  it.each(featureHasher)('in the FeatureHasher of $buckets buckets, signed: $signed', async (expected) => {
    const table = tableOf({ text: texts })
    const { buckets, signed, rows } = expected
    const fitted = await columnTransformer([{ columns: ['text'], transform: hashingEncoder({ buckets, signed }) }]).fit(
      table,
    )
    expectRows(await fitted.transform(table), rows)
  })

  it.each(reference.hashing.murmur3)('in murmur3 with the seed $seed', async ({ seed, hashes }) => {
    const buckets = 1000
    const present = texts.filter((text) => text !== null && text !== '')
    const table = tableOf({ text: present })
    const fitted = await columnTransformer([
      { columns: ['text'], transform: hashingEncoder({ buckets, seed, signed: true }) },
    ]).fit(table)
    const { data } = await fitted.transform(table)
    hashes.forEach((hash, row) => {
      expect(data[row * buckets + (Math.abs(hash) % buckets)]).toBe(hash < 0 ? -1 : 1)
    })
  })
})

function tableOf(columns: Columns): Table {
  return Table.fromColumns(
    Object.entries(columns).map(([name, values]): [string, Column] => [
      name,
      values.some((value) => typeof value === 'string')
        ? columnFrom('string', values as readonly (string | null)[])
        : columnFrom('double', values as readonly (number | null)[]),
    ]),
  )
}

/** float32 keeps 24 bits: values near the centre of a scaled column lose up to a millionth of the scale. */
function expectRows({ data, rowCount, featureCount }: FeatureMatrix, expected: Rows): void {
  expect([rowCount, featureCount]).toEqual([expected.length, expected[0]!.length])
  for (const [i, value] of expected.flat().entries()) {
    const place = `row ${Math.floor(i / featureCount)}, feature ${i % featureCount}`
    if (value === null) expect(data[i], place).toBeNaN()
    else expect(Math.abs(data[i]! - value), place).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(value)))
  }
}
