import { expect, test } from 'vitest'
import type { ModelVersion, Stage } from '../api/models.ts'
import { championOf, newestVersion, signed } from './champion.ts'

function version(version: number, stage: Stage = 'None', aliases: readonly string[] = []): ModelVersion {
  return {
    name: 'penguins',
    version,
    creationTime: 1,
    lastUpdatedTime: 1,
    userId: '',
    stage,
    description: '',
    source: '',
    runId: undefined,
    status: 'READY',
    statusMessage: '',
    tags: {},
    aliases: [...aliases],
  }
}

test('takes the alias champion before the newest in production', () => {
  const versions = [version(3, 'Production'), version(4, 'Production'), version(5)]
  expect(championOf(versions)?.version).toBe(4)
  expect(championOf([version(1, 'None', ['champion']), ...versions])?.version).toBe(1)
  expect(championOf([version(9, 'Staging', ['challenger'])])).toBeUndefined()
})

test('finds the newest version whatever the order', () => {
  expect(newestVersion([version(2), version(10), version(9)])).toBe(10)
  expect(newestVersion([])).toBeUndefined()
})

test.each([
  [0.97, 0.95, '+0.02'],
  [0.9, 0.95, '-0.05'],
  [1, 1, '±0'],
  [Number.NaN, 1, ''],
  [1, Infinity, ''],
  [undefined, 1, ''],
])('writes how far %d is from %d as "%s"', (value, reference, expected) => {
  expect(signed(value, reference)).toBe(expected)
})
