/** What cannot be learned, or is configured wrongly: refused before any work, with the column, the row and the cure. */
import { beforeAll, describe, expect, it } from 'vitest'
import { readPenguins } from '../../../test/penguins.ts'
import { observeTraining } from '../../core/index.ts'
import { Table, type Table as AnyTable } from '../../data/index.ts'
import { type MlpOptions, models } from '../index.ts'

const classifier = models.get('mlp-classifier')
const regressor = models.get('mlp-regressor')
const rows = [
  { x: 1, t: 'p', y: 'a' },
  { x: 2, t: 'q', y: 'a' },
  { x: 3, t: 'p', y: 'b' },
  { x: 4, t: 'q', y: 'b' },
]
const table = Table.fromRecords(rows)
let penguins: AnyTable

beforeAll(async () => {
  penguins = await readPenguins()
})

describe('a configuration', () => {
  it('names keys that there are not, and those there are', () => {
    expect(configure({ target: 'y', hiden: [3], learning_rate: 1 })).toThrow(
      /mlp-classifier has no key "hiden", "learning_rate"\. There are: target, features, scaling, hidden, .*seed\./,
    )
  })

  it.each<[object, RegExp]>([
    [{}, /"target": .*expected string/],
    [{ target: '' }, /"target"/],
    [{ target: 'y', features: [] }, /"features"/],
    [{ target: 'y', hidden: [1.5] }, /"hidden\.0": .*expected int/],
    [{ target: 'y', hidden: [0] }, /"hidden\.0"/],
    [{ target: 'y', activation: 'relo' }, /"activation": .*"relu"\|"leakyRelu"/],
    [{ target: 'y', epochs: 0 }, /"epochs": .*>0/],
    [{ target: 'y', batchSize: '32' }, /"batchSize": .*expected number, received string/],
    [{ target: 'y', learningRate: NaN }, /"learningRate"/],
    [{ target: 'y', dropout: 1 }, /"dropout": .*<1/],
    [{ target: 'y', epochs: 0, dropout: 1 }, /"dropout".*"epochs"/],
  ])('is refused: %j', (options, message) => {
    expect(configure(options)).toThrow(message)
    expect(configure(options)).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG' }) as Error)
  })

  it('is refused when it is nothing at all', () => {
    expect(() => classifier(undefined as never)).toThrow(/expected object, received undefined/)
  })
})

describe('columns', () => {
  it('that are not there are named, with those that are', async () => {
    await expect(classifier({ target: 'z' }).train(table)).rejects.toMatchObject(
      refusedConfig(/no column "z" to predict\. The table has: x, t, y/),
    )
    await expect(classifier({ target: 'y', features: ['x', 'z'] }).train(table)).rejects.toMatchObject(
      refusedConfig(/no column "z" for "features"\. The table has: x, t, y/),
    )
  })

  it('must be something else than the target', async () => {
    await expect(classifier({ target: 'y', features: ['y'] }).train(table)).rejects.toMatchObject(
      refusedConfig(/target "y" cannot be a feature/),
    )
    await expect(classifier({ target: 'y' }).train(table.select('y'))).rejects.toMatchObject(
      refusedConfig(/the target is the only column/),
    )
  })

  it('must not be called as an output of the model, which is found out before training', async () => {
    for (const name of ['label', 'probabilities', 'prediction']) {
      await expect(classifier({ target: 'y' }).train(table.rename({ x: name } as never))).rejects.toMatchObject(
        refusedConfig(new RegExp(`"${name}" has the name of an output of the model\\. Rename it`)),
      )
    }
    await using model = (await classifier({ target: 'label', epochs: 1 }).train(table.rename({ y: 'label' }))).model
    expect(await model.predict(table)).toMatchObject({ classes: ['a', 'b'] })
  })

  it('may be called as anything inside the graph', async () => {
    for (const name of ['features', 'batch', 'constant_0', 'ArgMax_0', 'a b/ü"']) {
      const data = table.rename({ x: name } as never) as AnyTable
      await using model = (await classifier({ target: 'y', epochs: 1 }).train(data)).model
      expect(await model.predict(data), name).toMatchObject({ classes: ['a', 'b'] })
    }
  })

  it('must not be dates, nor named twice', async () => {
    const dates = Table.fromRecords(rows.map((row) => ({ ...row, x: new Date(row.x) })))
    await expect(classifier({ target: 'y' }).train(dates)).rejects.toMatchObject(refusedConfig(/"x" holds dates/))
    await expect(classifier({ target: 'y', features: ['x', 'x'] }).train(table)).rejects.toThrow(
      /names the column "x" twice/,
    )
  })

  it('must have some value', async () => {
    const empty = Table.fromRecords(rows.map((row) => ({ ...row, x: null })))
    await expect(classifier({ target: 'y' }).train(empty)).rejects.toMatchObject({
      code: 'INVALID_DATA',
      message: expect.stringMatching(/^column "x": .*every value is missing\. Leave the column out/) as string,
    })
  })

  it('must be finite', async () => {
    const infinite = Table.fromRecords([...rows, { x: Infinity, t: 'p', y: 'a' }])
    await expect(classifier({ target: 'y' }).train(infinite)).rejects.toThrow(
      /^row 5, column "x": The value is Infinity/,
    )
  })
})

