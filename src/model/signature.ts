/**
 * Signatures as MLflow writes them. Millrace uses the tensor form, one named tensor a column: MLflow's ONNX loader hands
 * columns of text to the runtime only then, and only then takes an output with several numbers a row.
 */
import type { InputColumn } from '../preprocess/index.ts'
import type { Prediction } from './prediction.ts'

/** One entry of an MLflow signature. A size of −1 is the batch. */
export interface TensorSpec {
  readonly name: string
  readonly type: 'tensor'
  readonly 'tensor-spec': { readonly dtype: 'str' | 'float32'; readonly shape: readonly number[] }
}

export interface Signature {
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly TensorSpec[]
}

/** The signature of a model on raw columns. */
export function signatureOf(inputs: readonly InputColumn[], task: Prediction['task'], classCount: number): Signature {
  const outputs = task === 'classification' ? classOutputs(classCount) : [tensorSpec('prediction', 'float32', [-1])]
  return {
    inputs: inputs.map(({ name, type }) => tensorSpec(name, type === 'string' ? 'str' : 'float32', [-1])),
    outputs,
  }
}

/** The signature of a classifier of images: one tensor [batch, channels, height, width]. */
export function imageSignatureOf(shape: readonly number[], classCount: number): Signature {
  return { inputs: [tensorSpec('image', 'float32', [-1, ...shape])], outputs: classOutputs(classCount) }
}

function classOutputs(classCount: number): readonly TensorSpec[] {
  return [tensorSpec('label', 'str', [-1]), tensorSpec('probabilities', 'float32', [-1, classCount])]
}

function tensorSpec(name: string, dtype: 'str' | 'float32', shape: readonly number[]): TensorSpec {
  return { name, type: 'tensor', 'tensor-spec': { dtype, shape } }
}
