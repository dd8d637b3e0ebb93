/** Pipelines and endpoints, on the settings of the Fashion-MNIST system, before moto's server. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { SageMaker } from '@aws-sdk/client-sagemaker'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type AwsServer, hasMoto, startAws } from '../aws-server.ts'
import { type Outcome, runMillrace } from '../cli/run-millrace.ts'
import { freePort } from '../free-port.ts'
import { pythonHas, runPython } from '../python.ts'
import {
  deployServerless,
  pipelineDefinition,
  putPipeline,
  readSageMakerSettings,
  type SageMakerSettings,
  startPipeline,
} from '../../src/sagemaker/index.ts'

const FILE = fileURLToPath(new URL('../../systems/fashion-mnist/config/sagemaker.yml', import.meta.url))
const variables = {
  ACCOUNT_ID: '123456789012',
  AWS_REGION: 'eu-west-1',
  BUCKET: 'clothes',
  SAGEMAKER_ROLE: 'arn:aws:iam::123456789012:role/jobs',
}

let folder: string
let settings: SageMakerSettings
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-sagemaker-'))
  settings = await readSageMakerSettings(FILE, variables)
})
afterAll(() => rm(folder, { recursive: true }))

describe('settings', () => {
  it('name images by account and region, as a build context does', () => {
    expect(settings.repository).toBe('123456789012.dkr.ecr.eu-west-1.amazonaws.com/fashion-mnist-cnn')
    expect(settings.serve).toMatchObject({ memoryMb: 2048, concurrency: 2, environment: { INVERT: 'always' } })
  })

  it('are as docs/containers.md has them', async () => {
    const page = await readFile(new URL('../../docs/containers.md', import.meta.url), 'utf8')
    const file = join(folder, 'documented.yml')
    await writeFile(file, /```yaml\n(.*?)```/s.exec(page)![1]!)
    expect(await readSageMakerSettings(file, variables)).toMatchObject({
      tag: 'latest',
      train: { hyperparameters: { epochs: '3', 'learning-rate': '0.01' }, maxRuntime: 3600, volumeGb: 30 },
      serve: { responseTypes: ['application/json'] },
    })
  })

  it.each([
    ['a variable that is not set', (text: string) => text, {}, /take SAGEMAKER_ROLE from the environment/],
    ['an unknown key', (text: string) => `${text}\nimage: x`, variables, /"image"/],
    ['a memory that there is none of', (text: string) => text.replace('2048', '2000'), variables, /"serve\.memoryMb"/],
    [
      'an instance that is none',
      (text: string) => text.replace('ml.m5.large', 'm5'),
      variables,
      /such as ml\.m5\.large/,
    ],
    ['a place that is no bucket', (text: string) => text.replace('s3://${BUCKET}/f', '/f'), variables, /s3:\/\/bucket/],
  ])('refuse %s', async (_, change, environment, message) => {
    const file = join(folder, 'settings.yml')
    await writeFile(file, change(await readFile(FILE, 'utf8')))
    await expect(readSageMakerSettings(file, environment)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringMatching(message) as string,
    })
  })
})

/** All references in a value. */
function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => (key === 'Get' ? [String(item)] : referencesIn(item)))
}

