/** Variables and hyperparameters as SageMaker's training toolkit makes them: test/reference/sagemaker.json. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import golden from '../../test/reference/sagemaker.json' with { type: 'json' }
import { CONTAINER_ROOT, containerPaths } from './contract.ts'
import { decodeHyperparameters, parseHyperparameters } from './hyperparameters.ts'
import { readHyperparameters, readInputDataConfig, readResourceConfig } from './job-config.ts'
import { pythonJson } from './python-text.ts'
import { sagemakerEnvironment } from './sagemaker-environment.ts'

const root = await mkdtemp(join(tmpdir(), 'millrace-sagemaker-'))
afterAll(() => rm(root, { recursive: true, force: true }))
const paths = containerPaths(root)
await mkdir(paths.inputConfig, { recursive: true })
for (const [name, content] of Object.entries(golden.files)) {
  await writeFile(join(paths.inputConfig, name), JSON.stringify(content))
}

describe('the variables of a training', () => {
  it("are those of SageMaker's toolkit", async () => {
    const variables = sagemakerEnvironment({
      paths: containerPaths(CONTAINER_ROOT),
      hyperparameters: decodeHyperparameters(await readHyperparameters(paths.inputConfig)),
      channels: await readInputDataConfig(paths),
      resources: await readResourceConfig(paths.inputConfig),
      cpus: Number(golden.variables.SM_NUM_CPUS),
      program: '/opt/program/train.py',
      jobName: undefined,
    })
    const { SM_TRAINING_ENV: training, ...others } = variables
    const { SM_TRAINING_ENV: theirs, ...expected } = golden.variables
    expect(others).toEqual(expected)
    // What the toolkit finds out about extensions of its own is not in ours.
    expect(numbersAsText(theirs)).toMatchObject(numbersAsText(training!))
  })

  it('write JSON as Python does, which parses to the same', () => {
    const json = fc.jsonValue({ maxDepth: 3 }).filter((value) => !JSON.stringify(value).includes('e'))
    fc.assert(
      fc.property(json, (value) => {
        const text = pythonJson(value)
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
        expect(text).toMatch(/^[\0-\x7e]*$/)
      }),
    )
    expect(pythonJson({ b: [NaN, -Infinity], a: 'ü😀' })).toBe(
      String.raw`{"a":"\u00fc\ud83d\ude00","b":[NaN,-Infinity]}`,
    )
  })
})

/** NaN is no JSON, but Python writes it. */
function numbersAsText(text: string): Record<string, unknown> {
  return JSON.parse(text.replaceAll(/(?<=[:,[])(NaN|-?Infinity)/g, '"$1"')) as Record<string, unknown>
}

describe('hyperparameters', () => {
  const schema = z.strictObject({
    epochs: z.int().default(5),
    rate: z.number().optional(),
    name: z.string().optional(),
    hidden: z.array(z.int()).optional(),
    deep: z.boolean().optional(),
  })

  it('are read from text as the schema wants them', () => {
    const texts = { epochs: '7', rate: '1e-3', name: '42', hidden: '[10, 8]', deep: 'true', sagemaker_region: 'x' }
    expect(parseHyperparameters(schema, texts)).toEqual({
      epochs: 7,
      rate: 0.001,
      name: '42',
      hidden: [10, 8],
      deep: true,
    })
    expect(parseHyperparameters(schema, {})).toEqual({ epochs: 5 })
  })

  it.each([
    [
      { epochs: 'many' },
      /^hyperparameters\.json with \{"epochs":"many"\} is not valid\. "epochs": .*expected (number|int).*string/,
    ],
    [{ epochs: '1.5' }, /"epochs": .*expected int/],
    [{ hidden: '[1' }, /"hidden": .*expected array, received string/],
    [{ epoch: '3' }, /Unrecognized key: "epoch"/],
    [
      { epochs: 'x', deep: '2' },
      /^hyperparameters\.json with \{"epochs":"x","deep":"2"\} is not valid\. "epochs".*; "deep"/,
    ],
  ])('that do not fit are named: %j', (texts, message) => {
    const parse = (): unknown => parseHyperparameters(schema, texts as unknown as Record<string, string>)
    expect(parse).toThrow(message)
    expect(parse).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG' }) as Error)
  })
})

describe('a configuration of a job', () => {
  it('that is broken is named with its file', async () => {
    const other = containerPaths(join(root, 'broken'))
    await mkdir(other.inputConfig, { recursive: true })
    await writeFile(join(other.inputConfig, 'hyperparameters.json'), '{"epochs": 5}')
    await expect(readHyperparameters(other.inputConfig)).rejects.toThrow(
      'hyperparameters.json is not valid. "epochs": found 5, but the platform sends texts. Write "5"',
    )
    await writeFile(join(other.inputConfig, 'inputdataconfig.json'), '{"train": {"TrainingInputMode": "Fast"}}')
    await expect(readInputDataConfig(other)).rejects.toThrow(/inputdataconfig\.json.*"train\.TrainingInputMode"/)
    await writeFile(join(other.inputConfig, 'resourceconfig.json'), '{')
    await expect(readResourceConfig(other.inputConfig)).rejects.toMatchObject({ code: 'INVALID_CONFIG' })
  })
})
