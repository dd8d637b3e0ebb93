/** Serverless endpoints: a model, a configuration and the endpoint, each made only if it is not there. */
import { createHash } from 'node:crypto'
import type { ContainerDefinition, SageMaker } from '@aws-sdk/client-sagemaker'
import { MillraceError } from '../core/index.ts'
import { findOne, withSageMaker } from './service.ts'
import { imageOf, type SageMakerSettings } from './settings.ts'

export interface DeployOptions {
  /** What to deploy: the ARN of a model package, or the `model.tar.gz` of a training. Default: the newest approved package. */
  readonly model?: string | undefined
}

export interface Deployment {
  readonly endpoint: string
  /** The model and the configuration have this name: it stands for the model and all settings. */
  readonly configuration: string
  readonly model: string
  /** `unchanged` when the endpoint serves just this already. */
  readonly change: 'created' | 'updated' | 'unchanged'
}

/**
 * Deploys a model to the serverless endpoint of `settings`.
 *
 * @throws MillraceError RESOURCE_DOES_NOT_EXIST when no package of the group is approved, INVALID_ARGUMENT for a model of
 *   another kind, ENDPOINT_FAILED when SageMaker refuses, RUNTIME_UNAVAILABLE without `@aws-sdk/client-sagemaker`
 */
export async function deployServerless(
  settings: SageMakerSettings,
  { model: given }: DeployOptions = {},
): Promise<Deployment> {
  if (given !== undefined && !/^(arn:|s3:\/\/.*\.tar\.gz$)/.test(given)) {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `Cannot deploy "${given}". Name the ARN of a model package, or s3://…/model.tar.gz.`,
    )
  }
  const { name, role } = settings
  return await withSageMaker(`deploy ${name}`, async (client) => {
    const model = given ?? (await newestApproved(client, settings))
    const container = containerOf(settings, model)
    const variant = variantOf(settings)
    const digest = createHash('sha256')
      .update(JSON.stringify([role, container, variant]))
      .digest('hex')
    const configuration = `${name}-${digest.slice(0, 12)}`
    await put(
      async () => await client.describeModel({ ModelName: configuration }),
      async () =>
        await client.createModel({ ModelName: configuration, ExecutionRoleArn: role, PrimaryContainer: container }),
    )
    const ofEndpoint = { EndpointConfigName: configuration }
    await put(
      async () => await client.describeEndpointConfig(ofEndpoint),
      async () =>
        await client.createEndpointConfig({
          ...ofEndpoint,
          ProductionVariants: [{ ...variant, ModelName: configuration }],
        }),
    )
    return { endpoint: name, configuration, model, change: await putEndpoint(client, name, configuration) }
  })
}

async function newestApproved(client: SageMaker, { register: { group } }: SageMakerSettings): Promise<string> {
  const { ModelPackageSummaryList: packages = [] } = await client.listModelPackages({
    ModelPackageGroupName: group,
    ModelApprovalStatus: 'Approved',
    SortBy: 'CreationTime',
    SortOrder: 'Descending',
    MaxResults: 1,
  })
  const newest = packages[0]?.ModelPackageArn
  if (newest !== undefined) return newest
  throw new MillraceError(
    'RESOURCE_DOES_NOT_EXIST',
    `No version of the model package group ${group} is approved. Approve one, or name what to deploy with --model.`,
  )
}

function containerOf(settings: SageMakerSettings, model: string): ContainerDefinition {
  const { environment: Environment } = settings.serve
  return model.startsWith('arn:')
    ? { ModelPackageName: model, Environment }
    : { Image: imageOf(settings, 'serve'), ModelDataUrl: model, Environment }
}

function variantOf({ serve }: SageMakerSettings): {
  VariantName: string
  ServerlessConfig: { MemorySizeInMB: number; MaxConcurrency: number }
} {
  const ServerlessConfig = { MemorySizeInMB: serve.memoryMb, MaxConcurrency: serve.concurrency }
  return { VariantName: 'AllTraffic', ServerlessConfig }
}

async function put(find: () => Promise<unknown>, create: () => Promise<unknown>): Promise<void> {
  if ((await findOne(find)) === undefined) await create()
}

async function putEndpoint(client: SageMaker, name: string, configuration: string): Promise<Deployment['change']> {
  const found = await findOne(async () => await client.describeEndpoint({ EndpointName: name }))
  if (found?.EndpointConfigName === configuration) return 'unchanged'
  const endpoint = { EndpointName: name, EndpointConfigName: configuration }
  if (found === undefined) {
    await client.createEndpoint(endpoint)
    return 'created'
  }
  await client.updateEndpoint(endpoint)
  return 'updated'
}
