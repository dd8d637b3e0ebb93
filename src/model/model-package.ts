/** A trained model: one ONNX graph with all that is known about it. In memory, or as an MLflow model folder. */
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { type Clock, MillraceError, parseJson, replaceAtomic, systemClock, systemErrorCode } from '../core/index.ts'
import type { RowOf, Table, TableTypes } from '../data/index.ts'
import { decodeSafetensors, encodeSafetensors, type StateDict } from '../nn/index.ts'
import { Session, type Value } from '../onnx/index.ts'
import { type InputColumn, tableFeeds } from '../preprocess/index.ts'
import { environmentFiles, fileRecord, parseMlmodel, renderMlmodel } from './mlmodel.ts'
import type { Prediction } from './prediction.ts'
import { type Signature, signatureOf } from './signature.ts'

const configSchema = z.strictObject({
  version: z.literal(1),
  /** Name of the kind of model, as `models.list()` has it. */
  kind: z.string(),
  task: z.enum(['classification', 'regression']),
  inputs: z.array(z.strictObject({ name: z.string(), type: z.enum(['string', 'double']) })),
  classes: z.array(z.string()),
  /** Words that stood for missing values in the file it learned from; absent for the usual ones. */
  missing: z.array(z.string()).optional(),
  /** What the model was configured with. */
  params: z.record(z.string(), z.unknown()),
  /** What was learned besides the weights, in the kind's own form. */
  fitted: z.record(z.string(), z.unknown()),
})

/** The content of `config.json`: with the weights, all that is needed to make the model again in code. */
export type ModelConfig = z.infer<typeof configSchema>

/** Rows of the training data, by column, as an example of input. */
export interface InputExample {
  readonly columns: readonly string[]
  readonly data: readonly (readonly (string | number | null)[])[]
}

export interface ModelContent {
  readonly config: ModelConfig
  readonly onnx: Uint8Array
  readonly weights: StateDict
  readonly example: InputExample
}

/** Rows scored at once: enough to keep the processor busy, few enough to bound memory. */
const CHUNK_ROWS = 8192

/** A model that can predict and be saved. Dispose of it to free its session. */
export class ModelPackage implements AsyncDisposable {
  readonly content: ModelContent
  #session: Promise<Session> | undefined

  constructor(content: ModelContent) {
    this.content = content
  }

  get config(): ModelConfig {
    return this.content.config
  }

  /** The raw columns it reads. Missing values are allowed in all of them. */
  get inputs(): readonly InputColumn[] {
    return this.config.inputs
  }

  get signature(): Signature {
    return signatureOf(this.inputs, this.config.task, this.config.classes.length)
  }

  /**
   * Predicts every row, through the very graph that is served. Columns that are no inputs are ignored.
   *
   * @throws DataError SCHEMA_MISMATCH when the table lacks a column or has one of another type
   */
  async predict(table: Table): Promise<Prediction> {
    const session = await (this.#session ??= Session.load(this.content.onnx))
    const parts: Record<string, Value>[] = []
    for (let start = 0; start === 0 || start < table.rowCount; start += CHUNK_ROWS) {
      parts.push(await session.run(tableFeeds(this.inputs, table.slice(start, start + CHUNK_ROWS))))
    }
    const floats = (name: string): Float32Array => {
      const arrays = parts.map((part) => part[name]!.data as Float32Array)
      const joined = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0))
      let offset = 0
      for (const array of arrays) {
        joined.set(array, offset)
        offset += array.length
      }
      return joined
    }
    if (this.config.task === 'regression') return { task: 'regression', values: floats('prediction') }
    const labels = parts.flatMap((part) => [...(part['label']!.data as readonly string[])])
    return { task: 'classification', classes: this.config.classes, labels, probabilities: floats('probabilities') }
  }

  /**
   * Writes the model as an MLflow model folder at `folder` and returns that path. A folder that was there is replaced,
   * at once and as a whole; a failure leaves it as it was.
   *
   * @throws MillraceError STORAGE_FAILED when the disk refuses
   */
  async save(
    folder: string,
    { runId, clock = systemClock }: { readonly runId?: string; readonly clock?: Clock } = {},
  ): Promise<string> {
    const { config, onnx, weights, example } = this.content
    const content: Record<string, string | Uint8Array> = {
      'model.onnx': onnx,
      'model.safetensors': encodeSafetensors({ tensors: weights, metadata: { format: 'pt' } }),
      'config.json': `${JSON.stringify(config, null, 2)}\n`,
      'input_example.json': JSON.stringify(example),
      'serving_input_example.json': JSON.stringify({ dataframe_split: example }),
      ...environmentFiles(),
    }
    const mlmodel = renderMlmodel({
      signature: this.signature,
      files: Object.fromEntries(Object.entries(content).map(([name, bytes]) => [name, fileRecord(bytes)])),
      uuid: randomUUID().replaceAll('-', ''),
      created: new Date(clock()),
      ...(runId === undefined ? {} : { runId }),
    })
    await requireReplaceable(folder)
    await replaceAtomic(folder, async (temporary) => {
      await mkdir(temporary)
      for (const [name, bytes] of Object.entries({ ...content, MLmodel: mlmodel }))
        await writeFile(join(temporary, name), bytes)
    })
    return folder
  }

  /**
   * Reads a model folder that Millrace wrote.
   *
   * @throws MillraceError INVALID_MODEL naming the file that is missing or not as it was written
   */
  static async load(folder: string): Promise<ModelPackage> {
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
    const config = parseJson(
      configSchema,
      (await whole('config.json')).toString(),
      join(folder, 'config.json'),
      'INVALID_MODEL',
    )
    const weights = decodeSafetensors(await whole('model.safetensors'), join(folder, 'model.safetensors')).tensors
    const example = parseJson(
      exampleSchema,
      (await whole('input_example.json')).toString(),
      join(folder, 'input_example.json'),
      'INVALID_MODEL',
    )
    return new ModelPackage({ config, onnx: await whole('model.onnx'), weights, example })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // One that could not be loaded has said so where it was needed.
    await (await this.#session?.catch(() => undefined))?.[Symbol.asyncDispose]()
  }
}

/** The first complete rows of a table, as an example of input; without any, the first rows with null for what is missing. */
export function inputExample(inputs: readonly InputColumn[], table: Table, count = 5): InputExample {
  const columns = inputs.map(({ name }) => name)
  const complete: InputExample['data'][number][] = []
  for (const row of table.select(...columns).rows()) {
    const values = columns.map((name) => plain(row[name]))
    if (!values.includes(null)) complete.push(values)
    if (complete.length === count) break
  }
  if (complete.length > 0) return { columns, data: complete }
  const first = table.select(...columns).slice(0, count)
  return { columns, data: first.toRecords().map((row) => columns.map((name) => plain(row[name]))) }
}

function plain(value: RowOf<TableTypes>[string] | undefined): string | number | null {
  if (value === null || value === undefined) return null
  return typeof value === 'string' || typeof value === 'number' ? value : Number(value)
}

const exampleSchema = z.object({
  columns: z.array(z.string()),
  data: z.array(z.array(z.union([z.string(), z.number(), z.null()]))),
})

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
