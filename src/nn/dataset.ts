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
  /** A hash of all rows, eight hexadecimal digits, for the tracking; left out where it would cost too much. */
  digest?(): string
  /** Writes the given rows, in order, into the batch's arrays. */
  fill(rows: Uint32Array, batch: Batch): void | Promise<void>
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
  return {
    inputs: dataset.inputs,
    target: dataset.target,
    rowCount: indices.length,
    fill: (rows, batch) =>
      dataset.fill(
        rows.map((row) => indices[row]!),
        batch,
      ),
  }
}

function hashOf(fields: readonly Field[]): string {
  const hash = createHash('sha256')
  for (const { data, shape } of fields) {
    hash.update(shape.join()).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  }
  return hash.digest('hex').slice(0, 8)
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
