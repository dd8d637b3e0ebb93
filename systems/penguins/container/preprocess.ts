/**
 * The penguins as a processing job: splits the CSV file of the input into train.csv and validation.csv.
 *
 *     npx millrace container run preprocess --dir opt-ml systems/penguins/container/preprocess.ts -- --validation 0.25
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { defineProcessing } from 'millrace/container'
import { DataError } from 'millrace/core'
import { trainTestSplit, writeCsv } from 'millrace/data'
import { readPenguins, TARGET } from '../model.ts'

export default defineProcessing({
  async process({ input, output, arguments: args, message }) {
    const { values } = parseArgs({
      args: [...args],
      options: { validation: { type: 'string', default: '0.2' }, seed: { type: 'string', default: '42' } },
    })
    const table = await readPenguins(await onlyCsvIn(input('input')))
    const { train, test } = trainTestSplit(table.rowCount, {
      testFraction: Number(values.validation),
      seed: Number(values.seed),
      strategy: { stratifyBy: table.strings(TARGET).map(String) },
    })
    await writeCsv(join(output('output'), 'train.csv'), table.take(train))
    await writeCsv(join(output('output'), 'validation.csv'), table.take(test))
    message(`${train.length} penguins to learn from, ${test.length} to validate on.`)
  },
})

async function onlyCsvIn(folder: string): Promise<string> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.csv'))
  if (files.length === 1) return join(folder, files[0]!)
  throw new DataError({ file: folder }, `there must be one CSV file, found ${files.length}.`)
}
