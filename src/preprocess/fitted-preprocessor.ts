/** A fitted preprocessor: plain data that writes itself into an ONNX graph, and is run only as such a graph. */
import { parseWith } from '../core/index.ts'
import type { Table } from '../data/index.ts'
import type { OnnxGraph } from '../onnx/index.ts'
import type { FittedGroup } from './fitted-step.ts'
import { declareInputs, type InputColumn } from './inputs.ts'
import { featureNamesAfter, lowerNumbers } from './lower-steps.ts'
import { sideBySide } from './lookup.ts'
import { checkGroups, inputsOf, type PreprocessorJson, preprocessorJson } from './preprocessor-json.ts'
import { runMatrix } from './run-fragment.ts'

/** Features in row-major order: [rowCount, featureCount] float32. */
export interface FeatureMatrix {
  readonly data: Float32Array
  readonly rowCount: number
  readonly featureCount: number
}

/** What `columnTransformer(…).fit(table)` gives. It never changes, and holds nothing that needs disposing of. */
export class FittedPreprocessor {
  /** The raw columns it reads, in the order in which the groups name them. */
  readonly inputs: readonly InputColumn[]
  /** The names of the features, in order: `culmen_length_mm`, `island_Biscoe`, … */
  readonly featureNames: readonly string[]
  readonly featureCount: number
  readonly #groups: readonly FittedGroup[]

  constructor(groups: readonly FittedGroup[]) {
    this.#groups = groups
    this.inputs = inputsOf(groups)
    this.featureNames = groups.flatMap(({ columns, steps }) => featureNamesAfter(steps, columns))
    this.featureCount = this.featureNames.length
  }

  /** Declares every raw column an input of the graph, of shape [batch], and returns their names there by column. */
  declareInputs(graph: OnnxGraph): ReadonlyMap<string, string> {
    return declareInputs(graph, this.inputs)
  }

  /**
   * Writes the preprocessing into the graph and returns the name of the features, float32 [batch, featureCount].
   *
   * `inputs` names for each raw column a value of shape [batch] in the graph: float32, NaN being missing, or string,
   * where '', None, nan, NaN and <NA> are missing unless the training rows held them as text.
   *
   * @throws MillraceError INVALID_ARGUMENT when `inputs` lacks a column
   */
  lower(graph: OnnxGraph, inputs: ReadonlyMap<string, string>): string {
    return sideBySide(
      graph,
      this.#groups.map((group) => lowerNumbers(graph, group, inputs)),
    )
  }

  /**
   * The features of every row, computed by the very graph that is served.
   *
   * Columns that are no inputs are ignored; zero rows give an empty matrix. Missing and unknown values are handled as
   * the transformers say; without an imputer, NaN stays NaN.
   *
   * @throws DataError SCHEMA_MISMATCH when columns are absent or of another type
   */
  async transform(table: Table): Promise<FeatureMatrix> {
    const { inputs, featureCount } = this
    const data = await runMatrix(table, inputs, featureCount, (graph, columns) => this.lower(graph, columns))
    return { data, rowCount: table.rowCount, featureCount }
  }

  /** What was fitted, for `preprocessorFromJSON`: numbers and texts survive JSON unchanged. */
  toJSON(): PreprocessorJson {
    return { version: 1, groups: this.#groups }
  }
}

/**
 * The fitted preprocessor that `toJSON` described; it lowers to the very same bytes.
 *
 * @throws MillraceError INVALID_CONFIG naming unknown keys, values that do not fit and steps that do not follow
 */
export function preprocessorFromJSON(value: unknown): FittedPreprocessor {
  const { groups } = parseWith(preprocessorJson, value, 'The fitted preprocessor')
  checkGroups(groups)
  return new FittedPreprocessor(groups)
}
