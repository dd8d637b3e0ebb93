/** The table and the small model that tests of several rooms train on. */
import { fileURLToPath } from 'node:url'
import { readCsv, type Table } from '../src/data/index.ts'
import { type MlpConfig, type MlpOptions, type Model, models } from '../src/model/index.ts'

const file = new URL('../systems/penguins/data/penguins.csv', import.meta.url)

/** 344 penguins; numbers and sex are missing for some. */
export async function readPenguins(): Promise<Table> {
  return await readCsv(fileURLToPath(file), { missing: ['NA', '.'] })
}

/** A classifier of species that is trained in a moment. */
export function penguinsModel(options: Partial<MlpOptions> = {}): Model<MlpConfig> {
  return models.get('mlp-classifier')({ target: 'species', hidden: [10, 8], learningRate: 0.01, epochs: 5, ...options })
}
