/** SageMaker's contract with containers, in numbers and paths. AWS has changed some of the numbers before. */
import { join } from 'node:path'

/** Everything below belongs to the platform. */
export const CONTAINER_ROOT = '/opt/ml'

export const contract = {
  /** From SIGTERM to SIGKILL, for training and processing. */
  stopMs: 120_000,
  /** What of `output/failure` becomes FailureReason. */
  failureCharacters: 1024,
  /** What of `output/message` becomes ExitMessage. */
  messageBytes: 1024,
  port: 8080,
  /** Until POST /invocations has to be answered. */
  invocationMs: 60_000,
  /** Largest body of an invocation, in MB of 2²⁰ bytes. */
  payloadMb: 6,
} as const

/** Where everything is below `root`. */
export interface ContainerPaths {
  readonly root: string
  readonly input: string
  readonly inputConfig: string
  readonly inputData: string
  readonly code: string
  readonly model: string
  readonly checkpoints: string
  readonly output: string
  readonly outputData: string
  readonly outputIntermediate: string
  readonly failure: string
  readonly message: string
  readonly processingConfig: string
  readonly processingInput: string
  readonly processingOutput: string
}

export function containerPaths(root: string): ContainerPaths {
  const at = (...parts: readonly string[]): string => join(root, ...parts)
  return {
    root,
    input: at('input'),
    inputConfig: at('input', 'config'),
    inputData: at('input', 'data'),
    code: at('code'),
    model: at('model'),
    checkpoints: at('checkpoints'),
    output: at('output'),
    outputData: at('output', 'data'),
    outputIntermediate: at('output', 'intermediate'),
    failure: at('output', 'failure'),
    message: at('output', 'message'),
    processingConfig: at('config'),
    processingInput: at('processing', 'input'),
    processingOutput: at('processing', 'output'),
  }
}

/** A path of the contract, such as one that a job's configuration names, below another root. */
export function below(root: string, path: string): string {
  return path === CONTAINER_ROOT || path.startsWith(`${CONTAINER_ROOT}/`)
    ? join(root, path.slice(CONTAINER_ROOT.length))
    : path
}
