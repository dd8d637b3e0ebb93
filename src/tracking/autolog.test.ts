/** What a run knows of the trainings inside it, without a line of logging. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { penguinsModel, readPenguins } from '../../test/penguins.ts'
import { digest, type Table } from '../data/index.ts'
import { models } from '../model/index.ts'
import { Linear, mseLoss, sgd, tensorDataset, train } from '../nn/index.ts'
import {
  autolog,
  logModel,
  openTracking,
  registerModel,
  resolveModelUri,
  type Run,
  type TrackingClient,
  withRun,
} from './index.ts'

let folder: string
let client: TrackingClient
let penguins: Table

beforeAll(async () => {
  penguins = await readPenguins()
})

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-autolog-'))
  client = await openTracking({ trackingUri: join(folder, 'mlflow.db') })
})

afterEach(async () => {
  await client[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

async function allRuns(): Promise<readonly Run[]> {
  return (await client.searchRuns({ experimentIds: ['0'], orderBy: ['start_time'] })).items
}

async function onlyRun(): Promise<Run> {
  const runs = await allRuns()
  expect(runs).toHaveLength(1)
  return runs[0]!
}

async function artifactsOf({ info }: Run): Promise<readonly string[]> {
  return (await client.listArtifacts(info.runId)).map(({ path }) => path)
}

describe('a training inside a run', () => {
  it('logs the configuration of the model and of its training', async () => {
    await withRun(client, {}, async () => await penguinsModel({ features: ['island', 'sex'] }).train(penguins))
    expect((await onlyRun()).data.params).toMatchObject({
      model: 'mlp-classifier',
      model_target: 'species',
      model_features: '["island","sex"]',
      model_scaling: 'standard',
      model_hidden: '[10,8]',
      model_activation: 'relu',
      model_dropout: '0',
      model_balanced: 'false',
      model_seed: '42',
      module: 'Mlp',
      train_rows: '344',
      epochs: '5',
      batch_size: '32',
      seed: '42',
      optimizer: 'adam',
      optimizer_lr: '0.01',
      loss: 'crossEntropy',
    })
  })

  it('logs the losses of each epoch as steps, and how it ended', async () => {
    const { training } = await withRun(client, {}, async () => {
      const model = penguinsModel({ epochs: 3, patience: 5 })
      return await model.train(penguins.slice(0, 300), { validation: penguins.slice(300) })
    })
    const { info, data } = await onlyRun()
    for (const [metric, field] of [
      ['train_loss', 'trainLoss'],
      ['val_loss', 'validationLoss'],
    ] as const) {
      const { items } = await client.getMetricHistory(info.runId, metric)
      expect(items.map(({ step, value }) => [step, value])).toEqual(
        training.history.map((report) => [report.epoch, report[field]]),
      )
    }
    expect(data.metrics).toMatchObject({ best_epoch: training.bestEpoch, best_loss: training.bestLoss })
    expect(data.tags).toMatchObject({
      training_ended: 'finished',
      'millrace.node': process.version,
      'millrace.platform': `${process.platform}-${process.arch}`,
      'mlflow.source.type': 'LOCAL',
    })
  })

  it('logs each table with digest, schema, size and purpose', async () => {
    const [rows, validation] = [penguins.slice(0, 300), penguins.slice(300)]
    await withRun(client, {}, async () => {
      const data = { name: 'penguins', source: 'penguins.csv' }
      await penguinsModel({ epochs: 1 }).train(rows, { validation, data })
    })
    const { datasets } = (await onlyRun()).inputs
    const columns = Object.entries(penguins.types).map(([name, type]) => ({ name, type }))
    const seen = datasets.map(({ dataset, tags }) => ({
      name: dataset.name,
      digest: dataset.digest,
      source: JSON.parse(dataset.source) as unknown,
      schema: JSON.parse(dataset.schema ?? '') as unknown,
      profile: JSON.parse(dataset.profile ?? '') as unknown,
      context: tags['mlflow.data.context'],
    }))
    const common = { name: 'penguins', source: { uri: 'penguins.csv' }, schema: { mlflow_colspec: columns } }
    const inOrder = seen.toSorted((a, b) => String(a.context).localeCompare(String(b.context)))
    expect(inOrder).toEqual([
      { ...common, digest: digest(rows), profile: { num_rows: 300, num_elements: 2100 }, context: 'training' },
      { ...common, digest: digest(validation), profile: { num_rows: 44, num_elements: 308 }, context: 'validation' },
    ])
  })

  it('logs the model, which can be opened by the URI of the run', async () => {
    const { model } = await withRun(client, {}, async () => await penguinsModel().train(penguins))
    await using trained = model
    const run = await onlyRun()
    const { path, runId } = await resolveModelUri(client, `runs:/${run.info.runId}/model`)
    await using loaded = await models.load(path!)
    expect(runId).toBe(run.info.runId)
    expect(await loaded.predict(penguins)).toEqual(await trained.predict(penguins))
    const mlmodel = await client.downloadArtifacts(run.info.runId, 'model/MLmodel', join(folder, 'copy'))
    expect(await readFile(mlmodel, 'utf8')).toContain(`run_id: ${run.info.runId}`)
    expect(JSON.parse(run.data.tags['mlflow.log-model.history']!)).toMatchObject([
      { run_id: run.info.runId, artifact_path: 'model', flavors: { onnx: {}, python_function: {} } },
    ])
  })

  it.each(['before it', 'at the same time'])('is kept apart from another in the same run, %s', async (when) => {
    await withRun(client, {}, async () => {
      const first = penguinsModel({ epochs: 1 }).train(penguins)
      if (when === 'before it') await first
      await Promise.all([first, penguinsModel({ epochs: 2, hidden: [4] }).train(penguins)])
    })
    const run = await onlyRun()
    expect(run.data.params).toMatchObject({
      epochs: '1',
      training_2_epochs: '2',
      model_hidden: '[10,8]',
      training_2_model_hidden: '[4]',
    })
    expect((await client.getMetricHistory(run.info.runId, 'train_loss')).items).toHaveLength(1)
    expect((await client.getMetricHistory(run.info.runId, 'training_2_train_loss')).items).toHaveLength(2)
    expect(run.data.tags).toMatchObject({ training_ended: 'finished', training_2_training_ended: 'finished' })
    expect(await artifactsOf(run)).toEqual(['model', 'model_2'])
    const history = JSON.parse(run.data.tags['mlflow.log-model.history']!) as { artifact_path: string }[]
    expect(history.map(({ artifact_path }) => artifact_path).sort()).toEqual(['model', 'model_2'])
  })

  it('of a bare network logs its data, its losses and its weights', async () => {
    const field = { data: Float32Array.of(1, 2, 3, 4), shape: [4, 1] }
    await withRun(client, {}, async () => {
      await train(new Linear(1, 1), tensorDataset(field, field), {
        loss: mseLoss(),
        optimizer: sgd({ lr: 0.1 }),
        epochs: 2,
      })
    })
    const run = await onlyRun()
    expect(run.data.params).toMatchObject({ module: 'Linear', optimizer: 'sgd', epochs: '2' })
    expect(run.data.params).not.toHaveProperty('model')
    expect(Object.keys(run.data.metrics)).toEqual(expect.arrayContaining(['train_loss', 'best_loss']))
    expect(run.inputs.datasets[0]?.dataset.digest).toMatch(/^[0-9a-f]{8}$/)
    expect(await artifactsOf(run)).toEqual(['weights'])
    const [weights] = await client.listArtifacts(run.info.runId, 'weights')
    expect(weights?.path).toBe('weights/model.safetensors')
  })

  it('that fails ends the run as failed, with the reason', async () => {
    const failing = withRun(client, {}, async () => {
      await penguinsModel({ target: 'sex' }).train(penguins)
    })
    await expect(failing).rejects.toThrow(/row 4, column "sex"/)
    const run = await onlyRun()
    expect(run.info.status).toBe('FAILED')
    expect(run.data.tags['millrace.error']).toMatch(/row 4, column "sex": the target is missing/)
    expect(run.inputs.datasets).toHaveLength(1)
    expect(await artifactsOf(run)).toEqual([])
  })

  it('that fails in its steps keeps what was logged until then', async () => {
    const failing = withRun(client, {}, async () => {
      const explode = { optimizer: 'sgd', learningRate: 1e30, clipNorm: 1e30 } as const
      await penguinsModel({ ...explode, epochs: 3 }).train(penguins)
    })
    await expect(failing).rejects.toMatchObject({ code: 'NON_FINITE' })
    const run = await onlyRun()
    expect([run.info.status, run.data.params['model_learningRate']]).toEqual(['FAILED', '1e+30'])
  })

  it('goes to the innermost run', async () => {
    await withRun(client, { name: 'outer' }, async (parent) => {
      await withRun(client, { name: 'inner', parent }, async () => await penguinsModel({ epochs: 1 }).train(penguins))
    })
    const byName = Object.fromEntries((await allRuns()).map((run) => [run.info.runName, run]))
    expect(byName['outer']!.data.params).toEqual({})
    expect(byName['inner']!.data.params).toMatchObject({ epochs: '1' })
  })
})

describe('nothing is logged', () => {
  it('of a training outside of any run', async () => {
    await penguinsModel({ epochs: 1 }).train(penguins)
    expect(await allRuns()).toEqual([])
    await withRun(client, {}, async () => await Promise.resolve())
    await penguinsModel({ epochs: 1 }).train(penguins)
    expect((await onlyRun()).data.params).toEqual({})
  })

  it('with autolog: false', async () => {
    await withRun(client, { autolog: false }, async () => await penguinsModel({ epochs: 1 }).train(penguins))
    const run = await onlyRun()
    expect([run.data.params, run.data.metrics, run.inputs.datasets]).toEqual([{}, {}, []])
    expect(await artifactsOf(run)).toEqual([])
  })

  it('of models with models: false, but of all else', async () => {
    const autolog = { models: false }
    await withRun(client, { autolog }, async () => await penguinsModel({ epochs: 1 }).train(penguins))
    const run = await onlyRun()
    expect(run.data.params).toMatchObject({ model: 'mlp-classifier' })
    expect(await artifactsOf(run)).toEqual([])
  })

  it('to an outer run by an inner one that logs nothing', async () => {
    await withRun(client, { name: 'outer' }, async (parent) => {
      await withRun(client, { parent, autolog: false }, async () => await penguinsModel({ epochs: 1 }).train(penguins))
    })
    for (const { data } of await allRuns()) expect(data.params).toEqual({})
  })
})

describe('a training in no run', () => {
  it('makes a run of its own after autolog(), until that is disposed of', async () => {
    const logging = autolog({ trackingUri: join(folder, 'mlflow.db'), tags: { team: 'blue' } })
    onTestFinished(() => logging[Symbol.dispose]())
    await penguinsModel({ epochs: 1 }).train(penguins)
    await penguinsModel({ epochs: 2 }).train(penguins)
    await withRun(client, { name: 'open' }, async () => await penguinsModel({ epochs: 3 }).train(penguins))
    logging[Symbol.dispose]()
    await penguinsModel({ epochs: 4 }).train(penguins)
    const runs = await allRuns()
    expect(runs.map(({ info, data }) => [info.status, data.params['epochs'], data.tags['team']])).toEqual([
      ['FINISHED', '1', 'blue'],
      ['FINISHED', '2', 'blue'],
      ['FINISHED', '3', undefined],
    ])
    expect(runs[0]!.inputs.datasets).toHaveLength(1)
    expect(await artifactsOf(runs[0]!)).toEqual(['model'])
  })

  it('ends its run FAILED when it fails, in the store of the environment', async () => {
    vi.stubEnv('MLFLOW_TRACKING_URI', join(folder, 'mlflow.db'))
    onTestFinished(() => void vi.unstubAllEnvs())
    const logging = autolog()
    onTestFinished(() => logging[Symbol.dispose]())
    await expect(penguinsModel({ target: 'sex' }).train(penguins)).rejects.toThrow(/row 4, column "sex"/)
    expect((await onlyRun()).info.status).toBe('FAILED')
  })
})

describe('registering what a run logged', () => {
  it('makes versions of one model, with text, tags and aliases', async () => {
    const runIds: string[] = []
    for (const epochs of [1, 2]) {
      await withRun(client, {}, async ({ runId }) => {
        await penguinsModel({ epochs }).train(penguins)
        const options = { description: `${epochs} epochs`, tags: { by: 'test' }, aliases: ['champion'] }
        expect((await registerModel(client, 'penguins', { runId }, options)).version).toBe(epochs)
        runIds.push(runId)
      })
    }
    const version = await client.getModelVersionByAlias('penguins', 'champion')
    expect(version).toMatchObject({ version: 2, runId: runIds[1], description: '2 epochs', tags: { by: 'test' } })
    expect((await client.getModelVersion('penguins', 1)).aliases).toEqual([])
    const { path } = await resolveModelUri(client, 'models:/penguins/1')
    expect((await models.load(path!)).config.params['epochs']).toBe(1)
  })

  it('takes a model from another place in the artifacts', async () => {
    const { model } = await penguinsModel({ epochs: 1 }).train(penguins)
    await withRun(client, {}, async (run) => {
      expect(await logModel(run, model, 'deep/er')).toBe(`runs:/${run.runId}/deep/er`)
      await registerModel(client, 'penguins', { runId: run.runId, artifactPath: 'deep/er' })
    })
    expect((await resolveModelUri(client, 'models:/penguins/latest')).path).toMatch(/deep[/\\]er$/)
  })

  it('says that a run has no model, and registers nothing', async () => {
    await withRun(client, {}, async ({ runId }) => {
      await expect(registerModel(client, 'penguins', { runId })).rejects.toMatchObject({
        code: 'RESOURCE_DOES_NOT_EXIST',
        message: `Run ${runId} has no model at "model". Log one with logModel() first.`,
      })
    })
    expect((await client.searchRegisteredModels({})).items).toEqual([])
  })
})
