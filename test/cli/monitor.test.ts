/** `millrace monitor` as users run it: what it prints, writes and returns, and what it says of data it cannot compare. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readTable, writeTable } from '../../src/data/index.ts'
import { openTracking } from '../../src/tracking/index.ts'
import { type Outcome, runMillrace, temporaryFolder } from './run-millrace.ts'

const COMPARE = ['monitor', 'compare', 'penguins.csv', 'heavier.csv', '--missing', 'NA,.'] as const

describe('millrace monitor compare', () => {
  it('prints the worst column first, and exits with 3 on drift when asked', async () => {
    await using folder = await drifted()
    const free = await run(folder, ...COMPARE)
    expect(free).toMatchObject({ code: 0, stderr: '' })
    expect(free.stdout).toContain('The table did not drift: 1 of 7 columns')
    expect(free.stdout.split('\n')[3]).toMatch(/^body_mass_g +drift .*K-S p_value/)
    const strict = await run(folder, ...COMPARE, '--drift-share', '0.1', '--fail-on-drift')
    expect(strict).toMatchObject({ code: 3, stderr: '' })
  })

  it('prints JSON with method, score, threshold and verdict of each column', async () => {
    await using folder = await drifted()
    const { stdout } = await run(folder, ...COMPARE, '--json', '--columns', 'body_mass_g,sex')
    expect(JSON.parse(stdout)).toMatchObject({
      columns: {
        body_mass_g: { method: 'ks', threshold: 0.05, drift: true },
        sex: { method: 'z', score: 1, threshold: 0.05, drift: false },
      },
      share: 0.5,
      drift: true,
    })
  })

  it('writes one HTML file that loads nothing', async () => {
    await using folder = await drifted()
    const { stderr } = await run(folder, ...COMPARE, '--html', 'drift.html')
    expect(stderr).toBe('The report is in drift.html.\n')
    const html = await readFile(join(folder.path, 'drift.html'), 'utf8')
    expect(html).toContain('<svg')
    expect(html).not.toMatch(/<script|\b(?:src|href)="(?!#|data:)/)
    expect(html.length).toBeLessThan(300_000)
    expect(html.indexOf('body_mass_g')).toBeLessThan(html.indexOf('culmen_depth_mm'))
  })

  it('keeps the check as a run when asked to, beside what it prints', async () => {
    await using folder = await drifted()
    const { code, stdout, stderr } = await run(
      folder,
      ...COMPARE,
      '--track',
      'watch',
      '--model',
      'penguins/3',
      '--json',
    )
    expect(code).toBe(0)
    const [, runId] = /^The check is run (\w+) of the experiment watch\.\n$/.exec(stderr)!
    await using client = await openTracking({ trackingUri: join(folder.path, 'mlflow.db') })
    const { tags, metrics } = (await client.getRun(runId!)).data
    expect(tags).toMatchObject({
      'millrace.check': 'drift',
      'millrace.check.model': 'penguins/3',
      'millrace.check.data': 'heavier.csv',
      'millrace.check.reference': 'penguins.csv',
    })
    const { share } = JSON.parse(stdout) as { share: number }
    expect(metrics['drift_share']).toBe(share)
  })

  it.each(['yml', 'json'])('takes methods and thresholds from a .%s file in the names of Evidently', async (ending) => {
    await using folder = await drifted()
    const config = {
      drift_share: 0.1,
      num_method: 'psi',
      per_column_method: { body_mass_g: 'wasserstein' },
      columns: ['body_mass_g', 'flipper_length_mm'],
    }
    const yaml =
      'drift_share: 0.1\nnum_method: psi\nper_column_method: {body_mass_g: wasserstein}\ncolumns: [body_mass_g, flipper_length_mm]\n'
    await writeFile(join(folder.path, `drift.${ending}`), ending === 'json' ? JSON.stringify(config) : yaml)
    const { stdout } = await run(folder, ...COMPARE, '--json', '--config', `drift.${ending}`)
    expect(JSON.parse(stdout)).toMatchObject({
      columns: {
        body_mass_g: { method: 'wasserstein', chosenBy: 'column' },
        flipper_length_mm: { method: 'psi', chosenBy: 'type', score: 0 },
      },
      drift: true,
      driftShare: 0.1,
    })
  })

  it.each(['parquet', 'jsonl'])('compares a .%s file with CSV', async (ending) => {
    await using folder = await drifted()
    const table = await readTable(join(folder.path, 'penguins.csv'), { missing: ['NA', '.'] })
    await writeTable(join(folder.path, `penguins.${ending}`), table)
    const { stdout } = await run(
      folder,
      'monitor',
      'compare',
      `penguins.${ending}`,
      'heavier.csv',
      '--missing',
      'NA,.',
      '--json',
    )
    expect(JSON.parse(stdout)).toMatchObject({ driftedCount: 1, columns: { body_mass_g: { drift: true } } })
  })

  it('scores predictions of labelled rows', async () => {
    await using folder = await drifted()
    const { stdout } = await run(folder, ...COMPARE, '--target', 'species', '--prediction', 'island')
    expect(stdout).toMatch(/accuracy +0\b/)
  })

  it.each([
    {
      what: 'a column that is not there',
      args: ['--columns', 'body_mas_g'],
      says: 'Did you mean "body_mass_g"?',
      code: 1,
    },
    { what: 'an unknown method', config: 'method: kss\n', says: '"method"', code: 2 },
    { what: 'a key that does not exist', config: 'drift_sare: 1\n', says: 'driftSare', code: 2 },
    {
      what: 'a method that does not fit',
      config: 'cat_method: ks\n',
      says: 'is categorical, but ks compares numerical columns',
      code: 2,
    },
    {
      what: 'a target without a prediction',
      args: ['--target', 'species'],
      says: 'no prediction column is named',
      code: 2,
    },
  ])('says what to do about $what', async ({ args = [], config, says, code }) => {
    await using folder = await drifted()
    if (config !== undefined) await writeFile(join(folder.path, 'c.yml'), config)
    const outcome = await run(folder, ...COMPARE, ...args, ...(config === undefined ? [] : ['--config', 'c.yml']))
    expect(outcome).toMatchObject({ code, stdout: '' })
    expect(outcome.stderr).toContain(says)
  })

  it.each([
    { what: 'no rows', current: 'a,b\n', says: 'There are no data rows' },
    { what: 'an empty column', current: 'a,b\n,1\n,2\n', says: 'column "a": It has no value in the current data' },
    { what: 'text for numbers', current: 'a,b\nx,1\ny,2\n', says: 'column "a": It is compared as numerical' },
    { what: 'other columns', current: 'c\n1\n', says: 'share no column' },
  ])('refuses a file with $what', async ({ current, says }) => {
    await using folder = await temporaryFolder()
    await writeFile(
      join(folder.path, 'reference.csv'),
      `a,b\n${Array.from({ length: 12 }, (_, i) => `${i}.5,${i}`).join('\n')}\n`,
    )
    await writeFile(join(folder.path, 'current.csv'), current)
    const outcome = await run(folder, 'monitor', 'compare', 'reference.csv', 'current.csv')
    expect(outcome).toMatchObject({ code: 1, stdout: '' })
    expect(outcome.stderr).toContain(says)
  })
})

describe('millrace monitor baseline and check', () => {
  it("write and check SageMaker's files", async () => {
    await using folder = await drifted()
    const made = await run(folder, 'monitor', 'baseline', 'penguins.csv', '--missing', 'NA,.', '--output', 'baseline')
    expect(made).toMatchObject({ code: 0, stderr: '' })
    const same = await run(
      folder,
      'monitor',
      'check',
      'penguins.csv',
      '--missing',
      'NA,.',
      '--baseline',
      'baseline',
      '--fail-on-violation',
    )
    expect(same).toMatchObject({ code: 0, stderr: '' })
    const args = ['--baseline', 'baseline', '--output', 'found', '--fail-on-violation']
    expect(await run(folder, 'monitor', 'check', 'heavier.csv', '--missing', 'NA,.', ...args)).toMatchObject({
      code: 3,
    })
    const violations: unknown = JSON.parse(
      await readFile(join(folder.path, 'found', 'constraint_violations.json'), 'utf8'),
    )
    expect(violations).toMatchObject({
      violations: [{ feature_name: 'body_mass_g', constraint_check_type: 'baseline_drift_check' }],
    })
  })

  it('says how to make a baseline where there is none', async () => {
    await using folder = await temporaryFolder()
    const { code, stderr } = await run(folder, 'monitor', 'check', 'penguins.csv')
    expect(code).toBe(4)
    expect(stderr).toContain('millrace monitor baseline DATA')
  })
})

describe('millrace monitor summary', () => {
  it('prints what is in the columns, and the tests that failed', async () => {
    await using folder = await temporaryFolder()
    const { code, stdout } = await run(folder, 'monitor', 'summary', 'penguins.csv', '--missing', 'NA,.')
    expect(code).toBe(0)
    expect(stdout).toContain('penguins.csv: 344 rows, 7 columns, 19 missing values, 0 duplicated and 0 empty rows')
    expect(stdout).toContain("failed  Column 'sex' missing values: Actual value 11.000 , but expected 0.000")
  })
})

/** A folder with the penguins, and the same with every body mass up by 1000 g. */
async function drifted(): ReturnType<typeof temporaryFolder> {
  const folder = await temporaryFolder()
  const lines = (await readFile(join(folder.path, 'penguins.csv'), 'utf8')).trim().split('\n')
  const heavier = lines.map((line, i) => {
    const fields = line.split(',')
    if (i > 0 && fields[4] !== 'NA') fields[4] = String(Number(fields[4]) + 1000)
    return fields.join(',')
  })
  await writeFile(join(folder.path, 'heavier.csv'), `${heavier.join('\n')}\n`)
  return folder
}

function run({ path }: { readonly path: string }, ...args: readonly string[]): Promise<Outcome> {
  return runMillrace(args, { cwd: path })
}