describe('a pipeline', () => {
  it('preprocesses, trains, makes and registers the model on the instances of the settings', () => {
    const { Steps, Parameters } = pipelineDefinition(settings)
    expect(Steps.map(({ Name, Type }) => `${Name}: ${Type}`)).toEqual([
      'preprocess: Processing',
      'train: Training',
      'create-model: Model',
      'register: RegisterModel',
    ])
    const [preprocess, train, model, register] = Steps.map(({ Arguments }) => Arguments)
    expect(preprocess).toMatchObject({ ProcessingResources: { ClusterConfig: { InstanceType: 'ml.t3.medium' } } })
    expect(train).toMatchObject({
      ResourceConfig: { InstanceType: 'ml.m5.large' },
      HyperParameters: { epochs: { Get: 'Parameters.epochs' } },
    })
    const serving = { Image: `${settings.repository}-serve:latest`, Environment: { INVERT: 'always' } }
    expect(model).toMatchObject({ PrimaryContainer: serving })
    expect(register).toMatchObject({
      ModelPackageGroupName: 'fashion-mnist-cnn',
      InferenceSpecification: { Containers: [serving] },
    })
    expect(Parameters).toContainEqual({ Name: 'epochs', Type: 'String', DefaultValue: '3' })
  })

  it('refers to parameters that it has, and to what steps before it make', () => {
    const { Steps, Parameters } = pipelineDefinition(settings)
    const known = new Set(['Execution.PipelineExecutionId', ...Parameters.map(({ Name }) => `Parameters.${Name}`)])
    const makes: Readonly<Record<string, string>> = {
      preprocess: "Steps.preprocess.ProcessingOutputConfig.Outputs['output'].S3Output.S3Uri",
      train: 'Steps.train.ModelArtifacts.S3ModelArtifacts',
    }
    for (const { Name, Arguments } of Steps) {
      for (const reference of referencesIn(Arguments)) expect(known, Name).toContain(reference)
      if (makes[Name] !== undefined) known.add(makes[Name])
    }
  })

  it.skipIf(!pythonHas('botocore'))('gives each step what its call takes (skipped without botocore)', async () => {
    await writeFile(join(folder, 'pipeline.json'), JSON.stringify(pipelineDefinition(settings)))
    const script = fileURLToPath(new URL('../reference/check_pipeline.py', import.meta.url))
    expect(runPython(folder, script, 'pipeline.json')).toEqual([])
  })
})

