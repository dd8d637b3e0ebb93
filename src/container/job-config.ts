/** The files that tell a job what it is: resources, channels, inputs and outputs. A missing file means the defaults. */
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { parseJson, systemErrorCode } from '../core/index.ts'
import type { ContainerPaths } from './contract.ts'

const resourceSchema = z.looseObject({
  current_host: z.string().default('algo-1'),
  hosts: z.array(z.string()).min(1).default(['algo-1']),
  network_interface_name: z.string().default('eth0'),
  current_instance_type: z.string().default('local'),
  current_group_name: z.string().default('homogeneousCluster'),
  instance_groups: z
    .array(z.looseObject({ instance_group_name: z.string(), instance_type: z.string(), hosts: z.array(z.string()) }))
    .default([]),
})

/** Who takes part in a job: `resourceconfig.json`. */
export type ResourceConfig = z.infer<typeof resourceSchema>

const channelSchema = z.looseObject({
  TrainingInputMode: z.enum(['File', 'FastFile', 'Pipe']).default('File'),
  ContentType: z.string().optional(),
})

/** The channels of a training by name: `inputdataconfig.json`. */
export type InputDataConfig = Readonly<Record<string, z.infer<typeof channelSchema>>>

const localPath = z.looseObject({ LocalPath: z.string() })
const processingSchema = z.looseObject({
  ProcessingJobName: z.string().optional(),
  ProcessingJobArn: z.string().optional(),
  Environment: z.record(z.string(), z.string()).nullish(),
  ProcessingInputs: z.array(z.looseObject({ InputName: z.string(), S3Input: localPath.nullish() })).nullish(),
  ProcessingOutputConfig: z
    .looseObject({
      Outputs: z.array(z.looseObject({ OutputName: z.string(), S3Output: localPath.nullish() })).default([]),
    })
    .nullish(),
})

/** What a processing job is to do: `processingjobconfig.json`. */
export type ProcessingJobConfig = z.infer<typeof processingSchema>

/** @throws MillraceError INVALID_CONFIG naming the file and what is wrong with it, as do the others */
export async function readResourceConfig(folder: string): Promise<ResourceConfig> {
  return await readConfig(join(folder, 'resourceconfig.json'), resourceSchema)
}

/** The channels; without the file, one for each folder of data. */
export async function readInputDataConfig({ inputConfig, inputData }: ContainerPaths): Promise<InputDataConfig> {
  const file = join(inputConfig, 'inputdataconfig.json')
  const channels = z.record(z.string(), channelSchema)
  if (existsSync(file)) return await readConfig(file, channels)
  const entries = existsSync(inputData) ? await readdir(inputData, { withFileTypes: true }) : []
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => [name, {}] as const)
  return channels.parse(Object.fromEntries(folders))
}

export async function readProcessingConfig({ processingConfig }: ContainerPaths): Promise<ProcessingJobConfig> {
  return await readConfig(join(processingConfig, 'processingjobconfig.json'), processingSchema)
}

const hyperparameter = z.string({
  error: ({ input }) =>
    `found ${JSON.stringify(input)}, but the platform sends texts. Write ${JSON.stringify(JSON.stringify(input))}`,
})

/** The hyperparameters as they come: text by name. */
export async function readHyperparameters(folder: string): Promise<Readonly<Record<string, string>>> {
  return await readConfig(join(folder, 'hyperparameters.json'), z.record(z.string(), hyperparameter))
}

async function readConfig<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  let text = '{}'
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error
  }
  return parseJson(schema, text, path)
}
