/** The penguins model: which species a penguin is of, from its island, measurements and sex. */
import { readCsv, type RowOf, type Table, type TableTypes } from 'millrace/data'
import { type MlpConfig, type Model, models } from 'millrace/model'

export const TARGET = 'species'

export const SPECIES = ['Adelie', 'Chinstrap', 'Gentoo']

const columns = {
  island: 'string',
  culmen_length_mm: 'double',
  culmen_depth_mm: 'double',
  flipper_length_mm: 'double',
  body_mass_g: 'double',
  sex: 'string',
  species: 'string',
} as const

/** Words of the file for what nobody knows: the one `.` is in the column sex. */
export const MISSING = ['NA', '.']

/** Reads penguins from a CSV file. */
export async function readPenguins(path: string): Promise<Table> {
  return await readCsv(path, { columns, missing: MISSING })
}

/** 9 features → 10 → 8 → 3 species, by stochastic gradient descent. */
export function penguinsModel({ epochs = 50, batchSize = 32, seed = 42 } = {}): Model<MlpConfig> {
  return models.get('mlp-classifier')({
    target: TARGET,
    hidden: [10, 8],
    activation: 'relu',
    initializer: 'xavier',
    optimizer: 'sgd',
    learningRate: 0.01,
    epochs,
    batchSize,
    seed,
  })
}

/** The six columns the model reads. */
export const FEATURES = Object.keys(columns).filter((name) => name !== TARGET)

export function featuresOf(table: Table): Table {
  return table.select(...FEATURES)
}

/** The penguins with no value missing. */
export function completeRows(table: Table): Table {
  const values = table.columnNames.map((name) => table.strings(name))
  return table.take(
    Array.from({ length: table.rowCount }, (_, row) => row).filter((row) =>
      values.every((column) => column[row] !== null),
    ),
  )
}

/** Finds the species of a penguin in `table` by what never drifts: where it lives and how long its bill and flippers are. */
export function speciesOf(table: Table): (row: RowOf<TableTypes>) => string | undefined {
  const names = ['island', 'culmen_length_mm', 'culmen_depth_mm', 'flipper_length_mm', 'sex']
  const keyOf = (row: RowOf<TableTypes>): string => JSON.stringify(names.map((name) => row[name]))
  const species = new Map(table.toRecords().map((row) => [keyOf(row), row[TARGET]]))
  return (row) => {
    const found = species.get(keyOf(row))
    return typeof found === 'string' ? found : undefined
  }
}
