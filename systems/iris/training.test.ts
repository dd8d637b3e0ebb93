/** Training in this process: what is logged, which models are kept, both sorts of models, one's own, early stops. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readCsv, splitTable, Table, trainTestSplit } from 'millrace/data'
import { ModelPackage } from 'millrace/model'
import { openTracking, type Run, type TrackingClient } from 'millrace/tracking'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { type Changes, HEADER, type IrisFolder, irisFolder, irisRows } from '../../test/iris.ts'
import { pythonHas, runPython } from '../../test/python.ts'
import { openBest } from './models/served.ts'
import { type FitData, type FitOptions, type OwnModel, ownModels } from './models/own.ts'
import { readSettings } from './settings.ts'
import { preprocess } from './stages/preprocessing.ts'
import { train } from './stages/training.ts'

const trees = { name: 'gradient-boosting-classifier', params: { maxLeaves: 6 } }
const { signal } = new AbortController()

let folder: IrisFolder
let client: TrackingClient

beforeAll(async () => {
  folder = await irisFolder()
  vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  vi.stubEnv('MLFLOW_TRACKING_URI', `sqlite:///${join(folder.path, 'mlflow.db')}`)
  client = await openTracking()
  await writeFile(join(folder.path, 'iris.csv'), `${HEADER}\n${await irisRows()}`)
})
afterAll(async () => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  await client[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

/** Both stages with a configuration; its models are at `models/<name>`. */
async function trainAs(name: string, changes: Changes = {}) {
  const training = { run_name: name, model_path: join(folder.path, 'models', name), ...changes.training }
  const settings = await readSettings(await folder.configure({ ...changes, training }))
  await preprocess(settings)
  await train(settings, { signal })
  return settings
}

const modelFile = async (name: string, file: string): Promise<Buffer> =>
  await readFile(join(folder.path, 'models', name, file))

async function runCalled(name: string): Promise<Run> {
  const { experimentId } = (await client.getExperimentByName('iris'))!
  const { items } = await client.searchRuns({ experimentIds: [experimentId], filter: `run_name = '${name}'` })
  expect(items).toHaveLength(1)
  return items[0]!
}

async function history(run: Run, metric: string): Promise<number[]> {
  return (await client.getMetricHistory(run.info.runId, metric)).items.map(({ value }) => value)
}

describe.each([
  ['a perceptron', 'mlp', {}],
  ['boosted trees', 'trees', { model: trees, preprocessing: { scaling: 'min-max' } }],
])('%s', (_, name, changes: Changes) => {
  it('is logged whole, without a line of logging', async () => {
    await trainAs(name, changes)
    const run = await runCalled(name)
    const { params, metrics } = run.data
    expect(params).toMatchObject({
      'data.path': join(folder.path, 'iris.csv'),
      'data.target_column': 'species',
      'data.valid_size': '0.3',
      'preprocessing.scaling': name === 'mlp' ? 'standardize' : 'min-max',
      'preprocessing.output_dir': join(folder.path, 'features'),
      ...(name === 'mlp'
        ? { model: 'mlp-classifier', model_hidden: '[8]', model_learningRate: '0.05', model_batchSize: '16' }
        : { model: trees.name, model_maxLeaves: '6', model_nEstimators: '20', model_l2: '0.0001' }),
    })
    for (const losses of ['train_loss', 'val_loss']) expect(await history(run, losses)).toHaveLength(20)
    const classes = ['setosa', 'versicolor', 'virginica']
    const scores = [
      'accuracy',
      ...['precision', 'recall'].flatMap((of) => [of, ...classes.map((one) => `${of}_${one}`)]),
    ]
    for (const score of scores) expect(metrics[`val_${score}`], score).toBeGreaterThan(0.6)
    const mean = classes.reduce((sum, one) => sum + metrics[`val_recall_${one}`]! / 3, 0)
    expect(metrics['val_recall']).toBeCloseTo(mean, 12)
    expect(run.info.status).toBe('FINISHED')
    const files = await client.listArtifacts(run.info.runId, 'model')
    expect(files.map(({ path }) => path)).toContain('model/MLmodel')
  })

  it('keeps the model with the lowest validation loss, which takes the data as they are, and the last', async () => {
    const valid = await readCsv(join(folder.path, 'features', 'valid.csv'))
    const losses = await history(await runCalled(name), 'val_loss')
    const [best, final] = [await crossEntropy(`${name}_best`, valid), await crossEntropy(`${name}_final`, valid)]
    expect(best).toBeCloseTo(Math.min(...losses), 5)
    expect(final).toBeCloseTo(losses.at(-1)!, 5)
    const config: unknown = JSON.parse(String(await modelFile(`${name}_best`, 'config.json')))
    const given = name === 'mlp' ? { name: 'mlp-classifier', params: { hidden: [8] } } : trees
    expect(config).toMatchObject({ model_name: given.name, model_params: given.params })
  })

  it('is the same to the byte for the same seed', async () => {
    await trainAs(`${name}-again`, { ...changes, training: { tracking: 'off' } })
    await trainAs(`${name}-other`, { ...changes, seed: 8, training: { tracking: 'off' } })
    for (const file of ['_best/model.onnx', '_best/model.safetensors', '_final/model.onnx', '_best/config.json']) {
      const bytes = await modelFile('', `${name}${file}`)
      expect(bytes.equals(await modelFile('', `${name}-again${file}`)), file).toBe(true)
      expect(bytes.equals(await modelFile('', `${name}-other${file}`)), file).toBe(false)
    }
  })
})

