/** The program that bench/penguins.ts times: the penguins on 5 folds and once more on all rows, tracked and registered. */
import { enableCompileCache } from 'node:module'

enableCompileCache()
const [{ kFold }, { openTracking, trainAndRegister }, { penguinsModel, readPenguins, TARGET }] = await Promise.all([
  import('millrace/data'),
  import('millrace/tracking'),
  import('../systems/penguins/model.ts'),
])
process.stdout.write('started\n')

const [, , data = ''] = process.argv
const table = await readPenguins(data)
await using client = await openTracking({ trackingUri: 'mlflow.db' })
const { scores } = await trainAndRegister(client, {
  experiment: 'penguins',
  model: penguinsModel(),
  table,
  target: TARGET,
  folds: kFold(table.rowCount, 5, { seed: 42 }),
  gate: { metric: 'accuracy', comparison: '>=', threshold: 0.7 },
  register: { name: 'penguins', aliases: ['champion'] },
  data: { name: 'penguins', source: data },
})
process.stdout.write(`${JSON.stringify({ accuracy: scores['accuracy']?.mean })}\n`)
