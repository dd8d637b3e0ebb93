/** The penguins model: which species a penguin is of, from its island, measurements and sex. */
import { readCsv, type Table } from 'millrace/data'
import { type MlpConfig, type Model, models } from 'millrace/model'

export const TARGET = 'species'

const columns = {
  island: 'string',
  culmen_length_mm: 'double',
  culmen_depth_mm: 'double',
  flipper_length_mm: 'double',
  body_mass_g: 'double',
  sex: 'string',
  species: 'string',
} as const

/** Reads penguins from a CSV file. The one `.` in the column sex means that nobody knows. */
export async function readPenguins(path: string): Promise<Table> {
  return await readCsv(path, { columns, missing: ['NA', '.'] })
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
