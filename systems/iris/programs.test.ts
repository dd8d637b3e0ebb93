/** The four programs as users run them: the whole way, and what they say to bad configurations. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readCsv } from 'millrace/data'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, type Changes, HEADER, type IrisFolder, irisFolder, irisRows } from '../../test/iris.ts'
import { type Mirror, openMirror } from '../../test/mirror.ts'
import { sharedDataset } from '../../test/shared-datasets.ts'
import { readSettings } from './settings.ts'

const shared = sharedDataset('iris')
const programs = ['onboard', 'preprocess', 'train', 'serve']

let folder: IrisFolder
let config: string
let mirror: Mirror

beforeAll(async () => {
  folder = await irisFolder()
  config = await folder.configure()
  const files = { 'iris.data': Buffer.from(`${await irisRows()}\n`) }
  const published = shared === undefined ? {} : { 'iris.csv': await readFile(join(shared, 'iris.csv')) }
  mirror = await openMirror({ ...files, ...published }, 'whole')
})
afterAll(async () => {
  await mirror[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

async function expectDone(program: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await folder.run(program, '--config', config, ...args)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

describe('onboard', () => {
  it.skipIf(shared === undefined)('gets the published file, checked, from a mirror or a folder', async () => {
    const told = `150 rows with the columns ${HEADER.replaceAll(',', ', ')} are at ${join(folder.path, 'iris.csv')}.\n`
    expect(await expectDone('onboard', '--mirror', mirror.url)).toBe(told)
    expect(await expectDone('onboard', '--from', shared!)).toBe(told)
    expect(await readFile(join(folder.path, 'iris.csv'))).toEqual(await readFile(join(shared!, 'iris.csv')))
  })

  it('says what to do where the file cannot be had', async () => {
    const { code, stderr } = await folder.run('onboard', '--config', config, '--mirror', 'http://127.0.0.1:9/')
    expect(code).toBe(1)
    expect(stderr).toMatch(/^Cannot download iris\.csv\. Tried 127\.0\.0\.1:9 .*--from FOLDER\.\n$/)
  })

  it('takes data without a header from elsewhere, and adds it', async () => {
    const told = await expectDone('onboard', '--source', `${mirror.url}iris.data`)
    expect(told).toMatch(/^150 rows with the columns sepal_length, .*, species are at /)
    expect(await readFile(join(folder.path, 'iris.csv'), 'utf8')).toBe(`${HEADER}\n${await irisRows()}`)
    await writeFile(join(folder.path, 'short.csv'), '1,2,a\n')
    const short = await folder.run('onboard', '--config', config, '--source', 'short.csv')
    expect(short).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^The rows have 3 values, but there are 5 names/) as string,
    })
  })
})

describe('the whole way', () => {
  it('goes from the data to answers over HTTP', async () => {
    await expectDone('onboard', '--source', `${mirror.url}iris.data`)
    expect(await expectDone('preprocess')).toBe(
      `105 rows to learn from and 45 to validate on are in ${join(folder.path, 'features')}.\n`,
    )
    const trained = await expectDone('train')
    const accuracy = Number(/^val_accuracy +(\S+)$/m.exec(trained)![1])
    expect(accuracy).toBeGreaterThan(0.8)
    expect(trained).toMatch(/^val_recall_virginica +[01]\.\d{4}$/m)

    await using served = await folder.serve(config)
    const { url } = served
    expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: 'ok' })
    expect(await (await fetch(`${url}/info`)).json()).toEqual({
      model_name: 'mlp-classifier',
      model_params: { hidden: [8] },
      feature_names: HEADER.split(',').slice(0, 4),
      class_names: ['setosa', 'versicolor', 'virginica'],
    })
    const { status, body } = await ask(url, {
      features: [
        [5.1, 3.5, 1.4, 0.2],
        [6.7, 3.1, 5.8, 2.2],
        [6.7, 3.1, 5.8, null],
      ],
    })
    expect(status).toBe(200)
    const { predictions } = body as { predictions: number[][] }
    for (const row of predictions) expect(row.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5)
    expect(predictions.slice(0, 2).map((row) => row.indexOf(Math.max(...row)))).toEqual([0, 2])
    await refusals(url)
  }, 30_000)
})

async function refusals(url: string): Promise<void> {
  const short = await ask(url, {
    features: [
      [5.1, 3.5, 1.4, 0.2],
      [5.1, 3.5, 1.4],
    ],
  })
  expect(short).toEqual({
    status: 422,
    body: {
      error_code: 'INVALID_PARAMETER_VALUE',
      message: `Expected 4 features in each row (${HEADER.split(',').slice(0, 4).join(', ')}), found 3 in row 2.`,
    },
  })
  const bad: readonly [unknown, RegExp][] = [
    ['{"features": [[', /The request is not valid JSON/],
    [{ rows: [] }, /"features".*expected array, received undefined.*"rows"/],
    [{ features: [] }, /at least one row/],
    [{ features: [[1, 2, 3, 'wide']] }, /row 1, column "petal_width": Expected a number/],
    [{ features: [[1, 2, 3, true]] }, /"features\.0\.3": expected a number, text or null/],
    [{ features: [[1, 2, 3, 1e300]] }, /"features\.0\.3"/],
  ]
  for (const [body, message] of bad) {
    const answer = await ask(url, body)
    expect(answer).toMatchObject({ status: 400, body: { message: expect.stringMatching(message) as string } })
  }
  expect((await fetch(`${url}/predict`)).status).toBe(405)
  expect((await fetch(`${url}/nothing`)).status).toBe(404)
}

describe('a configuration', () => {
  const cases: readonly [string, Changes, RegExp][] = [
    ['a missing key', { data: { valid_size: undefined } }, /"data\.valid_size": .*received undefined/],
    ['an unknown key', { training: { epochs: 3 } }, /"training": Unrecognized key: "epochs"/],
    ['an unknown section', { serving: {} }, /Unrecognized key: "serving"/],
    [
      'an unknown scaling',
      { preprocessing: { scaling: 'robust' } },
      /"preprocessing\.scaling": .*"standardize"\|"min-max"/,
    ],
    ['a patience of none', { training: { patience: 0 } }, /"training\.patience": expected -1 for no early stop/],
  ]

  it.each(cases)('with %s is refused by its name', async (_, changes, message) => {
    await expect(readSettings(await folder.configure(changes))).rejects.toThrow(message)
  })

  it('that is wrong ends every program with exit code 1 and one line', async () => {
    const [, changes, message] = cases[0]!
    const file = await folder.configure(changes)
    const outcomes = await Promise.all(programs.map((program) => folder.run(program, '--config', file)))
    for (const { code, stdout, stderr } of outcomes) {
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toMatch(message)
      expect(stderr.trim().split('\n')).toHaveLength(1)
    }
  })

  it('whose earlier stages have not run is told which', async () => {
    const training = { model_path: join(folder.path, 'nothing') }
    const file = await folder.configure({ preprocessing: { output_dir: join(folder.path, 'none') }, training })
    const runs = [['train'], ['serve'], ['onboard', '--source', 'none.csv']] as const
    const outcomes = await Promise.all(runs.map(([program, ...args]) => folder.run(program, '--config', file, ...args)))
    expect(outcomes.map(({ code }) => code)).toEqual([1, 1, 1])
    const [unprepared, untrained, unsourced] = outcomes.map(({ stderr }) => stderr)
    expect(unprepared).toMatch(
      /^Cannot read .*preprocessor\.json: there is no such file\. .* Preprocess the data first/,
    )
    expect(untrained).toMatch(/^Cannot read .*nothing_best.config\.json: .* Train a model first: train\.ts\n$/)
    expect(unsourced).toMatch(/^Cannot read .*none\.csv: .* Name another --source\.\n$/)
  })

  it('that is not there, or not named, is said so', async () => {
    const missing = await folder.run('train', '--config', 'nothing.json')
    expect(missing.stderr).toMatch(/^Cannot read the configuration nothing\.json: /)
    const unnamed = await folder.run('train')
    expect([unnamed.code, unnamed.stderr]).toEqual([1, expect.stringMatching(/^Name the configuration/)])
  })
})

it('every program explains itself', async () => {
  const outcomes = await Promise.all(programs.map((program) => folder.run(program, '--help')))
  for (const [i, { code, stdout }] of outcomes.entries()) {
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`^Usage: node ${programs[i]}\\.ts --config FILE`))
  }
})

it('the scaler is fitted on the training part alone, with the population deviation', async () => {
  await folder.configure()
  await expectDone('onboard', '--source', `${mirror.url}iris.data`)
  await expectDone('preprocess')
  const train = await readCsv(join(folder.path, 'features', 'train.csv'))
  for (const name of HEADER.split(',').slice(0, 4)) {
    const values = train.numbers(name)
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
    expect([mean, variance]).toEqual([expect.closeTo(0, 5), expect.closeTo(1, 5)])
  }
})
