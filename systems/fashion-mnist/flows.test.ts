/** The experiments from data to production, and the search for better ones, on few images of the published files where they are. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runFlow } from 'millrace/flow'
import { imageAt } from 'millrace/images'
import { Session } from 'millrace/onnx'
import { openTracking, type Run, type TrackingClient } from 'millrace/tracking'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sharedDataset } from '../../test/shared-datasets.ts'
import { classifierOf, type Settings } from './classifiers.ts'
import { experimentNames, experiments } from './config/experiments.ts'
import experimentsFlow from './flows/experiments.ts'
import searchFlow from './flows/search.ts'
import { CLASSES, loadTestImages } from './images.ts'
import { EXPERIMENT, getProductionModel, MODEL, promoteModelToProduction } from './registry.ts'

const from = sharedDataset('fashion-mnist')

describe.skipIf(from === undefined)('the experiments (skipped where Fashion-MNIST is not)', () => {
  let folder: string
  let trackingUri: string
  let client: TrackingClient
  let runs: readonly Run[]
  let best: { readonly name: string; readonly runId: string; readonly accuracy: number }

  async function run(parameters: Readonly<Record<string, unknown>>): Promise<typeof best> {
    const { artifacts } = await runFlow(experimentsFlow, {
      root: join(folder, 'flows'),
      parameters: { from, mlflowTrackingUri: trackingUri, epochs: 2, limit: 600, ...parameters },
    })
    return artifacts.best
  }

  async function artifact(path: string): Promise<Buffer> {
    const folderOf = await mkdtemp(join(folder, 'artifact-'))
    return await readFile(await client.downloadArtifacts(best.runId, path, folderOf))
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-fashion-'))
    trackingUri = join(folder, 'mlflow.db')
    best = await run({ experiments: ['mlp', 'cnn-augmented'] })
    client = await openTracking({ trackingUri })
    const experiment = await client.getExperimentByName(EXPERIMENT)
    ;({ items: runs } = await client.searchRuns({ experimentIds: [experiment!.experimentId] }))
  }, 60_000)

  afterAll(async () => {
    await client[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  it('are tracked, a run each, with settings, losses by epoch and the digests of their data', async () => {
    expect(runs.map(({ info }) => info.runName).toSorted()).toEqual(['cnn-augmented', 'mlp'])
    for (const { info, data, inputs } of runs) {
      expect(data.params).toMatchObject({ epochs: '2', train_rows: '540' })
      const { batchSize, dropout } = experiments[experimentNames.find((name) => name === info.runName)!]
      expect(data.params).toMatchObject({ batch_size: String(batchSize), model_dropout: String(dropout) })
      expect((await client.getMetricHistory(info.runId, 'val_loss')).items).toHaveLength(2)
      expect(inputs.datasets.map(({ dataset }) => dataset.name).toSorted()).toEqual([
        'fashion-mnist-train',
        'fashion-mnist-train-validation',
      ])
      expect(inputs.datasets.every(({ dataset }) => /^[0-9a-f]{8}$/.test(dataset.digest))).toBe(true)
    }
    const digests = runs.map(({ inputs }) => inputs.datasets.map(({ dataset }) => dataset.digest).toSorted())
    expect(digests[0]).toEqual(digests[1])
  })

  it('choose the best by validation accuracy and measure it on the test images', () => {
    const accuracies = runs.map(({ data }) => data.metrics['best_val_accuracy']!)
    expect(best.accuracy).toBe(Math.max(...accuracies))
    const measured = runs.filter(({ data }) => data.metrics['test_accuracy'] !== undefined)
    expect(measured.map(({ info }) => info.runId)).toEqual([best.runId])
    expect(measured[0]!.data.metrics['test_accuracy_ankle_boot']).toBeGreaterThan(0.3)
  })

  it('leave curves, confusion matrix and sample predictions with the best', async () => {
    expect((await artifact('figures/training_curves.html')).toString()).toContain('Accuracy on validation images')
    expect((await artifact('figures/confusion_matrix.html')).toString()).toContain('What 10000 images were taken for')
    const samples = (await artifact('figures/sample_predictions.html')).toString()
    expect(samples.match(/src="data:image\/png;base64,/g)).toHaveLength(24)
    for (const name of ['training_curves', 'confusion_matrix', 'sample_predictions']) {
      const picture = sharp(await artifact(`figures/${name}.png`))
      expect(await picture.metadata()).toMatchObject({ format: 'png', width: expect.toSatisfy((n) => n > 1000) })
      // More than a white sheet.
      expect((await picture.stats()).channels[0]!.stdev).toBeGreaterThan(10)
    }
  })

  it('export a graph that answers as the model does, and what there is to know of it', async () => {
    const metadata = JSON.parse((await artifact('export/model_metadata.json')).toString()) as object
    expect(metadata).toMatchObject({ model_name: MODEL, version: 1, run_id: best.runId, classes: CLASSES })
    expect(metadata).toMatchObject({ input: { name: 'image', shape: ['batch', 1, 28, 28] } })
    const production = await getProductionModel({ trackingUri })
    await using model = production.model
    const image = await imageAt(await loadTestImages({ from }), 0)
    const data = Float32Array.from(image.data, (value) => Math.fround(value / 255))
    await using session = await Session.load(await artifact('export/model.onnx'))
    const { probabilities } = await session.run({ image: { dtype: 'float32', data, shape: [1, 1, 28, 28] } })
    expect([...(probabilities!.data as Float32Array)]).toEqual([...(await model.predict([image])).probabilities])
  })

  it('put the best into production, and archive it when the next one comes', async () => {
    expect(await production()).toEqual([['Production', ['champion']]])
    await run({ experiments: ['mlp'], seed: 2 })
    expect(await production()).toEqual([
      ['Production', ['champion']],
      ['Archived', []],
    ])
  })

  it('find the model in production by its alias first, then by its stage', async () => {
    const [newest, first] = await versions()
    await client.setRegisteredModelAlias(MODEL, 'champion', first!.version)
    expect(await productionVersion()).toBe(first!.version)
    await client.deleteRegisteredModelAlias(MODEL, 'champion')
    expect(await productionVersion()).toBe(newest!.version)
    const promoted = await promoteModelToProduction(first!.runId, { trackingUri })
    expect(promoted).toMatchObject({ version: first!.version, currentStage: 'Production', aliases: ['champion'] })
    expect(await productionVersion()).toBe(first!.version)
  })

  it('are looked for by a search, whose trials are runs below its own', async () => {
    const { artifacts } = await runFlow(searchFlow, {
      root: join(folder, 'flows'),
      parameters: {
        from,
        mlflowTrackingUri: trackingUri,
        experiment: 'cnn',
        trials: 3,
        minEpochs: 1,
        epochs: 3,
        limit: 200,
      },
    })
    const { best, ranking, search } = artifacts
    expect(ranking).toHaveLength(3)
    expect(ranking[0]).toMatchObject({ trial: best.trial, budget: 3 })
    // What was found is what an experiment is made of.
    const found: Settings = best.parameters
    expect(found).toMatchObject({ network: 'fashion-cnn', batchNorm: false, shift: undefined, hidden: undefined })
    expect(classifierOf(found, { epochs: 3, seed: 1 }).kind).toBe('fashion-cnn')
    const { items: trials } = await client.searchRuns({
      experimentIds: [(await client.getExperimentByName(EXPERIMENT))!.experimentId],
      filter: `tags."mlflow.parentRunId" = '${search.runId}'`,
    })
    expect(trials).toHaveLength(3)
    // One in three is trained for three epochs instead of one.
    const lengths = trials.map(async ({ info }) => (await client.getMetricHistory(info.runId, 'val_loss')).items.length)
    expect((await Promise.all(lengths)).toSorted((a, b) => a - b)).toEqual([1, 1, 3])
    const { params, metrics } = (await client.getRun(search.runId)).data
    expect(params).toMatchObject({ best_network: 'fashion-cnn', direction: 'maximize', sampler: 'tpe' })
    expect(metrics['best_val_accuracy']).toBe(best.score)
  })

  it('say when there is no model in production, or the run is not there', async () => {
    const empty = join(folder, 'empty.db')
    await expect(getProductionModel({ trackingUri: empty })).rejects.toThrow(/fashion-mnist-cnn not found/)
    await expect(promoteModelToProduction('0123456789abcdef', { trackingUri: empty })).rejects.toThrow(
      /0123456789abcdef/,
    )
  })

  async function versions(): Promise<Awaited<ReturnType<TrackingClient['searchModelVersions']>>['items']> {
    return (await client.searchModelVersions({ filter: `name = '${MODEL}'`, orderBy: ['version_number DESC'] })).items
  }

  async function production(): Promise<unknown> {
    return (await versions()).map(({ currentStage, aliases }) => [currentStage, aliases])
  }

  async function productionVersion(): Promise<number> {
    const { version, model } = await getProductionModel({ trackingUri })
    await model[Symbol.asyncDispose]()
    return version.version
  }
})
