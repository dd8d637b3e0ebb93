/** What a system says of itself to be run at SageMaker: a YAML file. */
import { z } from 'zod'
import { MillraceError, parseWith } from '../core/index.ts'
import { readConfigFile } from '../flow/config-file.ts'

const s3Uri = z.string().regex(/^s3:\/\/[^/]+(\/.*)?$/, 'expected s3://bucket or s3://bucket/prefix')
const instanceType = z.string().regex(/^ml\./, 'expected a type of instance such as ml.m5.large')
const environment = z.record(z.string(), z.coerce.string()).default({})
/** As names of pipelines, endpoints and models may be. */
const name = z.string().regex(/^[a-zA-Z0-9](-*[a-zA-Z0-9])*$/, 'expected letters, digits and hyphens')
const job = {
  instanceType,
  volumeGb: z.int().min(1).default(30),
  /** Seconds after which the job is stopped. */
  maxRuntime: z.int().positive().default(3600),
}

const settingsSchema = z.strictObject({
  /** Of the pipeline and of the endpoint. */
  name: name.max(40),
  /** The ARN of the role that jobs and models run as. */
  role: z.string().regex(/^arn:/, 'expected the ARN of a role'),
  /** The images are `<repository>-<stage>:<tag>`, as those of `millrace package image` are. */
  repository: z.string().min(1),
  tag: z.string().default('latest'),
  /** Below this the jobs leave what they make. */
  output: s3Uri,
  preprocess: z.strictObject({ ...job, input: s3Uri, arguments: z.array(z.coerce.string()).default([]) }),
  train: z.strictObject({
    ...job,
    /** Each becomes a parameter of the pipeline. */
    hyperparameters: z.record(z.string().regex(/^[\w-]+$/), z.coerce.string()).default({}),
    /** Regular expressions with one group, by the name of the metric. */
    metrics: z.record(z.string(), z.string()).default({}),
  }),
  serve: z.strictObject({
    memoryMb: z.int().min(1024).max(6144).multipleOf(1024),
    concurrency: z.int().min(1).max(200),
    environment,
    contentTypes: z.array(z.string()).min(1),
    responseTypes: z.array(z.string()).min(1).default(['application/json']),
  }),
  register: z.strictObject({
    /** The model package group. */
    group: name.max(63),
    approval: z.enum(['PendingManualApproval', 'Approved', 'Rejected']).default('PendingManualApproval'),
  }),
})

export type SageMakerSettings = z.output<typeof settingsSchema>

/**
 * The settings in a YAML file, `${NAME}` replaced from the environment.
 *
 * @throws MillraceError INVALID_CONFIG for a variable that is not set, an unknown key or a value that does not fit
 */
export async function readSageMakerSettings(
  path: string,
  variables: Readonly<Record<string, string | undefined>> = process.env,
): Promise<SageMakerSettings> {
  const content = await readConfigFile(path, variables)
  const [, missing] = /\$\{(\w+)\}/.exec(JSON.stringify(content)) ?? []
  if (missing === undefined) return parseWith(settingsSchema, content, `The settings ${path}`)
  throw new MillraceError(
    'INVALID_CONFIG',
    `The settings ${path} take ${missing} from the environment, where it is not set. Set it, or write its value in the file.`,
  )
}

/** The image of a stage. */
export function imageOf({ repository, tag }: SageMakerSettings, stage: 'preprocess' | 'train' | 'serve'): string {
  return `${repository}-${stage}:${tag}`
}
