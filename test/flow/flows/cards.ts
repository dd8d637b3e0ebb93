/** Steps with cards: one that is full, one that cannot be rendered, one that has only what is known. */
import { z } from 'zod'
import { flow } from '../../../src/flow/index.ts'
import { lineChart, markdown, table } from '../../../src/report/index.ts'

export default flow('cards', { parameters: { rows: z.number().default(3) } })
  .step('full', async ({ parameters }, task) => {
    task.card.append(markdown('# Hello **cards**'), lineChart([{ name: 'loss', x: [1, 2, 3], y: [3, 2, 1] }]))
    await task.card.refresh()
    task.card.append(table({ columns: ['row'], rows: Array.from({ length: parameters.rows }, (_, i) => [`row ${i}`]) }))
    return { answer: 42 }
  })
  .step('broken', (_, task) => {
    task.card.append({ kind: 'table' } as never)
    return { broken: true }
  })
  .step('known', { card: true }, () => ({ big: Float64Array.from({ length: 1000 }, Math.sqrt) }))
  .step('without', () => ({}))
  .step('fails', { card: true, catch: 'error' }, () => {
    throw new RangeError('for the card')
  })
