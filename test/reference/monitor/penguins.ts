/** The penguins as record.py compares them: all of them, and every second complete one with drift and errors put in. */
import { columnFrom, describeTable, type Table } from '../../../src/data/index.ts'
import { readPenguins } from '../../penguins.ts'

/** The columns a model of the penguins sees. */
export const penguinColumns = [
  'island',
  'sex',
  'culmen_length_mm',
  'culmen_depth_mm',
  'flipper_length_mm',
  'body_mass_g',
]

/** Both tables with `species` and `prediction`; body mass drifts upwards, and some labels are wrong. */
export async function penguinsCase(): Promise<{ readonly reference: Table; readonly current: Table }> {
  const table = await readPenguins()
  const mass = describeTable(table).find(({ name }) => name === 'body_mass_g')
  if (mass === undefined || !('std' in mass)) throw new Error('body_mass_g is not a column of numbers.')
  const complete = table.toRecords().flatMap((row, i) => (Object.values(row).includes(null) ? [] : [i]))
  const half = table.take(complete.filter((_, i) => i % 2 === 0))
  const heavier = Array.from(half.numbers('body_mass_g'), (grams, i) => grams + ((i % 10) / 10) * 3 * mass.std)
  const species = half.strings('species')
  const mistaken = species.map((name, i) => (i % 5 === 0 ? ['Adelie', 'Chinstrap', 'Gentoo'][(i / 5) % 3]! : name))
  return {
    reference: table.withColumn('prediction', table.column('species')),
    current: half
      .withColumn('body_mass_g', columnFrom('double', heavier))
      .withColumn('prediction', half.column('species'))
      .withColumn('species', columnFrom('string', mistaken)),
  }
}
