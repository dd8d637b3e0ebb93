/** Serving containers: they answer /ping and /invocations for the model in /opt/ml/model. */
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { MillraceError } from '../core/index.ts'
import {
  createModelServer,
  handlerServer,
  listen,
  type Listening,
  type Log,
  type ModelServerOptions,
  type Served,
  type ServingHandler,
} from '../serve/index.ts'
import { jsonReply } from '../serve/http.ts'
import { CONTAINER_ROOT, containerPaths, contract } from './contract.ts'
import { loadProgram } from './program.ts'

export interface ServingProgram extends Pick<ModelServerOptions, 'answers' | 'skipBadRows' | 'maxBatchRows'> {
  /** Loads what is in the folder of the model. Default: a model folder, served as `millrace serve` does. */
  readonly start?: (context: { readonly modelDir: string }) => Promise<ServingHandler>
}

export interface ServingDefinition extends ServingProgram {
  readonly stage: 'serve'
}

/** A program for serving containers, to be the default export of a module. */
export function defineServing(program: ServingProgram): ServingDefinition {
  return { ...program, stage: 'serve' }
}

export interface StartServingOptions {
  /** The module with the program. Default: none, the model is served as it is. */
  readonly program?: string | undefined
  /** What stands for /opt/ml. */
  readonly root: string
  readonly log?: Log
  /** Default: that of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>>
}

/**
 * Answers on SAGEMAKER_BIND_TO_PORT, by default 8080; on all addresses in a container, on this machine's own elsewhere.
 *
 * @throws MillraceError RESOURCE_DOES_NOT_EXIST when there is no model, INVALID_MODEL when it cannot be loaded,
 *   PORT_UNAVAILABLE, and what the program throws
 */
export async function startServing(options: StartServingOptions): Promise<Listening> {
  const { root, environment = process.env, log } = options
  const program = options.program === undefined ? undefined : await loadProgram('serve', options.program)
  const modelDir = findModel(containerPaths(root).model, environment, program)
  const limits = {
    maxBodyBytes: numberIn(environment, 'SAGEMAKER_MAX_PAYLOAD_IN_MB', contract.payloadMb) * 2 ** 20,
    timeoutMs: contract.invocationMs,
  }
  const server: Served =
    program?.start === undefined
      ? await createModelServer({ ...program, models: [{ uri: modelDir }], limits, ...(log && { log }) })
      : handlerServer(await program.start({ modelDir }), { limits, log })
  const port = numberIn(environment, 'SAGEMAKER_BIND_TO_PORT', contract.port)
  const host = root === CONTAINER_ROOT ? '0.0.0.0' : '127.0.0.1'
  try {
    return await listen(withExecutionParameters(server, environment), { port, host })
  } catch (error) {
    await server.close()
    throw error
  }
}

type Environment = Readonly<Record<string, string | undefined>>

/** The platform's folder, or the model that was baked into the image. */
function findModel(folder: string, environment: Environment, program: ServingProgram | undefined): string {
  const baked = environment['MILLRACE_CONTAINER_MODEL']
  const isHere = existsSync(join(folder, 'MLmodel'))
  if (isHere) return folder
  if (baked !== undefined) return baked
  // A program of one's own may have files of its own.
  if (program?.start !== undefined) return folder
  throw new MillraceError(
    'RESOURCE_DOES_NOT_EXIST',
    `There is no model in ${folder}: the file MLmodel is not there. Put a model folder in that place, at its top.`,
  )
}

/** Batch transform asks first how it may send its records. */
function withExecutionParameters(server: Served, environment: Environment): Served {
  const parameters = {
    MaxConcurrentTransforms: numberIn(environment, 'SAGEMAKER_MAX_CONCURRENT_TRANSFORMS', availableParallelism()),
    BatchStrategy: environment['SAGEMAKER_BATCH_STRATEGY'] ?? 'MULTI_RECORD',
    MaxPayloadInMB: numberIn(environment, 'SAGEMAKER_MAX_PAYLOAD_IN_MB', contract.payloadMb),
  }
  return {
    ...server,
    handle: async (request) =>
      request.method === 'GET' && request.path === '/execution-parameters'
        ? jsonReply(parameters)
        : await server.handle(request),
  }
}

/** @throws MillraceError INVALID_CONFIG for what is no number */
function numberIn(environment: Environment, name: string, otherwise: number): number {
  const text = environment[name]
  if (text === undefined || text === '') return otherwise
  const value = Number(text)
  if (Number.isInteger(value) && value >= 0) return value
  throw new MillraceError('INVALID_CONFIG', `${name} is "${text}". Set it to a whole number, or leave it out.`)
}
