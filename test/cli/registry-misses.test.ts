/** What is not in the store, and model folders that are no longer what they were. */
import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Outcome, runMillrace, temporaryFolder } from './run-millrace.ts'

const folder = await temporaryFolder()
const millrace = (...args: string[]): Promise<Outcome> => runMillrace(args, { cwd: folder.path })

beforeAll(async () => {
  const quick = ['--epochs', '1', '--folds', '0']
  const { code, stderr } = await millrace(
    'train',
    'penguins.csv',
    '--target',
    'species',
    ...quick,
    '--register',
    'penguins',
  )
  expect(code, stderr).toBe(0)
  const { stdout } = await millrace('models', 'show', 'penguins', '--json')
  const { versions } = JSON.parse(stdout) as { versions: { runId: string }[] }
  const shown = await millrace('runs', 'show', versions[0]!.runId, '--json')
  const { artifactUri } = JSON.parse(shown.stdout) as { artifactUri: string }
  await cp(new URL(`${artifactUri}/model`), join(folder.path, 'good'), { recursive: true })
})
afterAll(() => folder[Symbol.asyncDispose]())

describe('what is not there', () => {
  it.each([
    { args: ['predict', 'models:/pengiuns/1'], says: ['pengiuns', 'Did you mean "penguins"?'] },
    { args: ['predict', 'models:/penguins/7'], says: ['version=7', '1'] },
    { args: ['predict', 'models:/penguins@champion'], says: ['no alias "champion"'] },
    { args: ['predict', 'models:/penguins/Production'], says: ['Production', 'versions: 1'] },
    { args: ['predict', `runs:/${'0'.repeat(32)}/model`], says: ['0'.repeat(32), 'latest runs'] },
    { args: ['runs', 'show', 'ffff'], says: ['"ffff"', 'millrace runs list'] },
    { args: ['runs', 'show', "it's"], says: [`"it's"`] },
    { args: ['runs', 'compare', 'ffff', 'eeee'], says: ['"ffff"'] },
    { args: ['runs', 'list', '--experiment', 'whales'], says: ['"whales"', 'penguins'] },
    { args: ['models', 'show', 'pengiuns'], says: ['pengiuns', 'Did you mean "penguins"?'] },
    { args: ['models', 'alias', 'penguins', 'champion', '7'], says: ['7', 'There are these versions: 1'] },
    { args: ['models', 'alias', 'whales', 'champion', '--delete'], says: ['whales', 'these models: penguins'] },
    { args: ['models', 'stage', 'penguins', '7', 'Staging'], says: ['7', 'There are these versions: 1'] },
    { args: ['models', 'delete', 'whales', '--yes'], says: ['whales', 'these models: penguins'] },
    { args: ['models', 'history', 'pengiuns'], says: ['pengiuns', 'Did you mean "penguins"?'] },
    { args: ['models', 'delete', 'penguins', '7'], says: ['7', 'There are these versions: 1'] },
  ])('$args says so and exits with 4', async ({ args, says }) => {
    const input = args[0] === 'predict' ? ['--input', 'penguins.csv'] : []
    const { code, stdout, stderr } = await millrace(...args, ...input)
    expect({ code, stdout }, stderr).toEqual({ code: 4, stdout: '' })
    for (const piece of says) expect(stderr).toContain(piece)
    expect(stderr).toContain('[RESOURCE_DOES_NOT_EXIST]')
  })

  it.each([
    { args: ['predict', 'models:/penguins', '--input', 'penguins.csv'], says: 'models:/<name>@<alias>' },
    { args: ['models', 'stage', 'penguins', '1', 'Live'], says: 'Production' },
    { args: ['runs', 'list', '--filter', 'accuracy is good'], says: 'accuracy' },
  ])('$args is wrong use, with what to write instead', async ({ args, says }) => {
    const { code, stderr } = await millrace(...args)
    expect(code).toBe(2)
    expect(stderr).toContain(says)
  })
})

describe('a model folder', () => {
  const damages: readonly { what: string; damage: (model: string) => Promise<void>; says: string }[] = [
    { what: 'without its graph', damage: (model) => rm(join(model, 'model.onnx')), says: 'model.onnx is missing' },
    { what: 'without MLmodel', damage: (model) => rm(join(model, 'MLmodel')), says: 'MLmodel is missing' },
    { what: 'with a truncated graph', damage: cutGraph, says: 'were written' },
    { what: 'with an altered graph', damage: alterGraph, says: 'was changed after it was written' },
  ]

  it.each(damages)('$what is refused', async ({ damage, says }) => {
    const model = join(folder.path, 'damaged')
    await rm(model, { recursive: true, force: true })
    await cp(join(folder.path, 'good'), model, { recursive: true })
    await damage(model)
    const { code, stdout, stderr } = await millrace('predict', model, '--input', 'penguins.csv', '--output', 'out.csv')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain('damaged')
    expect(stderr).toContain(says)
    expect(stderr).toContain('[INVALID_MODEL]')
    await expect(readFile(join(folder.path, 'out.csv'))).rejects.toThrow('ENOENT')
  })

  it('that is whole asks for the columns it learned from, by name and type', async () => {
    await writeFile(join(folder.path, 'few.csv'), 'island,sex\nDream,MALE\n')
    const lacking = await millrace('predict', 'good', '--input', 'few.csv')
    expect(lacking.code).toBe(1)
    expect(lacking.stderr).toMatch(/few\.csv: .*culmen_length_mm.*\[SCHEMA_MISMATCH\]/s)
    await writeFile(join(folder.path, 'numbers.csv'), 'body_mass_g\n3750\n')
    const textless = await millrace('predict', 'good', '--input', 'numbers.csv')
    expect(textless.code).toBe(1)
    expect(textless.stderr).toMatch(/numbers\.csv: .*"island", "sex".*\[SCHEMA_MISMATCH\]/s)
    const text = (await readFile(join(folder.path, 'penguins.csv'), 'utf8')).replaceAll(/,\d{4},/g, ',heavy,')
    await writeFile(join(folder.path, 'text.csv'), text)
    const mistyped = await millrace('predict', 'good', '--input', 'text.csv')
    expect(mistyped.code).toBe(1)
    expect(mistyped.stderr).toMatch(/text\.csv, row 1, column "body_mass_g": .*found "heavy".*\[SCHEMA_MISMATCH\]/s)
  })

  it('that predicts into a file of unknown kind says which kinds there are', async () => {
    const { code, stderr } = await millrace('predict', 'good', '--input', 'penguins.csv', '--output', 'out.xlsx')
    expect(code).toBe(2)
    expect(stderr).toContain('out.xlsx')
  })
})

async function cutGraph(model: string): Promise<void> {
  const path = join(model, 'model.onnx')
  await writeFile(path, (await readFile(path)).subarray(0, 100))
}

async function alterGraph(model: string): Promise<void> {
  const path = join(model, 'model.onnx')
  const bytes = await readFile(path)
  bytes[50]! ^= 1
  await writeFile(path, bytes)
}
