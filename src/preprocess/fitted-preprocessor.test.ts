import { describe, expect, it } from 'vitest'
import { columnFrom, Table } from '../data/index.ts'
import { decodeModel, OnnxGraph, Session } from '../onnx/index.ts'
import {
  columnTransformer,
  type FittedPreprocessor,
  oneHotEncoder,
  ordinalEncoder,
  pipeline,
  preprocessorFromJSON,
  type PreprocessorJson,
  simpleImputer,
  standardScaler,
  tableFeeds,
} from './index.ts'

const birds = Table.fromColumns({
  mass: columnFrom('double', [3000, 4000, null, 5000]),
  island: columnFrom('string', ['Biscoe', 'Dream', 'Biscoe', null]),
})

function fit(): Promise<FittedPreprocessor> {
  return columnTransformer([
    { columns: ['mass'], transform: pipeline(simpleImputer(), standardScaler()) },
    { columns: ['island'], transform: pipeline(simpleImputer({ strategy: 'mostFrequent' }), oneHotEncoder()) },
  ]).fit(birds)
}

describe('FittedPreprocessor', () => {
  it('becomes a part of a larger graph', async () => {
    const fitted = await fit()
    const graph = new OnnxGraph('model')
    graph.module = 'model'
    const features = fitted.lower(graph, fitted.declareInputs(graph))
    const total = graph.node('ReduceSum', [features, graph.int64s([1])], { keepdims: { int: 0 } })
    graph.output('total', total, 'float32', ['batch'])
    const bytes = graph.toBytes()
    expect(graph.module).toBe('model')
    expect(decodeModel(bytes).graph.node[0]!.name).toBe('model/preprocess/Unsqueeze_0')
    await using session = await Session.load(bytes)
    expect(session.inputs).toEqual([
      { name: 'mass', dtype: 'float32', shape: ['batch'] },
      { name: 'island', dtype: 'string', shape: ['batch'] },
    ])
    const { total: sums } = await session.run(tableFeeds(fitted.inputs, birds))
    const { data } = await fitted.transform(birds)
    expect(sums!.data).toEqual(
      Float32Array.from([0, 1, 2, 3], (row) => data[row * 3]! + data[row * 3 + 1]! + data[row * 3 + 2]!),
    )
  })

  it('reads values under other names in the graph', async () => {
    const fitted = await fit()
    const graph = new OnnxGraph('model')
    const inputs = new Map([
      ['mass', graph.input('weight', 'float32', ['batch'])],
      ['island', graph.input('place', 'string', ['batch'])],
    ])
    graph.output('features', fitted.lower(graph, inputs), 'float32', ['batch', 3])
    await using session = await Session.load(graph.toBytes())
    const feeds = tableFeeds(fitted.inputs, birds)
    const results = await session.run({ weight: feeds['mass']!, place: feeds['island']! })
    expect(results['features']!.data).toEqual((await fitted.transform(birds)).data)
  })

  it('says which column has no value in the graph', async () => {
    const fitted = await fit()
    expect(() => fitted.lower(new OnnxGraph('model'), new Map([['mass', 'mass']]))).toThrow(
      'inputs names no value for the column "island", only for: mass.',
    )
  })

  it('transforms a large table as it does its rows', async () => {
    const fitted = await fit()
    const large = birds.take(Array.from({ length: 40_001 }, (_, row) => row % 4))
    const [few, many] = [await fitted.transform(birds), await fitted.transform(large)]
    expect(many.rowCount).toBe(40_001)
    for (const start of [0, 16_384, 32_768, 39_996]) {
      expect(many.data.slice(start * 3, (start + 4) * 3)).toEqual(few.data)
    }
    expect(many.data.slice(-3)).toEqual(few.data.slice(0, 3))
  })

  it('takes columns whose names are those it would give outputs', async () => {
    const table = birds.rename({ mass: 'output_0', island: 'output_0_' })
    const fitted = await columnTransformer([
      { columns: ['output_0'], transform: simpleImputer() },
      { columns: ['output_0_'], transform: pipeline(simpleImputer({ strategy: 'mostFrequent' }), ordinalEncoder()) },
    ]).fit(table)
    expect([...(await fitted.transform(table)).data]).toEqual([3000, 0, 4000, 1, 4000, 0, 5000, 0])
  })

  it('ignores further columns and the order of columns', async () => {
    const fitted = await fit()
    const other = birds
      .withColumn('note', columnFrom('boolean', [true, true, true, true]))
      .select('island', 'note', 'mass')
    expect(await fitted.transform(other)).toEqual(await fitted.transform(birds))
  })
})

