/** Pipelines at SageMaker: put there, and started. */
import { MillraceError, suggest } from '../core/index.ts'
import { pipelineDefinition } from './pipeline.ts'
import { findOne, withSageMaker } from './service.ts'
import type { SageMakerSettings } from './settings.ts'

/**
 * Creates the pipeline of `settings`, or updates the one of its name, and the model package group if there is none; the ARN
 * of the pipeline.
 *
 * @throws MillraceError ENDPOINT_FAILED when SageMaker refuses, RUNTIME_UNAVAILABLE without `@aws-sdk/client-sagemaker`
 */
export async function putPipeline(settings: SageMakerSettings): Promise<string> {
  const { name, role, register } = settings
  return await withSageMaker(`put the pipeline ${name}`, async (client) => {
    const group = { ModelPackageGroupName: register.group }
    const found = await findOne(async () => await client.describeModelPackageGroup(group))
    if (found === undefined) await client.createModelPackageGroup(group)
    const pipeline = {
      PipelineName: name,
      PipelineDefinition: JSON.stringify(pipelineDefinition(settings)),
      RoleArn: role,
    }
    const earlier = await findOne(async () => await client.describePipeline({ PipelineName: name }))
    const { PipelineArn } =
      earlier === undefined ? await client.createPipeline(pipeline) : await client.updatePipeline(pipeline)
    return PipelineArn!
  })
}

/** Other values for parameters of a pipeline, by name. */
export type PipelineParameters = Readonly<Record<string, string>>

/** @throws MillraceError INVALID_ARGUMENT for a parameter that the pipeline of `settings` does not have */
export function checkPipelineParameters(settings: SageMakerSettings, parameters: PipelineParameters): void {
  const known = pipelineDefinition(settings).Parameters.map(({ Name }) => Name)
  const unknown = Object.keys(parameters).find((name) => !known.includes(name))
  if (unknown !== undefined) {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `The pipeline ${settings.name} has no parameter "${unknown}". ${suggest(unknown, known, 'parameters')}`,
    )
  }
}

/**
 * Starts the pipeline, with other values for some of its parameters; the ARN of the execution.
 *
 * @throws MillraceError as `checkPipelineParameters` and `putPipeline`
 */
export async function startPipeline(settings: SageMakerSettings, parameters: PipelineParameters = {}): Promise<string> {
  checkPipelineParameters(settings, parameters)
  return await withSageMaker(`start the pipeline ${settings.name}`, async (client) => {
    const { PipelineExecutionArn } = await client.startPipelineExecution({
      PipelineName: settings.name,
      PipelineParameters: Object.entries(parameters).map(([Name, Value]) => ({ Name, Value })),
    })
    return PipelineExecutionArn!
  })
}