describe('a target', () => {
  it('needs a value in every row, and the first without is named', async () => {
    await expect(classifier({ target: 'sex' }).train(penguins)).rejects.toMatchObject(
      refusedData(/^row 4, column "sex": the target is missing\. Leave out the rows/),
    )
    await expect(regressor({ target: 'body_mass_g' }).train(penguins)).rejects.toMatchObject(
      refusedData(/^row 4, column "body_mass_g": the target is missing/),
    )
  })

  it('needs at least two classes, and more than one row for each', async () => {
    await expect(classifier({ target: 'y' }).train(table.slice(0, 2))).rejects.toMatchObject(
      refusedData(/column "y": all rows have the class "a"\. A classifier needs at least two/),
    )
    const ids = Table.fromRecords(rows.map((row, i) => ({ ...row, id: `p${i}` })))
    await expect(classifier({ target: 'id' }).train(ids)).rejects.toMatchObject(
      refusedData(/column "id": 4 classes in 4 rows are too many to learn\. Is it an identifier\?/),
    )
  })

  it('needs classes for a classifier and numbers for a regressor, and the other kind is named', async () => {
    await expect(classifier({ target: 'culmen_length_mm' }).train(penguins)).rejects.toMatchObject(
      refusedData(
        /column "culmen_length_mm": .*found double values\. Use a regressor for numbers, such as the kind mlp-regressor/,
      ),
    )
    await expect(regressor({ target: 'species' }).train(penguins)).rejects.toMatchObject(
      refusedData(
        /column "species": .*found string values\. Use a classifier for classes, such as the kind mlp-classifier/,
      ),
    )
  })

  it.each([Infinity, -Infinity, 1e39])('must not be %d for a regressor', async (value) => {
    const data = Table.fromRecords([...rows.map(({ x }) => ({ x, y: 2 * x })), { x: 5, y: value }])
    await expect(regressor({ target: 'y' }).train(data)).rejects.toMatchObject(
      refusedData(/^row 5, column "y": the target is .*, expected a finite 32-bit float/),
    )
  })
})

describe('rows', () => {
  it('must be there, to learn from and to validate on', async () => {
    await expect(classifier({ target: 'y' }).train(table.slice(0, 0))).rejects.toThrow(
      'There are no rows to learn from.',
    )
    await expect(classifier({ target: 'y' }).train(table, { validation: table.slice(0, 0) })).rejects.toMatchObject({
      code: 'INVALID_DATA',
    })
  })

  it('for validation must have the same columns and no class of their own', async () => {
    const train = (validation: AnyTable): Promise<unknown> =>
      classifier({ target: 'y', epochs: 1 }).train(table, { validation })
    await expect(train(table.drop('t') as AnyTable)).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH' })
    await expect(train(table.drop('y') as AnyTable)).rejects.toThrow(/no column "y"/)
    await expect(train(Table.fromRecords([{ x: 1, t: 'p', y: 'c' }]))).rejects.toThrow(
      'row 1, column "y": "c" is none of the classes the model learned: a, b.',
    )
  })

  it('for validation are asked for when there is to be patience, before anything is reported', async () => {
    const told: string[] = []
    const observer = {
      datasetUsed: () => void told.push('dataset'),
      started: () => {
        told.push('started')
        return { epochEnded() {}, ended() {}, weightsTrained() {}, modelTrained() {} }
      },
    }
    const training = observeTraining(observer, () => classifier({ target: 'y', patience: 2 }).train(table))
    await expect(training).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining('patience needs validation rows') as string,
    })
    expect(told).toEqual([])
  })

  it('must be two for batch normalization', async () => {
    const one = Table.fromRecords([{ x: 1, y: 2 }])
    await expect(regressor({ target: 'y', normalization: 'batch' }).train(one)).rejects.toThrow(/at least two rows/)
  })
})

function configure(options: object): () => unknown {
  return () => classifier(options as MlpOptions)
}

function refusedConfig(message: RegExp): object {
  return { code: 'INVALID_CONFIG', message: expect.stringMatching(message) as string }
}

function refusedData(message: RegExp): object {
  return { code: 'INVALID_DATA', message: expect.stringMatching(message) as string }
}
