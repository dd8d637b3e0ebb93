/** Summaries, tests and quality against Evidently's, and what reports do where it has no word. */
import { describe, expect, it } from 'vitest'
import { golden, type Snapshot, uniform } from '../../test/reference/monitor/golden.ts'
import { penguinColumns, penguinsCase } from '../../test/reference/monitor/penguins.ts'
import { columnFrom, Table } from '../data/index.ts'
import { type Check, createReport, type MonitoringReport, toEvidentlyJson } from './index.ts'

/** Evidently counts long columns of few values as numbers here, as its definition says. */
const labels = { target: 'species', prediction: 'prediction' }

describe('the report on the penguins', () => {
  it('makes the tests that Evidently makes, with a reference', async () => {
    const { reference, current } = await penguinsCase()
    const report = createReport(current, { reference, columns: penguinColumns, driftShare: 0.1, ...labels })
    const { drift, summary } = golden.penguins
    // Evidently repeats the bound in the names of "less or equal" tests, and tells success and failure by one sign.
    expectTests(report.tests, drift)
    expectTests(report.tests, withoutLessOrEqual(summary))
    expect(report.tests.filter(({ name }) => name.includes('Less or Equal')).map(({ status }) => status)).toEqual(
      summary.tests.filter(({ name }) => name.includes('Less or Equal')).map(({ status }) => status),
    )
    expect(report.tests).toHaveLength(drift.tests.length + summary.tests.length)
  })

  it('makes the tests that Evidently makes, without a reference', async () => {
    const { current } = await penguinsCase()
    const { tests } = createReport(current, labels)
    const equalities = golden.penguins.summary_alone.tests.filter(({ name }) => name.includes('Equal'))
    expectTests(tests, { tests: equalities })
    expect(tests).toHaveLength(golden.penguins.summary_alone.tests.length + golden.penguins.quality_alone.tests.length)
    expect(tests.every(({ status }) => status === 'SUCCESS')).toBe(true)
  })

  it('is written as Evidently writes it', async () => {
    const { reference, current } = await penguinsCase()
    const report = createReport(current, { reference, columns: penguinColumns, driftShare: 0.1 })
    const { metrics, tests } = golden.penguins.drift
    const written = toEvidentlyJson(report)
    for (const { metric_name: name, value } of written.metrics) {
      if (typeof value === 'number') expect(value).toBeCloseTo(metrics[name] as number, 9)
      else expect(value).toEqual(metrics[name])
    }
    expect(written.metrics).toHaveLength(7)
    expect(written.tests.slice(0, 7)).toMatchObject(tests.slice(0, 7))
  })

  it('scores the predictions as Evidently does', async () => {
    const { current } = await penguinsCase()
    const quality = createReport(current, labels).quality?.current
    if (quality?.task !== 'classification') throw new Error('Expected the quality of a classification.')
    const metrics = scoresOf(golden.penguins.drift)
    expect(quality.accuracy).toBeCloseTo(metrics['Accuracy'] as number, 12)
    expect(quality.precision).toBeCloseTo(metrics['Precision'] as number, 12)
    expect(quality.recall).toBeCloseTo(metrics['Recall'] as number, 12)
    expect(quality.f1).toBeCloseTo(metrics['F1Score'] as number, 12)
    for (const [label, { precision, recall, f1 }] of Object.entries(quality.byLabel)) {
      expect(precision).toBeCloseTo((metrics['PrecisionByLabel'] as Record<string, number>)[label]!, 12)
      expect(recall).toBeCloseTo((metrics['RecallByLabel'] as Record<string, number>)[label]!, 12)
      expect(f1).toBeCloseTo((metrics['F1ByLabel'] as Record<string, number>)[label]!, 12)
    }
  })
})

