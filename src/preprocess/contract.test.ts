import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnFrom, digest, Table } from '../data/index.ts'
import { OnnxGraph, Session, type Value } from '../onnx/index.ts'
import {
  type ColumnGroup,
  columnTransformer,
  type FittedPreprocessor,
  hashingEncoder,
  minMaxScaler,
  oneHotEncoder,
  ordinalEncoder,
  passthrough,
  pipeline,
  preprocessorFromJSON,
  robustScaler,
  simpleImputer,
  standardScaler,
  tableFeeds,
} from './index.ts'

const fillMostFrequent = simpleImputer({ strategy: 'mostFrequent' })
const fillUnknown = simpleImputer({ strategy: 'constant', fillValue: 'unknown' })

/** Every transformer, with what a missing or unseen value becomes where that is not the same for all. */
interface Contestant {
  readonly name: string
  readonly kind: 'number' | 'string'
  readonly transform: ColumnGroup['transform']
  /** Whether the features of a row with missing values have NaN in them. */
  readonly keepsMissing: boolean
}

const transformers: readonly Contestant[] = [
  { name: 'simpleImputer, mean', kind: 'number', transform: simpleImputer(), keepsMissing: false },
  {
    name: 'simpleImputer, median',
    kind: 'number',
    transform: simpleImputer({ strategy: 'median' }),
    keepsMissing: false,
  },
  { name: 'simpleImputer, mostFrequent', kind: 'number', transform: fillMostFrequent, keepsMissing: false },
  {
    name: 'simpleImputer, constant',
    kind: 'number',
    transform: simpleImputer({ strategy: 'constant', fillValue: -0 }),
    keepsMissing: false,
  },
  { name: 'passthrough', kind: 'number', transform: passthrough(), keepsMissing: true },
  { name: 'standardScaler', kind: 'number', transform: standardScaler(), keepsMissing: true },
  { name: 'minMaxScaler', kind: 'number', transform: minMaxScaler({ range: [-2, 3] }), keepsMissing: true },
  { name: 'robustScaler', kind: 'number', transform: robustScaler(), keepsMissing: true },
  {
    name: 'imputer and scaler',
    kind: 'number',
    transform: pipeline(simpleImputer(), standardScaler()),
    keepsMissing: false,
  },
  { name: 'oneHotEncoder', kind: 'string', transform: oneHotEncoder(), keepsMissing: false },
  {
    name: 'oneHotEncoder with options',
    kind: 'string',
    transform: oneHotEncoder({ drop: 'first', minFrequency: 2 }),
    keepsMissing: false,
  },
  { name: 'ordinalEncoder', kind: 'string', transform: ordinalEncoder(), keepsMissing: true },
  { name: 'hashingEncoder', kind: 'string', transform: hashingEncoder({ buckets: 8 }), keepsMissing: false },
  {
    name: 'hashingEncoder, signed',
    kind: 'string',
    transform: hashingEncoder({ buckets: 8, signed: true, seed: 3 }),
    keepsMissing: false,
  },
  {
    name: 'imputers and encoder',
    kind: 'string',
    transform: pipeline(fillMostFrequent, oneHotEncoder()),
    keepsMissing: false,
  },
  {
    name: 'encoder, imputer and scaler',
    kind: 'string',
    transform: pipeline(fillUnknown, ordinalEncoder(), simpleImputer(), robustScaler()),
    keepsMissing: false,
  },
]

const training = Table.fromColumns({
  mass: columnFrom('double', [3750, 3800.5, null, 3250, 4675, 3250]),
  year: columnFrom('long', [2007, 2008, 2009, null, 2007, 2007]),
  female: columnFrom('boolean', [true, false, null, true, false, false]),
  island: columnFrom('string', ['Torgersen', 'Biscoe', 'Dream', null, 'Biscoe', 'Dream']),
  sex: columnFrom('string', ['MALE', 'FEMALE', 'FEMALE', 'MALE', null, 'MALE']),
})
const columnsOf = { number: ['mass', 'year', 'female'], string: ['island', 'sex'] }

const allMissing = Table.fromColumns({
  mass: columnFrom('double', [null]),
  year: columnFrom('double', [null]),
  female: columnFrom('double', [null]),
  // The type a table of records gives a column that has no value in it.
  island: columnFrom('double', [null]),
  sex: columnFrom('string', [null]),
})

