/** Asking a model: one row, many, none, rows with gaps, tables that do not fit; and what is made of the answers. */
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { penguinsModel, readPenguins } from '../../test/penguins.ts'
import { Table } from '../data/index.ts'
import {
  type ClassificationPrediction,
  evaluateModel,
  inputExample,
  type ModelPackage,
  models,
  predictionTable,
} from './index.ts'

let table: Table
let model: ModelPackage

beforeAll(async () => {
  table = await readPenguins()
  ;({ model } = await penguinsModel().train(table))
})

afterAll(async () => {
  await model[Symbol.asyncDispose]()
})

async function predictClasses(rows: Table): Promise<ClassificationPrediction> {
  const prediction = await model.predict(rows)
  if (prediction.task === 'classification') return prediction
  throw new Error('The penguins model is a classifier.')
}

function worstDifference(a: Float32Array, b: Float32Array): number {
  expect(a).toHaveLength(b.length)
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i]!)), 0)
}

/** Products may be summed in another order for another number of rows. */
const ROUNDING = 1e-6

describe('predicting', () => {
  it('answers rows alone, and in any order, as it answers all', async () => {
    const all = await predictClasses(table)
    const rows = fc.array(fc.nat({ max: table.rowCount - 1 }), { minLength: 1, maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(rows, async (chosen) => {
        const some = await predictClasses(table.take(chosen))
        expect(some.labels).toEqual(chosen.map((row) => all.labels[row]))
        const expected = chosen.flatMap((row) => [...all.probabilities.subarray(3 * row, 3 * row + 3)])
        expect(worstDifference(some.probabilities, Float32Array.from(expected))).toBeLessThan(ROUNDING)
      }),
      { numRuns: 30 },
    )
  })

  it('answers no rows with no answers', async () => {
    const classes = ['Adelie', 'Chinstrap', 'Gentoo']
    const nothing = { task: 'classification', classes, labels: [], probabilities: new Float32Array(0) }
    expect(await model.predict(table.slice(0, 0))).toEqual(nothing)
  })

  it('answers more rows than it scores at once, in their order', async () => {
    const rows = Array.from({ length: 20_000 }, (_, row) => (row * 7) % table.rowCount)
    const [all, many] = [await predictClasses(table), await predictClasses(table.take(rows))]
    expect(many.labels).toEqual(rows.map((row) => all.labels[row]))
    const expected = Float32Array.from({ length: 60_000 }, (_, i) => {
      return all.probabilities[rows[Math.floor(i / 3)]! * 3 + (i % 3)]!
    })
    expect(worstDifference(many.probabilities, expected)).toBeLessThan(ROUNDING)
  })

  it('takes rows where anything is missing, or everything', async () => {
    const gaps = model.inputs.map(({ name }) => ({ ...table.toRecords()[0], [name]: null }))
    const nothing = Object.fromEntries(model.inputs.map(({ name }) => [name, null]))
    const { labels, probabilities } = await predictClasses(Table.fromRecords([...gaps, nothing]))
    expect(labels).toHaveLength(7)
    expect(probabilities.every((share) => share >= 0 && share <= 1)).toBe(true)
  })

  it('takes values it has never seen', async () => {
    const [first] = table.toRecords()
    const odd = { ...first, island: 'Atlantis', sex: 'ünknown 🐧', body_mass_g: -1e9 }
    const { labels } = await predictClasses(Table.fromRecords([odd]))
    expect(model.config.classes).toContain(labels[0])
  })

  it('gives each row probabilities that sum to 1, and the class of the highest', async () => {
    const { labels, classes, probabilities } = await predictClasses(table)
    for (const [row, label] of labels.entries()) {
      const shares = [...probabilities.subarray(row * 3, row * 3 + 3)]
      expect(shares.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5)
      expect(label).toBe(classes[shares.indexOf(Math.max(...shares))])
    }
  })

  it('names the columns that are not there, and the one of another type', async () => {
    await expect(model.predict(table.drop('sex', 'island'))).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringMatching(/no column "island", "sex"\. The table has the columns: culmen/) as string,
    })
    const wrong = table.withColumn('sex', table.column('body_mass_g'))
    await expect(model.predict(wrong)).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringMatching(/column "sex": Expected text, found the type long/) as string,
    })
  })

  it('ignores further columns and does not mind their order', async () => {
    expect(await model.predict(table.select(...table.columnNames.toReversed()))).toEqual(await model.predict(table))
  })

  it('can be asked many things at once', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, async () => await model.predict(table)))
    for (const answer of answers) expect(answer).toEqual(answers[0])
  })

  it('is refused by a model that was disposed of', async () => {
    const { model: other } = await penguinsModel({ epochs: 1 }).train(table)
    await other.predict(table.slice(0, 1))
    await other[Symbol.asyncDispose]()
    await expect(other.predict(table)).rejects.toMatchObject({ code: 'INVALID_STATE' })
  })
})

