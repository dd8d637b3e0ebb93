/** A store that the experiments on Fashion-MNIST left, looked through as somebody would: runs, figures, the champion. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runFlow } from 'millrace/flow'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import experiments from '../../systems/fashion-mnist/flows/experiments.ts'
import { sharedDataset } from '../shared-datasets.ts'
import { accessibilityFaults } from './accessibility.ts'
import { openApp, type OpenApp } from './web-app.ts'

const from = sharedDataset('fashion-mnist')

describe.skipIf(from === undefined)('the store of the experiments (skipped where Fashion-MNIST is not)', () => {
  let folder: string
  let app: OpenApp | undefined
  let best: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-web-fashion-'))
    const trackingUri = join(folder, 'mlflow.db')
    const parameters = { from, mlflowTrackingUri: trackingUri, epochs: 2, limit: 600, experiments: ['mlp', 'cnn'] }
    const { artifacts } = await runFlow(experiments, { root: join(folder, 'flows'), parameters })
    best = artifacts.best.name
    app = await openApp(trackingUri)
  }, 120_000)

  afterAll(async () => {
    await app?.[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  test('leads from the experiment to the figures of the best run', async ({ skip }) => {
    if (app === undefined) return skip('there is no browser here')
    const { page, url, complaints } = app
    await page.goto(url)
    await page.getByRole('link', { name: 'fashion-mnist' }).click()
    for (const name of ['mlp', 'cnn']) await page.getByRole('link', { name, exact: true }).waitFor()
    await page.getByRole('link', { name: best, exact: true }).click()
    await page.getByRole('tab', { name: 'Artifacts' }).click()
    await page.getByText('figures', { exact: true }).click()
    await page.getByText('confusion_matrix.png').click()
    const picture = page.getByRole('img', { name: /confusion_matrix\.png/ })
    await picture.waitFor()
    const width = async (): Promise<number> =>
      await picture.evaluate((image) => ('naturalWidth' in image ? Number(image.naturalWidth) : 0))
    await expect.poll(width).toBeGreaterThan(100)
    expect(await accessibilityFaults(page)).toEqual([])
    expect(complaints).toEqual([])
  })

  test('leads from the model in production to the run it came from', async ({ skip }) => {
    if (app === undefined) return skip('there is no browser here')
    const { page, url, complaints } = app
    await page.goto(`${url}/#/models/fashion-mnist-cnn/versions/1`)
    await page.getByText('Production').first().waitFor()
    const lineage = page.getByRole('group', { name: 'Data, code and run this version comes from' })
    await lineage.getByRole('link').filter({ hasText: best }).waitFor()
    expect(await accessibilityFaults(page)).toEqual([])
    await lineage.getByRole('link').filter({ hasText: best }).click()
    await page.getByRole('heading', { name: best }).waitFor()
    expect(complaints).toEqual([])
  })
})
