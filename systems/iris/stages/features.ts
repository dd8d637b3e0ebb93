/** Features as a table, which is how they are kept and how models of one's own get them. */
import { columnFrom, Table } from 'millrace/data'
import type { FittedPreprocessor } from 'millrace/preprocess'

export async function featureTable(preprocessor: FittedPreprocessor, rows: Table): Promise<Table> {
  const { data, rowCount, featureCount } = await preprocessor.transform(rows)
  const columns = preprocessor.featureNames.map((name, feature) => {
    const values = Array.from({ length: rowCount }, (_, row) => data[row * featureCount + feature]!)
    return [name, columnFrom('double', values)] as const
  })
  return Table.fromColumns(columns)
}