describe.skipIf(!hasMoto)('at SageMaker (skipped where moto is not)', () => {
  let aws: AwsServer
  let client: SageMaker
  let front: Server
  const updates: unknown[] = []

  beforeAll(async () => {
    aws = await startAws()
    for (const [name, value] of Object.entries(aws.env)) vi.stubEnv(name, value)
    // Moto cannot update endpoints: that call is noted here, all others go on to it.
    front = createServer((request, response) => {
      void (async () => {
        const body = await buffer(request)
        if (request.headers['x-amz-target'] === 'SageMaker.UpdateEndpoint') {
          updates.push(JSON.parse(body.toString()))
          return response.end(JSON.stringify({ EndpointArn: 'arn:aws:sagemaker:x' }))
        }
        const names = ['authorization', 'content-type', 'x-amz-target']
        const headers = names.map((name) => [name, String(request.headers[name])] as [string, string])
        const answer = await fetch(aws.url, { method: 'POST', headers, body })
        return response
          .writeHead(answer.status, { 'content-type': answer.headers.get('content-type')! })
          .end(await answer.bytes())
      })()
    })
    const port = await freePort()
    await new Promise<void>((resolve) => void front.listen(port, '127.0.0.1', resolve))
    vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${port}`)
    client = new SageMaker()
  }, 60_000)
  afterAll(async () => {
    client.destroy()
    vi.unstubAllEnvs()
    await new Promise((resolve) => void front.close(resolve))
    await aws[Symbol.asyncDispose]()
  })

  it('a pipeline is created, updated and started', async () => {
    const arn = await putPipeline(settings)
    expect(arn).toMatch(/:pipeline\/fashion-mnist$/)
    expect(await putPipeline({ ...settings, tag: 'v2' })).toBe(arn)
    const { PipelineDefinition, RoleArn } = await client.describePipeline({ PipelineName: 'fashion-mnist' })
    expect(JSON.parse(PipelineDefinition!)).toEqual(pipelineDefinition({ ...settings, tag: 'v2' }))
    expect(RoleArn).toBe(variables.SAGEMAKER_ROLE)
    const PipelineExecutionArn = await startPipeline(settings, { epochs: '5' })
    const { PipelineParameters } = await client.listPipelineParametersForExecution({ PipelineExecutionArn })
    expect(PipelineParameters).toEqual([{ Name: 'epochs', Value: '5' }])
    await expect(startPipeline(settings, { epoch: '5' })).rejects.toThrow(/no parameter "epoch"\. .*epochs/)
  })

  it('the newest approved package is deployed, once, and again when it or a setting is another', async () => {
    await putPipeline(settings)
    await expect(deployServerless(settings)).rejects.toMatchObject({
      code: 'RESOURCE_DOES_NOT_EXIST',
      message: expect.stringContaining('No version of the model package group fashion-mnist-cnn is approved') as string,
    })
    const register = async (ModelApprovalStatus: 'Approved' | 'Rejected'): Promise<string> => {
      const ModelPackageGroupName = settings.register.group
      const { ModelPackageArn } = await client.createModelPackage({ ModelPackageGroupName, ModelApprovalStatus })
      return ModelPackageArn!
    }
    const first = await register('Approved')
    await register('Rejected')
    const created = await deployServerless(settings)
    expect(created).toMatchObject({ endpoint: 'fashion-mnist', model: first, change: 'created' })
    const { PrimaryContainer } = await client.describeModel({ ModelName: created.configuration })
    expect(PrimaryContainer).toMatchObject({ ModelPackageName: first, Environment: { INVERT: 'always' } })
    const { ProductionVariants } = await client.describeEndpointConfig({ EndpointConfigName: created.configuration })
    expect(ProductionVariants).toMatchObject([
      { VariantName: 'AllTraffic', ServerlessConfig: { MemorySizeInMB: 2048, MaxConcurrency: 2 } },
    ])
    expect(await deployServerless(settings)).toEqual({ ...created, change: 'unchanged' })

    const environment = { INVERT: 'auto' }
    const updated = await deployServerless({ ...settings, serve: { ...settings.serve, environment } })
    expect(updated).toMatchObject({ model: first, change: 'updated' })
    expect(updates).toEqual([{ EndpointName: 'fashion-mnist', EndpointConfigName: updated.configuration }])
    expect(updated.configuration).not.toBe(created.configuration)
  })

  it('the command does the same', async () => {
    const { AWS_ENDPOINT_URL = '' } = process.env
    const env = { ...aws.env, ...variables, AWS_ENDPOINT_URL }
    const run = async (...args: readonly string[]): Promise<Outcome> =>
      await runMillrace(['sagemaker', ...args], { cwd: folder, env })
    const printed = await run('pipeline', FILE, '--print')
    expect(JSON.parse(printed.stdout)).toEqual(pipelineDefinition(settings))
    const started = await run('pipeline', FILE, '--parameter', 'epochs=1')
    expect(started).toMatchObject({ code: 0, stderr: '' })
    expect(started.stdout).toMatch(/^Pipeline arn:\S+:pipeline\/fashion-mnist\nStarted arn:\S+\/execution\/\w+\n$/)
    const model = 's3://clothes/other/model.tar.gz'
    const deployed = await run('deploy', FILE, '--model', model, '--json')
    expect(JSON.parse(deployed.stdout)).toMatchObject({ endpoint: 'fashion-mnist', model })
    expect(await run('pipeline', FILE, '--parameter', 'epochs')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Expected NAME=VALUE') as string,
    })
  })

  it('a model from a bucket is deployed with the image of the settings', async () => {
    const model = 's3://clothes/model.tar.gz'
    const { configuration } = await deployServerless({ ...settings, name: 'other' }, { model })
    const { PrimaryContainer } = await client.describeModel({ ModelName: configuration })
    expect(PrimaryContainer).toMatchObject({ Image: `${settings.repository}-serve:latest`, ModelDataUrl: model })
    await expect(deployServerless(settings, { model: 'model.zip' })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })
})

describe('a service that cannot be reached', () => {
  afterEach(() => void vi.unstubAllEnvs())

  const env = {
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
    AWS_MAX_ATTEMPTS: '1',
  }

  it('is not asked for anything where the pipeline has no such parameter', async () => {
    const args = ['sagemaker', 'pipeline', FILE, '--parameter', 'epoch=1']
    expect(await runMillrace(args, { cwd: folder, env: { ...env, ...variables } })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no parameter "epoch". Did you mean "epochs"?') as string,
    })
  })

  it('is told with what was tried and what to check', async () => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
    await expect(putPipeline(settings)).rejects.toMatchObject({
      code: 'ENDPOINT_FAILED',
      message: expect.stringMatching(
        /Cannot put the pipeline fashion-mnist at SageMaker: .*Check credentials/,
      ) as string,
    })
  })
})
