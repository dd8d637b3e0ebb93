/** Scores against those that Evidently, SciPy and NumPy recorded, and the rules that choose methods. */
import { describe, expect, it } from 'vitest'
import { columnFrom, Table } from '../data/index.ts'
import { cases, golden } from '../../test/reference/monitor/golden.ts'
import { penguinColumns, penguinsCase } from '../../test/reference/monitor/penguins.ts'
import { compareTables, driftMethodNames, type DriftMethodName } from './index.ts'

/** Shares of 1000 or 100 random divisions: another generator agrees only within the noise, of which this is about 3 σ. */
const noise: Readonly<Record<string, number>> = { TVD: 0.06, empirical_mmd: 0.2 }

const recorded = Object.entries({ ...golden.numbers, ...golden.categories }).flatMap(([name, methods]) =>
  Object.entries(methods).flatMap(([method, result]) =>
    'error' in result || !driftMethodNames.includes(method as DriftMethodName)
      ? []
      : [{ name, method: method as DriftMethodName, ...result }],
  ),
)

describe('drift scores', () => {
  it.each(recorded)('$method of $name', ({ name, method, score, threshold, drift }) => {
    const { reference, current, type } = cases[name]!
    const found = compareTables(tableOf(reference), tableOf(current), { method, types: { value: type } }).columns[
      'value'
    ]!
    expect(Math.abs(found.score - score)).toBeLessThan(noise[method] ?? 1e-9)
    expect(found).toMatchObject({ method, threshold, ...(noise[method] === undefined && { drift }) })
  })
})

function tableOf(values: readonly (number | string)[]): Table {
  return Table.fromColumns({
    value:
      typeof values[0] === 'string'
        ? columnFrom('string', values as string[])
        : columnFrom('double', values as number[]),
  })
}

describe('the penguins', () => {
  it('drift as Evidently says', async () => {
    const { reference, current } = await penguinsCase()
    const found = compareTables(reference, current, { columns: penguinColumns, driftShare: 0.1 })
    expect(found).toMatchObject({ driftedCount: 2, share: 1 / 3, drift: true })
    for (const [name, { label, score, threshold }] of Object.entries(found.columns)) {
      const metric = `ValueDrift(column=${name},method=${label},threshold=${threshold})`
      expect(score).toBeCloseTo(golden.penguins.drift.metrics[metric] as number, 9)
    }
  })
})