describe('quality', () => {
  it('of two labels with probabilities equals that of Evidently', () => {
    const { quality } = binaryReport()
    const metrics = scoresOf(golden.binary)
    expect(quality?.current).toMatchObject({ task: 'classification', positive: '1' })
    const names = {
      accuracy: 'Accuracy',
      precision: 'Precision',
      recall: 'Recall',
      f1: 'F1Score',
      rocAuc: 'RocAuc',
      logLoss: 'LogLoss',
      falsePositiveRate: 'FPR',
      falseNegativeRate: 'FNR',
    }
    const found = quality?.current as unknown as Record<string, number>
    for (const [ours, theirs] of Object.entries(names)) expect(found[ours]).toBeCloseTo(metrics[theirs] as number, 9)
  })

  it('of numbers equals that of Evidently', () => {
    const actual = uniform(41, 500).map((u) => 10 + 5 * u)
    const errors = uniform(42, 500)
    const table = Table.fromColumns({
      target: columnFrom('double', actual),
      prediction: columnFrom(
        'double',
        actual.map((value, row) => value + errors[row]! - 0.4),
      ),
    })
    const { quality, tests } = createReport(table, { target: 'target', prediction: 'prediction' })
    const metrics = scoresOf(golden.regression)
    expect(quality?.current).toMatchObject({
      task: 'regression',
      meanError: closeTo((metrics['MeanError'] as { mean: number }).mean),
      errorStd: closeTo((metrics['MeanError'] as { std: number }).std),
      mae: closeTo((metrics['MAE'] as { mean: number }).mean),
      mape: closeTo((metrics['MAPE'] as { mean: number }).mean),
      rmse: closeTo(metrics['RMSE'] as number),
      r2: closeTo(metrics['R2Score'] as number),
      maxError: closeTo(metrics['AbsMaxError'] as number),
    })
    expect(tests.filter(({ status }) => status === 'FAIL')).toEqual([])
  })

  it('expected of calibrated probabilities is near what the labels show', () => {
    const { quality, expected } = binaryReport((p) => p)
    if (quality?.current.task !== 'classification') throw new Error('Expected the quality of a classification.')
    expect(Math.abs(expected!.accuracy - quality.current.accuracy)).toBeLessThan(0.03)
    expect(Math.abs(expected!.rocAuc! - quality.current.rocAuc!)).toBeLessThan(0.03)
    const rows = expected!.confusion!.counts.flat().reduce((sum, count) => sum + count, 0)
    expect(rows).toBeCloseTo(1200, 6)
  })

  it('expected of uncalibrated probabilities is mended by a labelled reference', () => {
    const alone = binaryReport(cubed)
    const { expected, quality } = binaryReport(cubed, { withReference: true })
    if (quality?.current.task !== 'classification') throw new Error('Expected the quality of a classification.')
    const errorOf = (accuracy: number): number =>
      Math.abs(accuracy - (quality.current.task === 'classification' ? quality.current.accuracy : 0))
    expect(expected).toMatchObject({ calibrated: true })
    expect(errorOf(expected!.accuracy)).toBeLessThan(errorOf(alone.expected!.accuracy))
    expect(errorOf(expected!.accuracy)).toBeLessThan(0.05)
  })

  it('counts rows without a label apart', () => {
    const table = Table.fromRecords([
      { said: 'a', is: 'a' },
      { said: 'b', is: null },
      { said: 'b', is: 'b' },
    ])
    const { quality } = createReport(table, { target: 'is', prediction: 'said' })
    expect(quality?.current).toMatchObject({ rowCount: 2, unlabelled: 1, accuracy: 1 })
  })

  it('is left out while no label has come', () => {
    const table = Table.fromColumns({ said: columnFrom('string', ['a', 'b']), is: columnFrom('string', [null, null]) })
    expect(createReport(table, { target: 'is', prediction: 'said' }).quality).toBeUndefined()
    const reference = Table.fromRecords(Array.from({ length: 9 }, (_, i) => ({ said: 'ab'[i % 2]!, is: 'ab'[i % 2]! })))
    const { drift, quality } = createReport(table, { reference, target: 'is', prediction: 'said' })
    expect([drift?.unscored, quality]).toEqual([{ is: 'no label has come yet' }, undefined])
  })

  it.each(['target', 'prediction', 'probabilities'])('is not left out for a misspelt %s', (option) => {
    const table = Table.fromRecords([
      { is: 'a', said: 'a', chance: 1 },
      { is: 'b', said: 'b', chance: 0 },
    ])
    const options = { target: 'is', prediction: 'said', probabilities: 'chance', [option]: 'chanse' }
    expect(() => createReport(table, { reference: table, ...options })).toThrow(/"chanse".*Did you mean "chance"/)
  })

  it.each([
    [null, /row 2, column "chance": .*from 0 to 1, found none/],
    [1.5, /row 2, column "chance": .*from 0 to 1, found 1\.5/],
  ])('names the row with the probability %d', (chance, message) => {
    const table = Table.fromRecords([
      { is: null, said: null, chance: null },
      { is: null, said: 'b', chance },
      { is: 'a', said: 'a', chance: 1 },
    ])
    const reference = Table.fromRecords([
      { is: 'a', said: 'a', chance: 1 },
      { is: 'b', said: 'b', chance: 0 },
    ])
    const options = { target: 'is', prediction: 'said', probabilities: 'chance' }
    expect(() => createReport(table, { reference, ...options })).toThrow(message)
  })
})

