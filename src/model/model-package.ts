/** A trained model: one ONNX graph with all that is known about it. In memory, or as an MLflow model folder. */
import { z } from 'zod'
import type { RowOf, Table, TableTypes } from '../data/index.ts'
import type { StateDict } from '../nn/index.ts'
import { Session, type Value } from '../onnx/index.ts'
import { type InputColumn, tableFeeds } from '../preprocess/index.ts'
import { modelFiles, openModelFolder, type SaveModelOptions, writeModelFolder } from './model-folder.ts'
import type { Prediction } from './prediction.ts'
import { type Signature, signatureOf } from './signature.ts'

const knownConfig = z.object({
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
export type ModelConfig = z.infer<typeof knownConfig>

/** Keys of one's own, for tools that read the file, are kept beside those that are known. */
const configSchema: z.ZodType<ModelConfig> = knownConfig.loose()

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
  async save(folder: string, options: SaveModelOptions = {}): Promise<string> {
    const { config, onnx, weights, example } = this.content
    const files = {
      ...modelFiles({ config, onnx, weights }),
      'input_example.json': JSON.stringify(example),
      'serving_input_example.json': JSON.stringify({ dataframe_split: example }),
    }
    const inputExample = { artifact_path: 'input_example.json', pandas_orient: 'split', type: 'dataframe' }
    return await writeModelFolder(folder, files, { signature: this.signature, inputExample, ...options })
  }

  /**
   * Reads a model folder that Millrace wrote.
   *
   * @throws MillraceError INVALID_MODEL naming the file that is missing or not as it was written
   */
  static async load(folder: string): Promise<ModelPackage> {
    const files = await openModelFolder(folder)
    const config = await files.json('config.json', configSchema)
    const { onnx, weights } = await files.network()
    const example = await files.json('input_example.json', exampleSchema)
    return new ModelPackage({ config, onnx, weights, example })
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
