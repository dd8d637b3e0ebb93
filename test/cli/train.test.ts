/** `millrace train` with each kind of model: trained, registered, asked. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runMillrace } from './run-millrace.ts'

const PENGUINS = fileURLToPath(new URL('../../systems/penguins/data/penguins.csv', import.meta.url))

let cwd: string

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'millrace-train-'))
})

afterAll(async () => await rm(cwd, { recursive: true }))

it('boosts trees, and they answer like every model', async () => {
  const trained = await runMillrace(
    ['train', PENGUINS, '--target', 'species', '--missing', 'NA,.', '--kind', 'gradient-boosting-classifier']
      .concat(['--estimators', '20', '--max-leaves', '4', '--folds', '3', '--gate', 'accuracy>=0.9'])
      .concat(['--register', 'penguins', '--alias', 'champion', '--json']),
    { cwd },
  )
  expect(trained.stderr).toMatch(/^epoch 20\/20 {2}loss 0\.\d+ /m)
  expect(trained.code).toBe(0)
  const { gate, version } = JSON.parse(trained.stdout) as {
    gate: { passed: boolean }
    version: { version: string | number }
  }
  expect([gate.passed, String(version.version)]).toEqual([true, '1'])
  const asked = await runMillrace(['predict', 'models:/penguins@champion', '--input', PENGUINS, '--missing', 'NA,.'], {
    cwd,
  })
  expect(asked.stdout).toMatch(/^prediction,confidence,.*\nAdelie,0\.\d+,/)
})

it('refuses what a kind has not, and names the kinds there are', async () => {
  expect(await refusal('--kind', 'gradient-boosting-classifier', '--hidden', '3')).toMatch(
    /gradient-boosting-classifier has no key "hidden"\. There are: .*maxLeaves/,
  )
  expect(await refusal('--estimators', '3')).toMatch(/mlp-classifier has no key "nEstimators"/)
  expect(await refusal('--kind', 'gradient-bosting-classifier')).toMatch(
    /Did you mean "gradient-boosting-classifier"\?/,
  )
})

async function refusal(...options: readonly string[]): Promise<string> {
  return (await runMillrace(['train', PENGUINS, '--target', 'species', '--missing', 'NA,.', ...options], { cwd }))
    .stderr
}