it.skipIf(!pythonHas('mlflow'))('both open in MLflow', async () => {
  const script = `import json, sys, mlflow, pandas as pd
rows = pd.DataFrame([[5.1, 3.5, 1.4, 0.2]], columns=${JSON.stringify(HEADER.split(',').slice(0, 4))})
print(json.dumps([str(mlflow.pyfunc.load_model(path).predict(rows)["label"][0]) for path in sys.argv[1:]]))`
  await writeFile(join(folder.path, 'ask.py'), script)
  const models = ['mlp_best', 'trees_best'].map((name) => join(folder.path, 'models', name))
  expect(runPython(folder.path, 'ask.py', ...models)).toEqual(['setosa', 'setosa'])
})

describe('a training', () => {
  it('of a number says how well the order is kept', async () => {
    const model = { name: 'gradient-boosting-regressor', params: {} }
    const settings = await trainAs('width', { data: { target_column: 'petal_width' }, model, training: { lr: 0.3 } })
    const { metrics } = (await runCalled('width')).data
    expect(metrics['val_spearmanr']).toBeGreaterThan(0.8)
    expect(Object.keys(metrics)).not.toContain('val_accuracy')
    const served = await openBest(settings)
    expect(served.facts).toMatchObject({
      class_names: [],
      feature_names: [...HEADER.split(',').slice(0, 3), 'species'],
    })
    const flower = { sepal_length: 6.7, sepal_width: 3.1, petal_length: 5.8, species: 'virginica' }
    const [answer] = await served.predict(Table.fromRecords([flower]))
    expect(answer).toEqual([expect.closeTo(2.1, 0)])
    await served.close()
  })

  it('stops after `patience` measurements without a better one, every val_frequency epochs', async () => {
    const settings = { training: { lr: 0.9, max_epochs: 200, val_frequency: 5, patience: 2 } }
    await trainAs('early', settings)
    const run = await runCalled('early')
    const epochs = (await history(run, 'train_loss')).length
    const measured = (await client.getMetricHistory(run.info.runId, 'val_loss')).items.map(({ step }) => step)
    expect(epochs).toBeLessThan(200)
    expect(measured).toEqual(Array.from({ length: epochs / 5 }, (_, i) => 5 * (i + 1)))
    expect(run.data.tags['training_ended']).toBe('stopped early')
  })

  it('leaves no run where tracking is off', async () => {
    await trainAs('untracked', { training: { tracking: 'off' } })
    const { experimentId } = (await client.getExperimentByName('iris'))!
    const { items } = await client.searchRuns({ experimentIds: [experimentId], filter: "run_name = 'untracked'" })
    expect(items).toEqual([])
  })

  it.each<[object, RegExp]>([
    [
      { name: 'mlp', params: {} },
      /no model "mlp", which model\.name asks for\. There are: gradient-boosting-classifier, /,
    ],
    [{ name: 'mlp-classifier', params: { hiden: [3] } }, /mlp-classifier has no key "hiden"/],
    [
      { name: 'mlp-classifier', params: { learningRate: 1 } },
      /"model\.params\.learningRate" is set by the other parts/,
    ],
  ])('is refused by its model: %j', async (model, message) => {
    await expect(trainAs('refused', { model })).rejects.toThrow(message)
  })

  it('ends as killed when it is interrupted', async () => {
    const training = { run_name: 'killed', model_path: join(folder.path, 'models', 'killed') }
    const settings = await readSettings(await folder.configure({ training }))
    await preprocess(settings)
    const interrupted = train(settings, { signal: AbortSignal.abort() })
    await expect(interrupted).rejects.toMatchObject({ name: 'AbortError' })
    expect((await runCalled('killed')).info.status).toBe('KILLED')
  })
})

