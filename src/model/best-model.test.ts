/** The best model as it is found, for every kind; and preprocessing that was done beforehand. */
import { beforeAll, describe, expect, it } from 'vitest'
import { readPenguins } from '../../test/penguins.ts'
import { columnFrom, splitTable, Table, trainTestSplit } from '../data/index.ts'
import { columnTransformer, oneHotEncoder, pipeline, simpleImputer, standardScaler } from '../preprocess/index.ts'
import { inputExample, type ModelPackage, models, predictionTable, withPreprocessor } from './index.ts'

const options = {
  'mlp-classifier': { target: 'species', hidden: [8], learningRate: 0.02, epochs: 12 },
  'mlp-regressor': { target: 'body_mass_g', hidden: [8], learningRate: 0.05, epochs: 12 },
  'gradient-boosting-classifier': { target: 'species', learningRate: 0.9, nEstimators: 20 },
  'gradient-boosting-regressor': { target: 'body_mass_g', learningRate: 0.9, nEstimators: 20 },
}

let train: Table
let validation: Table

beforeAll(async () => {
  const penguins = await readPenguins()
  const weighed = penguins.strings('body_mass_g').flatMap((mass, row) => (mass === null ? [] : [row]))
  const table = penguins.take(weighed)
  ;({ train, test: validation } = splitTable(table, trainTestSplit(table.rowCount, { seed: 3 })))
})

const answersOf = async (model: ModelPackage, table = validation): Promise<unknown> =>
  predictionTable(await model.predict(table)).toRecords()

describe.each(Object.entries(options))('a training of %s', (kind, configuration) => {
  it('hands over the best model whenever there is a better one', async () => {
    const model = models.get(kind)(configuration)
    const found: { model: ModelPackage; epoch: number }[] = []
    const onBest = (model: ModelPackage, { epoch }: { epoch: number }): void => void found.push({ model, epoch })
    const kept = await model.train(train, { validation })
    const last = await model.train(train, { validation, keep: 'last', onBest })
    expect(found.length).toBeGreaterThan(1)
    expect(found.at(-1)!.epoch).toBe(kept.training.bestEpoch)
    expect(Buffer.from(found.at(-1)!.model.content.onnx).equals(kept.model.content.onnx)).toBe(true)
    const isLast = last.training.bestEpoch === last.training.history.length
    expect(Buffer.from(last.model.content.onnx).equals(kept.model.content.onnx)).toBe(isLast)
    expect(await answersOf(found.at(-1)!.model)).toEqual(await answersOf(kept.model))
  })

  it('measures the validation rows as often as it is told to', async () => {
    const { training } = await models.get(kind)(configuration).train(train, { validation, validateEvery: 5 })
    const { history, bestEpoch } = training
    const epochs = history.map(({ epoch }) => epoch)
    const measured = history.filter(({ validationLoss }) => validationLoss !== undefined).map(({ epoch }) => epoch)
    expect(measured).toEqual(epochs.filter((epoch) => epoch % 5 === 0 || epoch === epochs.length))
    expect(measured).toContain(bestEpoch)
  })
})

describe('preprocessing that was done beforehand', () => {
  const numbers = ['culmen_length_mm', 'culmen_depth_mm', 'flipper_length_mm']
  const texts = ['island', 'sex']

  async function prepared() {
    const preprocessor = await columnTransformer([
      { columns: numbers, transform: pipeline(simpleImputer(), standardScaler()) },
      { columns: texts, transform: pipeline(simpleImputer({ strategy: 'mostFrequent' }), oneHotEncoder()) },
    ]).fit(train)
    const featuresOf = async (rows: Table): Promise<Table> => {
      const { data, featureCount } = await preprocessor.transform(rows)
      const columns = preprocessor.featureNames.map((name, i) => {
        const values = Array.from({ length: rows.rowCount }, (_, row) => data[row * featureCount + i]!)
        return [name, columnFrom('double', values)] as const
      })
      return Table.fromColumns([...columns, ['species', rows.column('species')]])
    }
    return { preprocessor, featuresOf, example: inputExample(preprocessor.inputs, train) }
  }

  it.each(['mlp-classifier', 'gradient-boosting-classifier'])('becomes part of a %s', async (kind) => {
    const { preprocessor, featuresOf, example } = await prepared()
    const scaling = kind === 'mlp-classifier' ? { scaling: 'none' } : {}
    const { model } = await models
      .get(kind)({ target: 'species', ...scaling })
      .train(await featuresOf(train))
    const whole = withPreprocessor(model, preprocessor, example)
    expect(whole.inputs.map(({ name }) => name)).toEqual([...numbers, ...texts])
    expect(await answersOf(whole)).toEqual(await answersOf(model, await featuresOf(validation)))
  })

  it('is refused where the model takes other features, or prepares them itself', async () => {
    const { preprocessor, featuresOf, example } = await prepared()
    const { model: other } = await models.get('mlp-classifier')({ target: 'species', epochs: 1 }).train(train)
    expect(() => withPreprocessor(other, preprocessor, example)).toThrow(
      /the model takes the features .*, the preprocessor makes culmen_length_mm, /,
    )
    const scaled = models.get('mlp-classifier')({ target: 'species', epochs: 1 })
    const { model: twice } = await scaled.train(await featuresOf(train))
    expect(() => withPreprocessor(twice, preprocessor, example)).toThrow(
      /preprocessing of its own \(scaler\)\. Train it with/,
    )
  })
})