describe('preprocessorFromJSON', () => {
  it('refuses what is no preprocessor', () => {
    expect(() => preprocessorFromJSON(null)).toThrow('The fitted preprocessor is not valid.')
    expect(() => preprocessorFromJSON({ version: 2, groups: [] })).toThrow('"version"')
  })

  it('names unknown keys', async () => {
    await refuse((json) => Object.assign(json, { extra: 1 }), '"extra"')
    await refuse((json) => Object.assign(json.groups[0]!.steps[0]!, { strategy: 'mean' }), '"strategy"')
    await refuse((json) => Object.assign(json.groups[0]!.steps[0]!, { kind: 'scalar' }), '"groups.0.steps.0.kind"')
  })

  it('refuses steps that know another number of columns', async () => {
    await refuse(
      (json) => json.groups[0]!.columns.push('year'),
      'groups.0.steps.0 (numberImputer) knows 1 columns, but gets 2',
    )
    await refuse((json) => json.groups[1]!.columns.push('sex'), 'groups.1.steps.0 (stringImputer) knows 1 columns')
  })

  it('refuses steps that do not follow one another', async () => {
    await refuse((json) => json.groups[1]!.steps.pop(), 'groups.1 gives text, but features are numbers')
    await refuse((json) => json.groups[0]!.steps.push(json.groups[1]!.steps[1]!), 'takes strings, but gets numbers')
  })

  it('refuses a column that is text and numbers at once', async () => {
    await refuse((json) => (json.groups[1]!.columns = ['mass']), 'column "mass" is taken as text and as numbers')
  })

  it('refuses numbers that a graph cannot hold', async () => {
    await refuse((json) => (scaler(json).scale = 0), '"groups.0.steps.1.columns.0.scale"')
    await refuse((json) => (scaler(json).scale = 1e-42), 'not denormal')
    await refuse((json) => (scaler(json).center = 1e39), 'does not fit a 32-bit float')
    await refuse((json) => (scaler(json).center = null), '"groups.0.steps.1.columns.0.center"')
  })

  it('refuses categories listed twice, or none', async () => {
    await refuse((json) => encoder(json).categories.push('Dream'), 'lists a category twice')
    await refuse((json) => encoder(json).infrequent.push('Dream'), 'lists a category twice')
    await refuse((json) => (encoder(json).categories = []), 'has no category')
  })

  it('keeps NaN for unknown and missing categories', async () => {
    const transform = ordinalEncoder({ unknownValue: NaN, missingValue: -5 })
    const fitted = await columnTransformer([{ columns: ['island'], transform }]).fit(birds)
    const restored = preprocessorFromJSON(JSON.parse(JSON.stringify(fitted)))
    const table = Table.fromColumns({ island: columnFrom('string', ['Anvers', null, 'Dream']) })
    expect([...(await restored.transform(table)).data]).toEqual([NaN, -5, 1])
  })
})

async function refuse(change: (json: Json) => void, message: string): Promise<void> {
  const json = JSON.parse(JSON.stringify(await fit())) as Json
  change(json)
  const error = { code: 'INVALID_CONFIG', message: expect.stringContaining(message) as string }
  expect(() => preprocessorFromJSON(json)).toThrow(expect.objectContaining(error))
}

function scaler(json: Json): { scale: unknown; center: unknown } {
  return json.groups[0]!.steps[1]!.columns[0] as never
}

function encoder(json: Json): { categories: string[]; infrequent: string[] } {
  return json.groups[1]!.steps[1]!.columns[0] as never
}

/** The stored form, open to changes. */
type Json = Mutable<PreprocessorJson>
type Mutable<T> = T extends readonly (infer E)[]
  ? Mutable<E>[]
  : T extends object
    ? { -readonly [K in keyof T]: Mutable<T[K]> }
    : T
