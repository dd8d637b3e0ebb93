/** A whole plan: folds, gate, training, registration; and that it leaves nothing registered when it should not. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { penguinsModel, readPenguins } from '../../test/penguins.ts'
import { Random } from '../core/index.ts'
import { digest, kFold, Table } from '../data/index.ts'
import { type MlpConfig, models } from '../model/index.ts'
import {
  gateEvidence,
  openTracking,
  type PlanStage,
  resolveModelUri,
  type Run,
  type TrackingClient,
  trainAndRegister,
  type TrainingPlan,
} from './index.ts'

let folder: string
let client: TrackingClient
let penguins: Table

beforeAll(async () => {
  penguins = await readPenguins()
})

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-plan-'))
  client = await openTracking({ trackingUri: join(folder, 'mlflow.db') })
})

afterEach(async () => {
  await client[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

function planWith(changes: Partial<TrainingPlan<MlpConfig>> = {}): TrainingPlan<MlpConfig> {
  return {
    experiment: 'penguins',
    model: penguinsModel({ epochs: 8 }),
    table: penguins,
    target: 'species',
    folds: kFold(penguins.rowCount, 3, { seed: 1 }),
    gate: { metric: 'accuracy', comparison: '>=', threshold: 0.7 },
    register: { name: 'penguins', aliases: ['champion', 'latest-good'] },
    ...changes,
  }
}

function isFold({ data }: Run): boolean {
  return 'mlflow.parentRunId' in data.tags
}

async function runs(): Promise<{ parent: Run; folds: Run[] }> {
  const experiment = await client.getExperimentByName('penguins')
  const { items } = await client.searchRuns({ experimentIds: [experiment!.experimentId] })
  const folds = items.filter(isFold).toSorted((a, b) => (a.info.runName < b.info.runName ? -1 : 1))
  const parents = items.filter((run) => !isFold(run))
  expect(parents).toHaveLength(1)
  return { parent: parents[0]!, folds }
}

async function registered(): Promise<readonly string[]> {
  return (await client.searchRegisteredModels({})).items.map(({ name }) => name)
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function populationDeviation(values: readonly number[]): number {
  return Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)))
}

describe('a plan that passes its gate', () => {
  it('scores each fold in a run of its own, below the run of the plan', async () => {
    const result = await trainAndRegister(client, planWith({ data: { name: 'penguins', source: 'penguins.csv' } }))
    const { parent, folds } = await runs()
    expect(parent.info).toMatchObject({ runId: result.runId, status: 'FINISHED' })
    expect(folds.map(({ info }) => info.runName)).toEqual([0, 1, 2].map((n) => `cross-validation-fold-${n}`))
    for (const { info, data, inputs } of folds) {
      expect(info.status).toBe('FINISHED')
      expect(data.tags['mlflow.parentRunId']).toBe(result.runId)
      expect(Object.keys(data.metrics)).toEqual(expect.arrayContaining(['test_accuracy', 'test_loss', 'train_loss']))
      expect(data.params).toMatchObject({ model: 'mlp-classifier', epochs: '8' })
      expect(inputs.datasets[0]!.dataset.name).toBe('penguins')
      expect(await client.listArtifacts(info.runId)).toEqual([])
    }
    expect(new Set(folds.map(({ inputs }) => inputs.datasets[0]!.dataset.digest)).size).toBe(3)
  })

  it('logs means and population deviations of the folds', async () => {
    const { scores } = await trainAndRegister(client, planWith())
    const { parent, folds } = await runs()
    for (const name of ['accuracy', 'balanced_accuracy', 'f1_macro', 'loss', 'roc_auc']) {
      const values = folds.map(({ data }) => data.metrics[`test_${name}`]!)
      expect(parent.data.metrics[`test_${name}`]).toBeCloseTo(mean(values), 12)
      expect(parent.data.metrics[`test_${name}_std`]).toBeCloseTo(populationDeviation(values), 12)
      expect(scores[name]!.mean).toBe(parent.data.metrics[`test_${name}`])
    }
  })

  it('registers the model of all rows, with its evidence, under its aliases', async () => {
    const result = await trainAndRegister(client, planWith())
    const { parent } = await runs()
    expect(parent.data.params).toMatchObject({ train_rows: '344' })
    expect(result.version).toMatchObject({ name: 'penguins', version: 1, runId: result.runId })
    const version = await client.getModelVersion('penguins', 1)
    expect(version.aliases.toSorted()).toEqual(['champion', 'latest-good'])

    const accuracy = result.scores['accuracy']!.mean
    const evidence = await gateEvidence(client, 'penguins', 1)
    expect(evidence).toEqual([result.gate])
    expect(evidence[0]).toMatchObject({
      gate: 'accuracy',
      metric: 'accuracy',
      value: accuracy,
      threshold: 0.7,
      comparison: '>=',
      passed: true,
      datasetDigest: digest(penguins),
      runId: result.runId,
    })
    const { low, high, level } = evidence[0]!.interval!
    expect([low < accuracy, high > accuracy, level]).toEqual([true, true, 0.95])

    const { path } = await resolveModelUri(client, 'models:/penguins@champion')
    await using model = await models.load(path!)
    expect(await model.predict(penguins)).toMatchObject({ classes: ['Adelie', 'Chinstrap', 'Gentoo'] })
  })

  it('logs the scores on the training rows under names of their own, with a report', async () => {
    const { trainingScores, runId } = await trainAndRegister(client, planWith())
    const { parent } = await runs()
    expect(parent.data.metrics['training_accuracy']).toBe(trainingScores['accuracy'])
    const artifacts = (await client.listArtifacts(runId)).map(({ path }) => path)
    expect(artifacts).toEqual(['gate.json', 'model', 'training_report.json'])
  })

  it('tells its stages in order', async () => {
    const stages: PlanStage[] = []
    await trainAndRegister(client, planWith({ runName: 'my plan', onStage: (stage) => stages.push(stage) }))
    expect(stages.map(({ kind }) => kind)).toEqual([
      'run started',
      'fold scored',
      'fold scored',
      'fold scored',
      'gate decided',
      'training',
      'registered',
    ])
    expect(stages[0]).toMatchObject({ runName: 'my plan' })
    expect(stages[3]).toMatchObject({ fold: 3, folds: 3 })
    expect(stages[5]).toEqual({ kind: 'training', rowCount: 344 })
  })

  it('moves its aliases last, when the version has its evidence', async () => {
    const calls: string[] = []
    const watched: TrackingClient = {
      ...client,
      setModelVersionTag: async (...args) => {
        calls.push(`tag ${args[2]}`)
        await client.setModelVersionTag(...args)
      },
      setRegisteredModelAlias: async (...args) => {
        calls.push(`alias ${args[1]}`)
        await client.setRegisteredModelAlias(...args)
      },
    }
    await trainAndRegister(watched, planWith())
    expect(calls).toEqual(['tag millrace.gate.accuracy', 'alias champion', 'alias latest-good'])
  })

  it('makes the next version the second time, and the alias follows', async () => {
    await trainAndRegister(client, planWith())
    const { version } = await trainAndRegister(client, planWith({ folds: [], gate: undefined as never }))
    expect(version!.version).toBe(2)
    expect((await client.getModelVersionByAlias('penguins', 'champion')).version).toBe(2)
    expect(await gateEvidence(client, 'penguins', 2)).toEqual([])
  })
})

describe('a plan with less in it', () => {
  it('needs neither folds nor gate nor a registry', async () => {
    const { experiment, model, table, target } = planWith()
    const result = await trainAndRegister(client, { experiment, model, table, target, folds: [] })
    expect([result.scores, result.gate, result.version]).toEqual([{}, undefined, undefined])
    expect((await runs()).folds).toEqual([])
    expect(await registered()).toEqual([])
  })

  it('works for numbers, by a gate that is to be low', async () => {
    const random = new Random(4)
    const rows = Array.from({ length: 90 }, () => {
      const x = random.normal()
      return { x, y: 3 * x + 1 }
    })
    const plan = planWith({
      model: models.get('mlp-regressor')({ target: 'y', hidden: [], epochs: 40, learningRate: 0.05 }),
      table: Table.fromRecords(rows),
      target: 'y',
      folds: kFold(90, 3),
      gate: { metric: 'rmse', comparison: '<', threshold: 0.5 },
    })
    const { gate, scores, runId } = await trainAndRegister(client, plan)
    expect(gate).toMatchObject({ metric: 'rmse', passed: true, value: scores['rmse']!.mean })
    expect(gate).not.toHaveProperty('interval')
    expect(Object.keys(scores)).toEqual(['r2', 'mae', 'rmse'])
    expect((await client.listArtifacts(runId)).map(({ path }) => path)).toEqual(['gate.json', 'model'])
  })
})

describe('a plan that must not register', () => {
  it('keeps run, model and evidence when the gate fails', async () => {
    const stages: string[] = []
    const gate = { metric: 'accuracy', comparison: '>', threshold: 1 } as const
    const plan = planWith({ gate, onStage: ({ kind }) => void stages.push(kind) })
    const result = await trainAndRegister(client, plan)
    expect(result.gate).toMatchObject({ passed: false, threshold: 1 })
    expect(result.version).toBeUndefined()
    expect(await registered()).toEqual([])
    const { parent } = await runs()
    expect(parent.info.status).toBe('FINISHED')
    expect((await client.listArtifacts(result.runId)).map(({ path }) => path)).toContain('model')
    expect(stages).not.toContain('registered')
  })

  it('leaves the alias on the version before when the gate fails', async () => {
    await trainAndRegister(client, planWith())
    await trainAndRegister(client, planWith({ gate: { metric: 'loss', comparison: '<=', threshold: -1 } }))
    expect((await client.getModelVersionByAlias('penguins', 'champion')).version).toBe(1)
    expect((await client.searchModelVersions({ filter: "name = 'penguins'" })).items).toHaveLength(1)
  })

  it('says which scores there are when the gate asks for another', async () => {
    const gate = { metric: 'accurracy', comparison: '>', threshold: 0 } as const
    await expect(trainAndRegister(client, planWith({ gate }))).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message:
        'The gate asks for "accurracy", which is not measured for classification. There are: accuracy, balanced_accuracy, f1_macro, loss, roc_auc.',
    })
    expect(await client.getExperimentByName('penguins')).toBeUndefined()
  })

  it('refuses a gate without folds, and a target that is missing, before there is a run', async () => {
    await expect(trainAndRegister(client, planWith({ folds: [] }))).rejects.toThrow(/Ask for at least two folds/)
    await expect(
      trainAndRegister(client, planWith({ target: 'sex', model: penguinsModel({ target: 'sex' }) })),
    ).rejects.toThrow('row 4, column "sex": the target is missing.')
    expect(await client.getExperimentByName('penguins')).toBeUndefined()
  })

  it('ends as killed when it is aborted in a fold', async () => {
    const controller = new AbortController()
    const plan = planWith({
      signal: controller.signal,
      onStage: (stage) => {
        if (stage.kind === 'fold scored' && stage.fold === 1) controller.abort()
      },
    })
    await expect(trainAndRegister(client, plan)).rejects.toThrow(/aborted/)
    const { parent, folds } = await runs()
    expect([parent, ...folds].map(({ info }) => info.status)).toEqual(['KILLED', 'FINISHED', 'KILLED'])
    expect(await registered()).toEqual([])
  })

  it('ends as killed when it is aborted in the final training', async () => {
    const controller = new AbortController()
    const plan = planWith({
      signal: controller.signal,
      onEpoch: ({ epoch }) => (epoch === 2 ? controller.abort() : undefined),
    })
    await expect(trainAndRegister(client, plan)).rejects.toThrow(/aborted/)
    const { parent } = await runs()
    expect([parent.info.status, await registered()]).toEqual(['KILLED', []])
  })

  it('ends as killed at once when it was aborted before', async () => {
    await expect(trainAndRegister(client, planWith({ signal: AbortSignal.abort() }))).rejects.toThrow(/aborted/)
    const { parent, folds } = await runs()
    expect([parent.info.status, await registered()]).toEqual(['KILLED', []])
    expect(folds.length).toBeLessThan(2)
  })
})

describe('errors of a fold', () => {
  const rows = Array.from({ length: 12 }, (_, i) => ({ x: i, y: i % 2 === 0 ? 'a' : 'b' }))
  const folds = kFold(12, 3, { shuffle: false })

  it('count rows as the whole table does, for rows to learn from', async () => {
    const table = Table.fromRecords(rows.map((row, i) => (i === 9 ? { ...row, x: Infinity } : row)))
    const plan = planWith({
      table,
      target: 'y',
      model: models.get('mlp-classifier')({ target: 'y', epochs: 1 }),
      folds,
    })
    await expect(trainAndRegister(client, plan)).rejects.toThrow(/^row 10, column "x": The value is Infinity/)
    const { parent, folds: ended } = await runs()
    expect([parent, ...ended].map(({ info }) => info.status)).toEqual(['FAILED', 'FAILED'])
  })

  it('count rows as the whole table does, for rows to test on', async () => {
    const table = Table.fromRecords(rows.map((row, i) => (i === 6 ? { ...row, y: 'c' } : row)))
    const plan = planWith({
      table,
      target: 'y',
      model: models.get('mlp-classifier')({ target: 'y', epochs: 1 }),
      folds,
    })
    await expect(trainAndRegister(client, plan)).rejects.toMatchObject({
      message: expect.stringMatching(
        /^row 7, column "y": "c" is none of the classes the model learned: a, b\..*stratify/,
      ) as string,
      location: { row: 7, column: 'y' },
    })
  })
})
