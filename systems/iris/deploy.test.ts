/** What is deployed: the workflow fits Argo's schema, and everything starts programs that are there. */
import { existsSync, readFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { readSettings } from './settings.ts'

const here = import.meta.dirname
const schemaFile = fileURLToPath(new URL('../../../shared/contracts/argo-workflows-schema.json', import.meta.url))
const read = (name: string): string => readFileSync(join(here, 'deploy', name), 'utf8')

const workflowSchema = z.object({
  spec: z.object({
    entrypoint: z.string(),
    arguments: z.object({ parameters: z.array(z.object({ name: z.string(), value: z.string() })) }),
    volumes: z.array(z.object({ name: z.string(), configMap: z.object({ name: z.string() }) })),
    templates: z.array(z.record(z.string(), z.unknown())),
  }),
})

const dag = z.object({
  dag: z.object({
    tasks: z.array(
      z.object({
        name: z.string(),
        template: z.string(),
        dependencies: z.array(z.string()).optional(),
        arguments: z.object({ parameters: z.array(z.object({ name: z.string(), value: z.string() })) }),
      }),
    ),
  }),
})

const stage = z.object({
  container: z.object({
    command: z.array(z.string()),
    args: z.array(z.string()),
    envFrom: z.array(z.object({ secretRef: z.object({ name: z.string() }) })),
    volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string() })),
  }),
})

describe('the workflow', () => {
  const { spec } = workflowSchema.parse(parse(read('argo-workflow.yaml')))

  it.skipIf(!existsSync(schemaFile))('fits the schema of Argo Workflows, where every key is known', () => {
    const schema: unknown = JSON.parse(readFileSync(schemaFile, 'utf8'), (_, value: unknown) =>
      z.object({ properties: z.record(z.string(), z.unknown()) }).safeParse(value).success
        ? { additionalProperties: false, ...(value as object) }
        : value,
    )
    const ajv = new Ajv2020({ strict: false, validateFormats: false })
    ajv.addSchema(schema as object, 'argo')
    const validate = ajv.getSchema('argo#/definitions/io.argoproj.workflow.v1alpha1.Workflow')!
    expect(validate(parse(read('argo-workflow.yaml'))), JSON.stringify(validate.errors)).toBe(true)
    expect(validate(parse(read('argo-workflow.yaml').replace('dependencies:', 'depend:')))).toBe(false)
  })

  it('preprocesses, then trains, with the configuration that the parameter names', async () => {
    const { tasks } = dag.parse(spec.templates.find(({ name }) => name === spec.entrypoint)).dag
    expect(tasks.map(({ name, dependencies }) => [name, dependencies])).toEqual([
      ['preprocess', undefined],
      ['train', ['preprocess']],
    ])
    for (const { template, arguments: given } of tasks) {
      const { container } = stage.parse(spec.templates.find(({ name }) => name === template))
      const [program] = given.parameters.map(({ value }) => value)
      expect(existsSync(join(here, program!)), program).toBe(true)
      expect([...container.command, ...container.args]).toEqual([
        'node',
        '{{inputs.parameters.program}}',
        '--config',
        '/config/{{workflow.parameters.config}}',
      ])
      expect(container.envFrom).toEqual([{ secretRef: { name: 's3-credentials' } }])
      expect(container.volumeMounts.map(({ name, mountPath }) => [name, mountPath])).toEqual([['config', '/config']])
    }
    expect(spec.volumes.map(({ name }) => name)).toEqual(['config'])
    const [config] = spec.arguments.parameters
    expect(config!.name).toBe('config')
    const settings = await readSettings(join(here, 'config', config!.value))
    const places = [settings.data.path, settings.preprocessing.output_dir, settings.training.model_path]
    for (const place of places) expect(place).toMatch(/^s3:\/\//)
  })
})

it('the image holds all that the programs import', async () => {
  const copied = [...read('Dockerfile').matchAll(/^COPY (?!--|package)(.+) \.\/?(\S*)$/gm)].flatMap(([, from]) =>
    from!.split(' '),
  )
  const own = (await readdir(here)).filter((name) => !name.endsWith('.test.ts') && name.endsWith('.ts'))
  expect(copied.toSorted()).toEqual([...own, 'config', 'models', 'stages'].toSorted())
})

it('compose offers the bucket at 7000 and 7001, runs at 5000 and the model at 8000', () => {
  const file = z
    .object({ services: z.record(z.string(), z.object({ ports: z.array(z.string()).optional() })) })
    .parse(parse(read('compose.yml'), { merge: true }))
  expect(
    Object.entries(file.services).flatMap(([name, { ports = [] }]) => ports.map((port) => `${name} ${port}`)),
  ).toEqual(['minio 7000:9000', 'minio 7001:9001', 'tracking 5000:5000', 'serve 8000:8000'])
})

it('every configuration that comes along is valid', async () => {
  const names = await readdir(join(here, 'config'))
  for (const name of names) await expect(readSettings(join(here, 'config', name)), name).resolves.toBeDefined()
  expect(names).toContain('mlp.json')
  await expect(readFile(join(here, 'README.md'), 'utf8')).resolves.toContain('config/mlp.json')
})