describe('the summary', () => {
  it('finds duplicated, empty, constant and almost constant rows and columns', () => {
    const rows = Array.from({ length: 40 }, (_, i) => ({ a: i, b: i, one: 'x', near: i === 7 ? 'z' : 'y' }))
    const records = [...rows, rows[3]!, {}, {}]
    const table = Table.fromRecords(records, { a: 'long', b: 'double', one: 'string', near: 'string', none: 'double' })
    expect(createReport(table).summary.current).toMatchObject({
      rowCount: 43,
      columnCount: 5,
      duplicatedRows: 2,
      emptyRows: 2,
      duplicatedColumns: ['b'],
      constantColumns: ['one'],
      almostConstantColumns: ['one', 'near'],
      emptyColumns: ['none'],
      missing: 4 * 2 + 43,
    })
  })

  it('fails fewer gaps than in the reference only where they must be within the bounds', () => {
    const failed = (missing: 'within' | 'at-most', current: Table): string[] =>
      createReport(current, { reference: gaps(10), missing })
        .tests.filter(({ name, status }) => name.includes("'x' missing values") && status === 'FAIL')
        .map(({ description }) => description)
    expect(failed('within', gaps(2))).toContain(
      "Column 'x' missing values: Actual value 2.000 , but expected 10.000 ± 1.000",
    )
    expect(failed('at-most', gaps(2))).toEqual([])
    expect(failed('at-most', gaps(12))).toContain("Column 'x' missing values: Actual value 12.000 > 11.000")
  })
})

function binaryReport(change: (p: number) => number = (p) => p, { withReference = false } = {}): MonitoringReport {
  const table = (chance: number, truth: number): Table => {
    const p = uniform(chance, 1200)
    const u = uniform(truth, 1200)
    return Table.fromColumns({
      target: columnFrom(
        'long',
        u.map((value, row) => (value < p[row]! ** 1.2 ? 1 : 0)),
      ),
      prediction: columnFrom(
        'long',
        p.map((value) => (value > 0.5 ? 1 : 0)),
      ),
      probability: columnFrom('double', p.map(change)),
    })
  }
  return createReport(table(32, 31), {
    target: 'target',
    prediction: 'prediction',
    probabilities: 'probability',
    ...(withReference && { reference: table(132, 131) }),
  })
}

function cubed(p: number): number {
  return p ** 3
}

/** 50 numbers of which the first `count` are missing. */
function gaps(count: number): Table {
  return Table.fromColumns({
    x: columnFrom(
      'double',
      uniform(1, 50).map((u, i) => (i < count ? null : u)),
    ),
  })
}

function expectTests(found: readonly Check[], { tests }: Pick<Snapshot, 'tests'>): void {
  const plain = found.map(({ name, description, status }) => ({ name, description, status }))
  for (const test of tests) expect(plain).toContainEqual(test)
}

function withoutLessOrEqual({ tests }: Snapshot): Pick<Snapshot, 'tests'> {
  return { tests: tests.filter(({ name }) => !name.includes('Less or Equal')) }
}

/** The metrics by the names before the bracket. */
function scoresOf({ metrics }: Snapshot): Record<string, unknown> {
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name.split('(')[0]!, value]))
}

function closeTo(value: number): unknown {
  return expect.closeTo(value, 9) as unknown
}
