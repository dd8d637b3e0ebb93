/**
 * The definition of a pipeline: preprocess, train, create and register the model. Format: Amazon SageMaker Pipelines, version
 * 2020-12-01; the arguments of a step are those of the call that makes its job, without the job's name.
 */
import { imageOf, type SageMakerSettings } from './settings.ts'

/** What is known only when the pipeline runs: a parameter, or what a step has made. */
interface Reference {
  readonly Get: string
}
type Text = string | Reference | { readonly 'Std:Join': { readonly On: string; readonly Values: readonly Text[] } }

export interface PipelineStep {
  readonly Name: string
  readonly Type: 'Processing' | 'Training' | 'Model' | 'RegisterModel'
  readonly Arguments: object
}

export interface PipelineParameter {
  readonly Name: string
  readonly Type: 'String'
  readonly DefaultValue: string
}

/** What CreatePipeline takes, as text. */
export interface PipelineDefinition {
  readonly Version: '2020-12-01'
  readonly Metadata: object
  readonly Parameters: readonly PipelineParameter[]
  readonly Steps: readonly PipelineStep[]
}

const INPUT = 'InputUri'
const APPROVAL = 'ModelApprovalStatus'

/** The pipeline of `settings`. Its parameters are InputUri, ModelApprovalStatus and each hyperparameter, all text. */
export function pipelineDefinition(settings: SageMakerSettings): PipelineDefinition {
  const { preprocess, train, register } = settings
  return {
    Version: '2020-12-01',
    Metadata: {},
    Parameters: [
      parameter(INPUT, preprocess.input),
      parameter(APPROVAL, register.approval),
      ...Object.entries(train.hyperparameters).map(([name, value]) => parameter(name, value)),
    ],
    Steps: [preprocessStep(settings), trainStep(settings), modelStep(settings), registerStep(settings)],
  }
}

function preprocessStep(settings: SageMakerSettings): PipelineStep {
  const { role, preprocess } = settings
  const { instanceType, volumeGb, maxRuntime, input: _, arguments: words } = preprocess
  return {
    Name: 'preprocess',
    Type: 'Processing',
    Arguments: {
      AppSpecification: {
        ImageUri: imageOf(settings, 'preprocess'),
        ...(words.length > 0 && { ContainerArguments: words }),
      },
      ProcessingInputs: [
        {
          InputName: 'input',
          AppManaged: false,
          S3Input: {
            S3Uri: get(`Parameters.${INPUT}`),
            LocalPath: '/opt/ml/processing/input',
            S3DataType: 'S3Prefix',
            S3InputMode: 'File',
            S3DataDistributionType: 'FullyReplicated',
          },
        },
      ],
      ProcessingOutputConfig: {
        Outputs: [
          {
            OutputName: 'output',
            AppManaged: false,
            S3Output: {
              S3Uri: placeOf(settings, 'preprocess'),
              LocalPath: '/opt/ml/processing/output',
              S3UploadMode: 'EndOfJob',
            },
          },
        ],
      },
      ProcessingResources: {
        ClusterConfig: { InstanceType: instanceType, InstanceCount: 1, VolumeSizeInGB: volumeGb },
      },
      StoppingCondition: { MaxRuntimeInSeconds: maxRuntime },
      RoleArn: role,
    },
  }
}

function trainStep(settings: SageMakerSettings): PipelineStep {
  const { instanceType, volumeGb, maxRuntime, hyperparameters, metrics } = settings.train
  return {
    Name: 'train',
    Type: 'Training',
    Arguments: {
      AlgorithmSpecification: {
        TrainingImage: imageOf(settings, 'train'),
        TrainingInputMode: 'File',
        MetricDefinitions: Object.entries(metrics).map(([Name, Regex]) => ({ Name, Regex })),
      },
      // References as they are: made text of, they would be that text when the job runs.
      HyperParameters: Object.fromEntries(
        Object.keys(hyperparameters).map((name) => [name, get(`Parameters.${name}`)]),
      ),
      InputDataConfig: [
        {
          ChannelName: 'train',
          DataSource: {
            S3DataSource: {
              S3DataType: 'S3Prefix',
              S3Uri: get("Steps.preprocess.ProcessingOutputConfig.Outputs['output'].S3Output.S3Uri"),
              S3DataDistributionType: 'FullyReplicated',
            },
          },
        },
      ],
      OutputDataConfig: { S3OutputPath: placeOf(settings, 'train') },
      CheckpointConfig: { S3Uri: placeOf(settings, 'checkpoints') },
      ResourceConfig: { InstanceType: instanceType, InstanceCount: 1, VolumeSizeInGB: volumeGb },
      StoppingCondition: { MaxRuntimeInSeconds: maxRuntime },
      RoleArn: settings.role,
    },
  }
}

function modelStep(settings: SageMakerSettings): PipelineStep {
  return {
    Name: 'create-model',
    Type: 'Model',
    Arguments: { ExecutionRoleArn: settings.role, PrimaryContainer: containerOf(settings) },
  }
}

function registerStep(settings: SageMakerSettings): PipelineStep {
  const { serve, register } = settings
  return {
    Name: 'register',
    Type: 'RegisterModel',
    Arguments: {
      ModelPackageGroupName: register.group,
      ModelApprovalStatus: get(`Parameters.${APPROVAL}`),
      InferenceSpecification: {
        Containers: [containerOf(settings)],
        SupportedContentTypes: serve.contentTypes,
        SupportedResponseMIMETypes: serve.responseTypes,
      },
    },
  }
}

/** The serving container with the model that the training left. */
function containerOf(settings: SageMakerSettings): object {
  return {
    Image: imageOf(settings, 'serve'),
    ModelDataUrl: get('Steps.train.ModelArtifacts.S3ModelArtifacts'),
    Environment: settings.serve.environment,
  }
}

function parameter(Name: string, DefaultValue: string): PipelineParameter {
  return { Name, Type: 'String', DefaultValue }
}

/** A folder of its own for each execution. */
function placeOf({ output }: SageMakerSettings, part: string): Text {
  const Values = [output.replace(/\/$/, ''), get('Execution.PipelineExecutionId'), part]
  return { 'Std:Join': { On: '/', Values } }
}

function get(what: string): Reference {
  return { Get: what }
}
