/** Preprocessing that was done beforehand, put into the model that learned from its features. */
import { MillraceError } from '../core/index.ts'
import type { FittedPreprocessor } from '../preprocess/index.ts'
import { assembleOnnx } from './assemble.ts'
import { type InputExample, ModelPackage } from './model-package.ts'
import { models } from './models.ts'

/**
 * Makes of a model that was trained on the features of `preprocessor`, a table with a column for each, one that takes the
 * raw columns: the preprocessing becomes part of its graph. What the model itself does about missing features falls away.
 *
 * @param example rows of the raw columns, as `inputExample` picks them
 * @throws MillraceError INVALID_ARGUMENT when the model reads other columns than those features, or scales or encodes them
 */
export function withPreprocessor(
  model: ModelPackage,
  preprocessor: FittedPreprocessor,
  example: InputExample,
): ModelPackage {
  const assembly = models.recreate(model)
  const [expected, found] = [assembly.preprocessor.featureNames, preprocessor.featureNames].map((names) =>
    names.join(', '),
  )
  if (expected !== found) {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `withPreprocessor: the model takes the features ${expected}, the preprocessor makes ${found}. Give the one whose features it was trained on.`,
    )
  }
  const done = assembly.preprocessor.toJSON().groups.flatMap(({ steps }) => steps.map(({ kind }) => kind))
  const further = done.find((kind) => kind !== 'numberImputer' && kind !== 'passthrough')
  if (further !== undefined) {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `withPreprocessor: the model has preprocessing of its own (${further}). Train it with scaling "none", on features that are numbers.`,
    )
  }
  const { content } = model
  return new ModelPackage({
    ...content,
    config: {
      ...content.config,
      inputs: [...preprocessor.inputs],
      fitted: { ...content.config.fitted, preprocessor: preprocessor.toJSON() },
    },
    onnx: assembleOnnx({ ...assembly, preprocessor }),
    example,
  })
}
