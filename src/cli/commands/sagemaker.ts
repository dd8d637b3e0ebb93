/** `millrace sagemaker`: a system's pipeline and endpoint at SageMaker. */
import { Command, InvalidArgumentError, Option } from 'commander'
import { commandWithExamples, jsonOption, type JsonFlag } from '../options.ts'
import { printJson, printLine } from '../output.ts'

interface PipelineFlags extends JsonFlag {
  readonly print?: boolean
  readonly start?: boolean
  readonly parameter?: Readonly<Record<string, string>>
}

interface DeployFlags extends JsonFlag {
  readonly model?: string
}

const SETTINGS = 'the YAML file that says what there is to run, and on what'

export function sagemakerCommand(): Command {
  return new Command('sagemaker')
    .description('pipelines and serverless endpoints at SageMaker')
    .addCommand(pipelineCommand())
    .addCommand(deployCommand())
}

function pipelineCommand(): Command {
  return commandWithExamples('pipeline', 'create or update the pipeline: preprocess, train, register', [
    'sagemaker pipeline sagemaker.yml --print',
    'sagemaker pipeline sagemaker.yml',
    'sagemaker pipeline sagemaker.yml --parameter epochs=5',
  ])
    .argument('<settings>', SETTINGS)
    .option('--print', 'print the definition, without an account')
    .option('--start', 'start it too')
    .addOption(
      new Option('--parameter <name=value>', 'start it with another value for a parameter; may be repeated')
        .argParser(assignment)
        .implies({ start: true }),
    )
    .addOption(jsonOption())
    .action(pipeline)
}

async function pipeline(file: string, { print, start, parameter = {}, json }: PipelineFlags): Promise<void> {
  const { checkPipelineParameters, pipelineDefinition, putPipeline, readSageMakerSettings, startPipeline } =
    await import('../../sagemaker/index.ts')
  const settings = await readSageMakerSettings(file)
  checkPipelineParameters(settings, parameter)
  if (print === true) return printJson(pipelineDefinition(settings))
  const pipelineArn = await putPipeline(settings)
  const executionArn = start === true ? await startPipeline(settings, parameter) : undefined
  if (json === true) return printJson({ pipelineArn, executionArn })
  printLine(`Pipeline ${pipelineArn}`)
  if (executionArn !== undefined) printLine(`Started ${executionArn}`)
}

function deployCommand(): Command {
  return commandWithExamples('deploy', 'deploy a model to the serverless endpoint', [
    'sagemaker deploy sagemaker.yml',
    'sagemaker deploy sagemaker.yml --model s3://bucket/runs/1/train/job/output/model.tar.gz',
  ])
    .argument('<settings>', SETTINGS)
    .option(
      '--model <uri>',
      'the ARN of a model package, or a model.tar.gz in a bucket (default: the newest approved package)',
    )
    .addOption(jsonOption())
    .action(deploy)
}

async function deploy(file: string, { model, json }: DeployFlags): Promise<void> {
  const { deployServerless, readSageMakerSettings } = await import('../../sagemaker/index.ts')
  const deployment = await deployServerless(await readSageMakerSettings(file), { model })
  if (json === true) return printJson(deployment)
  printLine(`Endpoint ${deployment.endpoint} ${deployment.change}: ${deployment.model}`)
}

function assignment(text: string, earlier: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  if (name === undefined || value === undefined) throw new InvalidArgumentError('Expected NAME=VALUE.')
  return { ...earlier, [name]: value }
}
