/** What a trainer reads: rows with inputs and a target, handed over batch by batch. */
import { createHash } from 'node:crypto'
import { MillraceError } from '../core/index.ts'
import { type DType, formatShape, type TensorData } from '../tensor/index.ts'

/** The type of one field of a row: its element type and shape, without the batch axis. */
export interface FieldType {
  readonly dtype: DType
  readonly shape: readonly number[]
}

/** Arrays for one batch, to be filled by a dataset. */
export interface Batch {
  readonly inputs: readonly TensorData[]
  readonly target: TensorData
}

/** A source of rows. `module.forward` gets the inputs in order, the loss gets the target. */
export interface Dataset {
  readonly rowCount: number
  readonly inputs: readonly FieldType[]
  readonly target: FieldType
  /** What it is called and where it came from, for the tracking. Default: `dataset`, from `memory`. */
  readonly origin?: { readonly name: string; readonly source: string }
  /** Settings that make the rows what they are, logged with the training. A training is resumed only with the same. */
  readonly parameters?: Readonly<Record<string, string | number | boolean>>
  /** A hash of all rows, eight hexadecimal digits, for the tracking; left out where it would cost too much. */
  digest?(): string | Promise<string>
  /** Writes the given rows, in order, into the batch's arrays. */
  fill(rows: Uint32Array, batch: Batch): void | Promise<void>
  /** For rows that differ by epoch or are prepared ahead: a reader for one training. Default: one that uses `fill`. */
  open?(): DatasetReader
}

/** The batches an epoch will ask for, in order. */
export interface EpochPlan {
  /** Counted from 0. */
  readonly epoch: number
  readonly batches: readonly Uint32Array[]
}

/** Reads a dataset for one training. The trainer disposes of it, however the training ends. */
export interface DatasetReader extends AsyncDisposable {
  /** Called before each epoch; what is left of the plan before is not asked for any more. */
  begin(plan: EpochPlan): void
  /** Writes the next batch of the plan into the arrays. */
  fill(rows: Uint32Array, batch: Batch): void | Promise<void>
}

/** A reader for `dataset`, its own where it has one. */
export function openReader(dataset: Dataset): DatasetReader {
  const reader = dataset.open?.()
  if (reader !== undefined) return reader
  return {
    begin: () => undefined,
    fill: (rows, batch) => dataset.fill(rows, batch),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

/** All rows of one field in row-major order; `shape` starts with the number of rows. */
export interface Field<T extends TensorData = TensorData> {
  readonly data: T
  readonly shape: readonly number[]
}

/** A dataset held in memory. @throws MillraceError INVALID_DATA when the numbers of rows differ */
export function tensorDataset(inputs: Field | readonly Field[], target: Field): Dataset {
  const fields: readonly Field[] = 'data' in inputs ? [inputs] : inputs
  const rowCount = target.shape[0] ?? 0
  for (const [position, { shape, data }] of [...fields, target].entries()) {
    const name = position === fields.length ? 'the target' : `input ${position}`
    const count = shape.reduce((product, size) => product * size, 1)
    if (shape[0] !== rowCount || data.length !== count) {
      throw new MillraceError(
        'INVALID_DATA',
        `tensorDataset: ${name} has shape ${formatShape(shape)} and ${data.length} values; expected ${rowCount} rows, as many as the target has.`,
      )
    }
  }
  return {
    rowCount,
    inputs: fields.map(fieldType),
    target: fieldType(target),
    digest: () => hashOf([...fields, target]),
    fill(rows, batch) {
      fields.forEach((field, i) => copyRows(field, rows, batch.inputs[i]!))
      copyRows(target, rows, batch.target)
    },
  }
}

/** The rows of `dataset` at `indices`, as a dataset that copies nothing. */
export function subset(dataset: Dataset, indices: Uint32Array): Dataset {
  const rowsOf = (rows: Uint32Array): Uint32Array => rows.map((row) => indices[row]!)
  const { inputs, target, origin, parameters } = dataset
  return {
    inputs,
    target,
    ...(origin !== undefined && { origin }),
    ...(parameters !== undefined && { parameters }),
    rowCount: indices.length,
    fill: (rows, batch) => dataset.fill(rowsOf(rows), batch),
    open: () => mappedReader(openReader(dataset), rowsOf),
    ...(dataset.digest !== undefined && { digest: async () => hashOfSubset(await dataset.digest!(), indices) }),
  }
}

function mappedReader(reader: DatasetReader, rowsOf: (rows: Uint32Array) => Uint32Array): DatasetReader {
  return {
    begin: ({ epoch, batches }) => reader.begin({ epoch, batches: batches.map(rowsOf) }),
    fill: (rows, batch) => reader.fill(rowsOf(rows), batch),
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  }
}

function hashOfSubset(digest: string, indices: Uint32Array): string {
  return createHash('sha256').update(digest).update(bytesOf(indices)).digest('hex').slice(0, 8)
}

function hashOf(fields: readonly Field[]): string {
  const hash = createHash('sha256')
  for (const { data, shape } of fields) {
    hash.update(shape.join()).update(bytesOf(data))
  }
  return hash.digest('hex').slice(0, 8)
}

function bytesOf({ buffer, byteOffset, byteLength }: TensorData | Uint32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

function fieldType({ data, shape }: Field): FieldType {
  return { dtype: dtypeOf(data), shape: shape.slice(1) }
}

function dtypeOf(data: TensorData): DType {
  if (data instanceof Float32Array) return 'float32'
  if (data instanceof Float64Array) return 'float64'
  return data instanceof BigInt64Array ? 'int64' : 'bool'
}

function copyRows({ data, shape }: Field, rows: Uint32Array, into: TensorData): void {
  const width = shape.slice(1).reduce((product, size) => product * size, 1)
  if (width === 1) {
    for (let i = 0; i < rows.length; i++) into[i] = data[rows[i]!]!
    return
  }
  for (let i = 0; i < rows.length; i++) {
    const start = rows[i]! * width
    // The arrays are of one type; TypeScript cannot know that two unions agree.
    into.set(data.subarray(start, start + width) as never, i * width)
  }
}
