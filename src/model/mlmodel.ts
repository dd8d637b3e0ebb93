/** The text files of an MLflow model folder: `MLmodel` and the environments that Python tools read. */
import { createHash } from 'node:crypto'
import { parse, stringify } from 'yaml'
import { z } from 'zod'
import { asError, MillraceError } from '../core/index.ts'
import type { Signature } from './signature.ts'

/** The MLflow release whose folder layout this is. */
const MLFLOW_VERSION = '3.1.4'
const PYTHON_VERSION = '3.11'
const REQUIREMENTS = [`mlflow>=2.9`, 'onnx>=1.15', 'onnxruntime>=1.17', 'numpy', 'pandas']

/** Size and hash of a file, to find out whether a folder is whole. */
export interface FileRecord {
  readonly sha256: string
  readonly bytes: number
}

export interface MlmodelFacts {
  readonly signature: Signature
  readonly files: Readonly<Record<string, FileRecord>>
  /** 32 hexadecimal digits. */
  readonly uuid: string
  readonly created: Date
  readonly runId?: string
  /** What MLflow should know of the file with example input, if there is one. */
  readonly inputExample?: Readonly<Record<string, string>>
}

/** The text of `MLmodel`, with the flavours `onnx` and `python_function`. */
export function renderMlmodel({ signature, files, uuid, created, runId, inputExample }: MlmodelFacts): string {
  return stringify({
    flavors: {
      onnx: {
        code: null,
        data: 'model.onnx',
        onnx_session_options: null,
        onnx_version: '1.16.0',
        providers: ['CUDAExecutionProvider', 'CPUExecutionProvider'],
      },
      python_function: {
        data: 'model.onnx',
        env: { conda: 'conda.yaml', virtualenv: 'python_env.yaml' },
        loader_module: 'mlflow.onnx',
        python_version: PYTHON_VERSION,
      },
    },
    metadata: { millrace: { files } },
    mlflow_version: MLFLOW_VERSION,
    model_size_bytes: Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0),
    model_uuid: uuid,
    ...(runId === undefined ? {} : { run_id: runId }),
    ...(inputExample === undefined ? {} : { saved_input_example_info: inputExample }),
    signature: { inputs: JSON.stringify(signature.inputs), outputs: JSON.stringify(signature.outputs), params: null },
    utc_time_created: created.toISOString().replace('T', ' ').replace('Z', ''),
  })
}

/** Files that describe the Python environment for MLflow's tools. Millrace itself does not read them. */
export function environmentFiles(): Readonly<Record<string, string>> {
  return {
    'requirements.txt': `${REQUIREMENTS.join('\n')}\n`,
    'python_env.yaml': stringify({
      python: PYTHON_VERSION,
      build_dependencies: ['pip'],
      dependencies: ['-r requirements.txt'],
    }),
    'conda.yaml': stringify({
      name: 'mlflow-env',
      channels: ['conda-forge'],
      dependencies: [`python=${PYTHON_VERSION}`, 'pip', { pip: REQUIREMENTS }],
    }),
  }
}

const mlmodelSchema = z.object({
  flavors: z.object({ onnx: z.object({ data: z.string() }) }),
  metadata: z.object({
    millrace: z.object({ files: z.record(z.string(), z.object({ sha256: z.string(), bytes: z.number() })) }),
  }),
  run_id: z.string().nullish(),
  utc_time_created: z.string().nullish(),
})

const flavorsSchema = z.object({ flavors: z.record(z.string(), z.unknown()) })

/** What Millrace needs of an `MLmodel` file. @throws MillraceError INVALID_MODEL when it is not one Millrace wrote */
export function parseMlmodel(text: string, path: string): z.infer<typeof mlmodelSchema> {
  let content: unknown
  try {
    content = parse(text)
  } catch (cause) {
    throw new MillraceError('INVALID_MODEL', `${path} is not valid YAML: ${asError(cause).message}`, { cause })
  }
  const result = mlmodelSchema.safeParse(content)
  if (result.success) return result.data
  const flavors = flavorsSchema.safeParse(content)
  const found = flavors.success ? ` Its flavours are: ${Object.keys(flavors.data.flavors).join(', ')}.` : ''
  throw new MillraceError(
    'INVALID_MODEL',
    `${path} was not written by Millrace, which opens only models of its own.${found} Open the folder with the tool that made it.`,
    { cause: result.error },
  )
}

export function fileRecord(content: string | Uint8Array): FileRecord {
  return { sha256: createHash('sha256').update(content).digest('hex'), bytes: Buffer.byteLength(content) }
}
