import { beforeAll, describe, expect, it } from 'vitest'
import { penguinsModel, readPenguins } from '../../test/penguins.ts'
import { type Table, trainTestSplit } from '../data/index.ts'
import { mlpRegressor, type ModelPackage, type TrainedModel } from '../model/index.ts'
import { judgeChallenger } from './index.ts'

const client = { clock: () => Date.UTC(2026, 10, 24) }
let table: Table
let heldOut: Table
let poor: ModelPackage
let good: ModelPackage

beforeAll(async () => {
  table = await readPenguins()
  const { train, test } = trainTestSplit(table.rowCount, { testFraction: 0.3, seed: 1 })
  heldOut = table.take(test)
  const trained = async (epochs: number): Promise<TrainedModel> =>
    await penguinsModel({ epochs, seed: 3 }).train(table.take(train))
  poor = (await trained(1)).model
  good = (await trained(40)).model
})

describe('a challenger', () => {
  it('that is better passes, with the interval of the difference as evidence', async () => {
    const evidence = await judgeChallenger(client, { ...named(poor, good), delta: 0 })
    expect(evidence).toMatchObject({
      gate: 'not-worse-than-champion',
      metric: 'accuracy_minus_champion',
      threshold: 0,
      passed: true,
      runId: 'a1',
      decidedAt: '2026-11-24T00:00:00.000Z',
    })
    expect(evidence.value).toBeGreaterThan(0.1)
    expect(evidence.interval?.low).toBeGreaterThan(0)
    expect(evidence.interval?.high).toBeGreaterThanOrEqual(evidence.value)
  })

  it('that is worse fails', async () => {
    expect(await judgeChallenger(client, { ...named(good, poor), delta: 0.05 })).toMatchObject({ passed: false })
  })

  it('that answers like the champion passes with no delta at all', async () => {
    expect(await judgeChallenger(client, { ...named(good, good), delta: 0 })).toMatchObject({ value: 0, passed: true })
  })

  it('is judged by where the interval ends, not by the estimate', async () => {
    const { value, interval } = await judgeChallenger(client, named(good, poor))
    const between = -(value + (interval?.low ?? NaN)) / 2
    expect(await judgeChallenger(client, { ...named(good, poor), delta: between })).toMatchObject({ passed: false })
    const below = -(interval?.low ?? NaN) + 1e-9
    expect(await judgeChallenger(client, { ...named(good, poor), delta: below })).toMatchObject({ passed: true })
  })

  it('of a regressor is judged by its squared error, of which less is better', async () => {
    const rows = heldOut.take(
      Array.from({ length: heldOut.rowCount }, (_, i) => i).filter(
        (i) => !Number.isNaN(heldOut.numbers('body_mass_g')[i]),
      ),
    )
    const trained = async (epochs: number): Promise<ModelPackage> =>
      (await mlpRegressor.create({ target: 'body_mass_g', epochs, seed: 1 }).train(rows)).model
    const options = { table: rows, target: 'body_mass_g', runId: 'a1' }
    const [early, late] = [await trained(1), await trained(60)]
    const better = await judgeChallenger(client, { ...options, champion: early, challenger: late })
    expect(better).toMatchObject({ metric: 'mse_minus_champion', comparison: '<=', passed: true })
    expect(better.value).toBeLessThan(0)
    expect(await judgeChallenger(client, { ...options, champion: late, challenger: early })).toMatchObject({
      passed: false,
    })
    await expect(judgeChallenger(client, { ...options, champion: late, challenger: good })).rejects.toThrow(
      /cannot be compared/,
    )
  })

  it.each([-0.1, NaN])('cannot be judged with delta %s', async (delta) => {
    await expect(judgeChallenger(client, { ...named(good, good), delta })).rejects.toThrow(/delta/)
  })
})

function named(champion: ModelPackage, challenger: ModelPackage): Parameters<typeof judgeChallenger>[1] {
  return { champion, challenger, table: heldOut, target: 'species', runId: 'a1' }
}
