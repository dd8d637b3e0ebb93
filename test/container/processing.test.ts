/** Processing jobs by the contract. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OptMl, optMl } from './opt-ml.ts'

let job: OptMl
beforeAll(async () => {
  job = await optMl()
})
afterAll(() => job[Symbol.asyncDispose]())

async function program(body: string): Promise<string> {
  return await job.write(
    'program.ts',
    `import { cpSync, symlinkSync, writeFileSync } from 'node:fs'
    import { defineProcessing } from 'millrace/container'
    export default defineProcessing({ async process(context) { ${body} } })`,
  )
}

describe('a processing job', () => {
  it('has the inputs, outputs, arguments and variables of its configuration', async () => {
    await job.write('config/processingjobconfig.json', {
      ProcessingJobName: 'split-penguins',
      Environment: { PENGUINS: 'all' },
      AppSpecification: { ImageUri: 'image' },
      ProcessingInputs: [
        { InputName: 'raw', AppManaged: false, S3Input: { LocalPath: '/opt/ml/processing/raw', S3Uri: 's3://a/b' } },
        { InputName: 'elsewhere', DatasetDefinition: {} },
      ],
      ProcessingOutputConfig: {
        Outputs: [{ OutputName: 'split', S3Output: { LocalPath: '/opt/ml/processing/split' } }],
      },
    })
    await job.write('config/resourceconfig.json', { current_host: 'algo-2', hosts: ['algo-1', 'algo-2'] })
    await job.write('processing/raw/a.txt', 'penguin')
    const file = await program(`
      cpSync(context.input('raw') + '/a.txt', context.output('split') + '/b.txt')
      context.message(JSON.stringify([
        context.arguments, context.jobName, process.env.PENGUINS, context.resources.current_host, Object.keys(context.inputs),
      ]))`)
    expect(await job.run('preprocess', file, '--share', '0.2')).toMatchObject({ code: 0, stderr: '' })
    expect(await job.read('processing/split/b.txt')).toBe('penguin')
    expect(JSON.parse((await job.read('output/message'))!)).toEqual([
      ['--share', '0.2'],
      'split-penguins',
      'all',
      'algo-2',
      ['raw'],
    ])
  })

  it.each([
    [
      'an input there is not',
      `context.input('cooked')`,
      4,
      /^The job has no input "cooked"\. .*raw.* \[RESOURCE_DOES_NOT_EXIST\]$/,
    ],
    ['an output there is not', `context.output('x')`, 4, /^The job has no output "x"\. .*split/],
    ['its own error', `throw new TypeError('no number')`, 1, /^TypeError: no number$/],
    [
      'a symbolic link',
      `symlinkSync('/etc', context.output('split') + '/link')`,
      1,
      /split\/link is a symbolic link.*\[INVALID_DATA\]$/,
    ],
    [
      'what nobody waits for',
      `void Promise.reject(new Error('late')); await new Promise((r) => setTimeout(r, 9e5))`,
      1,
      /^Error: late$/,
    ],
  ])('that fails by %s ends with that message and code', async (_, body, code, message) => {
    expect((await job.run('preprocess', await program(body))).code).toBe(code)
    expect(await job.read('output/message')).toMatch(message)
  })

  it('ends with a message of at most 1024 bytes, whole characters of them', async () => {
    await job.write('config/processingjobconfig.json', {})
    await job.run('preprocess', await program(`context.message('a' + 'ü'.repeat(2000))`))
    expect(await job.read('output/message')).toBe(`a${'ü'.repeat(511)}`)
  })

  it('names the configuration that is broken', async () => {
    await job.write('config/processingjobconfig.json', { ProcessingInputs: [{ S3Input: {} }] })
    const { code, stderr } = await job.run('preprocess', await program(''))
    expect(code).toBe(2)
    expect(stderr).toMatch(/processingjobconfig\.json is not valid\. "ProcessingInputs\.0\.InputName"/)
  })
})