describe.each(transformers)('$name', ({ kind, transform, keepsMissing }) => {
  const columns = columnsOf[kind]
  const fit = (table: Table): Promise<FittedPreprocessor> => columnTransformer([{ columns, transform }]).fit(table)

  it('learns the same from the same rows', async () => {
    const [first, second] = [await fit(training), await fit(training)]
    expect(second.toJSON()).toEqual(first.toJSON())
    expect(bytesOf(second)).toEqual(bytesOf(first))
  })

  it('leaves the table alone', async () => {
    const before = digest(training)
    const fitted = await fit(training)
    await fitted.transform(training)
    expect(digest(training)).toBe(before)
  })

  it('learns from no other rows than those it is fitted on', async () => {
    const fitted = await fit(training.slice(0, 4))
    const alone = await fitted.transform(training.slice(0, 4))
    const together = await fitted.transform(training)
    expect(fitted.toJSON()).toEqual((await fit(training.take([0, 1, 2, 3]))).toJSON())
    expect(together.data.subarray(0, alone.data.length)).toEqual(alone.data)
  })

  it('is the same after a round trip through JSON', async () => {
    const fitted = await fit(training)
    const restored = preprocessorFromJSON(JSON.parse(JSON.stringify(fitted)))
    expect(bytesOf(restored)).toEqual(bytesOf(fitted))
    expect(restored.inputs).toEqual(fitted.inputs)
    expect(restored.featureNames).toEqual(fitted.featureNames)
    expect(await restored.transform(training)).toEqual(await fitted.transform(training))
  })

  it('gives every feature a name and a number', async () => {
    const fitted = await fit(training)
    const { data, rowCount, featureCount } = await fitted.transform(training)
    expect(fitted.inputs).toEqual(columns.map((name) => ({ name, type: kind === 'number' ? 'double' : 'string' })))
    expect(fitted.featureNames).toHaveLength(featureCount)
    expect(fitted.featureCount).toBe(featureCount)
    expect(rowCount).toBe(6)
    expect(data).toHaveLength(6 * featureCount)
  })

  it('makes features of missing values, with NaN only where nothing fills them', async () => {
    const { data } = await (await fit(training)).transform(allMissing)
    expect(data.every((value) => (keepsMissing ? Number.isNaN(value) : Number.isFinite(value)))).toBe(true)
  })

  it('takes no rows, and one', async () => {
    const fitted = await fit(training)
    const all = await fitted.transform(training)
    const width = fitted.featureCount
    expect(await fitted.transform(training.slice(0, 0))).toEqual({
      data: new Float32Array(0),
      rowCount: 0,
      featureCount: width,
    })
    const one = await fitted.transform(training.slice(1, 2))
    expect(one.data).toEqual(all.data.slice(width, 2 * width))
  })

  it('treats what Python makes of a missing value as missing', async () => {
    const fitted = await fit(training)
    const expected = await run(fitted, tableFeeds(fitted.inputs, allMissing))
    for (const token of ['', 'None', 'nan', 'NaN', '<NA>']) {
      const feeds = fitted.inputs.map(({ name, type }): [string, Value] => [
        name,
        type === 'string'
          ? { dtype: 'string', data: [token], shape: [1] }
          : { dtype: 'float32', data: Float32Array.of(NaN), shape: [1] },
      ])
      expect(await run(fitted, Object.fromEntries(feeds)), token).toEqual(expected)
    }
  })

  it('takes values it has never seen', async () => {
    const unseen = Table.fromRecords([{ mass: 1e6, year: -5, female: false, island: 'Anvers', sex: 'ungendered 🐧' }])
    const { data } = await (await fit(training)).transform(unseen)
    expect(data.every((value) => Number.isFinite(value))).toBe(true)
  })

  it('refuses to be fitted on no rows', async () => {
    await expect(fit(training.slice(0, 0))).rejects.toThrow('the table has no rows')
  })

  it('says which columns a table lacks', async () => {
    const lacking = training.drop('mass', 'island')
    const message = /There is no column "(mass|island)"\. The table has the columns: year, female, sex\./
    await expect(fit(lacking)).rejects.toThrow(message)
    const fitted = await fit(training)
    await expect(fitted.transform(lacking)).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH' })
  })

  it('refuses columns of the other kind', async () => {
    const swapped = training.rename({ mass: 'island', island: 'mass' })
    const message = kind === 'number' ? /column "mass": Expected numbers/ : /column "island": Expected text/
    await expect(fit(swapped)).rejects.toThrow(message)
    const fitted = await fit(training)
    await expect(fitted.transform(swapped)).rejects.toThrow(message)
  })

  it('keeps its promises on any table', async () => {
    const numbers = fc.option(fc.float({ min: -1000, max: 1000, noNaN: true, noDefaultInfinity: true }), { nil: null })
    const texts = fc.option(fc.string({ unit: 'binary', maxLength: 4 }), { nil: null })
    const row = fc.record({ mass: numbers, year: numbers, female: numbers, island: texts, sex: texts })
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 20 }), async (rows) => {
        const clean = rows.map((record) => ({
          ...record,
          island: record.island?.replaceAll('\0', '') ?? null,
          sex: record.sex?.replaceAll('\0', '') ?? null,
        }))
        const table = Table.concat([untyped(training.toRecords()), untyped(clean)])
        const fitted = await fit(table)
        const restored = preprocessorFromJSON(JSON.parse(JSON.stringify(fitted)))
        expect(bytesOf(restored)).toEqual(bytesOf(fitted))
        const whole = await fitted.transform(table)
        const last = await restored.transform(table.slice(table.rowCount - 1))
        expect(last.data).toEqual(whole.data.slice(-fitted.featureCount))
      }),
      { numRuns: 25 },
    )
  })
})

function untyped(records: readonly Record<string, unknown>[]): Table {
  const numeric = records.map((record) => ({
    ...record,
    female: record['female'] === null ? null : Number(record['female']),
  }))
  const types = { mass: 'double', year: 'double', female: 'double', island: 'string', sex: 'string' } as const
  return Table.fromRecords(numeric, types)
}

function bytesOf(fitted: FittedPreprocessor): Uint8Array {
  const graph = new OnnxGraph('preprocess')
  const features = fitted.lower(graph, fitted.declareInputs(graph))
  graph.output('features', features, 'float32', ['batch', fitted.featureCount])
  return graph.toBytes()
}

async function run(fitted: FittedPreprocessor, feeds: Readonly<Record<string, Value>>): Promise<Value> {
  await using session = await Session.load(bytesOf(fitted))
  return (await session.run(feeds))['features']!
}
