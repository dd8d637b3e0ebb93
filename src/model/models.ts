/** The kinds of models by name. */
import { MillraceError, suggest } from '../core/index.ts'
import type { Assembly } from './assemble.ts'
import { gradientBoostingClassifier, gradientBoostingRegressor } from './boosting/boosting-model.ts'
import { mlpClassifier, mlpRegressor } from './mlp/mlp-model.ts'
import type { Model, ModelKind, TabularConfig } from './model.ts'
import { ModelPackage } from './model-package.ts'

const kinds = {
  'gradient-boosting-classifier': gradientBoostingClassifier,
  'gradient-boosting-regressor': gradientBoostingRegressor,
  'mlp-classifier': mlpClassifier,
  'mlp-regressor': mlpRegressor,
}
type Kinds = typeof kinds

/** The options of a kind that is known only when the program runs. */
type AnyOptions = Readonly<Record<string, unknown>> & { readonly target: string }

export interface Models {
  /** The names of all kinds. */
  list(): readonly string[]
  /** The constructor of a kind: `models.get('mlp-classifier')({ target: 'species' })`. @throws for an unknown kind */
  get<K extends keyof Kinds>(kind: K): Kinds[K]['create']
  get(kind: string): (options: AnyOptions) => Model<TabularConfig>
  /** A saved model, ready to predict. */
  load(folder: string): Promise<ModelPackage>
  /** A saved model as code: preprocessor and network, or trees, for training on or looking inside. */
  recreate(model: ModelPackage): Assembly
}

export const models: Models = {
  list: () => Object.keys(kinds),
  get(kind: string) {
    const found = kindOf(kind)
    return (options: AnyOptions) => found.create(options)
  },
  load: (folder) => ModelPackage.load(folder),
  recreate: (model) => kindOf(model.config.kind).recreate(model),
}

function kindOf(kind: string): ModelKind<AnyOptions, TabularConfig> {
  if (Object.hasOwn(kinds, kind)) return kinds[kind as keyof Kinds]
  throw new MillraceError(
    'INVALID_CONFIG',
    `There is no kind of model "${kind}". ${suggest(kind, Object.keys(kinds), 'kinds')}`,
  )
}
