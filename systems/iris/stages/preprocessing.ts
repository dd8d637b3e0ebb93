/** From the data to features: split by seed, then scaled by what the training part alone is like. */
import { readTable, splitTable, type Table, trainTestSplit } from 'millrace/data'
import { MillraceError } from 'millrace/core'
import { inputExample } from 'millrace/model'
import {
  type ColumnGroup,
  columnTransformer,
  minMaxScaler,
  oneHotEncoder,
  pipeline,
  simpleImputer,
  standardScaler,
} from 'millrace/preprocess'
import { readLocally } from 'millrace/storage'
import type { Settings } from '../settings.ts'
import { say } from '../stage.ts'
import { featureTable } from './features.ts'
import { writePrepared } from './prepared.ts'

const scalers = { standardize: standardScaler, 'min-max': minMaxScaler } as const

/**
 * Writes train.csv, valid.csv and preprocessor.json.
 *
 * @throws MillraceError INVALID_CONFIG for a target that the data have not; DataError for columns that cannot be scaled
 */
export async function preprocess(settings: Settings): Promise<void> {
  const { seed, data, preprocessing } = settings
  const table: Table = await readLocally(data.path, (path) => readTable(path))
  const split = splitTable(table, trainTestSplit(table.rowCount, { seed, testFraction: data.valid_size }))
  const groups = groupsOf(table, data.target_column, scalers[preprocessing.scaling])
  const preprocessor = await columnTransformer(groups).fit(split.train)
  const prepared = async (rows: Table): Promise<Table> =>
    (await featureTable(preprocessor, rows)).withColumn(data.target_column, rows.column(data.target_column))
  const [train, valid] = [await prepared(split.train), await prepared(split.test)]
  const example = inputExample(preprocessor.inputs, split.train)
  await writePrepared(settings, { train, valid, preprocessor, example })
  say(`${train.rowCount} rows to learn from and ${valid.rowCount} to validate on are in ${preprocessing.output_dir}.`)
}

/** Numbers: the mean for missing ones, then scaled. Text: the most frequent for missing ones, then one-hot. */
function groupsOf(table: Table, target: string, scaler: typeof standardScaler | typeof minMaxScaler): ColumnGroup[] {
  const { columnNames, types } = table
  if (!table.has(target)) {
    throw new MillraceError(
      'INVALID_CONFIG',
      `The data have no column "${target}", which data.target_column names. They have: ${columnNames.join(', ')}.`,
    )
  }
  const features = columnNames.filter((name) => name !== target)
  const numbers = features.filter((name) => types[name] !== 'string')
  const texts = features.filter((name) => types[name] === 'string')
  const groups: readonly ColumnGroup[] = [
    { columns: numbers, transform: pipeline(simpleImputer(), scaler()) },
    { columns: texts, transform: pipeline(simpleImputer({ strategy: 'mostFrequent' }), oneHotEncoder()) },
  ]
  return groups.filter(({ columns }) => columns.length > 0)
}
