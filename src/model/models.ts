/** The kinds of models by name. */
import { MillraceError } from '../core/index.ts'
import type { Assembly } from './assemble.ts'
import { mlpClassifier, mlpRegressor } from './mlp/mlp-model.ts'
import { ModelPackage } from './model-package.ts'

const kinds = { [mlpClassifier.kind]: mlpClassifier, [mlpRegressor.kind]: mlpRegressor }

export interface Models {
  /** The names of all kinds. */
  list(): readonly string[]
  /** The constructor of a kind: `models.get('mlp-classifier')({ target: 'species' })`. @throws for an unknown kind */
  get(kind: string): (typeof mlpClassifier)['create']
  /** A saved model, ready to predict. */
  load(folder: string): Promise<ModelPackage>
  /** A saved model as code: preprocessor and network, for training on or looking inside. */
  recreate(model: ModelPackage): Assembly
}

export const models: Models = {
  list: () => Object.keys(kinds),
  get(kind) {
    const found = kindOf(kind)
    return (options) => found.create(options)
  },
  load: (folder) => ModelPackage.load(folder),
  recreate: (model) => kindOf(model.config.kind).recreate(model),
}

function kindOf(kind: string): typeof mlpClassifier {
  const found = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined
  if (found !== undefined) return found
  throw new MillraceError(
    'INVALID_CONFIG',
    `There is no kind of model "${kind}". There are: ${Object.keys(kinds).join(', ')}.`,
  )
}