/** Predicts the class whose centre is nearest, and moves the centres towards the rows a little each epoch. */
class NearestCentre implements OwnModel {
  readonly #rate: number
  #centres: number[][] = []

  constructor({ rate = 0.5 }: { readonly rate?: unknown }) {
    this.#rate = Number(rate)
  }

  async fit({ train, valid, target, features, classes }: FitData, { training, epochEnded }: FitOptions): Promise<void> {
    const [rows, labels] = [rowsOf(train.select(...features)), train.strings(target)]
    this.#centres = classes.map(() => features.map(() => 0))
    for (let epoch = 0; epoch < training.max_epochs; epoch++) {
      this.#centres = classes.map((name, c) => {
        const own = rows.filter((_, i) => labels[i] === name)
        return features.map((_, f) => {
          const mean = own.reduce((sum, row) => sum + row[f]!, 0) / own.length
          return this.#centres[c]![f]! + this.#rate * (mean - this.#centres[c]![f]!)
        })
      })
      const losses = [train, valid].map((table) =>
        this.#loss(table.select(...features), table.strings(target), classes),
      )
      if (!(await epochEnded({ trainLoss: losses[0]!, valLoss: losses[1]! }))) return
    }
  }

  #loss(features: Table, labels: readonly (string | null)[], classes: readonly string[]): number {
    const wrong = this.predict(features).map((row, i) => 1 - row[classes.indexOf(labels[i]!)]!)
    return wrong.reduce((sum, one) => sum + one, 0) / wrong.length
  }

  async save(folder: string): Promise<void> {
    await writeFile(join(folder, 'centres.json'), JSON.stringify(this.#centres))
  }

  async load(folder: string): Promise<void> {
    this.#centres = z.array(z.array(z.number())).parse(JSON.parse(await readFile(join(folder, 'centres.json'), 'utf8')))
  }

  predict(features: Table): number[][] {
    return rowsOf(features).map((row) => {
      const near = this.#centres.map((centre) => Math.exp(-Math.hypot(...row.map((value, f) => value - centre[f]!))))
      const sum = near.reduce((a, b) => a + b, 0)
      return near.map((value) => value / sum)
    })
  }
}

function rowsOf(features: Table): number[][] {
  const columns = features.columnNames.map((name) => features.numbers(name))
  return Array.from({ length: features.rowCount }, (_, row) => columns.map((column) => column[row]!))
}

describe('a model of one’s own', () => {
  const model = { name: 'nearest-centre', params: { rate: 0.3 } }
  beforeAll(() => {
    ownModels['nearest-centre'] = (params) => new NearestCentre(params)
  })
  afterAll(() => {
    delete ownModels['nearest-centre']
  })

  it('is trained, logged, kept and served like the others', async () => {
    const settings = await trainAs('own', { model, training: { max_epochs: 9, lr: 1 } })
    const run = await runCalled('own')
    expect(run.data.params).toMatchObject({
      model: 'nearest-centre',
      model_rate: '0.3',
      'data.target_column': 'species',
    })
    expect(await history(run, 'val_loss')).toHaveLength(9)
    expect(run.data.metrics['val_accuracy']).toBeGreaterThan(0.7)
    const logged = (await client.listArtifacts(run.info.runId, 'model')).map(({ path }) => path)
    expect(logged).toEqual(['model/centres.json', 'model/config.json', 'model/preprocessor.json'])
    const served = await openBest(settings)
    expect(served.facts).toMatchObject({ model_name: 'nearest-centre', model_params: { rate: 0.3 } })
    const flower = { sepal_length: 5.1, sepal_width: 3.5, petal_length: 1.4, petal_width: 0.2 }
    const [row] = await served.predict(Table.fromRecords([flower]))
    expect(row!.indexOf(Math.max(...row!))).toBe(0)
  })
})

/** The loss of a kept model, on the rows of the data that are in `valid` by their place in the split. */
async function crossEntropy(name: string, valid: Table): Promise<number> {
  await using model = await ModelPackage.load(join(folder.path, 'models', name))
  const data = await readCsv(join(folder.path, 'iris.csv'))
  const settings = await readSettings(join(folder.path, 'config.json'))
  const { seed } = settings
  const { test } = splitTable(data, trainTestSplit(data.rowCount, { seed, testFraction: settings.data.valid_size }))
  expect(test.strings('species')).toEqual(valid.strings('species'))
  const prediction = await model.predict(test)
  if (prediction.task !== 'classification') throw new Error('no classes')
  const { classes, probabilities } = prediction
  const losses = test
    .strings('species')
    .map((label, row) => -Math.log(probabilities[row * 3 + classes.indexOf(label!)]!))
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length
}
