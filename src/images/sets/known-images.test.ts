/** Fashion-MNIST by name, where its files are on this machine. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sharedDataset } from '../../../test/shared-datasets.ts'
import { classesOf, describeImages, loadKnownImages, openImageSets } from '../index.ts'

const folder = sharedDataset('fashion-mnist')

describe.skipIf(folder === undefined)('Fashion-MNIST (skipped where it is not)', () => {
  it('is loaded by name, with its classes and the figures it is known by', async () => {
    const set = await loadKnownImages('fashion-mnist', { from: folder! })
    expect([...set.labels.subarray(0, 10)]).toEqual([9, 0, 0, 3, 0, 2, 7, 2, 5, 5])
    const { count, mean, std, classes } = await describeImages(set)
    expect(count).toBe(60_000)
    expect(mean[0]).toBeCloseTo(0.28604, 5)
    expect(std[0]).toBeCloseTo(0.35302, 5)
    expect(classes).toEqual(classesOf('fashion-mnist').map((name) => ({ name, count: 6000 })))
  })

  it('is recognised in a folder', async () => {
    const sets = await openImageSets(folder!)
    expect(sets.map(({ name, count }) => [name, count])).toEqual([
      ['fashion-mnist-train', 60_000],
      ['fashion-mnist-test', 10_000],
    ])
    expect(sets[1]!.classes).toContain('Sneaker')
  })
})

it('says how to get a set that is not in the folder named', async () => {
  const empty = await mkdtemp(join(tmpdir(), 'millrace-known-'))
  try {
    await expect(loadKnownImages('fashion-mnist', { part: 'test', from: empty })).rejects.toThrow(
      /train-images-idx3-ubyte\.gz: .*found no such file\. Name another folder, or download it: millrace data onboard fashion-mnist/,
    )
  } finally {
    await rm(empty, { recursive: true })
  }
})
