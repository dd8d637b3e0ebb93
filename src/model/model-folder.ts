/** MLflow model folders on disk, whatever kind of model they hold: written whole or not at all, checked when read. */
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { z } from 'zod'
import { type Clock, MillraceError, parseJson, replaceAtomic, systemClock, systemErrorCode } from '../core/index.ts'
import { decodeSafetensors, encodeSafetensors, type StateDict } from '../nn/index.ts'
import { environmentFiles, fileRecord, type MlmodelFacts, parseMlmodel, renderMlmodel } from './mlmodel.ts'

export interface SaveModelOptions {
  /** The run that trained the model, for `MLmodel`. */
  readonly runId?: string
  readonly clock?: Clock
}

type Files = Readonly<Record<string, string | Uint8Array>>

/** A network as it is kept. */
interface StoredNetwork {
  readonly onnx: Uint8Array
  readonly weights: StateDict
}

/** The files that every kind of model has. */
export function modelFiles({ config, onnx, weights }: StoredNetwork & { readonly config: object }): Files {
  return {
    'model.onnx': onnx,
    'model.safetensors': encodeSafetensors({ tensors: weights, metadata: { format: 'pt' } }),
    'config.json': `${JSON.stringify(config, null, 2)}\n`,
  }
}

/**
 * Writes a model folder and returns its path. A folder that was there is replaced, at once and as a whole; a failure
 * leaves it as it was.
 *
 * @throws MillraceError STORAGE_FAILED when the disk refuses, INVALID_ARGUMENT for a folder that holds other files
 */
export async function writeModelFolder(
  folder: string,
  content: Files,
  { clock = systemClock, ...facts }: SaveModelOptions & Pick<MlmodelFacts, 'signature' | 'inputExample'>,
): Promise<string> {
  const files: Files = { ...content, ...environmentFiles() }
  const mlmodel = renderMlmodel({
    ...facts,
    files: Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, fileRecord(bytes)])),
    uuid: randomUUID().replaceAll('-', ''),
    created: new Date(clock()),
  })
  await requireReplaceable(folder)
  await replaceAtomic(folder, async (temporary) => {
    await mkdir(temporary)
    for (const [name, bytes] of Object.entries({ ...files, MLmodel: mlmodel }))
      await writeFile(join(temporary, name), bytes)
  })
  return folder
}

/** Reads the files of a folder, each checked to be as it was written. */
export interface OpenModelFolder {
  json<T>(name: string, schema: z.ZodType<T>): Promise<T>
  network(): Promise<StoredNetwork>
}

/**
 * Opens a model folder that Millrace wrote.
 *
 * @throws MillraceError INVALID_MODEL naming the file that is missing or not as it was written
 */
export async function openModelFolder(folder: string): Promise<OpenModelFolder> {
  const mlmodelPath = join(folder, 'MLmodel')
  if (!existsSync(folder)) throw invalid(folder, 'the folder does not exist')
  const text = (await read(folder, 'MLmodel')).toString()
  const { files } = parseMlmodel(text, mlmodelPath).metadata.millrace
  const whole = async (name: string): Promise<Buffer> => {
    const bytes = await read(folder, name)
    const record = files[name]
    if (record === undefined) throw invalid(folder, `MLmodel does not list ${name}`)
    if (bytes.length !== record.bytes)
      throw invalid(folder, `${name} has ${bytes.length} bytes, ${record.bytes} were written`)
    if (fileRecord(bytes).sha256 !== record.sha256) throw invalid(folder, `${name} was changed after it was written`)
    return bytes
  }
  return {
    json: async (name, schema) =>
      parseJson(schema, (await whole(name)).toString(), join(folder, name), 'INVALID_MODEL'),
    network: async () => ({
      weights: decodeSafetensors(await whole('model.safetensors'), join(folder, 'model.safetensors')).tensors,
      onnx: await whole('model.onnx'),
    }),
  }
}

/** A folder in the way is replaced only if it is a model: anything else may be somebody's work. */
async function requireReplaceable(folder: string): Promise<void> {
  const found = await readdir(folder).catch((): string[] => [])
  if (found.length === 0 || found.includes('MLmodel')) return
  throw new MillraceError(
    'INVALID_ARGUMENT',
    `Cannot save a model as ${folder}: the folder holds other files. Choose a new or empty folder.`,
  )
}

async function read(folder: string, name: string): Promise<Buffer> {
  try {
    return await readFile(join(folder, name))
  } catch (cause) {
    throw invalid(folder, systemErrorCode(cause) === 'ENOENT' ? `${name} is missing` : `${name} cannot be read`, cause)
  }
}

function invalid(folder: string, reason: string, cause?: unknown): MillraceError {
  return new MillraceError(
    'INVALID_MODEL',
    `The model "${basename(folder)}" in ${folder} cannot be used: ${reason}. Restore the folder, or train and register the model again.`,
    { cause },
  )
}
