/** A model of rows or of images as one thing to the rest of this room. */
import type { ImagePreprocessing } from '../images/index.ts'
import {
  type InputExample,
  loadModel,
  type ImageModel,
  type ModelPackage,
  type Signature,
  type Task,
} from '../model/index.ts'
import type { InputColumn } from '../preprocess/index.ts'
import { readImages } from './image-rows.ts'
import { PixelRows } from './pixel-rows.ts'
import { type RawRows, splitRows } from './raw-rows.ts'
import { readRows, type ReadRowsOptions, type Rows } from './rows.ts'

/** An input of a model: a column, or images of [channels, height, width]. */
export type ServedInput =
  InputColumn | { readonly name: string; readonly type: 'image'; readonly shape: readonly number[] }

export interface ServedContent {
  readonly kind: string
  readonly task: Task
  readonly classes: readonly string[]
  readonly inputs: readonly ServedInput[]
  readonly signature: Signature
  readonly onnx: Uint8Array
  /** Rows of the training data; none for images. */
  readonly example: InputExample
  /** What is done to an image before the graph takes it, where it takes images. */
  readonly preprocessing: Pick<ImagePreprocessing, 'channels' | 'transforms'> | undefined
  /** The columns, where it takes rows. */
  readonly columns: readonly InputColumn[] | undefined
  /** @throws HttpError 400 naming row and field of values that do not fit */
  read(raw: RawRows, options: ReadRowsOptions): Rows | Promise<Rows>
  /** Rows to warm the model with, and to see how it treats them together. */
  probe(): Rows
}

/** @throws MillraceError INVALID_MODEL naming the file that is missing or damaged */
export async function loadContent(folder: string): Promise<ServedContent> {
  const model = await loadModel(folder)
  return 'inputs' in model ? rowContent(model) : imageContent(model)
}

function rowContent({ config, signature, content: { onnx, example } }: ModelPackage): ServedContent {
  const { kind, task, classes, inputs } = config
  const read: ServedContent['read'] = (raw, options) => readRows(inputs, raw, options)
  const names = inputs.map(({ name }) => name)
  return {
    kind,
    task,
    classes,
    inputs,
    signature,
    onnx,
    example,
    preprocessing: undefined,
    columns: inputs,
    read,
    probe: () => readRows(inputs, splitRows(exampleRows(example, names), 'input example'), { skipBadRows: true }),
  }
}

/** The example; a row of missing values where there is none. */
function exampleRows({ columns, data }: InputExample, inputs: readonly string[]): Record<string, unknown> {
  return data.length > 0 ? { columns, data } : { columns: inputs, data: [inputs.map(() => null)] }
}

/** Images that are made up to see how a model treats them. */
const PROBES = 3

function imageContent(model: ImageModel): ServedContent {
  const { config, shape, signature, content } = model
  const width = shape.reduce((product, size) => product * size, 1)
  const { channels, transforms } = config.preprocessing
  return {
    kind: config.kind,
    task: 'classification',
    classes: config.classes,
    signature,
    onnx: content.onnx,
    inputs: [{ name: 'image', type: 'image', shape }],
    example: { columns: ['image'], data: [] },
    preprocessing: { channels, transforms },
    columns: undefined,
    read: async (raw, options) => await readImages(model, raw, options),
    probe: () => {
      const data = Float32Array.from({ length: PROBES * width }, (_, i) => ((i * 7919) % 1000) / 1000)
      return { rowCount: PROBES, columns: [new PixelRows(data, width)], errors: [] }
    },
  }
}
