/** Processing containers: they read folders of input and leave folders of output, as the job's configuration names them. */
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { asError, makeFolders, MillraceError, suggest } from '../core/index.ts'
import { below, type ContainerPaths, containerPaths } from './contract.ts'
import { describe, onCrash, writeMessage } from './failure.ts'
import {
  type ProcessingJobConfig,
  readProcessingConfig,
  readResourceConfig,
  type ResourceConfig,
} from './job-config.ts'
import { loadProgram } from './program.ts'

/** What a processing job gets. */
export interface ProcessingContext {
  /** The folder of an input. @throws MillraceError RESOURCE_DOES_NOT_EXIST when the job has no such input */
  readonly input: (name: string) => string
  /** The folder of an output; it exists. @throws as `input` */
  readonly output: (name: string) => string
  readonly inputs: Readonly<Record<string, string>>
  readonly outputs: Readonly<Record<string, string>>
  /** ContainerArguments of the job. */
  readonly arguments: readonly string[]
  readonly resources: ResourceConfig
  readonly jobName: string | undefined
  /** Aborted when the job is to end. */
  readonly signal: AbortSignal
  /** What the job ends with: its first kilobyte is shown as ExitMessage. It is in the log too. */
  readonly message: (text: string) => void
  /** A line for the log of the job. */
  readonly log: (message: string) => void
}

export interface ProcessingProgram {
  readonly process: (context: ProcessingContext) => void | Promise<void>
}

export interface ProcessingDefinition extends ProcessingProgram {
  readonly stage: 'preprocess'
}

/** A program for processing containers, to be the default export of a module. */
export function defineProcessing(program: ProcessingProgram): ProcessingDefinition {
  return { ...program, stage: 'preprocess' }
}

export interface RunProcessingOptions {
  /** The module with the program. */
  readonly program: string
  /** What stands for /opt/ml. */
  readonly root: string
  readonly arguments: readonly string[]
  readonly signal: AbortSignal
  readonly log: (message: string) => void
}

/**
 * Runs a processing job as the platform would. Without a configuration it has the input and the output called `input` and `output`,
 * in `processing/`.
 *
 * @throws what the program throws, and MillraceError INVALID_DATA for a symbolic link in an output, which the platform
 *   cannot keep; it is in `output/message` too. STORAGE_FAILED where `root` is no folder
 */
export async function runProcessing(options: RunProcessingOptions): Promise<void> {
  const { root, signal, log } = options
  const paths = containerPaths(root)
  makeFolders(root)
  // That of an earlier run in the same folder.
  await rm(paths.message, { force: true })
  using _ = onCrash((error) => writeMessage(paths.message, describe(error)))
  try {
    await processIn(paths, options)
  } catch (error) {
    if (signal.aborted && asError(error).name === 'AbortError') return log('Stopped.')
    writeMessage(paths.message, describe(error))
    throw error
  }
}

async function processIn(paths: ContainerPaths, options: RunProcessingOptions): Promise<void> {
  const { program, root, signal, log } = options
  const config = await readProcessingConfig(paths)
  // The platform sets them; a folder does not.
  for (const [name, value] of Object.entries(config.Environment ?? {})) process.env[name] ??= value
  const { process: run } = await loadProgram('preprocess', program)
  const { inputs, outputs } = foldersOf(config, paths)
  for (const folder of Object.values(outputs)) await mkdir(folder, { recursive: true })
  await run({
    inputs,
    outputs,
    input: (name) => folderOf('input', inputs, name),
    output: (name) => folderOf('output', outputs, name),
    arguments: options.arguments,
    resources: await readResourceConfig(join(root, 'config')),
    jobName: config.ProcessingJobName,
    signal,
    message(text) {
      writeMessage(paths.message, text)
      log(text)
    },
    log,
  })
  for (const folder of Object.values(outputs)) await refuseLinks(folder)
}

type Folders = Readonly<Record<string, string>>

function foldersOf(
  { ProcessingInputs, ProcessingOutputConfig }: ProcessingJobConfig,
  { root, processingInput, processingOutput }: ContainerPaths,
): { readonly inputs: Folders; readonly outputs: Folders } {
  const named = (list: readonly (readonly [string, { readonly LocalPath: string } | null | undefined])[]): Folders =>
    Object.fromEntries(list.flatMap(([name, place]) => (place ? [[name, below(root, place.LocalPath)]] : [])))
  const { Outputs } = ProcessingOutputConfig ?? {}
  return {
    inputs: ProcessingInputs
      ? named(ProcessingInputs.map(({ InputName, S3Input }) => [InputName, S3Input] as const))
      : { input: processingInput },
    outputs: Outputs
      ? named(Outputs.map(({ OutputName, S3Output }) => [OutputName, S3Output] as const))
      : { output: processingOutput },
  }
}

function folderOf(kind: 'input' | 'output', folders: Folders, name: string): string {
  if (Object.hasOwn(folders, name)) return folders[name]!
  throw new MillraceError(
    'RESOURCE_DOES_NOT_EXIST',
    `The job has no ${kind} "${name}". ${suggest(name, Object.keys(folders), `${kind}s`)}`,
  )
}

async function refuseLinks(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const link = entries.find((entry) => entry.isSymbolicLink())
  if (link === undefined) return
  throw new MillraceError(
    'INVALID_DATA',
    `${join(link.parentPath, link.name)} is a symbolic link, which the output of a processing job may not hold. Copy the file.`,
  )
}
