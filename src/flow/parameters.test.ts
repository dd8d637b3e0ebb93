import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { describeParameters, flow } from './index.ts'
import { resolveInputs } from './parameters.ts'

const folder = await mkdtemp(join(tmpdir(), 'millrace-parameters-'))
afterAll(async () => await rm(folder, { recursive: true, force: true }))
const configFile = join(folder, 'local.yml')

const { definition } = flow('training', {
  parameters: {
    trainingEpochs: z.number().int().min(1).default(50).describe('passes over the rows'),
    name: z.string(),
    drift: z.boolean().default(false),
    layers: z.array(z.number()).default([10, 8]),
  },
  config: z.object({ backend: z.looseObject({ module: z.string() }).optional() }),
}).step('a', () => undefined)

async function withConfig(text: string, environment: Record<string, string> = {}, parameters = {}): Promise<unknown> {
  await writeFile(configFile, text)
  return await resolveInputs(definition, { configFile, environment, parameters })
}

describe('parameters', () => {
  it('come from the call, then the environment, then the file, then the default', async () => {
    const text = 'training-epochs: 10\nname: file\nlayers: [1]\n'
    const environment = { MILLRACE_RUN_TRAINING_EPOCHS: '20', MILLRACE_RUN_NAME: 'environment' }
    expect(await withConfig(text, environment, { name: 'call' })).toEqual({
      parameters: { trainingEpochs: 20, name: 'call', drift: false, layers: [1] },
      config: {},
    })
  })

  it.each([
    [{ 'training-epochs': '7' }, { trainingEpochs: 7 }],
    [{ training_epochs: 7 }, { trainingEpochs: 7 }],
    [{ drift: 'true' }, { drift: true }],
    [{ layers: '[3, 4]' }, { layers: [3, 4] }],
    [{ name: '007' }, { name: '007' }],
    [{ name: 'true' }, { name: 'true' }],
  ])('are read from text where they have to be: %j', async (given, expected) => {
    const { parameters } = await resolveInputs(definition, { parameters: { name: 'x', ...given }, environment: {} })
    expect(parameters).toMatchObject(expected)
  })

  it.each([
    [{}, /parameter "name" is not given.*MILLRACE_RUN_NAME/],
    [{ name: 'x', epochs: 3 }, /flow "training" has no parameter "epochs".*trainingEpochs/],
    [{ name: 'x', nmae: 3 }, /no parameter "nmae"\. Did you mean "name"/],
    [
      { name: 'x', trainingEpochs: 'many' },
      /"trainingEpochs" is not valid: .*expected number.*Found "many" from the call/,
    ],
    [{ name: 'x', trainingEpochs: '0' }, /"trainingEpochs" is not valid: .*>=1.*Found "0"/],
    [{ name: 'x', trainingEpochs: 0 }, /"trainingEpochs" is not valid: .*>=1.*Found 0/],
  ])('that are wrong are named: %j', async (parameters, message) => {
    const found = resolveInputs(definition, { parameters, environment: {} })
    await expect(found).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringMatching(message) as string,
    })
  })

  it('that are wrong say where they came from', async () => {
    const environment = { MILLRACE_RUN_NAME: 'x', MILLRACE_RUN_DRIFT: 'perhaps' }
    await expect(resolveInputs(definition, { environment })).rejects.toThrow(
      /Found "perhaps" from the variable MILLRACE_RUN_DRIFT/,
    )
    await expect(withConfig('name: [1]')).rejects.toThrow(/Found \[1\] from .*local\.yml, key "name"/)
  })

  it('are described for help', () => {
    expect(describeParameters(definition).slice(0, 2)).toEqual([
      {
        name: 'trainingEpochs',
        flag: '--training-epochs',
        variable: 'MILLRACE_RUN_TRAINING_EPOCHS',
        description: 'passes over the rows',
        defaultText: '50',
      },
      { name: 'name', flag: '--name', variable: 'MILLRACE_RUN_NAME', description: '', defaultText: undefined },
    ])
  })
})

describe('a configuration file', () => {
  it('has ${NAME} replaced from the environment, at any depth; unknown names stay', async () => {
    const text = 'name: "${WHO}-${NOBODY}"\nbackend:\n  module: ${MODULE}\n  list: ["${WHO}"]\n'
    expect(await withConfig(text, { WHO: 'me', MODULE: 'local' })).toMatchObject({
      parameters: { name: 'me-${NOBODY}' },
      config: { backend: { module: 'local', list: ['me'] } },
    })
  })

  it.each([
    ['name: x\nbackand: {}\n', /local\.yml has the key "backand".*Did you mean "backend"/],
    ['- 1\n', /local\.yml is not valid.*expected record/],
    ['name: "x\n', /Cannot read the configuration .*local\.yml/],
    ['name: x\nbackend: {}\n', /The configuration is not valid.*backend\.module/],
  ])('that is wrong is named: %j', async (text, message) => {
    await expect(withConfig(text)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringMatching(message) as string,
    })
  })

  it('that does not exist is named', async () => {
    const missing = join(folder, 'none.yml')
    await expect(resolveInputs(definition, { configFile: missing })).rejects.toThrow(/none\.yml: there is no such file/)
  })

  it('may be empty', async () => {
    expect(await withConfig('', { MILLRACE_RUN_NAME: 'x' })).toMatchObject({ parameters: { name: 'x' } })
  })
})