describe('predictions as a table', () => {
  it('have the class, how sure the model is of it, and a share for each class', () => {
    const probabilities = Float32Array.of(0.25, 0.75, 0.5, 0.5)
    const prediction = { task: 'classification', classes: ['no', 'yes'], labels: ['yes', 'no'], probabilities } as const
    expect(predictionTable(prediction).toRecords()).toEqual([
      { prediction: 'yes', confidence: 0.75, probability_no: 0.25, probability_yes: 0.75 },
      { prediction: 'no', confidence: 0.5, probability_no: 0.5, probability_yes: 0.5 },
    ])
  })

  it('have one column for a number', () => {
    const prediction = { task: 'regression', values: Float32Array.of(1.5, -2) } as const
    expect(predictionTable(prediction).toRecords()).toEqual([{ prediction: 1.5 }, { prediction: -2 }])
  })

  it('keep their columns without rows', () => {
    const nothing = { task: 'classification', classes: ['a'], labels: [], probabilities: new Float32Array(0) } as const
    const empty = predictionTable(nothing)
    expect([empty.rowCount, empty.columnNames]).toEqual([0, ['prediction', 'confidence', 'probability_a']])
  })
})

describe('evaluating', () => {
  it('scores classes: what is counted agrees with the predictions', async () => {
    const { metrics, report, perRow } = await evaluateModel(model, table, 'species')
    const { labels } = await predictClasses(table)
    const right = labels.map((label, row) => Number(label === table.strings('species')[row]))
    expect([...perRow]).toEqual(right)
    expect(metrics['accuracy']).toBeCloseTo(right.reduce((a, b) => a + b) / right.length, 12)
    expect(Object.keys(metrics)).toEqual(['accuracy', 'balanced_accuracy', 'f1_macro', 'loss', 'roc_auc'])
    expect(report!.count).toBe(344)
  })

  it('leaves out the score that needs rows of every class', async () => {
    const adelie = table.take(Array.from({ length: 50 }, (_, row) => row))
    expect(Object.keys((await evaluateModel(model, adelie, 'species')).metrics)).not.toContain('roc_auc')
  })

  it('scores numbers by their errors', async () => {
    const rows = Array.from({ length: 50 }, (_, x) => ({ x, y: 3 * x }))
    const data = Table.fromRecords(rows)
    const { model: line } = await models.get('mlp-regressor')({ target: 'y', hidden: [], epochs: 3 }).train(data)
    await using _ = line
    const { metrics, report, perRow } = await evaluateModel(line, data, 'y')
    expect(metrics['rmse']! ** 2).toBeCloseTo(perRow.reduce((a, b) => a + b) / 50, 6)
    expect(Object.keys(metrics)).toEqual(['r2', 'mae', 'rmse'])
    expect(report).toBeUndefined()
  })

  it('names the row whose target is missing or a class that was never learned', async () => {
    const [first, second] = table.toRecords()
    const missing = Table.fromRecords([first!, { ...second, species: null }])
    await expect(evaluateModel(model, missing, 'species')).rejects.toThrow(
      'row 2, column "species": the target is missing. Leave out the rows without one.',
    )
    const unknown = Table.fromRecords([first!, { ...second, species: 'Emperor' }])
    await expect(evaluateModel(model, unknown, 'species')).rejects.toThrow(
      'row 2, column "species": "Emperor" is none of the classes the model learned: Adelie, Chinstrap, Gentoo.',
    )
    await expect(evaluateModel(model, table, 'specie')).rejects.toThrow(/no column "specie"/)
  })
})

describe('an input example', () => {
  const inputs = [
    { name: 'x', type: 'double' },
    { name: 't', type: 'string' },
  ] as const

  it('is made of the first rows in which nothing is missing', () => {
    const rows = [
      { x: null, t: 'a' },
      { x: 1.5, t: 'b' },
      { x: 2, t: null },
      { x: 3, t: 'c' },
      { x: 4, t: 'd' },
    ]
    const data = [
      [1.5, 'b'],
      [3, 'c'],
    ]
    expect(inputExample(inputs, Table.fromRecords(rows), 2)).toEqual({ columns: ['x', 't'], data })
  })

  it('shows gaps where there is no complete row, and booleans as numbers', () => {
    const rows = [
      { x: true, t: null },
      { x: null, t: 'b' },
    ]
    expect(inputExample(inputs, Table.fromRecords(rows)).data).toEqual([
      [1, null],
      [null, 'b'],
    ])
  })
})
